"""What an import's file holds, told before anything of it is saved, and its refused rows."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.fields import folded
from geodata.intake.report import ColumnUse as ColumnUse
from geodata.intake.report import GridUse, Reading, RowProblem, Whereabouts
from geodata.intake.report import ReadOptions as ReadOptions
from geodata.intake.report import What as What
from geodata.model import Activity, Catalogue, DoubleOf, LocalText, Walk
from geodata.publish.values import cell, shape_of
from geodata.records import WHY_COLUMN, Kept
from geodata.texts import Words

SHOWN_PROBLEMS: Final = 500
"""Problems that a report carries; how many there are of each sort is told of all."""

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
    new: tuple[Kept, ...]


def unnamed(records: Iterable[Kept]) -> int:
    """Return how many activities and walks name no commitment."""
    return sum(isinstance(one, Activity | Walk) and not one.commitments for one in records)


def report_of(
    reading: Reading,
    options: ReadOptions,
    new: Sequence[Kept],
    doubles: Mapping[str, DoubleOf],
    unnamed_before: int,
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
        places=tuple(islice(filter(None, points), SHOWN_PLACES)),
        options=options,
        has_rest=bool(reading.rest),
        linked=unnamed_before - unnamed(new),
        unlinked=unnamed(new),
        arealess=sum(
            isinstance(record, Activity) and record.area_id is None and record.place is None
            for record in new
        ),
    )


def _lon_lat(record: Kept) -> tuple[float, float] | None:
    place = shape_of(record)
    if place is None:
        return None
    point = place.representative_point()
    return float(point.x), float(point.y)


def write_rest(examined: Examined, path: Path, words: Words, catalogue: Catalogue) -> None:
    """Write the refused rows to a file to be corrected and imported anew, with why beside each."""
    reading, width = examined.reading, len(examined.reading.header)
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
            writer.writerow([cell(one) for one in (*reading.header, WHY_COLUMN[words.language])])
            for row, problems in zip(reading.rest, reading.reasons, strict=True):
                why = " ".join(dict.fromkeys(worded(one, words, catalogue) for one in problems))
                padding = [""] * (width - len(row))
                # A cell beyond the header stays beyond it.
                cells = (*row[:width], *padding, why, *row[width:])
                writer.writerow([cell(one) for one in cells])
    except OSError as error:
        raise IntakeError("import.rest_failed", file=path.name) from error


def worded(problem: RowProblem, words: Words, catalogue: Catalogue) -> str:
    """Return a problem's sentence; what may be written instead is told by name."""
    if "expected" not in problem.values:
        return words(f"error.{problem.key}", **problem.values)
    vocabulary = catalogue.vocabulary
    names = {
        "intake.unknown_kind": [term.name for term in vocabulary.activity_kinds.values()],
        "intake.unknown_category": [term.name for term in vocabulary.finding_categories.values()],
        "intake.unknown_area": [LocalText(area.name, area.name) for area in catalogue.areas],
        "intake.unknown_party": [party.name for party in catalogue.party_by_id.values()],
    }.get(problem.key, [])
    values = dict(problem.values)
    if names:
        values["expected"] = ", ".join(name.to(words.language) for name in names)
    sentence = words(f"error.{problem.key}", **values)
    if not (near := values.get("near")):
        return sentence
    # As the catalogue spells it, in the language that the file is written in.
    spelled = (spelt for name in names for spelt in name.all if folded(spelt) == near)
    return f"{sentence} {words('import.near', near=next(spelled, near))}"
