"""Work in processes of their own, so that no page waits for it."""
