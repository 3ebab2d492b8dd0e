"""Records and the catalogue to files for other tools; values in, bytes or files out."""
