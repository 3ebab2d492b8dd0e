"""Photos sent with a record: both or neither, once, and only for who may see the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from dashboard.jobs.processes import READING, Solvers
from geodata.errors import AccessError, IntakeError, UnknownIdError
from geodata.intake.photos import read_photo
from geodata.model import (
    Activity,
    Finding,
    FindingStatus,
    NewPhoto,
    Photo,
    PhotoRole,
    Picture,
)
from geodata.service import Service
from geodata.service.limited import LimitedService, Limits, for_readers
from geodata.service.photos import attach, jpeg, publish, shown
from geodata.service.recording import Conflict, FormValues, Refused, Saved, act, photos_of, save
from geodata.service.worker import FileQuestion
from geodata.settings import NO_BASEMAP, Settings, register_url
from tests.photographs import photo

TODAY = date(2018, 12, 1)
PICTURE = Picture(b"picture", b"thumbnail", 4, 3)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    url = register_url(str(tmp_path / "register.sqlite"))
    with Service.open(Settings(url, basemap=NO_BASEMAP), today=lambda: TODAY) as opened:
        yield opened


def party(service: Service, name: str) -> Service:
    limits = Limits(sees_planning=False, sees_internal=True, parties=frozenset({name}))
    return LimitedService(service, limits, {})


def told(**values: object) -> FormValues:
    given = {"id": str(uuid4()), "by": "A", "category": "lighting", "area": "norrby"}
    given |= {"text": "Lampan", "day": "2018-08-20", "status": "open", "owner": "polisen"}
    return {**given, **values}  # type: ignore[dict-item]


def found(service: Service, *new: NewPhoto, **values: object) -> Finding:
    answer = save(service, "finding", told(**values), photos=new)
    assert isinstance(answer, Saved), answer
    assert isinstance(answer.record, Finding)
    return answer.record


def test_what_is_sent_twice_is_kept_once(service: Service) -> None:
    sent, new = told(), [NewPhoto(PICTURE, role=PhotoRole.BEFORE), NewPhoto(PICTURE)]
    for _ in range(2):
        answer = save(service, "finding", sent, photos=new)
        assert isinstance(answer, Saved)
    assert [one.id for one in service.findings()] == [sent["id"]]
    (kept,) = shown(service, "finding").values()
    assert [one.id for one in kept] == [one.id for one in new]
    # And so is a photo that follows.
    for _ in range(2):
        answer = attach(service, "finding", str(sent["id"]), {"by": "A"}, [later := new[0]])
        assert isinstance(answer, Saved)
        assert answer.record.id == later.id
    assert len(shown(service, "finding", [str(sent["id"])])[str(sent["id"])]) == 2


def test_what_is_refused_keeps_no_photo(service: Service) -> None:
    for wrong in (told(by=""), told(day="2031-01-01"), told(category="")):
        assert isinstance(save(service, "finding", wrong, photos=[NewPhoto(PICTURE)]), Refused)
    one = found(service)
    assert isinstance(attach(service, "finding", one.id, {"by": ""}, [NewPhoto(PICTURE)]), Refused)
    with pytest.raises(UnknownIdError):
        attach(service, "finding", str(uuid4()), {"by": "A"}, [NewPhoto(PICTURE)])
    with pytest.raises(ValueError, match="meeting"):
        photos_of("meeting", "m", [NewPhoto(PICTURE)])
    assert service.register.photos() == []


def test_a_finding_is_settled_with_a_photo(service: Service) -> None:
    one = found(service, NewPhoto(PICTURE, role=PhotoRole.BEFORE))
    after = NewPhoto(PICTURE, role=PhotoRole.AFTER)
    done = {"by": "A", "day": "2018-09-01"}
    for expected, kind in ((1, Saved), (1, Conflict)):
        answer = act(
            service, "settle", "finding", one.id, done, expected_number=expected, photos=[after]
        )
        assert isinstance(answer, kind)
    assert service.finding(one.id).status is FindingStatus.DONE
    (kept,) = shown(service, "finding").values()
    assert [photo.role for photo in kept] == [PhotoRole.BEFORE, PhotoRole.AFTER]


def test_photos_stand_before_others_after(service: Service) -> None:
    roles = [PhotoRole.AFTER, PhotoRole.OTHER, PhotoRole.BEFORE]
    one = found(service, *(NewPhoto(PICTURE, role=role) for role in roles))
    assert [photo.role for photo in shown(service, "finding")[one.id]] == list(PhotoRole)


def test_a_photo_is_shown_until_it_is_withdrawn(service: Service) -> None:
    one = found(service, new := NewPhoto(PICTURE))
    assert jpeg(service, new.id) == PICTURE.body
    assert jpeg(service, new.id, thumbnail=True) == PICTURE.thumbnail
    act(service, "void", "photo", new.id, {"by": "A"}, expected_number=1)
    with pytest.raises(UnknownIdError):
        jpeg(service, new.id)
    assert one.id not in shown(service, "finding")
    act(service, "restore", "photo", new.id, {"by": "A"}, expected_number=2)
    why = {"by": "A", "reason": "ett ansikte"}
    act(service, "redact", "photo", new.id, why, expected_number=3)
    with pytest.raises(UnknownIdError):
        jpeg(service, new.id)


def test_a_photo_is_for_whom_its_finding_is(service: Service) -> None:
    reader = for_readers(service)
    hidden = found(service, secret := NewPhoto(PICTURE), internal=("yes",))
    told_ = found(service, plain := NewPhoto(PICTURE))
    assert set(shown(reader, "finding")) == {told_.id}
    assert shown(reader, "finding", [hidden.id]) == {}
    assert jpeg(reader, plain.id) == PICTURE.body
    with pytest.raises(UnknownIdError):
        jpeg(reader, secret.id)
    assert reader.revisions("photo", secret.id) == []
    assert len(reader.revisions("photo", plain.id)) == 1
    changes = reader.register.changed_after(0, ["photo"])
    assert [change.newest.entity_id for change in changes] == [plain.id]
    # From the day that the finding is internal its photo is too, whatever the photo says.
    publish(service, plain.id, {"by": "A"}, expected_number=1, public=True)
    service.register.change(replace(told_, internal=True), by="A", expected_number=1)
    with pytest.raises(UnknownIdError):
        jpeg(reader, plain.id)


def test_photos_are_the_partys_and_what_is_public_is_a_planners(service: Service) -> None:
    police, town = party(service, "polisen"), party(service, "boras-stad")
    new = {"kind": "foot_patrol", "area": "norrby", "date": "2018-08-20", "parties": ("polisen",)}
    sent = {"id": str(uuid4()), "by": "A", **new}
    saved = save(police, "activity", sent, photos=[mine := NewPhoto(PICTURE)])
    assert isinstance(saved, Saved)
    one, by = saved.record, {"by": "A"}
    assert isinstance(one, Activity)
    assert isinstance(attach(police, "activity", one.id, by, [NewPhoto(PICTURE)]), Saved)
    before = service.version()
    more = photos_of("activity", one.id, [NewPhoto(PICTURE)])
    public = [(replace(more[0][0], public=True), PICTURE)]
    own = replace(one, parties=("boras-stad",))
    for attempt in (
        lambda: attach(town, "activity", one.id, by, [NewPhoto(PICTURE)]),
        # Not either beside a record of one's own, or one that is called as another's is.
        lambda: town.register.add([replace(own, id=str(uuid4()))], by="A", photos=more),
        lambda: town.register.add([own], by="A", skip_existing=True, photos=more),
        lambda: act(town, "void", "photo", mine.id, by, expected_number=1),
        lambda: publish(police, mine.id, by, expected_number=1, public=True),
        lambda: police.register.add(by="A", photos=public),
    ):
        with pytest.raises(AccessError):
            attempt()
    assert service.version() == before
    published = publish(service, mine.id, by, expected_number=1, public=True)
    assert isinstance(published, Saved)
    assert isinstance(published.record, Photo)
    assert published.record.public
    # Who sees a face in it may take it back at once.
    taken = publish(police, mine.id, by, expected_number=2, public=False)
    assert isinstance(taken, Saved)
    with pytest.raises(AccessError):
        police.register.bring_back("photo", mine.id, 2, by="A", expected_number=3)
    # Nor is one that was withdrawn as it was for all.
    publish(service, mine.id, by, expected_number=3, public=True)
    act(police, "void", "photo", mine.id, by, expected_number=4)
    with pytest.raises(AccessError):
        police.register.restore("photo", mine.id, by="A", expected_number=5)
    assert isinstance(act(service, "restore", "photo", mine.id, by, expected_number=5), Saved)


def test_a_photo_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    readers = Solvers(READING)
    path, wrong = tmp_path / "a.heic", tmp_path / "b.jpg"
    path.write_bytes(photo("HEIF"))
    wrong.write_bytes(b"no photo")
    try:
        assert readers.answer(FileQuestion(read_photo, path)) == read_photo(path)
        for _ in range(2):
            with pytest.raises(IntakeError) as refused:
                readers.answer(FileQuestion(read_photo, wrong))
            assert refused.value.key == "photo.not_a_photo"
    finally:
        readers.close()
