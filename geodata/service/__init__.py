"""The only door: wires catalogue, register, intake and analysis for the screen and the CLI."""

from geodata.analysis.in_force import AsOf, Scope, told_on
from geodata.analysis.progress import AreaAttention
from geodata.register.jobs import JobBoard, JobRow
from geodata.service.core import Health, PointsOrBins, Service
from geodata.service.starting import check_files, example_register, shown_register

__all__ = [
    "AreaAttention",
    "AsOf",
    "Health",
    "JobBoard",
    "JobRow",
    "PointsOrBins",
    "Scope",
    "Service",
    "check_files",
    "example_register",
    "shown_register",
    "told_on",
]
