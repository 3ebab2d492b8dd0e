"""Möte: a steering group's meeting, step by step."""
