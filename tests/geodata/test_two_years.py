"""Two years of one place: what counts for which, what carries over, and outlines replaced between.

Every row was worked out by hand from the two promises below, by the rules as they are written in
`geodata.analysis.progress`, `geodata.analysis.agenda` and `geodata.analysis.location`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from geodata.errors import CatalogueError
from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    LeftOutReason,
    Meeting,
    Precision,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.service.adding import propose, take_in
from geodata.service.answering import link
from geodata.service.entries import begun, bring_back, withdraw
from geodata.service.following import records, uncounted
from geodata.service.meetings import agenda_of
from geodata.service.recording import Saved
from geodata.settings import NO_BASEMAP, Settings, register_url

# Skog is promised the same for 2018 and 2019, but for: the east is dropped, the park and the yard
# are new, and what was a dialogue is a meeting. In the winter between there is one of the yard's.
# id: first day, last day, predecessor, commitments of (kind, areas, last day).
PROMISES: Final = {
    "old": (
        *("2018-01-01", "2018-12-31", ""),
        (
            ("foot_patrol", "west east", ""),
            ("citizen_dialogue", "west", "2018-05-31"),
            ("safety_walk", "west east", ""),
            ("operation", "", ""),
        ),
    ),
    "new": (
        *("2019-01-01", "2019-12-31", "old"),
        (
            ("foot_patrol", "west park yard", ""),
            ("residents_meeting", "west", "2019-05-31"),
            ("safety_walk", "west", ""),
            ("operation", "", ""),
        ),
    ),
    "winter": ("2018-12-01", "2019-02-28", "", (("foot_patrol", "yard", ""),)),
}
OUTLINES: Final = {
    "west": box(12.90, 57.60, 12.92, 57.61),
    "east": box(12.92, 57.60, 12.94, 57.61),
    "park": box(12.90, 57.62, 12.92, 57.63),
    "yard": box(12.92, 57.62, 12.94, 57.63),
    "lake": box(12.90, 57.64, 12.92, 57.65),  # no promise names it
}


def promise_file(id_: str) -> tuple[str, bytes]:
    first, last, before, points = PROMISES[id_]
    text = (
        f'id = "{id_}"\nmunicipality = "Skog"\nshort = {{ sv = "{id_}" }}\n'
        f'title = {{ sv = "{id_}" }}\nbackground = {{ sv = "-" }}\n'
        + (f'predecessor = "{before}"\n' if before else "")
        + f"[period]\nstart = {first}\nend = {last}\n"
        '[source]\npublisher = "Skog"\ntitle = { sv = "-" }\n'
        '[[parties]]\nid = "polisen"\nname = { sv = "Polisen" }\n'
    )
    for number, (kind, areas, deadline) in enumerate(points, start=1):
        text += (
            f'[[commitments]]\nnumber = {number}\nowners = ["polisen"]\n'
            f"areas = {json.dumps(areas.split())}\n"
            'title = { sv = "-" }\nsummary = { sv = "-" }\nsource_paragraph = { sv = "-" }\n'
            + ("" if areas else 'scope = { sv = "-" }\n')
            + (f"deadline = {deadline}\n" if deadline else "")
            + (f'forerunner = "old/{number}"\n' if before else "")
            + f'[commitments.measure]\ntype = "presence"\nkinds = ["{kind}"]\n'
        )
    return f"{id_}.toml", text.encode("utf-8")


def outline_file(outlines: dict[str, Polygon]) -> tuple[str, bytes]:
    said: dict[str, object] = {
        "municipality": "Skog",
        "kind": "housing",
        "outline_method": "nominal",
    }
    said |= {"outline_accuracy_m": 20.0, "outline_source": "-"}
    features = [
        {
            "type": "Feature",
            "properties": {"id": id_, "name": id_.title(), **said},
            "geometry": json.loads(shapely.to_geojson(outline)),
        }
        for id_, outline in outlines.items()
    ]
    document = {"type": "FeatureCollection", "features": features}
    return "areas.geojson", json.dumps(document).encode("utf-8")


def take(service: Service, *files: tuple[str, bytes]) -> None:
    take_in(service, propose(service, files), by="kansliet")


def opened(path: Path, blank_file: Path) -> Service:
    path.write_bytes(blank_file.read_bytes())
    return Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, blank_file: Path) -> Iterator[Service]:
    """All rows' records in one register, each in the others' company."""
    with opened(tmp_path_factory.mktemp("skog") / "skog.sqlite", blank_file) as made:
        take(made, outline_file(OUTLINES), *map(promise_file, PROMISES))
        activities = [row.record for row in (*BY_RULE, *BY_HAND)]
        work = [one for one in activities if isinstance(one, Activity | Walk)]
        linked = link(made.catalogue.promises, sorted(work, key=lambda one: isinstance(one, Walk)))
        by_hand = {row.record.id: row.record for row in BY_HAND}
        ready = [by_hand.get(r.id, r) for r in linked]
        left_open = [*(row.record for row in FINDINGS), *(row.record for row in DECISIONS)]
        made.register.add(ready, left_open, by="kansliet")
        yield made


NUMBERS = count(1)


def id_of() -> str:
    return f"00000000-0000-4000-8000-{next(NUMBERS):012}"


def on(day: str) -> date:
    return date.fromisoformat(day)


@dataclass(frozen=True)
class Row:
    record: Any
    expected: str
    why: str
    reasons: str = ""


def activity(day: str, kind: str, area: str | None, **values: Any) -> Activity:
    start = datetime.combine(on(day), datetime.min.time(), UTC)
    given = {"place": None, "start": start, "precision": Precision.DAY, "day": on(day), **values}
    return Activity(id_of(), kind, area, **given)


def walk(day: str, status: WalkStatus = WalkStatus.HELD, area: str = "west", **values: Any) -> Walk:
    start = datetime.combine(on(day), datetime.min.time(), UTC)
    return Walk(id_of(), area, status, start, Precision.DAY, on(day), **values)


# --- counting across two years -------------------------------------------------------------------

PATROL, TALK, MEET, RAID = "foot_patrol", "citizen_dialogue", "residents_meeting", "operation"
WINTER = {"start": datetime(2018, 12, 1, tzinfo=UTC), "precision": Precision.SEASON}
BY_RULE: Final = (
    Row(activity("2017-12-31", PATROL, "west"), "", "the eve of the first year"),
    Row(activity("2018-01-01", PATROL, "west"), "old/1", "its first day"),
    Row(activity("2018-12-31", PATROL, "west"), "old/1", "its last day is not the next one's"),
    Row(activity("2019-01-01", PATROL, "west"), "new/1", "nor the next one's first day its"),
    Row(activity("2019-12-31", PATROL, "west"), "new/1", "the last day"),
    Row(activity("2020-01-01", PATROL, "west"), "", "nothing is promised any more"),
    Row(activity("2018-12-31", PATROL, "east"), "old/1", "the east, while it is promised"),
    Row(activity("2019-01-01", PATROL, "east"), "", "and from when it was dropped"),
    Row(activity("2018-12-31", PATROL, "park"), "", "the park, before it is promised"),
    Row(activity("2019-01-01", PATROL, "park"), "new/1", "and from when it is"),
    Row(activity("2018-12-31", PATROL, "yard"), "winter/1", "of two only the winter's has begun"),
    Row(activity("2019-01-01", PATROL, "yard"), "new/1 winter/1", "both are in force"),
    Row(activity("2019-02-28", PATROL, "yard"), "new/1 winter/1", "the winter's last day"),
    Row(activity("2019-03-01", PATROL, "yard"), "new/1", "the winter is over, the year goes on"),
    Row(activity("2018-06-01", PATROL, None), "", "nobody has said where"),
    Row(activity("2018-06-01", PATROL, "hedbo"), "", "another municipality's area"),
    Row(activity("2019-02-28", PATROL, "west", **WINTER), "new/1", "its last possible day counts"),
    Row(activity("2018-05-31", TALK, "west"), "old/2", "the deadline itself"),
    Row(activity("2018-06-01", TALK, "west"), "", "in the year, but a day late"),
    Row(activity("2019-03-01", TALK, "west"), "", "the next year counts meetings instead"),
    Row(activity("2018-03-01", MEET, "west"), "", "the year before counted dialogues"),
    Row(activity("2019-05-31", MEET, "west"), "new/2", "the deadline, a year on"),
    Row(activity("2019-06-01", MEET, "west"), "", "a day late again"),
    Row(activity("2018-12-31", RAID, None), "old/4", "no area is named: anywhere, or nowhere"),
    Row(activity("2019-01-01", RAID, "east"), "new/4", "the same, also where nothing else is"),
    Row(walk("2018-12-31"), "old/3", "a held walk is an activity of its day"),
    Row(walk("2019-01-01"), "new/3", "a day later it is the next one's"),
    Row(walk("2019-06-01", area="east"), "", "the east was dropped for walks too"),
    Row(walk("2019-06-02", WalkStatus.PLANNED), "", "planned is not done, whatever the day"),
    Row(walk("2018-06-02", WalkStatus.CANCELLED), "", "nor is what was called off"),
)


def named(record: Activity | Walk, *commitments: str) -> Any:
    return replace(record, commitments=commitments)


BY_HAND: Final = (
    Row(
        named(activity("2019-01-01", PATROL, "west"), "old/1"),
        *("", "the year named had ended", "old/1 after_period"),
    ),
    Row(
        named(activity("2018-12-31", PATROL, "west"), "new/1"),
        *("", "the year named had not begun", "new/1 before_period"),
    ),
    Row(
        named(activity("2018-12-31", PATROL, "west"), "old/1", "new/1"),
        *("old/1", "of both only the one of its day", "new/1 before_period"),
    ),
    Row(
        named(activity("2019-01-01", PATROL, "west"), "old/1", "new/1"),
        *("new/1", "and a day later the other", "old/1 after_period"),
    ),
    Row(
        named(activity("2019-02-01", PATROL, "east"), "new/1"),
        *("", "the right year, a dropped area", "new/1 other_area"),
    ),
    Row(
        named(activity("2019-02-01", PATROL, None), "new/1"),
        *("", "until somebody says where", "new/1 no_area"),
    ),
    Row(
        named(activity("2019-02-01", TALK, "west"), "new/2"),
        *("", "what it counted the year before", "new/2 other_kind"),
    ),
    Row(
        named(activity("2019-06-01", MEET, "west"), "new/2"),
        *("", "a day late", "new/2 after_deadline"),
    ),
    Row(
        named(activity("2019-03-01", PATROL, "yard"), "winter/1", "new/1"),
        *("new/1", "of two in one area the one that goes on", "winter/1 after_period"),
    ),
    Row(
        named(walk("2019-01-02"), "old/3"),
        *("", "planned for the old year, held in the new", "old/3 after_period"),
    ),
    Row(
        named(activity("2018-06-01", PATROL, "west", void=True), "old/1"),
        *("", "what was withdrawn never was"),
    ),
)

OURS: Final = [f"{id_}/{n}" for id_, told in PROMISES.items() for n in range(1, len(told[3]) + 1)]


@pytest.fixture(scope="module")
def activity_of(service: Service) -> dict[str, str]:
    """The activity that a record is: a held walk's own."""
    walked = {a.walk_id: a.id for a in service.activities() if a.walk_id}
    return {row.record.id: walked.get(row.record.id, row.record.id) for row in (*BY_RULE, *BY_HAND)}


def behind(service: Service, id_: str) -> dict[LeftOutReason | None, Sequence[str]]:
    found = records(service, service.catalogue.commitment_by_id[id_], None, date(2020, 6, 30))
    return {None: (), **found}


@pytest.mark.parametrize("row", [*BY_RULE, *BY_HAND], ids=lambda row: row.why)
def test_what_an_activity_counts_for(
    service: Service, activity_of: dict[str, str], row: Row
) -> None:
    id_ = activity_of[row.record.id]
    counted = [c for c in OURS if id_ in behind(service, c)[None]]
    assert sorted(counted) == row.expected.split()
    left_out = [
        f"{c} {reason}" for c in OURS for reason, ids in behind(service, c).items()
        if reason and id_ in ids and c in row.reasons
    ]  # fmt: skip
    assert " ".join(left_out) == row.reasons


@pytest.mark.parametrize("day", ["2019-01-01", "2019-06-30", "2020-06-30"])
def test_what_comes_afterwards_moves_no_figure_of_the_old_year(service: Service, day: str) -> None:
    last, later = service.progress(date(2018, 12, 31)), service.progress(on(day))
    for id_ in OURS:
        if id_.startswith("old/"):
            assert later[id_].overall.counted == last[id_].overall.counted
        elif id_.startswith("new/"):
            assert last[id_].overall.counted == 0


@pytest.mark.parametrize(
    ("day", "area", "states", "history"),
    [
        ("2018-12-31", "west", 3, False),  # patrol, dialogue, walk
        ("2018-12-31", "east", 2, False),  # patrol and walk
        ("2018-12-31", "park", 0, False),  # not promised yet: not told of at all
        ("2018-12-31", "yard", 1, False),  # the winter's
        ("2019-01-01", "west", 3, False),  # the new year's own, none of the old
        ("2019-01-01", "east", 0, False),  # dropped: the old year's state colours nothing
        ("2019-01-01", "yard", 2, False),  # the year's and the winter's
        ("2019-03-01", "yard", 1, False),  # the year's alone
        ("2020-01-01", "west", 3, True),  # nothing in force: what ended last, as history
        ("2020-01-01", "east", 0, False),  # of that one, not of all that have ended
    ],
)
def test_what_is_told_of_an_area(
    service: Service, day: str, area: str, states: int, history: bool
) -> None:
    promises = service.scope(None, on(day)).promises
    told = {one.area_id: one for one in service.attention(promises, on(day))}
    found = told.get(area)
    assert (sum(found.states.values()) if found else 0) == states
    assert (found.is_history if found else False) == history


# --- what the old year leaves open ---------------------------------------------------------------

MEETING: Final = Meeting("m", on("2019-02-06"), on("2018-12-12"), on("2019-03-06"), "new")
D, F = DecisionStatus, FindingStatus


def decision(day: str, status: str = "open", settled: str = "", **about: Any) -> Decision:
    due = about.pop("due", None)
    made = Decision(
        *(id_of(), None, "-", on(day), D(status), on(settled or day)), due=due and on(due)
    )
    return replace(made, **about)


def finding(
    day: str, area: str | None, status: str = "open", settled: str = "", due: str = ""
) -> Finding:
    return Finding(
        *(id_of(), None, area, None, "lighting", "", None, on(due) if due else None),
        *(F(status), on(day), on(settled or day)),
    )


JUNE: Final = "2018-06-01"
DECISIONS: Final = (
    Row(decision(JUNE, commitment_id="old/1"), "earlier open", "open is open, a year on"),
    Row(decision(JUNE, commitment_id="old/2"), "earlier open", "its commitment is counted anew"),
    Row(decision(JUNE, area_id="west"), "earlier open", "its area is promised anew"),
    Row(decision(JUNE, area_id="east"), "earlier open", "its area is dropped, it is not"),
    Row(decision(JUNE), "earlier open", "about nothing special: everybody's"),
    Row(decision(JUNE, commitment_id="winter/1"), "", "of a promise that this one doesn't follow"),
    Row(decision(JUNE, commitment_id="mark-2018/1"), "", "another municipality's"),
    Row(decision(JUNE, area_id="hedbo"), "", "another municipality's area"),
    Row(decision(JUNE, area_id="west", due="2018-12-31"), "earlier late open", "due last year"),
    Row(decision(JUNE, area_id="west", due="2019-02-06"), "due earlier open", "due today"),
    Row(decision(JUNE, area_id="west", due="2019-03-06"), "due earlier open", "due by the next"),
    Row(decision(JUNE, area_id="west", due="2019-03-07"), "earlier open", "after the next meeting"),
    Row(decision(JUNE, "done", "2018-12-12", area_id="west"), "", "done by the meeting before"),
    Row(decision(JUNE, "done", "2018-12-13", area_id="west"), "earlier", "done since, last year"),
    Row(decision(JUNE, "done", "2019-02-06", area_id="west"), "earlier", "done since, in the new"),
    Row(decision(JUNE, "done", "2019-02-07", area_id="west"), "earlier open", "not done yet then"),
    Row(decision(JUNE, "withdrawn", "2018-12-31"), "earlier", "withdrawn since: told, not open"),
    Row(decision("2019-01-09", commitment_id="new/1"), "earlier open", "of the new year itself"),
    Row(decision("2019-02-06", commitment_id="new/1"), "decided open", "decided at the meeting"),
    Row(decision("2019-02-07", commitment_id="new/1"), "", "not decided yet"),
)  # fmt: skip
FINDINGS: Final = (
    Row(finding(JUNE, "west"), "step", "open since the old year"),
    Row(finding(JUNE, "west", due="2018-09-01"), "late step", "and late since"),
    Row(finding(JUNE, "west", due="2019-03-06"), "due step", "due by the next meeting"),
    Row(finding(JUNE, "west", "in_progress", "2018-11-01"), "step", "begun is not done"),
    Row(finding(JUNE, "west", "done", "2018-12-12"), "", "mended by the meeting before"),
    Row(finding(JUNE, "west", "done", "2018-12-13"), "settled", "mended since"),
    Row(finding(JUNE, "west", "dismissed", "2019-01-15"), "settled", "dismissed in the new year"),
    Row(finding(JUNE, "west", "done", "2019-02-07"), "step", "not mended yet then"),
    Row(finding(JUNE, "hedbo"), "", "another municipality's area"),
    Row(finding(JUNE, "yard"), "step", "promised from the new year on"),
    Row(finding(JUNE, None, due="2019-03-01"), "due", "nobody has said where"),
    Row(finding(JUNE, "east", due="2018-09-01"), "late step", "late, where it isn't promised now"),
    Row(finding(JUNE, "east"), "step", "open, where nothing is promised any more"),
    Row(finding(JUNE, "east", "done", "2018-12-13"), "settled", "mended there since"),
    Row(finding("2019-01-15", "park"), "found step", "found since"),
    Row(finding("2019-02-07", "park"), "", "not found yet"),
)


@pytest.fixture(scope="module")
def told(service: Service) -> dict[str, set[str]]:
    """Where the agenda of the new year's first meeting tells of each record."""
    agenda = agenda_of(service, MEETING)
    by_place: dict[str, Iterable[str]] = {
        "earlier": (d.id for d in agenda.earlier),
        "decided": (d.id for d in agenda.decided),
        "open": (d.id for d in agenda.open),
        "due": (due.id for due in agenda.due if not due.late),
        "late": (due.id for due in agenda.due if due.late),
        "found": (f.id for f in agenda.news.found),
        "settled": (f.id for f in agenda.news.settled),
        "step": (f.id for step in agenda.areas for f in step.findings),
    }
    return {place: set(ids) for place, ids in by_place.items()}


@pytest.mark.parametrize("row", [*DECISIONS, *FINDINGS], ids=lambda row: row.why)
def test_what_carries_over(told: dict[str, set[str]], row: Row) -> None:
    assert sorted(p for p, ids in told.items() if row.record.id in ids) == row.expected.split()


# --- an outline replaced in between ---------------------------------------------------------------

MOVED: Final = {
    "west": box(12.91, 57.60, 12.93, 57.61),  # 0.01° farther east
    "east": box(12.93, 57.60, 12.94, 57.61),  # what that leaves
}
"""The outlines that replace the west's and the east's; the west gives up 12.90 to 12.91."""

LEFT, KEPT, WON, FAR, NOWHERE = (Point(x, 57.605) for x in (12.905, 12.915, 12.925, 12.935, 12.95))
CORNER: Final = Point(12.92, 57.61)
"""The west's and the east's: both hold it, none deeper, and so the east does, the first by id. The
edge that the new west has there runs some centimetres north of it, as the shortest way does."""

CROSSING: Final = LineString([(12.911, 57.605), (12.939, 57.605)])
"""Its middle is where the west wins."""


@dataclass(frozen=True)
class Asked:
    record: Any
    # The area after the new outlines, and after the old ones have come back.
    after: str | None
    again: str | None
    # What counts it before, after, and when they have come back.
    counted: tuple[str, str, str]
    why: str


def seen(day: str, place: Any, area: str | None, *commitments: str, **values: Any) -> Activity:
    given = {"place": place, "commitments": commitments, **values}
    return activity(day, PATROL, area, **given)


def noted(place: Point | None, area: str | None, day: str = JUNE) -> Finding:
    return replace(finding(day, area), place=place)


OLD, NEW = "2018-06-01", "2019-06-01"
NOTHING: Final = ("", "", "")
REPLACED: Final = (
    Asked(seen(OLD, KEPT, "west", "old/1"), "west", "west", ("old/1",) * 3, "in both outlines"),
    Asked(seen(OLD, FAR, "east", "old/1"), "east", "east", ("old/1",) * 3, "the east's in both"),
    Asked(
        *(seen(OLD, WON, "east", "old/1"), "west", "east", ("old/1",) * 3),
        "the old year names both: it moves, and counts as before",
    ),
    Asked(
        *(seen(NEW, WON, "east", "new/1"), "west", "east", ("", "new/1", "")),
        "the new year names the west alone: it counts once it lies there",
    ),
    Asked(
        *(seen(NEW, WON, "east"), "west", "east", NOTHING),
        "it moves too, and nobody has said what it counts for",
    ),
    Asked(
        *(seen(OLD, LEFT, "west", "old/1"), None, "west", ("old/1", "", "old/1")),
        "the old year's record lies in no area now",
    ),
    Asked(
        *(seen(NEW, LEFT, "west", "new/1"), None, "west", ("new/1", "", "new/1")),
        "nor does the new year's",
    ),
    Asked(
        *(seen(OLD, LEFT, "east", "old/1"), "east", "east", ("old/1",) * 3),
        "put in the east by hand: outlines have no say, then or now",
    ),
    Asked(
        *(seen(NEW, WON, "park", "new/1"), "park", "park", ("new/1",) * 3),
        "put in the park by hand, where it counts",
    ),
    Asked(
        *(seen(NEW, WON, None, "new/1"), None, None, NOTHING),
        "put outside by hand, though it lay in the east",
    ),
    Asked(
        *(seen(NEW, NOWHERE, "west", "new/1"), "west", "west", ("new/1",) * 3),
        "put in the west by hand, where no outline has been",
    ),
    Asked(
        *(seen(NEW, WON, "west", "new/1"), "west", "east", ("new/1", "new/1", "")),
        "put where the new outlines put it: from then on it is theirs",
    ),
    Asked(seen(OLD, NOWHERE, None), None, None, NOTHING, "in no area, then or now"),
    Asked(
        *(seen(NEW, None, "east", "new/4"), "east", "east", NOTHING),
        "without a place there is nothing to ask",
    ),
    Asked(
        *(seen(OLD, WON, "east", "old/1", void=True), "east", "east", NOTHING),
        "what was withdrawn is not asked",
    ),
    Asked(
        *(seen(OLD, CORNER, "east", "old/1"), "west", "east", ("old/1",) * 3),
        "a corner of the old border is inside the new west",
    ),
    Asked(
        *(seen(NEW, CROSSING, "east", "new/1"), "west", "east", ("", "new/1", "")),
        "a way lies where its middle does",
    ),
    Asked(noted(WON, "east"), "west", "east", NOTHING, "a finding of the old year"),
    Asked(noted(WON, "east", NEW), "west", "east", NOTHING, "and one of the new"),
    Asked(noted(LEFT, "west"), None, "west", NOTHING, "one that lies in no area now"),
    Asked(noted(WON, "park"), "park", "park", NOTHING, "one put elsewhere by hand"),
    Asked(noted(None, "east"), "east", "east", NOTHING, "one without a place"),
)


@pytest.fixture(scope="module")
def replaced(
    tmp_path_factory: pytest.TempPathFactory, blank_file: Path
) -> list[dict[str, tuple[str | None, str]]]:
    """Each record's area and what counts it: before, with the new outlines, with the old again."""
    with opened(tmp_path_factory.mktemp("moved") / "moved.sqlite", blank_file) as service:
        take(service, outline_file(OUTLINES), *map(promise_file, PROMISES))
        service.register.add([row.record for row in REPLACED], by="kansliet")
        states = [_state(service)]
        for outlines in (MOVED, {id_: OUTLINES[id_] for id_ in MOVED}):
            take(service, outline_file(outlines))
            states.append(_state(service))
        return states


def _state(service: Service) -> dict[str, tuple[str | None, str]]:
    found = [
        service.activity(row.record.id)
        if isinstance(row.record, Activity)
        else service.finding(row.record.id)
        for row in REPLACED
    ]
    return {
        one.id: (one.area_id, " ".join(c for c in OURS if one.id in behind(service, c)[None]))
        for one in found
    }


@pytest.mark.parametrize("row", REPLACED, ids=lambda row: row.why)
def test_records_on_both_sides_of_an_outlines_replacement(
    replaced: list[dict[str, tuple[str | None, str]]], row: Asked
) -> None:
    areas = (row.record.area_id, row.after, row.again)
    assert [state[row.record.id] for state in replaced] == [*zip(areas, row.counted, strict=True)]


def test_a_withdrawn_area_keeps_what_lies_in_it_and_counts_for_nothing(
    tmp_path: Path, blank_file: Path
) -> None:
    who = {"by": "kansliet"}
    with opened(tmp_path / "lake.sqlite", blank_file) as service:
        take(service, outline_file(OUTLINES), *map(promise_file, PROMISES))
        bathing = seen(NEW, OUTLINES["lake"].centroid, "lake")
        service.register.add([bathing], by="kansliet")
        # As long as some promise names it, also one that has ended, an area stays.
        with pytest.raises(CatalogueError):
            withdraw(service, begun(service, "area", "areas-east.geojson"), who)
        gone = withdraw(service, begun(service, "area", "areas-lake.geojson"), who)
        assert isinstance(gone, Saved)
        assert "lake" not in service.catalogue.area_by_id
        chosen = [service.catalogue.promise_by_id["new"]]

        def left() -> tuple[str | None, list[str]]:
            why = uncounted(service, chosen, date(2019, 12, 31))
            told = [str(reason) for reason, ids in why.items() if bathing.id in ids]
            return service.activity(bathing.id).area_id, told

        assert left() == ("lake", ["no_area"])
        back = bring_back(service, begun(service, "area", "areas-lake.geojson"), who, 1)
        assert isinstance(back, Saved)
        assert service.catalogue.area_by_id["lake"].outline.equals(OUTLINES["lake"])
        assert left() == ("lake", ["no_area"])
