"""The law of the register: its revisions, replayed, are its records."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from shapely import LineString, Point

from geodata.model import (
    Activity,
    CatalogueEntry,
    Decision,
    DecisionStatus,
    Entity,
    Finding,
    FindingStatus,
    HotSpot,
    Meeting,
    Origin,
    Plan,
    PlanKind,
    Precision,
    Record,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.register import Register, history
from geodata.register.encoding import (
    entity_of,
    from_content,
    normalised,
    normalised_columns,
    to_content,
    to_contents,
)
from geodata.register.rows import to_columns, to_rows
from geodata.register.schema import ENTITIES, to_json

POSITIONS = st.tuples(st.floats(11, 24), st.floats(55, 69))
POINTS = POSITIONS.map(Point)
LINES = st.lists(POSITIONS, min_size=2, max_size=4).map(LineString)
TEXTS = st.text(alphabet="aåÄ\"'%{}\\\n \N{GRINNING FACE}", max_size=8)
IDS = st.lists(st.sampled_from(["a/1", "a/2", "b/1"]), unique=True).map(tuple)
NUMBERS = st.none() | st.integers(0, 500)
TIMES = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-12, 12).map(lambda hours: timezone(timedelta(hours=hours))),
)
DAYS = st.dates(date(2000, 1, 1), date(2030, 1, 1))
ORIGINS = st.builds(
    Origin, st.sampled_from(SourceKind), st.none() | TEXTS, NUMBERS, st.none() | TEXTS
)
SHARED: dict[str, Any] = {
    "start": TIMES,
    "precision": st.sampled_from(Precision),
    "day": DAYS,
    "minutes": NUMBERS,
    "participants": NUMBERS,
    "parties": IDS,
    "commitments": IDS,
    "note": TEXTS,
    "origin": ORIGINS,
}
ACTIVITIES = st.builds(
    Activity,
    id=st.just(""),
    kind=st.sampled_from(["patrol", "foot_patrol"]),
    area_id=st.none() | st.just("norrby"),
    place=st.none() | POINTS | LINES,
    verified_by=st.none() | st.just("police"),
    walk_id=st.none(),
    times_s=st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 9_000)), max_size=3).map(
        tuple
    ),
    **SHARED,
)
WALKS = st.builds(
    Walk,
    id=st.just(""),
    area_id=st.just("hulta"),
    status=st.sampled_from(WalkStatus),
    meeting_point=TEXTS,
    route=st.none() | LINES,
    **SHARED,
)
FINDINGS = st.builds(
    Finding,
    id=st.just(""),
    walk_id=st.none(),
    area_id=st.none() | st.just("hulta"),
    place=st.none() | POINTS,
    category=st.just("lighting"),
    text=TEXTS,
    owner=st.none() | st.just("police"),
    due=st.none() | DAYS,
    status=st.sampled_from(FindingStatus),
    day=DAYS,
    status_day=DAYS,
    origin=ORIGINS,
    internal=st.booleans(),
)
DECISIONS = st.builds(
    Decision,
    id=st.just(""),
    meeting_id=st.none() | st.just("m"),
    text=TEXTS,
    day=DAYS,
    status=st.sampled_from(DecisionStatus),
    status_day=DAYS,
    area_id=st.none() | st.just("hulta"),
    commitment_id=st.none() | st.just("boras-2018/3"),
    owner=st.none() | st.just("police"),
    due=st.none() | DAYS,
    outcome=TEXTS,
    origin=ORIGINS,
    function=TEXTS,
)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple)
MEETINGS = st.builds(
    Meeting,
    id=st.just(""),
    day=DAYS,
    since=DAYS,
    next_day=st.none() | DAYS,
    promise_id=st.none() | st.just("boras-2018"),
    discussed=st.lists(st.sampled_from(["now", "area/hulta"]), unique=True).map(tuple),
    ended=st.booleans(),
    origin=ORIGINS,
    present=PAIRS,
    notes=PAIRS,
    documents=PAIRS,
    reopened=TEXTS,
)
HOT_SPOTS = st.builds(
    HotSpot,
    id=st.just(""),
    name=TEXTS,
    place=POINTS,
    valid_from=DAYS,
    radius_m=st.floats(25, 1_000),
    weight=st.floats(0.1, 100),
    reason=TEXTS,
    reason_source=TEXTS,
    valid_to=st.none() | DAYS,
    visits_a_week=st.none() | st.floats(0.5, 40),
    minutes_a_visit=st.none() | st.integers(1, 240),
    area_id=st.none() | st.just("hulta"),
    origin=ORIGINS,
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1_000, 1_000) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
PLANS = st.builds(
    Plan,
    id=st.just(""),
    kind=st.sampled_from(PlanKind),
    name=TEXTS,
    first_day=DAYS,
    last_day=DAYS,
    asked=st.dictionaries(TEXTS, JSON_VALUES, max_size=3),
    outcome=st.dictionaries(TEXTS, JSON_VALUES, max_size=3),
    origin=ORIGINS,
)
CATALOGUE = st.builds(
    CatalogueEntry,
    id=st.just(""),
    text=TEXTS,
    position=st.integers(0, 9),
    origin=ORIGINS,
)
RECORDS = ACTIVITIES | WALKS | FINDINGS | DECISIONS | MEETINGS | HOT_SPOTS | PLANS | CATALOGUE


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ("activity", ACTIVITIES),
        ("walk", WALKS),
        ("finding", FINDINGS),
        ("decision", DECISIONS),
        ("meeting", MEETINGS),
        ("hot_spot", HOT_SPOTS),
        ("plan", PLANS),
        ("catalogue_entry", CATALOGUE),
    ],
)
@given(data=st.data())
def test_many_at_once_are_what_each_is_alone(
    entity: Entity, kind: st.SearchStrategy[Record], data: st.DataObject
) -> None:
    """A great import and a single save make the same rows and the same history."""
    records = data.draw(st.lists(kind, min_size=1, max_size=5))
    if entity == "activity":
        # What is not stored as it is given.
        odd = data.draw(st.sampled_from([Point(), Point(12, 57, 3), LineString()]))
        records.append(replace(records[0], place=odd, parties=("b", "a", "b")))
    columns = normalised_columns(entity, records)
    alone = [normalised(record) for record in records]
    assert _as_rows(columns) == alone
    assert to_contents(columns) == [to_content(one) for one in alone]
    assert to_json(to_contents(columns)) == to_json([to_content(one) for one in alone])
    each = [row for one in alone for row in to_rows(entity, [one])]
    assert _as_rows(to_columns(entity, columns)) == each


def _as_rows(columns: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


class Histories(RuleBasedStateMachine):
    """Any order of additions, changes and withdrawals, held against a plain dictionary."""

    known: dict[str, Record]

    @initialize()
    def open_register(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.register = Register.open(f"sqlite:///{Path(self.folder.name) / 'r.sqlite'}")
        self.known = {}

    def teardown(self) -> None:
        if hasattr(self, "register"):
            self.register.close()
            self.folder.cleanup()

    def number(self, record_id: str) -> int:
        entity = entity_of(self.known[record_id])
        return self.register.newest_number(entity, record_id)

    @rule(record=RECORDS)
    def add(self, record: Record) -> None:
        record = replace(record, id=f"r{len(self.known)}")
        self.known[record.id] = record
        self.register.add([record], by="test")

    @rule(
        which=st.integers(0, 100),
        new=st.tuples(
            ACTIVITIES, WALKS, FINDINGS, DECISIONS, MEETINGS, HOT_SPOTS, PLANS, CATALOGUE
        ),
    )
    def change(self, which: int, new: tuple[Record, ...]) -> None:
        if not self.known:
            return
        record_id = f"r{which % len(self.known)}"
        old = self.known[record_id]
        (same_kind,) = [one for one in new if type(one) is type(old)]
        wanted = replace(same_kind, id=record_id)
        self.register.change(wanted, by="test", expected_number=self.number(record_id))
        self.known[record_id] = replace(wanted, void=old.void)

    @rule(which=st.integers(0, 100), void=st.booleans())
    def withdraw_or_take_back(self, which: int, void: bool) -> None:
        if not self.known:
            return
        record_id = f"r{which % len(self.known)}"
        old = self.known[record_id]
        act = self.register.void if void else self.register.restore
        act(entity_of(old), record_id, by="test", expected_number=self.number(record_id))
        self.known[record_id] = replace(old, void=void)

    @invariant()
    def replayed_revisions_are_the_records(self) -> None:
        with self.register.reading() as connection:
            everything = list(history.revisions(connection))
            newest = {(one.entity, one.entity_id): one.content for one in everything}
            replayed = {key: from_content(key[0], newest[key]) for key in newest}
            assert [key[0] in ENTITIES for key in replayed] == [True] * len(replayed)
            for (entity, record_id), record in replayed.items():
                assert history.read(connection, entity, record_id) == record
        assert self.register.version() == len(everything)
        own = {key[1]: record for key, record in replayed.items() if key[1] in self.known}
        assert own == self.known

    @invariant()
    def a_walk_counts_while_it_is_held_and_not_void(self) -> None:
        held = sorted(
            one.id
            for one in self.known.values()
            if isinstance(one, Walk) and one.status is WalkStatus.HELD and not one.void
        )
        walks = [one.walk_id for one in self.register.activities() if one.walk_id is not None]
        assert sorted(walks) == held


Histories.TestCase.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestHistories = Histories.TestCase
