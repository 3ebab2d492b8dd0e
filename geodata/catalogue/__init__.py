"""Files of promises, areas and places to a checked catalogue, every mistake told at once."""

from geodata.catalogue.loading import CheckSummary, check, load_catalogue

__all__ = ["CheckSummary", "check", "load_catalogue"]
