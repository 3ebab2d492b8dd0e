"""Commitments through the years: every row worked out by hand from the line above it."""

from dataclasses import replace
from datetime import date

import pytest

from geodata.analysis.in_force import chains, differences, rows
from geodata.model import (
    Commitment,
    Count,
    LocalText,
    Milestone,
    Period,
    Presence,
    Promise,
    Source,
    Step,
)

TEXT = LocalText("Fotpatrull i centrum under 2018", "Foot patrol in the centre during 2018")
WALKS = Count(kinds=("foot_patrol", "patrol"), target=4, per="area")
STEPS = Milestone(
    steps=(
        Step("a", LocalText("Börjat"), ("meeting",), date(2018, 4, 30)),
        Step("b", LocalText("Klart"), ("meeting",)),
    ),
    per="all",
)


def commitment(id_: str, forerunner: str | None = None) -> Commitment:
    promise, _, number = id_.partition("/")
    return Commitment(
        *(id_, promise, int(number), TEXT, TEXT, ("police",), ("norrby",), ()),
        *(None, WALKS, None, LocalText("1")),
        forerunner=forerunner,
    )


def promise(spec: str) -> Promise:
    """Return a promise from such as ``B<A: 1<2 2``: B follows A, and its 1 carries on A's 2."""
    head, _, points = spec.partition(":")
    id_, _, before = head.partition("<")
    year = 2010 + "ABCDEFG".index(id_)
    commitments = []
    for point in points.split():
        number, _, forerunner = point.partition("<")
        commitments.append(
            commitment(f"{id_}/{number}", f"{before}/{forerunner}" if forerunner else None)
        )
    made = Promise(
        *(id_, TEXT, TEXT, "Mark", (), Period(date(year, 1, 1), date(year, 12, 31)), None, None),
        *(TEXT, (), Source(TEXT, "-"), tuple(commitments), ()),
    )
    return replace(made, predecessor=before or None)


def told(*specs: str) -> list[str]:
    """Return a chain's rows, a cell for each promise."""
    found = []
    (chain,) = chains([promise(spec) for spec in specs])
    for row in rows(chain):
        cells = [
            "+".join(f"{d.relation} {d.commitment.id}" for d in row[p.id]) or "-" for p in chain
        ]
        found.append(" | ".join(cells))
    return found


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        (("A: 1", "B<A: 1<1"), ["first A/1 | kept B/1"]),
        (("A: 1", "B<A: 1"), ["first A/1 | dropped A/1", "- | new B/1"]),
        (("A: 1 2", "B<A: 1<2"), ["first A/1 | dropped A/1", "first A/2 | kept B/1"]),
        # Numbers may change places.
        (("A: 1 2", "B<A: 1<2 2<1"), ["first A/1 | kept B/2", "first A/2 | kept B/1"]),
        # One becomes two, two become one.
        (("A: 1", "B<A: 1<1 2<1"), ["first A/1 | kept B/1+kept B/2"]),
        (
            ("A: 1", "B<A: 1<1 2<1", "C<B: 1<1"),
            ["first A/1 | kept B/1+kept B/2 | kept C/1+dropped B/2"],
        ),
        # Dropped is told once, and what comes back is new.
        (
            ("A: 1", "B<A: 1", "C<B: 1"),
            ["first A/1 | dropped A/1 | -", "- | new B/1 | dropped B/1", "- | - | new C/1"],
        ),
        (
            ("A: 1 2", "B<A: 1<1", "C<B: 1<1 2"),
            [
                "first A/1 | kept B/1 | kept C/1",
                "first A/2 | dropped A/2 | -",
                "- | - | new C/2",
            ],
        ),
        # Two promises that follow one: each says for itself what it carries on.
        (
            ("A: 1 2", "B<A: 1<1", "C<A: 1<2"),
            ["first A/1 | kept B/1 | dropped A/1", "first A/2 | dropped A/2 | kept C/1"],
        ),
        (("A:", "B<A: 1"), ["- | new B/1"]),
        (("A: 1", "B<A:"), ["first A/1 | dropped A/1"]),
    ],
)
def test_what_became_of_every_commitment(specs: tuple[str, ...], expected: list[str]) -> None:
    assert told(*specs) == expected
    assert told(*reversed(specs)) == expected


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        (("A: 1", "B: 1"), ["A", "B"]),
        (("A: 1", "B<A: 1", "C: 1", "D<C: 1"), ["AB", "CD"]),
        (("C<B: 1", "B<A: 1", "A: 1"), ["ABC"]),
        (("B<A: 1<1",), ["B"]),  # what it follows is not here
        ((), []),
    ],
)
def test_promises_that_follow_one_another(specs: tuple[str, ...], expected: list[str]) -> None:
    found = chains([promise(spec) for spec in specs])
    assert ["".join(p.id for p in chain) for chain in found] == expected


BEFORE = commitment("A/1")
BEGUN = STEPS.steps[0]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, ""),
        ({}, {"title": LocalText("Fotpatrull i centrum under 2019")}, ""),
        ({}, {"title": LocalText("Fotpatrull i hela centrum under 2018")}, "text"),
        ({}, {"summary": LocalText("Annat")}, "text"),
        ({}, {"measure": replace(WALKS, target=5)}, "measure"),
        ({}, {"measure": replace(WALKS, per="all")}, "measure"),
        ({}, {"measure": replace(WALKS, kinds=("patrol", "foot_patrol"))}, ""),
        ({}, {"measure": replace(WALKS, reading=TEXT)}, ""),
        ({}, {"measure": Presence(kinds=WALKS.kinds)}, "measure"),
        ({}, {"areas": ("hulta",)}, "areas"),
        ({}, {"areas": (), "areas_where_needed": ("norrby",)}, "areas"),
        ({"areas": ("norrby", "hulta")}, {"areas": ("hulta", "norrby")}, ""),
        ({}, {"owners": ("police", "town")}, "owners"),
        ({}, {"deadline": date(2019, 6, 30)}, "deadline"),
        ({"deadline": date(2018, 6, 30)}, {"deadline": date(2019, 6, 30)}, ""),
        ({"deadline": date(2018, 6, 30)}, {"deadline": date(2019, 7, 1)}, "deadline"),
        ({"measure": STEPS}, {"measure": STEPS}, ""),
        (
            {"measure": STEPS},
            {
                "measure": replace(
                    STEPS, steps=(replace(BEGUN, due=date(2019, 4, 30)), STEPS.steps[1])
                )
            },
            "",
        ),
        (
            {"measure": STEPS},
            {"measure": replace(STEPS, steps=(replace(BEGUN, due=None), STEPS.steps[1]))},
            "deadline",
        ),
        ({"measure": STEPS}, {"measure": replace(STEPS, steps=(BEGUN,))}, "measure deadline"),
        ({}, {"owners": (), "areas": ()}, "areas owners"),
    ],
)
def test_in_what_one_differs_from_the_one_before(
    before: dict[str, object], after: dict[str, object], expected: str
) -> None:
    one, other = replace(BEFORE, **before), replace(BEFORE, **after)  # type: ignore[arg-type]
    assert " ".join(differences(one, other)) == expected
