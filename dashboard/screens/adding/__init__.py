"""Löften: promises and areas from files."""
