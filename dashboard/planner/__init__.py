"""Planera: a planner's tools, one folder a tool, with its page, templates and style."""
