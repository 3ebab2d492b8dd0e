"""Karta: the map, and beside it the list of areas or the card of what is selected."""
