"""The sums that are kept are those of the activities, whatever was done to these."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from shapely import LineString, Point

from geodata.analysis.progress import assess_all
from geodata.catalogue.loading import load_catalogue
from geodata.model import Activity, ActivityFilter, Precision, Walk, WalkStatus
from geodata.register import Register, search
from geodata.register.sums import differ
from geodata.settings import bundled_data
from tests.tallies import tallied

CATALOGUE = load_catalogue((bundled_data(),))
WORLD = (-180.0, -85.0, 180.0, 85.0)
# Around periods' and months' ends; after the last no promise of 2018 is in force.
DAYS = st.sampled_from(
    [date(2018, *day) for day in ((1, 1), (1, 31), (2, 1), (6, 15), (6, 30), (12, 31))]
    + [date(2017, 12, 31), date(2019, 1, 1), date(2019, 6, 30)]
)
PLACES = st.none() | st.builds(Point, st.sampled_from([12.94, 12.9401, 15]), st.just(57.72))
AREAS = st.sampled_from(["norrby", "hulta", "hassleholmen", None])
COMMITMENTS = st.lists(
    st.sampled_from([*(f"boras-2018/{n}" for n in range(1, 7)), "gone/1"]), unique=True, max_size=3
)
ACTIVITIES = st.builds(
    Activity,
    id=st.just(""),
    kind=st.sampled_from(["patrol", "foot_patrol", "safety_walk", "dialogue_meeting"]),
    area_id=AREAS,
    place=PLACES | st.just(LineString([(12.94, 57.72), (12.95, 57.72)])),
    start=st.just(datetime(2018, 6, 1, tzinfo=UTC)),
    precision=st.sampled_from(Precision),
    day=DAYS,
    minutes=st.none() | st.integers(0, 90),
    commitments=COMMITMENTS.map(tuple),
    note=st.sampled_from(["", "Klottret är borta", "inget klotter", "lugnt"]),
)
FILTERS = st.builds(
    ActivityFilter,
    area_ids=st.none() | st.just(("norrby",)),
    commitment_id=st.none() | st.just("boras-2018/1"),
    first_day=st.none() | DAYS,
    last_day=st.none() | DAYS,
)
BY = {"by": "test"}


class Histories(RuleBasedStateMachine):
    """Any order of records, changes, withdrawals, undoings and disposals."""

    @initialize()
    def open_register(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.register = Register.open(f"sqlite:///{Path(self.folder.name) / 'r.sqlite'}")
        self.ids: list[str] = []
        self.made = 0

    def teardown(self) -> None:
        if hasattr(self, "register"):
            self.register.close()
            self.folder.cleanup()

    def expected(self, id_: str) -> int:
        return self.register.newest_number("activity", id_)

    def named(self, activity: Activity) -> Activity:
        self.made += 1
        self.ids.append(f"a{self.made}")
        return replace(activity, id=self.ids[-1])

    @rule(activities=st.lists(ACTIVITIES, min_size=1, max_size=4))
    def record(self, activities: list[Activity]) -> None:
        new = [self.named(one) for one in activities]
        self.register.add(new, **BY)
        # What is there already is passed over and counted no second time.
        self.register.add(new, skip_existing=True, **BY)

    @precondition(lambda self: self.ids)
    @rule(activity=ACTIVITIES, at=st.integers(0, 99))
    def change(self, activity: Activity, at: int) -> None:
        id_ = self.ids[at % len(self.ids)]
        self.register.change(replace(activity, id=id_), expected_number=self.expected(id_), **BY)

    @precondition(lambda self: self.ids)
    @rule(at=st.integers(0, 99), void=st.booleans())
    def withdraw_or_take_back(self, at: int, void: bool) -> None:
        id_ = self.ids[at % len(self.ids)]
        act = self.register.void if void else self.register.restore
        act("activity", id_, expected_number=self.expected(id_), **BY)

    @precondition(lambda self: self.ids)
    @rule(at=st.integers(0, 99))
    def undo(self, at: int) -> None:
        id_ = self.ids[at % len(self.ids)]
        self.register.bring_back("activity", id_, 1, expected_number=self.expected(id_), **BY)

    @rule(to=AREAS)
    def replace_outlines(self, to: str | None) -> None:
        moved = [
            (replace(record, area_id=to), number)
            for record, number in self.register.numbered()
            if isinstance(record, Activity) and record.walk_id is None
        ]
        self.register.change_many(moved, **BY)

    @rule(share=st.integers(1, 3))
    def withdraw_an_import(self, share: int) -> None:
        some = [("activity", id_, self.expected(id_)) for id_ in self.ids[::share]]
        self.register.void_many(some, **BY)

    @rule(day=DAYS, status=st.sampled_from(WalkStatus), again=st.sampled_from(WalkStatus))
    def walk(self, day: date, status: WalkStatus, again: WalkStatus) -> None:
        self.made += 1
        start = datetime(2018, 6, 1, tzinfo=UTC)
        one = Walk(f"w{self.made}", "norrby", status, start, Precision.DAY, day)
        self.register.add([one], **BY)
        self.register.change(replace(one, status=again, minutes=5), expected_number=1, **BY)

    @rule(before=DAYS)
    def dispose(self, before: date) -> None:
        self.register.dispose(before, "dnr 1", **BY)
        there = self.register.existing_ids("activity", self.ids)
        self.ids = [id_ for id_ in self.ids if id_ in there and self._is_there(id_)]

    def _is_there(self, id_: str) -> bool:
        with self.register.reading() as connection:
            return bool(
                connection.exec_driver_sql(f"SELECT 1 FROM activity WHERE id='{id_}'").all()
            )

    @invariant()
    def sums_and_words_are_the_activities(self) -> None:
        with self.register.reading() as connection:
            assert not differ(connection)
            assert not search.differ(connection)
        noted = {a.id for a in self.register.activities() if "klott" in a.note.lower()}
        found = self.register.find_texts(["activity"], [["klott*"]], 1_000)
        assert {one.id for one in found} == noted

    @rule(day=DAYS, later=st.integers(-1, 1))
    def progress_is_that_of_the_rules(self, day: date, later: int) -> None:
        as_of, promises = day + timedelta(days=later), CATALOGUE.promises
        by_rule = assess_all(promises, tallied(self.register.evidence()), as_of)
        assert assess_all(promises, self.register.day_tallies(named=True), as_of) == by_rule
        every = self.register.day_tallies(named=False)
        assert sum(tally.number for tally in every) == len(self.register.activities())

    @rule(chosen=FILTERS, zoom=st.integers(0, 16))
    def squares_are_the_counted_ones(self, chosen: ActivityFilter, zoom: int) -> None:
        counted = self.register.bins(WORLD, zoom, chosen)
        assert self.register.squares(WORLD, zoom, chosen) == counted
        for asked in (chosen, replace(chosen, kinds=("patrol",))):
            assert self.register.count_activities(asked) == len(self.register.activities(asked))


Histories.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestHistories = Histories.TestCase


def test_squares_are_whole_where_the_view_cuts_them(register: Register) -> None:
    places = [Point(12.94, 57.72), Point(12.9402, 57.72)]
    start, day = datetime(2018, 6, 1, tzinfo=UTC), date(2018, 6, 1)
    made = [
        Activity(f"a{n}", "patrol", None, place, start, Precision.DAY, day)
        for n, place in enumerate(places)
    ]
    register.add(made, **BY)
    # Between the two places; at zoom 3 they share a square.
    half = (12.0, 57.0, 12.9401, 58.0)
    assert [square.count for square in register.bins(half, 3)] == [1]
    (whole,) = register.squares(half, 3) or []
    assert whole.count == 2
    # Finer than any sum, and of one kind.
    assert register.squares(half, 17) is None
    assert register.squares(half, 3, ActivityFilter(kinds=("patrol",))) is None
