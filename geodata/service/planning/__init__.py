"""What the planner's tools ask: questions made of the register, answered, kept and taken out."""
