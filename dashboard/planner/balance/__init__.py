"""The balance between areas."""
