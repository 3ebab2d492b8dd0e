"""Tillgänglighet: what was tested, and what falls short."""
