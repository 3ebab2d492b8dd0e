"""Meetings, decisions and plans go out and come in again as they were, and never to the public."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.catalogue.loading import load_catalogue
from geodata.intake.importing import read_file
from geodata.intake.report import Reading
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import (
    Decision,
    DecisionStatus,
    Location,
    Meeting,
    Origin,
    Plan,
    PlanKind,
    SourceKind,
)
from geodata.publish import WRITERS, Export
from geodata.records import TABLES
from geodata.service import Service
from geodata.service.exporting import Wanted, export_file, gather
from geodata.service.imports import examine, take_back, take_in
from geodata.service.meetings import closings, frozen
from geodata.service.recording import Saved
from geodata.service.reporting import close
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

CATALOGUE: Final = load_catalogue((bundled_data(),))
OFFICE: Final = ("meetings", "decisions", "plans")
NASTY: Final = ("=1+1", "'=x", '"', ";", "\n", "åäö", "<b>", "[]", "{}", "null", "1,5", "\\u0000")
DAYS: Final = st.dates(date(1990, 1, 1), date(2100, 1, 1))
IDS: Final = st.uuids(version=4).map(str)


def texts() -> st.SearchStrategy[str]:
    plain = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=12)
    found = st.lists(st.sampled_from(NASTY) | plain, max_size=4).map("".join)
    return found.map(str.strip).filter(lambda t: not holds_identity_number(t))


def some(ids: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(sorted(ids))


ORIGINS: Final = st.builds(
    Origin,
    st.sampled_from(SourceKind),
    st.none() | st.just("protokoll.docx"),
    st.none() | st.integers(1, 99),
)
PAIRS: Final = st.lists(st.tuples(texts(), texts()), max_size=3).map(tuple)
VALUES: Final = st.dictionaries(
    texts(),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | texts(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@st.composite
def exports(draw: st.DrawFn) -> Export:
    bodies = {sha256(body).hexdigest(): body for body in draw(st.lists(st.binary(), max_size=3))}

    def meeting(id_: str) -> Meeting:
        since, day, following = sorted(draw(st.tuples(DAYS, DAYS, DAYS)))
        documents = tuple((f"sv/{n}.pdf", digest) for n, digest in enumerate(bodies))
        return Meeting(
            *(id_, day, since, draw(st.none() | st.just(following))),
            draw(some(CATALOGUE.promise_by_id)),
            draw(st.lists(texts(), max_size=3).map(tuple)),
            draw(st.booleans()),
            draw(ORIGINS),
            present=draw(PAIRS),
            notes=draw(PAIRS),
            documents=draw(st.sampled_from([(), documents])),
            reopened=draw(texts()),
        )

    def decision(id_: str) -> Decision:
        day = draw(DAYS)
        return Decision(
            *(id_, draw(some([m.id for m in meetings])) if meetings else None),
            *(draw(texts()) or "x", day, draw(st.sampled_from(DecisionStatus))),
            max(day, draw(DAYS)),
            *(draw(some(ids)) for ids in (CATALOGUE.area_by_id, CATALOGUE.commitment_by_id)),
            draw(some(CATALOGUE.party_by_id)),
            draw(st.none() | DAYS),
            *(draw(texts()), draw(ORIGINS)),
            function=draw(texts()),
        )

    def plan(id_: str) -> Plan:
        first, last = sorted(draw(st.tuples(DAYS, DAYS)))
        kind, name = draw(st.sampled_from(PlanKind)), draw(texts()) or "x"
        return Plan(id_, kind, name, first, last, draw(VALUES), draw(VALUES), draw(ORIGINS))

    ids = iter(draw(st.lists(IDS, min_size=6, max_size=6, unique=True)))
    meetings = [meeting(next(ids)) for _ in range(draw(st.integers(0, 2)))]
    decisions = [decision(next(ids)) for _ in range(draw(st.integers(0, 2)))]
    plans = [plan(next(ids)) for _ in range(draw(st.integers(0, 2)))]
    made: dict[str, Any] = {"meetings": meetings, "decisions": decisions, "plans": plans}
    return Export(
        CATALOGUE, draw(st.sampled_from(["sv", "en"])), OFFICE, **made, document_of=bodies.get
    )


def read(path: Path, **more: Any) -> Reading:
    nowhere = Location(None, "norrby", 1.0, near_border=False)
    return read_file(
        path,
        catalogue=CATALOGUE,
        locate_many=lambda lons, _lats: [nowhere] * len(lons),
        origin_kind=SourceKind.IMPORTED,
        today=date(2026, 1, 1),
        **more,
    )


@settings(max_examples=60, deadline=None)
@given(exports(), st.sampled_from([".zip", ".gpkg"]))
def test_they_come_back_equal(export: Export, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"allt{suffix}")
        WRITERS[suffix](export, path)
        found = read(path)
    # Letters that look encoded twice are kept as they stand, and a file of empty tables is told.
    assert {p.key for p in found.problems} <= {"intake.letters_doubtful", "intake.no_rows"}
    assert list(found.office) == [*export.meetings, *export.decisions, *export.plans]
    named = {digest for meeting in export.meetings for _, digest in meeting.documents}
    assert found.documents == {digest: export.document_of(digest) for digest in named}


# --- from one register to another ----------------------------------------------------------------

BY: Final = "Styrgruppen"
HELD, AHEAD, DECIDED, PLANNED = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 5))


def opened(path: Path) -> Service:
    made = Settings(register_url(str(path)), basemap=NO_BASEMAP)
    return Service.open(made, today=lambda: date(2026, 1, 1))


@pytest.fixture(scope="module")
def full(example_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The example, with a meeting that is closed and one that isn't, a decision and a plan."""
    path = tmp_path_factory.mktemp("full") / "register.sqlite"
    shutil.copyfile(example_file, path)
    with opened(path) as service:
        day, status = date(2018, 9, 1), DecisionStatus.OPEN
        held = Meeting(HELD, day, date(2018, 6, 1), promise_id="boras-2018")
        ahead = Meeting(AHEAD, date(2018, 12, 1), day, promise_id="mark-2018")
        decided = Decision(DECIDED, HELD, "Laga lampan", day, status, day, area_id="norrby")
        week = date(2018, 10, 1), date(2018, 10, 7)
        plan = Plan(PLANNED, PlanKind.LOOP, "Kvällspass", *week, {"area": "norrby"}, {"m": 1.5})
        service.register.add([held, ahead, decided, plan], by=BY)
        who = {"by": BY, "present": ("polisen",), "function/polisen": "Lokalpolisområdeschef"}
        assert isinstance(close(service, HELD, who, expected_number=1), Saved)
        yield service


@pytest.fixture(params=[".zip", ".gpkg"])
def taken_out(full: Service, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / f"allt{request.param}"
    export_file(full, Wanted(), path)
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Service]:
    with opened(tmp_path / "empty.sqlite") as service:
        yield service


def office(service: Service) -> list[Any]:
    register = service.register
    return [*register.meetings(), *register.decisions(), *register.plans()]


def test_a_register_comes_whole_into_another_and_once(
    full: Service, empty: Service, taken_out: Path
) -> None:
    examined = examine(empty, taken_out)
    assert examined.report.refused == 0
    # Indicators and readings are no records: an archive's are taken in by a door of their own.
    others = [p for p in examined.report.problems if p.key != "intake.archive_catalogue"]
    assert others == []
    taken = take_in(empty, examined, by="Kansliet", good_only=False)
    assert office(empty) == office(full)
    assert len(office(full)) >= 4
    # The frozen minutes are the same bytes.
    [was], [now] = closings(full, HELD), closings(empty, HELD)
    assert now.documents == was.documents
    for name in was.documents:
        assert frozen(empty, HELD, name) == frozen(full, HELD, name)
    again = examine(empty, taken_out).report
    assert (again.new, again.doubles) == (0, again.rows_read)
    assert take_back(empty, taken, by="Kansliet") == taken.count
    assert office(empty) == []
    # What was withdrawn does not come back by itself.
    assert examine(empty, taken_out).report.withdrawn >= 4


def test_which_go_out(full: Service) -> None:
    def ids(**wanted: Any) -> set[str]:
        found = gather(full, Wanted(tuple(TABLES), **wanted), standing=False)
        return {one.id for sort in OFFICE for one in getattr(found, sort)} & {
            *(HELD, AHEAD, DECIDED, PLANNED)
        }

    assert ids() == {HELD, AHEAD, DECIDED, PLANNED}
    assert ids(promise="boras-2018") == {HELD, DECIDED}
    assert ids(promise="mark-2018") == {AHEAD}
    # A decision goes with the meeting that made it.
    assert ids(area="norrby") == {HELD, DECIDED}
    assert ids(area="hulta") == ids(kinds=("foot_patrol",)) == set()
    assert ids(first_day=date(2018, 10, 3)) == {AHEAD, PLANNED}
    # Where one sort is asked for, nothing internal comes with it.
    assert gather(full, Wanted(("activities",))).decisions == ()


# --- a file that somebody has changed ------------------------------------------------------------


def repacked(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    new = path.with_name("andrad.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(new, "w") as target:
        for name in source.namelist():
            if (body := change(name, source.read(name))) is not None:
                target.writestr(name, body)
    return new


@pytest.mark.parametrize(
    ("part", "change", "told"),
    [
        ("sv/rapport.pdf", lambda _: b"%PDF another", ("documents", "intake.minutes_missing")),
        ("sv/rapport.pdf", lambda _: None, ("documents", "intake.minutes_missing")),
        (
            "decisions.csv",
            lambda text: text.replace(b";open;", b";ajar;", 1),
            ("status", "intake.unknown_status"),
        ),
        (
            "decisions.csv",
            lambda text: text.replace(b"Laga lampan", b"Ring 811218-9876", 1),
            ("text", "intake.personal_identity_number"),
        ),
        (
            "plans.csv",
            lambda text: text.replace(b'{""m"":1.5}', b'{""m"":NaN}'),
            ("outcome", "intake.not_as_written"),
        ),
        (
            "plans.csv",
            lambda text: text.replace(b'{""m"":1.5}', b"[" * 100_000),
            ("outcome", "intake.not_as_written"),
        ),
        (
            "plans.csv",
            lambda text: text.replace(b"2018-10-07", b"2018-09-07"),
            ("last_day", "intake.ends_before_it_begins"),
        ),
    ],
)
def test_what_is_not_as_it_was_is_told_with_its_place(
    full: Service,
    empty: Service,
    tmp_path: Path,
    part: str,
    change: Callable[[bytes], bytes | None],
    told: tuple[str, str],
) -> None:
    export_file(full, Wanted(), tmp_path / "allt.zip")
    path = repacked(
        tmp_path / "allt.zip", lambda name, body: change(body) if name.endswith(part) else body
    )
    report = examine(empty, path).report
    # Readers' own minutes, the same here, are told of as well.
    errors = {(p.field, p.key) for p in report.problems if p.severity == "error" and p.row}
    assert errors == {told}
    assert report.refused == 1
    # Nothing of it is said again where it may be a person's number.
    assert "811218" not in repr(report)


def test_a_decision_without_its_meeting_comes_in_and_says_so(
    full: Service, empty: Service, tmp_path: Path
) -> None:
    export_file(full, Wanted(), tmp_path / "allt.zip")
    path = repacked(
        tmp_path / "allt.zip",
        lambda name, body: None if name == "meetings.csv" or name.startswith("minutes/") else body,
    )
    examined = examine(empty, path)
    assert ("meeting_id", "intake.unknown_meeting") in {
        (p.field, p.key) for p in examined.report.problems
    }
    take_in(empty, examined, by=BY, good_only=False)
    assert empty.register.decision(DECIDED) == replace(
        full.register.decision(DECIDED), meeting_id=None
    )


def test_minutes_that_no_meeting_names_are_told(
    full: Service, empty: Service, tmp_path: Path
) -> None:
    path = tmp_path / "allt.gpkg"
    export_file(full, Wanted(), path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO minutes (name, body) VALUES ('x', x'00')")
    told = {p.key for p in examine(empty, path).report.problems}
    assert told == {"intake.minutes_unnamed", "intake.archive_catalogue"}
