"""Importera: a file, what it holds, and what becomes of it."""
