"""What the planner's tools ask, find, keep and give out: one folder a tool, none uses another."""
