"""Where most of what needs a visit is reached."""
