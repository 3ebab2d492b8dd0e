"""A file format each: what it is known by, and how it is read to sheets."""
