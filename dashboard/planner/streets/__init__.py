"""The streets in use, and ways to others."""
