"""Forms: what is typed, what is sent of it, and what came of that."""
