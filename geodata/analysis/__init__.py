"""Values in, values out: progress against promises, where a point is, what needs attention."""
