"""The only door: wires catalogue, register, intake and analysis for the screen and the CLI."""

from geodata.analysis.attention import AreaAttention
from geodata.service.core import AsOf, Health, PointsOrBins, Service
from geodata.service.starting import check_files, example_register, shown_register

__all__ = [
    "AreaAttention",
    "AsOf",
    "Health",
    "PointsOrBins",
    "Service",
    "check_files",
    "example_register",
    "shown_register",
]
