"""What is told of a file before anything of it is saved, and what is left of it to correct."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError
from geodata.intake import RowProblem
from geodata.intake.report import ColumnUse, GridUse, Reading, ReadOptions, What, Whereabouts
from geodata.model import Activity, Catalogue, DoubleOf, Finding, HotSpot, Walk
from geodata.publish.values import cell
from geodata.service.answering import Linked
from geodata.texts import Words

SHOWN_PROBLEMS: Final = 500
"""Problems that a report carries; how many there are of each sort is told of all."""

SHOWN_DRAFTS: Final = 6
SHOWN_PLACES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds, in a size that can be shown whatever the file's."""

    file: str
    what: What
    rows_read: int
    new: int
    doubles: int
    withdrawn: int
    refused: int
    problems: tuple[RowProblem, ...]
    problem_counts: tuple[tuple[str, str, int], ...]
    columns: tuple[ColumnUse, ...]
    grid: GridUse | None
    whereabouts: Whereabouts
    needs: tuple[str, ...]
    drafts: tuple[Activity | Walk | Finding | HotSpot, ...]
    places: tuple[tuple[float, float], ...]
    options: ReadOptions
    has_rest: bool
    linked: int = 0
    unlinked: int = 0
    arealess: int = 0

    @property
    def whole(self) -> bool:
        """Whether everything in the file was understood: no error, of a row or of the file."""
        return not self.refused and all(one[1] != "error" for one in self.problem_counts)


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was read and compared: the report, and what would be added."""

    report: Report
    reading: Reading
    activities: tuple[Activity, ...]
    walks: tuple[Walk, ...]
    findings: tuple[Finding, ...]
    hot_spots: tuple[HotSpot, ...] = ()


def report_of(
    reading: Reading,
    options: ReadOptions,
    new: Sequence[Activity | Walk | Finding | HotSpot],
    doubles: Mapping[str, DoubleOf],
    linked: Linked,
) -> Report:
    """Return what to tell of a file."""
    # What is told of the file or a sheet as a whole weighs more than what is told of one row.
    ordered = sorted(reading.problems, key=lambda p: (p.severity != "error", p.row is not None))
    counts = Counter((p.key, str(p.severity)) for p in ordered)
    points = (_lon_lat(record) for record in new)
    return Report(
        file=reading.file,
        what=reading.what,
        rows_read=reading.rows_read,
        new=len(new),
        doubles=len(doubles),
        withdrawn=sum(double.void for double in doubles.values()),
        refused=reading.rows_refused,
        # Plain values: a report is sent from one process to another.
        problems=tuple(replace(p, values=dict(p.values)) for p in ordered[:SHOWN_PROBLEMS]),
        problem_counts=tuple(
            (key, severity, count)
            for (key, severity), count in sorted(
                counts.items(), key=lambda item: (item[0][1] != "error", -item[1])
            )
        ),
        columns=reading.columns,
        grid=reading.grid,
        whereabouts=reading.whereabouts,
        needs=reading.needs,
        drafts=tuple(new[:SHOWN_DRAFTS]),
        places=tuple(islice(filter(None, points), SHOWN_PLACES)),
        options=options,
        has_rest=bool(reading.rest),
        linked=linked.linked,
        unlinked=linked.unlinked,
        arealess=sum(
            isinstance(record, Activity) and record.area_id is None and record.place is None
            for record in new
        ),
    )


def _lon_lat(record: Activity | Walk | Finding | HotSpot) -> tuple[float, float] | None:
    place = record.route if isinstance(record, Walk) else record.place
    if place is None:
        return None
    point = place.representative_point()
    return float(point.x), float(point.y)


def write_rest(examined: Examined, path: Path) -> None:
    """Write the refused rows to a file to be corrected and imported anew."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
            writer.writerow([cell(one) for one in examined.reading.header])
            writer.writerows([cell(one) for one in row] for row in examined.reading.rest)
    except OSError as error:
        raise IntakeError("import.rest_failed", file=path.name) from error


def worded(problem: RowProblem, words: Words, catalogue: Catalogue) -> str:
    """Return a problem's sentence; what may be written instead is told by name."""
    language, vocabulary = words.language, catalogue.vocabulary
    names = {
        "intake.unknown_kind": [t.name.to(language) for t in vocabulary.activity_kinds.values()],
        "intake.unknown_category": [
            t.name.to(language) for t in vocabulary.finding_categories.values()
        ],
        "intake.unknown_area": [area.name for area in catalogue.areas],
        "intake.unknown_party": [p.name.to(language) for p in catalogue.party_by_id.values()],
    }
    values = dict(problem.values)
    if "expected" in values and problem.key in names:
        values["expected"] = ", ".join(names[problem.key])
    return words(f"error.{problem.key}", **values)
