"""The map: a constant base, layers by URL, the selection on top."""
