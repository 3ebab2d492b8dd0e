"""Files from outside to drafts of records, with a report of every row that is wrong or odd.

Nothing here writes to a register: who asked for the import decides what becomes of the drafts.
"""

from geodata.intake.fields import Locate
from geodata.intake.folder import (
    read_activities,
    read_findings,
    read_folder,
    read_tracks,
    read_walks,
)
from geodata.intake.formats.gpx import Track, read_gpx
from geodata.intake.hot_spots import read_hot_spots
from geodata.intake.importing import read_file
from geodata.intake.report import (
    DEFAULT_LIMITS,
    IMPORT_LIMITS,
    ColumnUse,
    FolderIntake,
    GridUse,
    Intake,
    Limits,
    LocateMany,
    Reading,
    ReadOptions,
    RowProblem,
    Stopped,
    Watch,
    What,
    Whereabouts,
    unwatched,
)
from geodata.intake.values.privacy import holds_identity_number

__all__ = [
    "DEFAULT_LIMITS",
    "IMPORT_LIMITS",
    "ColumnUse",
    "FolderIntake",
    "GridUse",
    "Intake",
    "Limits",
    "Locate",
    "LocateMany",
    "ReadOptions",
    "Reading",
    "RowProblem",
    "Stopped",
    "Track",
    "Watch",
    "What",
    "Whereabouts",
    "holds_identity_number",
    "read_activities",
    "read_file",
    "read_findings",
    "read_folder",
    "read_gpx",
    "read_hot_spots",
    "read_tracks",
    "read_walks",
    "unwatched",
]
