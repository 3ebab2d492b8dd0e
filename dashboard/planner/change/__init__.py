"""Before and after in a place."""
