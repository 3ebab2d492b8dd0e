"""A loop on foot within a time."""
