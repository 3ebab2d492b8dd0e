"""Before and after in a place, beside another area."""
