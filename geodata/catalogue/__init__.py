"""Files of promises, areas and places to a checked catalogue, every mistake told at once."""
