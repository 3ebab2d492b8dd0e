"""Planera, the planner's page: the page itself, its tools, and what they have in common."""
