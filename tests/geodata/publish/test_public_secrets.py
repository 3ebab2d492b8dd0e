"""A secret word in every internal field and every place of the register: none comes out."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    HotSpot,
    Meeting,
    NewPhoto,
    Origin,
    PhotoRole,
    Picture,
    Plan,
    PlanKind,
    Precision,
    Record,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.service.exporting import EACH_APART, FILE_SORTS, SUFFIXES, Wanted, export_file
from geodata.service.publishing import Publishing, publish_folder, publish_zip
from tests.photographs import photo

SECRET = "Hemlighuvud"
OPEN = FindingStatus.OPEN
FREE_TEXT = {
    Activity: {"note"},
    Walk: {"note", "invited", "meeting_point"},
    Finding: {"text", "function"},
    Decision: {"text", "outcome", "function"},
    Meeting: {"reopened"},
    HotSpot: {"name", "reason", "reason_source"},
    Plan: {"name"},
}
"""Every field that somebody writes in words."""

NOT_WRITTEN = {"id", "kind", "category", "area_id", "walk_id", "meeting_id", "owner", "verified_by"}
NOT_WRITTEN |= {"commitment_id", "promise_id", "repeats", "place", "route", "origin"}
"""Ids, places and the origin, which has free text of its own."""


@pytest.mark.parametrize("record", FREE_TEXT, ids=lambda record: record.__name__)
def test_every_free_text_field_is_known_to_these_tests(record: type) -> None:
    texts = {field.name for field in fields(record) if str(field.type).startswith("str")}
    assert texts - NOT_WRITTEN == FREE_TEXT[record]


def planted(record: Record) -> Record:
    """Return a record with the secret in all that somebody wrote, and where it is from."""
    secret = {name: f"{SECRET} {name}" for name in FREE_TEXT[type(record)]}
    origin = Origin(record.origin.kind, f"{SECRET}.csv", 7, f"{SECRET} reference")
    return replace(record, **secret, origin=origin)  # type: ignore[arg-type]


@pytest.fixture
def secretive(own: Service) -> Service:
    """The example with the secret in every record, and more that the public is never told."""
    register = own.register
    numbered = [
        (record, number)
        for record, number in register.numbered()
        if not (isinstance(record, Activity) and record.walk_id)
    ]
    register.change_many([(planted(r), number) for r, number in numbered], by=SECRET)
    for walk in register.walks():
        number = register.newest_number("walk", walk.id)
        register.change(planted(walk), by=SECRET, expected_number=number)
    start = datetime(2018, 11, 20, 18, tzinfo=UTC)
    day = date(2018, 11, 20)
    origin = Origin(SourceKind.RECORDED, reference=SECRET)
    for status in (WalkStatus.PLANNED, WalkStatus.CANCELLED):
        walk = Walk(str(uuid4()), "hedbo", status, start, Precision.MINUTE, day, origin=origin)
        register.add([planted(walk)], by=SECRET)
    finding = Finding(
        *(str(uuid4()), None, "hedbo", None, "lighting", SECRET, None, None),
        *(register.findings()[0].status, day, day),
        internal=True,
    )
    meeting = Meeting(str(uuid4()), day, day - timedelta(days=20), origin=origin)
    decision = Decision(
        *(str(uuid4()), meeting.id, SECRET, day, DecisionStatus.DONE, day),
        area_id="hedbo",
        outcome=SECRET,
        origin=origin,
    )
    spots = register.hot_spots()
    assert len(spots) >= 8
    for spot in spots:
        number = register.newest_number("hot_spot", spot.id)
        register.change(planted(spot), by=SECRET, expected_number=number)
    asked = {"from": SECRET, "at": [12.92613, 57.72402], "begins": "18:20"}
    plan = Plan(str(uuid4()), PlanKind.LOOP, SECRET, day, day, asked, asked, origin)
    photos = [_photo(finding.id, public=True), _photo(register.findings()[0].id, public=False)]
    withdrawn = _photo(register.findings()[0].id, public=True)
    register.add([finding], [decision], [meeting], [plan], by=SECRET, photos=[*photos, withdrawn])
    register.void("photo", withdrawn[0].id, by=SECRET, expected_number=1)
    return own


def _photo(finding_id: str, *, public: bool, role: PhotoRole = PhotoRole.OTHER) -> Any:
    """Return a photo of a finding that says what it is in its own bytes."""
    id_ = str(uuid4())
    body, small = (photo("JPEG", comment=f"{SECRET} {id_} {size}") for size in ("large", "small"))
    made, picture = NewPhoto(Picture(body, small, 240, 160), id_, role).of("finding", finding_id)
    return replace(made, public=public), picture


def _pictures(files: dict[str, bytes]) -> list[bytes]:
    """Return every picture that stands in files' text, and what lies in them as it is."""
    found = (re.findall(rb"data:image/jpeg;base64,([\w+/=]+)", data) for data in files.values())
    return [base64.b64decode(one) for some in found for one in some]


def test_only_photos_that_a_planner_has_marked_come_out(own: Service, tmp_path: Path) -> None:
    findings = [f for f in own.findings() if f.area_id == "hedbo" and f.status is OPEN]
    shown = _photo(findings[0].id, public=True, role=PhotoRole.BEFORE)
    # What was done after the day that the page tells of is not known then.
    later = _photo(findings[0].id, public=True, role=PhotoRole.AFTER)
    kept = _photo(findings[0].id, public=False)
    own.register.add(by="A", photos=[shown, kept])
    files = published(own, tmp_path / "out")
    # In both languages, in the folder and in the zip file.
    assert _pictures(files) == [shown[1].thumbnail] * 4
    page = files["index.html"].decode()
    assert "<figcaption>Före</figcaption>" in page
    settled = replace(findings[0], status=FindingStatus.DONE, status_day=date(2030, 1, 1))
    own.register.change(settled, by="A", expected_number=1, photos=[later])
    assert _pictures(published(own, tmp_path / "later")) == [shown[1].thumbnail] * 4


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_file_of_records_holds_a_photo(secretive: Service, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"all{suffix}"
    photos = secretive.register.photos()
    assert len(photos) == 2
    for name in [name for name in FILE_SORTS if suffix in EACH_APART or name != "all"]:
        export_file(secretive, Wanted(sorts=FILE_SORTS[name]), path, replace=True)
        parts = [path.read_bytes()]
        if suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                parts = [packed.read(one) for one in packed.namelist()]
        for one in photos:
            bodies = [secretive.register.document(d) or b"" for d in (one.sha256, one.thumbnail)]
            named = [text.encode() for text in (one.id, one.sha256, one.thumbnail)]
            for wrong in (*bodies, *map(base64.b64encode, bodies), *named):
                assert wrong
                assert not any(wrong in part for part in parts)


def published(service: Service, folder: Path) -> dict[str, bytes]:
    """Every file that goes out, by its name: the folder's and, unpacked, the zip file's."""
    publish_folder(service, Publishing(), folder)
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    packed, _ = publish_zip(service, Publishing())
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        found["zip's own comment"] = archive.comment
        for entry in archive.infolist():
            found[f"zip/{entry.filename}"] = archive.read(entry) + entry.comment + entry.extra
    return found


def test_no_secret_no_id_no_place_and_no_clock_time_comes_out(
    secretive: Service, tmp_path: Path
) -> None:
    files = published(secretive, tmp_path / "out")
    assert len(files) > 20
    register = secretive.register
    records = [*register.activities(), *register.walks(), *register.findings()]
    planning = [*register.hot_spots(), *register.plans()]
    assert all(record.name.startswith(SECRET) for record in planning)
    assert any(activity.times_s for activity in register.activities())
    ids = {record.id for record in [*records, *planning]}
    assert len(ids) > 400
    assert sum(SECRET in getattr(r, "note", getattr(r, "text", "")) for r in records) > 400
    for name, data in files.items():
        said = data.decode()
        assert SECRET.casefold() not in f"{name} {said}".casefold()
        assert _pictures({name: data}) == []
        assert ids.isdisjoint(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", said)), (
            name
        )


def test_no_place_is_told_but_the_areas_own_outlines(secretive: Service, tmp_path: Path) -> None:
    outlines = {
        f"{value!r}"
        for area in secretive.catalogue.areas
        for part in getattr(area.outline, "geoms", [area.outline])
        for position in part.exterior.coords
        for value in position
    }
    exact = re.compile(r"(?<![\d.,])(?:1\d|2[0-4]|5[5-9]|6\d)[.,]\d{3,}")
    # The same search finds the places in what is taken out for other tools.
    assert exact.search("57,50887;12,69371")
    for name, data in published(secretive, tmp_path / "out").items():
        found = set(exact.findall(data.decode()))
        if name.endswith("areas.geojson"):
            assert found <= outlines
        else:
            assert found == set(), name


def test_no_day_of_a_record_is_told(secretive: Service, tmp_path: Path) -> None:
    """Days on the page are the promise's, its sources' and its own; none is an activity's."""
    catalogue = secretive.catalogue
    allowed = {date(2019, 1, 31), datetime.now(UTC).date()}
    allowed |= {datetime.now(UTC).date() + timedelta(days=1)}
    for promise in catalogue.promises:
        allowed |= {promise.period.start, promise.period.end, promise.source.date}
        allowed |= {outcome.source.date for outcome in promise.outcomes}
        for commitment in promise.commitments:
            allowed.add(commitment.deadline)
            allowed |= {step.due for step in getattr(commitment.measure, "steps", ())}
    allowed |= {reading.source.date for reading in catalogue.readings}
    periods = [reading.period for reading in catalogue.readings if reading.period]
    allowed |= {day for period in periods for day in (period.start, period.end)}
    # An outline's source names the day of the police map.
    allowed.add(date(2018, 10, 1))
    told = {day.isoformat() for day in allowed if day is not None}
    for name, data in published(secretive, tmp_path / "out").items():
        days = re.findall(r"\b20[12]\d-[01]\d-[0-3]\d\b", data.decode())
        assert set(days) <= told, name
