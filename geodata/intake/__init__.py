"""Files from outside to drafts of records, with a report of every row that is wrong or odd.

Nothing here writes to a register: who asked for the import decides what becomes of the drafts.
"""

from geodata.intake.activities import read_activities
from geodata.intake.drafts import DEFAULT_LIMITS, FolderIntake, Intake, Limits, RowProblem
from geodata.intake.fields import Locate
from geodata.intake.folder import read_folder
from geodata.intake.geojson import read_findings
from geodata.intake.gpx import Track, read_gpx
from geodata.intake.privacy import holds_identity_number
from geodata.intake.walks import read_walks

__all__ = [
    "DEFAULT_LIMITS",
    "FolderIntake",
    "Intake",
    "Limits",
    "Locate",
    "RowProblem",
    "Track",
    "holds_identity_number",
    "read_activities",
    "read_findings",
    "read_folder",
    "read_gpx",
    "read_walks",
]
