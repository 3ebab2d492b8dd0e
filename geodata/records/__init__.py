"""The table of each sort of record that goes in and out: its columns, each of them told once."""

from geodata.records.columns import COLUMNS, NAME_COLUMNS, OWN_COLUMNS, fingerprint, form_values
from geodata.records.tables import OWN_ID, SORTS, TABLES, Sort
from geodata.records.types import OUTSIDE, Column, Type

__all__ = [
    "COLUMNS",
    "NAME_COLUMNS",
    "OUTSIDE",
    "OWN_COLUMNS",
    "OWN_ID",
    "SORTS",
    "TABLES",
    "Column",
    "Sort",
    "Type",
    "fingerprint",
    "form_values",
]
