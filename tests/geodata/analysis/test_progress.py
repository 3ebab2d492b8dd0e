"""Progress against hand-worked numbers.

The period has 100 days, numbered from 1, so that every expected number is a fraction that can be
worked in the head: four activities in 100 days are one every 25th day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

import pytest

from geodata.analysis import progress as rules
from geodata.analysis.evidence import frame_of, records_of
from geodata.model import (
    Appointment,
    Commitment,
    CommitmentProgress,
    Count,
    Evidence,
    LeftOutReason,
    LocalText,
    Measure,
    Milestone,
    Outcome,
    Period,
    Presence,
    Promise,
    Source,
    State,
    Step,
    StepProgress,
)
from tests.tallies import tallied

TEXT = LocalText("ord", "word")
PERIOD = Period(date(2018, 1, 1), date(2018, 4, 10))
R = LeftOutReason
S = State

Row = tuple[str, int, str | None] | tuple[str, int, str | None, str]
Numbers = tuple[State, int, int | None, Fraction | int | None]


def day(number: int) -> date:
    """Return the period's day with a number: 1 is its first, 100 its last, 0 the day before."""
    return date(2017, 12, 31) + timedelta(days=number)


def commitment(
    measure: Measure,
    *areas: str,
    needed: tuple[str, ...] = (),
    deadline: int | None = None,
    number: int = 1,
) -> Commitment:
    return Commitment(
        id=f"p/{number}",
        promise_id="p",
        number=number,
        title=TEXT,
        summary=TEXT,
        owners=("police",),
        areas=areas,
        areas_where_needed=needed,
        scope=None if areas else TEXT,
        measure=measure,
        deadline=None if deadline is None else day(deadline),
        source_paragraph=TEXT,
    )


def evidence(rows: list[Row], commitment_id: str = "p/1") -> list[Evidence]:
    return [
        Evidence(
            row[0], commitment_id, row[2], row[3] if len(row) == 4 else "meet", day(row[1]), 60
        )
        for row in rows
    ]


MEET_4 = Count(("meet",), 4, "all")
MEET_2_EACH = Count(("meet",), 2, "area")
MEET_1_EACH = Count(("meet",), 1, "area")
WATCH = (Step("presented", TEXT, ("present",)), Step("started", TEXT, ("start",), due=day(50)))

FOUR = commitment(MEET_4, "north", "south")
FOUR_BY_50 = commitment(MEET_4, "north", "south", deadline=50)
FOUR_ANYWHERE = commitment(MEET_4)
TWO_EACH = commitment(MEET_2_EACH, "north", "south")
TWO_IN_ONE = commitment(MEET_2_EACH, "north")
ONE_EACH_BY_50 = commitment(MEET_1_EACH, "north", "south", deadline=50)
WATCH_ALL = commitment(Milestone(WATCH, "all"), "north", "south")
WATCH_EACH = commitment(Milestone(WATCH, "area"), "north", "south")
HELD_BY_50 = commitment(Milestone((Step("held", TEXT, ("meet",)),), "area"), "north", deadline=50)
POST = commitment(Appointment(("appoint",)))
WALKED = commitment(Presence(("walk",)), "north", needed=("south",))


@dataclass(frozen=True)
class Case:
    id: str
    why: str
    commitment: Commitment
    rows: list[Row]
    as_of: int
    overall: Numbers
    left_out: dict[LeftOutReason, tuple[str, ...]] = field(default_factory=dict)
    by_area: dict[str, Numbers] = field(default_factory=dict)


NORTH_1: list[Row] = [("a", 1, "north")]
NORTH_2: list[Row] = [("a", 1, "north"), ("b", 2, "north")]
THREE: list[Row] = [("a", 1, "north"), ("b", 2, "south"), ("c", 3, "north")]
ALL_FOUR: list[Row] = [*THREE, ("d", 10, "south")]

CASES = [
    # --- a count for all areas together: four in 100 days --------------------------------------
    Case("before-start", "the eve is before", FOUR, [], 0, (S.NOT_STARTED, 0, 4, 0)),
    Case("before-start-early", "too early is told already then", FOUR, [("a", 0, "north")], 0,
         (S.NOT_STARTED, 0, 4, 0), {R.BEFORE_PERIOD: ("a",)}),
    Case("before-start-coming", "in the period but not yet", FOUR, NORTH_1, 0,
         (S.NOT_STARTED, 0, 4, 0), {R.AFTER_AS_OF: ("a",)},
         {"north": (S.NOT_STARTED, 0, None, None)}),
    Case("first-day-silent", "begun, nothing: 4 x 1/100", FOUR, [], 1,
         (S.NO_RECORDS, 0, 4, Fraction(1, 25))),
    Case("first-day-one", "the first day counts", FOUR, NORTH_1, 1,
         (S.ON_TRACK, 1, 4, Fraction(1, 25)), {},
         {"north": (S.ON_TRACK, 1, None, None), "south": (S.ON_TRACK, 0, None, None)}),
    Case("eve-does-not-count", "day 0 is before the period", FOUR,
         [("a", 0, "north"), ("b", 1, "north")], 1, (S.ON_TRACK, 1, 4, Fraction(1, 25)),
         {R.BEFORE_PERIOD: ("a",)}),
    Case("missing-0.96", "4 x 49/100 = 1.96, one is there", FOUR, NORTH_1, 49,
         (S.ON_TRACK, 1, 4, Fraction(49, 25))),
    Case("missing-exactly-1", "4 x 50/100 = 2, one is there", FOUR, NORTH_1, 50,
         (S.BEHIND, 1, 4, 2), {}, {"north": (S.BEHIND, 1, None, None)}),
    Case("exactly-expected", "two of two", FOUR, NORTH_2, 50, (S.ON_TRACK, 2, 4, 2)),
    Case("missing-0.96-late", "4 x 74/100 = 2.96, two", FOUR, NORTH_2, 74,
         (S.ON_TRACK, 2, 4, Fraction(74, 25))),
    Case("missing-1-again", "4 x 75/100 = 3, two", FOUR, NORTH_2, 75, (S.BEHIND, 2, 4, 3)),
    Case("ahead", "three where one is expected", FOUR, THREE, 25, (S.ON_TRACK, 3, 4, 1)),
    Case("last-but-one-day", "4 x 99/100 = 3.96, three", FOUR, THREE, 99,
         (S.ON_TRACK, 3, 4, Fraction(99, 25))),
    Case("last-day-short", "the last day's end is the end", FOUR, THREE, 100,
         (S.NOT_FULFILLED, 3, 4, 4), {}, {"south": (S.NOT_FULFILLED, 1, None, None)}),
    Case("last-day-counts", "the fourth on day 100", FOUR, [*THREE, ("d", 100, "south")], 100,
         (S.FULFILLED, 4, 4, 4)),
    Case("day-after-end", "the fourth on day 101", FOUR, [*THREE, ("d", 101, "south")], 101,
         (S.NOT_FULFILLED, 3, 4, 4), {R.AFTER_PERIOD: ("d",)}),
    Case("after-end-and-unknown", "after the period goes before after as-of", FOUR,
         [*THREE, ("d", 101, "south")], 100, (S.NOT_FULFILLED, 3, 4, 4), {R.AFTER_PERIOD: ("d",)}),
    Case("fulfilled-early", "four by day 10, 4 x 10/100 expected", FOUR, ALL_FOUR, 10,
         (S.FULFILLED, 4, 4, Fraction(2, 5))),
    Case("day-before-fulfilled", "the fourth comes tomorrow", FOUR, ALL_FOUR, 9,
         (S.ON_TRACK, 3, 4, Fraction(9, 25)), {R.AFTER_AS_OF: ("d",)}),
    Case("fulfilled-then-later", "never falls back", FOUR, ALL_FOUR, 300, (S.FULFILLED, 4, 4, 4)),
    Case("more-than-promised", "five of four is told as five", FOUR,
         [*ALL_FOUR, ("e", 11, "north")], 25, (S.FULFILLED, 5, 4, 1)),
    Case("silent-midway", "two expected, but silence", FOUR, [], 50, (S.NO_RECORDS, 0, 4, 2)),
    Case("silent-at-end", "silence is no failure", FOUR, [], 100, (S.NO_RECORDS, 0, 4, 4)),
    Case("silent-long-after", "nor afterwards", FOUR, [], 300, (S.NO_RECORDS, 0, 4, 4)),
    Case("too-early-only", "outside the period is silence in it", FOUR, [("a", 0, "north")], 100,
         (S.NO_RECORDS, 0, 4, 4), {R.BEFORE_PERIOD: ("a",)}),
    Case("other-kind-only", "another kind is no record of this", FOUR,
         [("a", 5, "north", "walk")], 100, (S.NO_RECORDS, 0, 4, 4), {R.OTHER_KIND: ("a",)}),
    Case("other-area-only", "nor another area", FOUR, [("a", 5, "east")], 100,
         (S.NO_RECORDS, 0, 4, 4), {R.OTHER_AREA: ("a",)}),
    Case("without-area", "nobody knows where: not for named areas", FOUR, [("a", 5, None)], 10,
         (S.NO_RECORDS, 0, 4, Fraction(2, 5)), {R.NO_AREA: ("a",)},
         {"north": (S.NO_RECORDS, 0, None, None), "south": (S.NO_RECORDS, 0, None, None)}),
    Case("without-area-late", "nor is it late there", FOUR_BY_50, [("a", 60, None)], 60,
         (S.NO_RECORDS, 0, 4, 4), {R.AFTER_DEADLINE: ("a",)}),
    Case("where-needed-counts", "a where-needed area is named too",
         commitment(MEET_4, "north", needed=("south",)), [("a", 5, "south")], 10,
         (S.ON_TRACK, 1, 4, Fraction(2, 5)), {},
         {"north": (S.ON_TRACK, 0, None, None), "south": (S.ON_TRACK, 1, None, None)}),
    Case("scope-only", "no area named: every area counts", FOUR_ANYWHERE,
         [("a", 5, "north"), ("b", 6, None)], 50, (S.ON_TRACK, 2, 4, 2)),
    Case("repeated-row", "one activity, two rows", FOUR, [*NORTH_1, *NORTH_1], 50,
         (S.BEHIND, 1, 4, 2)),
    Case("kind-before-period", "other kind is told first", FOUR, [("a", 0, "east", "walk")], 5,
         (S.NO_RECORDS, 0, 4, Fraction(1, 5)), {R.OTHER_KIND: ("a",)}),
    Case("period-before-area", "then the period", FOUR, [("a", 0, "east"), ("b", 101, "east")], 5,
         (S.NO_RECORDS, 0, 4, Fraction(1, 5)), {R.BEFORE_PERIOD: ("a",), R.AFTER_PERIOD: ("b",)}),
    Case("as-of-before-area", "then the as-of day", FOUR, [("a", 6, "east")], 5,
         (S.NO_RECORDS, 0, 4, Fraction(1, 5)), {R.AFTER_AS_OF: ("a",)}),
    # --- the same with a due day on day 50: one every 12.5 days --------------------------------
    Case("due-line", "4 x 25/50", FOUR_BY_50, NORTH_2, 25, (S.ON_TRACK, 2, 4, 2)),
    Case("due-line-first-day", "4 x 1/50", FOUR_BY_50, NORTH_1, 1,
         (S.ON_TRACK, 1, 4, Fraction(2, 25))),
    Case("due-today-met", "the due day itself counts", FOUR_BY_50, [*THREE, ("d", 50, "north")], 50,
         (S.FULFILLED, 4, 4, 4)),
    Case("due-today-short", "on the due day all are expected", FOUR_BY_50, THREE, 50,
         (S.BEHIND, 3, 4, 4)),
    Case("due-tomorrow", "4 x 49/50 = 3.92, three", FOUR_BY_50, THREE, 49,
         (S.ON_TRACK, 3, 4, Fraction(98, 25))),
    Case("one-day-late", "day 51 is too late", FOUR_BY_50, [*THREE, ("d", 51, "north")], 60,
         (S.BEHIND, 3, 4, 4), {R.AFTER_DEADLINE: ("d",)}),
    Case("late-not-yet-known", "as-of is asked before the due day", FOUR_BY_50,
         [*THREE, ("d", 61, "north")], 60, (S.BEHIND, 3, 4, 4), {R.AFTER_AS_OF: ("d",)}),
    Case("only-late", "late is a record; an area's state is the whole's", FOUR_BY_50,
         [("a", 51, "north")], 60,
         (S.BEHIND, 0, 4, 4), {R.AFTER_DEADLINE: ("a",)},
         {"north": (S.BEHIND, 0, None, None), "south": (S.BEHIND, 0, None, None)}),
    Case("only-late-at-end", "and so not fulfilled", FOUR_BY_50, [("a", 51, "north")], 100,
         (S.NOT_FULFILLED, 0, 4, 4), {R.AFTER_DEADLINE: ("a",)}),
    Case("late-elsewhere", "late in another area is still silence here", FOUR_BY_50,
         [("a", 51, "east")], 100, (S.NO_RECORDS, 0, 4, 4), {R.AFTER_DEADLINE: ("a",)}),
    Case("due-passed-silent", "silence past the due day", FOUR_BY_50, [], 60,
         (S.NO_RECORDS, 0, 4, 4)),
    Case("due-after-period", "no due day is later than the period's last",
         commitment(MEET_4, "north", deadline=120), [*NORTH_2, ("c", 110, "north")], 110,
         (S.NOT_FULFILLED, 2, 4, 4), {R.AFTER_PERIOD: ("c",)}),
    # --- a count in each area: two in 100 days -------------------------------------------------
    Case("each-before-start", "no area expected yet", TWO_EACH, [], 0, (S.NOT_STARTED, 0, 2, 0), {},
         {"north": (S.NOT_STARTED, 0, 2, 0), "south": (S.NOT_STARTED, 0, 2, 0)}),
    Case("each-silent", "all areas silent", TWO_EACH, [], 50, (S.NO_RECORDS, 0, 2, 0), {},
         {"north": (S.NO_RECORDS, 0, 2, 1), "south": (S.NO_RECORDS, 0, 2, 1)}),
    Case("each-silent-at-end", "still silence; both areas expected", TWO_EACH, [], 100,
         (S.NO_RECORDS, 0, 2, 2)),
    Case("each-one-done-early", "2 x 49/100 = 0.98 is missing in the south", TWO_EACH, NORTH_2, 49,
         (S.ON_TRACK, 1, 2, 0), {},
         {"north": (S.FULFILLED, 2, 2, Fraction(49, 50)),
          "south": (S.NO_RECORDS, 0, 2, Fraction(49, 50))}),
    Case("each-one-silent-misses", "a whole one is missing in the south", TWO_EACH, NORTH_2, 50,
         (S.BEHIND, 1, 2, 0), {},
         {"north": (S.FULFILLED, 2, 2, 1), "south": (S.NO_RECORDS, 0, 2, 1)}),
    Case("each-keeping-pace", "one each where one is expected", TWO_EACH,
         [*NORTH_1, ("b", 2, "south")], 50, (S.ON_TRACK, 0, 2, 0), {},
         {"north": (S.ON_TRACK, 1, 2, 1), "south": (S.ON_TRACK, 1, 2, 1)}),
    Case("each-one-behind", "2 x 100/100 less 1 a day before the end is 0.98; with due 99 it is 1",
         commitment(MEET_2_EACH, "north", "south", deadline=99), [*NORTH_2, ("c", 3, "south")], 99,
         (S.BEHIND, 1, 2, 2), {}, {"south": (S.BEHIND, 1, 2, 2)}),
    Case("each-one-silent-at-end", "some did, one is silent", TWO_EACH, NORTH_2, 100,
         (S.NOT_FULFILLED, 1, 2, 2), {},
         {"north": (S.FULFILLED, 2, 2, 2), "south": (S.NO_RECORDS, 0, 2, 2)}),
    Case("each-both-short-at-end", "one of two in both", TWO_EACH, [*NORTH_1, ("b", 2, "south")],
         100, (S.NOT_FULFILLED, 0, 2, 2), {}, {"north": (S.NOT_FULFILLED, 1, 2, 2)}),
    Case("each-surplus-elsewhere", "three in the north do not help the south", TWO_EACH,
         [*NORTH_2, ("c", 3, "north"), ("d", 4, "south")], 100, (S.NOT_FULFILLED, 1, 2, 2), {},
         {"north": (S.FULFILLED, 3, 2, 2), "south": (S.NOT_FULFILLED, 1, 2, 2)}),
    Case("each-fulfilled", "both areas", TWO_EACH, [*NORTH_2, ("c", 3, "south"), ("d", 4, "south")],
         4, (S.FULFILLED, 2, 2, 0), {}, {"south": (S.FULFILLED, 2, 2, Fraction(2, 25))}),
    Case("each-without-area", "nobody's where each has its own", TWO_EACH, [("a", 5, None)], 100,
         (S.NO_RECORDS, 0, 2, 2), {R.NO_AREA: ("a",)}),
    Case("each-due-passed", "north done, the south silent past the due day", ONE_EACH_BY_50,
         NORTH_1, 50, (S.BEHIND, 1, 2, 2), {}, {"south": (S.NO_RECORDS, 0, 1, 1)}),
    Case("each-late-in-one", "the south came a day late", ONE_EACH_BY_50,
         [*NORTH_1, ("b", 51, "south")], 60, (S.BEHIND, 1, 2, 2), {R.AFTER_DEADLINE: ("b",)},
         {"north": (S.FULFILLED, 1, 1, 1), "south": (S.BEHIND, 0, 1, 1)}),
    Case("each-in-one-area", "one area only: its own numbers", TWO_IN_ONE, NORTH_1, 50,
         (S.ON_TRACK, 1, 2, 1), {}, {"north": (S.ON_TRACK, 1, 2, 1)}),
    Case("each-in-one-area-elsewhere", "the whole tells what lies elsewhere", TWO_IN_ONE,
         [*NORTH_1, ("b", 2, "east")], 100, (S.NOT_FULFILLED, 1, 2, 2), {R.OTHER_AREA: ("b",)},
         {"north": (S.NOT_FULFILLED, 1, 2, 2)}),
    Case("each-where-needed", "no number was promised where needed",
         commitment(MEET_1_EACH, "north", needed=("south",)), [("a", 5, "south")], 10,
         (S.ON_TRACK, 0, 1, 0), {},
         {"north": (S.NO_RECORDS, 0, 1, Fraction(1, 10)), "south": (S.UNDER_WAY, 1, None, None)}),
    # --- steps: presented by day 100, started by day 50 ----------------------------------------
    Case("steps-before-start", "none due", WATCH_ALL, [], 0, (S.NOT_STARTED, 0, 2, 0)),
    Case("steps-silent", "none due", WATCH_ALL, [], 49, (S.NO_RECORDS, 0, 2, 0)),
    Case("steps-first", "presented, in the north", WATCH_ALL, [("a", 10, "north", "present")], 10,
         (S.ON_TRACK, 1, 2, 0), {},
         {"north": (S.ON_TRACK, 1, None, None), "south": (S.ON_TRACK, 0, None, None)}),
    Case("steps-due-tomorrow", "start is due on day 50", WATCH_ALL, [("a", 10, "south", "present")],
         49, (S.ON_TRACK, 1, 2, 0)),
    Case("steps-due-today", "and isn't reached", WATCH_ALL, [("a", 10, "south", "present")], 50,
         (S.BEHIND, 1, 2, 1)),
    Case("steps-without-area", "nobody knows where", WATCH_ALL, [("a", 10, None, "present")], 10,
         (S.NO_RECORDS, 0, 2, 0), {R.NO_AREA: ("a",)}),
    Case("steps-on-due-day", "reached on the day; the other has time", WATCH_ALL,
         [("a", 50, "north", "start")], 50, (S.ON_TRACK, 1, 2, 1)),
    Case("steps-other-order", "one reached, but not the one that is due", WATCH_ALL,
         [("a", 60, "north", "present")], 60, (S.BEHIND, 1, 2, 1)),
    Case("steps-late", "started on day 51", WATCH_ALL, [("a", 51, "north", "start")], 60,
         (S.BEHIND, 0, 2, 1), {R.AFTER_DEADLINE: ("a",)}),
    Case("steps-late-at-end", "late stays late", WATCH_ALL,
         [("a", 51, "north", "start"), ("b", 60, "north", "present")], 100,
         (S.NOT_FULFILLED, 1, 2, 2), {R.AFTER_DEADLINE: ("a",)}),
    Case("steps-reached", "both", WATCH_ALL,
         [("a", 5, "north", "present"), ("b", 50, "south", "start")],
         50, (S.FULFILLED, 2, 2, 1), {},
         {"north": (S.FULFILLED, 1, None, None), "south": (S.FULFILLED, 1, None, None)}),
    Case("steps-reached-later", "never falls back", WATCH_ALL,
         [("a", 5, "north", "present"), ("b", 50, "south", "start")], 300, (S.FULFILLED, 2, 2, 2)),
    Case("steps-silent-at-end", "silence is no failure", WATCH_ALL, [], 100,
         (S.NO_RECORDS, 0, 2, 2)),
    Case("steps-twice-the-same", "the second adds no step, nor a share", WATCH_ALL,
         [("a", 5, "north", "present"), ("b", 6, "south", "present")],
         10, (S.ON_TRACK, 1, 2, 0), {},
         {"north": (S.ON_TRACK, 1, None, None), "south": (S.ON_TRACK, 0, None, None)}),
    Case("steps-commitment-due", "a step without its own due day has the commitment's", HELD_BY_50,
         [("a", 51, "north")], 60, (S.BEHIND, 0, 1, 1), {R.AFTER_DEADLINE: ("a",)},
         {"north": (S.BEHIND, 0, 1, 1)}),
    Case("steps-commitment-due-met", "held on that day", HELD_BY_50, [("a", 50, "north")], 50,
         (S.FULFILLED, 1, 1, 1), {}, {"north": (S.FULFILLED, 1, 1, 1)}),
    Case("steps-each", "north both, south one, at the end", WATCH_EACH,
         [("a", 5, "north", "present"), ("b", 6, "north", "start"), ("c", 7, "south", "present")],
         100, (S.NOT_FULFILLED, 1, 2, 2), {},
         {"north": (S.FULFILLED, 2, 2, 2), "south": (S.NOT_FULFILLED, 1, 2, 2)}),
    Case("steps-each-one-due", "the south is behind with its start; no area is all due", WATCH_EACH,
         [("a", 5, "north", "present"), ("b", 6, "north", "start"), ("c", 7, "south", "present")],
         50, (S.BEHIND, 1, 2, 0), {},
         {"north": (S.FULFILLED, 2, 2, 1), "south": (S.BEHIND, 1, 2, 1)}),
    # --- an appointment, once, anywhere --------------------------------------------------------
    Case("post-open", "nothing yet", POST, [], 50, (S.NO_RECORDS, 0, 1, 0)),
    Case("post-filled", "once is enough", POST, [("a", 50, None, "appoint")], 50,
         (S.FULFILLED, 1, 1, 0)),
    Case("post-filled-twice", "one step, reached once", POST,
         [("a", 50, None, "appoint"), ("b", 60, "north", "appoint")], 70, (S.FULFILLED, 1, 1, 0)),
    Case("post-filled-after", "a day after the period", POST, [("a", 101, None, "appoint")], 200,
         (S.NO_RECORDS, 0, 1, 1), {R.AFTER_PERIOD: ("a",)}),
    # --- presence: no number, ever -------------------------------------------------------------
    Case("presence-before-start", "not begun", WALKED, [], 0, (S.NOT_STARTED, 0, None, None), {},
         {"north": (S.NOT_STARTED, 0, None, None)}),
    Case("presence-silent-at-end", "nothing recorded", WALKED, [], 100,
         (S.NO_RECORDS, 0, None, None)),
    Case("presence-one", "in one area", WALKED, [("a", 5, "south", "walk")], 5,
         (S.UNDER_WAY, 1, None, None), {},
         {"north": (S.NO_RECORDS, 0, None, None), "south": (S.UNDER_WAY, 1, None, None)}),
    Case("presence-after", "never reached, never failed", WALKED, [("a", 5, "north", "walk")], 200,
         (S.UNDER_WAY, 1, None, None)),
    Case("presence-without-area", "nobody knows where", WALKED, [("a", 5, None, "walk")], 5,
         (S.NO_RECORDS, 0, None, None), {R.NO_AREA: ("a",)},
         {"north": (S.NO_RECORDS, 0, None, None)}),
    Case("presence-elsewhere", "not in an area it doesn't name", WALKED, [("a", 5, "east", "walk")],
         5, (S.NO_RECORDS, 0, None, None), {R.OTHER_AREA: ("a",)}),
]  # fmt: skip


def assess(
    commitment: Commitment, period: Period, rows: Iterable[Evidence], as_of: date
) -> CommitmentProgress:
    return rules.assess(commitment, period, tallied(rows), as_of)


def numbers(progress: object) -> tuple[object, ...]:
    return tuple(getattr(progress, name) for name in ("state", "delivered", "target", "expected"))


def approximately(expected: Numbers) -> tuple[object, ...]:
    *rest, line = expected
    return (*rest, None if line is None else pytest.approx(float(line), rel=1e-12))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_hand_worked(case: Case) -> None:
    found = assess(case.commitment, PERIOD, evidence(case.rows), day(case.as_of))
    assert numbers(found.overall) == approximately(case.overall), case.why
    left_out = {why: len(ids) for why, ids in case.left_out.items()}
    assert found.overall.left_out == left_out, case.why
    for area_id, expected in case.by_area.items():
        assert numbers(found.by_area[area_id]) == approximately(expected), (area_id, case.why)
    assert tuple(found.by_area) == case.commitment.all_areas


def test_the_period_is_as_long_as_the_table_says() -> None:
    assert PERIOD.days == 100
    assert (day(1), day(100)) == (PERIOD.start, PERIOD.end)
    assert len(CASES) == len({case.id for case in CASES})


@pytest.mark.parametrize(
    ("chosen", "unit"),
    [(FOUR, "activities"), (TWO_EACH, "areas"), (TWO_IN_ONE, "activities"), (WATCH_ALL, "steps"),
     (WATCH_EACH, "areas"), (HELD_BY_50, "steps"), (POST, "steps"), (WALKED, "activities")],
)  # fmt: skip
def test_units(chosen: Commitment, unit: str) -> None:
    assert assess(chosen, PERIOD, [], day(5)).overall.unit == unit


def test_expected_is_exact_for_awkward_quotients() -> None:
    # 3 in 100 days: after 67 days 2.01 are expected, so with one a whole one is missing; after 66
    # days 1.98 are.
    three = commitment(Count(("meet",), 3, "all"), "north")
    rows = evidence(NORTH_1)
    assert assess(three, PERIOD, rows, day(67)).overall.state is S.BEHIND
    assert assess(three, PERIOD, rows, day(66)).overall.state is S.ON_TRACK
    # 10 in 100 days: 3 are expected after exactly 30 days, which no rounding may blur.
    ten = commitment(Count(("meet",), 10, "all"), "north")
    rows = evidence(NORTH_2)
    assert assess(ten, PERIOD, rows, day(29)).overall.state is S.ON_TRACK
    assert assess(ten, PERIOD, rows, day(30)).overall.state is S.BEHIND


def test_a_period_of_one_day() -> None:
    one_day = Period(day(1), day(1))
    one = commitment(Count(("meet",), 1, "all"), "north")
    assert numbers(assess(one, one_day, [], day(1)).overall) == (S.NO_RECORDS, 0, 1, 1)
    assert numbers(assess(one, one_day, evidence(NORTH_1), day(1)).overall) == (
        S.FULFILLED,
        1,
        1,
        1,
    )


def test_minutes_days_and_ids() -> None:
    rows = [
        Evidence("d", "p/1", "north", "meet", day(9), None),
        Evidence("c", "p/1", "south", "meet", day(3), 45),
        Evidence("b", "p/1", "north", "meet", day(3), 0),
        Evidence("a", "p/1", "south", "meet", day(7), 120),
        Evidence("z", "p/1", "north", "meet", day(20), 600),
        Evidence("y", "p/1", "north", "meet", day(11), 600),
    ]
    found = assess(FOUR, PERIOD, rows, day(10))
    whole = found.overall
    assert (whole.minutes, whole.minutes_unknown) == (165, 1)
    assert (whole.first_day, whole.last_day) == (day(3), day(9))
    assert (whole.counted, whole.left_out) == (4, {R.AFTER_AS_OF: 2})
    frame = frame_of(FOUR, PERIOD, day(10))
    assert records_of(frame, rows) == {None: ("b", "c", "a", "d"), R.AFTER_AS_OF: ("y", "z")}
    north = found.by_area["north"]
    assert (north.minutes, north.minutes_unknown) == (0, 1)
    assert (north.counted, north.left_out) == (2, {R.AFTER_AS_OF: 2})
    south = found.by_area["south"]
    assert (south.first_day, south.last_day, south.left_out) == (day(3), day(7), {})


def test_each_area_tells_what_lies_in_it_and_the_whole_tells_all() -> None:
    rows = evidence([*NORTH_1, ("b", 0, "north"), ("c", 5, "east"), ("d", 5, None)])
    found = assess(TWO_EACH, PERIOD, rows, day(10))
    assert found.by_area["north"].left_out == {R.BEFORE_PERIOD: 1}
    assert found.by_area["south"].left_out == {}
    assert found.overall.left_out == {
        R.BEFORE_PERIOD: 1,
        R.OTHER_AREA: 1,
        R.NO_AREA: 1,
    }
    assert found.overall.counted == 1
    assert found.overall.minutes == 60


def test_steps_tell_their_days() -> None:
    rows = evidence([("b", 50, "south", "start"), ("a", 5, "north", "present")])
    found = assess(WATCH_ALL, PERIOD, rows, day(60))
    presented = StepProgress("presented", day(100), day(5))
    started = StepProgress("started", day(50), day(50))
    assert found.overall.steps == (presented, started)
    assert found.by_area["north"].steps == (presented,)
    assert found.by_area["south"].steps == (started,)
    each = assess(WATCH_EACH, PERIOD, rows, day(60))
    assert each.by_area["north"].steps == (presented, StepProgress("started", day(50), None))
    assert each.overall.steps == ()
    assert assess(POST, PERIOD, [], day(5)).overall.steps == (
        StepProgress("appointed", day(100), None),
    )


def test_one_activity_can_show_two_steps_each_by_its_own_due_day() -> None:
    # Found by day 20 and repeated by day 60, both shown by a walk.
    steps = (Step("first", TEXT, ("walk",), day(20)), Step("again", TEXT, ("walk",), day(60)))
    chosen = commitment(Milestone(steps, "all"), "north")
    early = assess(chosen, PERIOD, evidence([("a", 20, "north", "walk")]), day(20)).overall
    assert numbers(early) == (S.FULFILLED, 2, 2, 1)
    between = assess(chosen, PERIOD, evidence([("a", 21, "north", "walk")]), day(30)).overall
    assert numbers(between) == (S.BEHIND, 1, 2, 1)
    assert between.left_out == {}
    late = assess(chosen, PERIOD, evidence([("a", 61, "north", "walk")]), day(70)).overall
    assert numbers(late) == (S.BEHIND, 0, 2, 2)
    assert late.left_out == {R.AFTER_DEADLINE: 1}


def test_assess_all_gives_each_commitment_its_own_evidence_and_period() -> None:
    def promise(promise_id: str, period: Period, *commitments: Commitment) -> Promise:
        outcomes: tuple[Outcome, ...] = ()
        return Promise(
            promise_id, TEXT, TEXT, "Borås", (), period, None, None, TEXT, (),
            Source(TEXT, "police"), commitments, outcomes,
        )  # fmt: skip

    first = commitment(MEET_4, "north", number=1)
    second = commitment(Presence(("walk",)), "north", number=2)
    third = commitment(MEET_4, "north", number=3)
    rows = [
        *evidence([("a", 5, "north"), ("b", 6, "north")], "p/1"),
        *evidence([("a", 5, "north", "walk")], "p/2"),
        *evidence([("c", 5, "north")], "elsewhere/1"),
    ]
    found = rules.assess_all(
        [promise("p", PERIOD, first, second), promise("q", Period(day(11), day(90)), third)],
        iter(tallied(rows)),
        day(10),
    )
    assert list(found) == ["p/1", "p/2", "p/3"]
    assert found["p/1"].overall.counted == 2
    assert found["p/2"].overall.counted == 1
    assert found["p/3"].overall.state is S.NOT_STARTED
    assert {p.as_of for p in found.values()} == {day(10)}
