"""The pages: each in a folder of its own, with its templates and its style."""
