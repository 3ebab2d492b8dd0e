"""What a register sums up, summed up row by row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from geodata import model


def tallied(evidence: Iterable[model.Evidence]) -> list[model.DayTally]:
    """Return how many activities claim to count for each commitment, day by day.

    Each activity once for a commitment, however many rows it has.
    """
    rows = {(row.commitment_id, row.activity_id): row for row in evidence}
    sums: dict[tuple[str, str | None, str, date], list[int]] = {}
    for row in rows.values():
        key = row.commitment_id, row.area_id, row.kind, row.day
        found = sums.setdefault(key, [0, 0, 0])
        found[0] += 1
        found[1] += row.minutes or 0
        found[2] += row.minutes is None
    return [model.DayTally(*key, n, known, unknown) for key, (n, known, unknown) in sums.items()]
