"""The balance between areas: patrol time beside hot spots, findings and residents."""
