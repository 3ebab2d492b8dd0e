"""A base map of one's own: what a street file holds, drawn as tiles by this program itself."""
