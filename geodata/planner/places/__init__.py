"""Which places reach most of what needs a visit."""
