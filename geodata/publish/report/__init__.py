"""The document that a meeting leaves with: its content, its maps, and the files it becomes."""
