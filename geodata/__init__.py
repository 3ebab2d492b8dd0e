"""Promises, records and progress: everything Löfteskartan knows without a screen."""

from importlib import metadata

__version__ = metadata.version("lofteskartan")
