"""Photos in the register: with their record or not at all, and gone where it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from geodata.errors import RegisterError, UnknownIdError
from geodata.model import Finding, FindingStatus, Photo, PhotoRole, Picture
from geodata.register import Register
from geodata.register.backups import back_up, examine_register, move, restore
from geodata.register.damage import Damage

from .test_register_damage import break_it

OLD = date(2015, 5, 3)
NewFinding = Callable[..., Finding]


def taken(id_: str, of: str = "f1", **values: object) -> tuple[Photo, Picture]:
    """Return a photo whose two files tell which it is."""
    picture = Picture(f"picture {id_}".encode(), f"thumbnail {id_}".encode(), 4, 3)
    names = [sha256(body).hexdigest() for body in (picture.body, picture.thumbnail)]
    photo = Photo(id_, "finding", of, PhotoRole.OTHER, *names, 4, 3)
    return replace(photo, **values), picture


def damage_in(url: str) -> list[Damage]:
    found: list[Damage] = []
    examine_register(url, found.append)
    return found


def files(register: Register, photo: Photo) -> list[bytes | None]:
    return [register.document(photo.sha256), register.document(photo.thumbnail)]


def test_a_record_and_its_photos_come_together(register: Register, new_finding: NewFinding) -> None:
    photos = [taken("p1"), taken("p2", taken=OLD)]
    register.add([new_finding(id="f1"), new_finding(id="f2")], by="test", photos=photos)
    assert register.photos("finding", ["f1"]) == [photo for photo, _ in photos]
    assert register.photos("finding", ["f2"]) == register.photos("walk") == []
    for photo, picture in photos:
        assert files(register, photo) == [picture.body, picture.thumbnail]
    (first,) = register.revisions("photo", "p1")
    assert (first.action, first.by, first.content["record_id"]) == ("create", "test", "f1")


@pytest.mark.parametrize("wrong", ["photo twice", "record twice", "no record"])
def test_neither_comes_without_the_other(
    wrong: str, register: Register, new_finding: NewFinding
) -> None:
    register.add([new_finding(id="f0")], by="test", photos=[taken("p0", "f0")])
    before, photo = register.revisions(), taken("p1")
    record = new_finding(id="f0" if wrong == "record twice" else "f1")
    photos = [photo, taken("p0")] if wrong == "photo twice" else [photo]
    with pytest.raises((RegisterError, UnknownIdError)):
        register.add([record] if wrong != "no record" else [], by="test", photos=photos)
    with pytest.raises(RegisterError):
        register.change(
            new_finding(id="f0", text="Ny"),
            by="test",
            expected_number=1 if wrong == "photo twice" else 7,
            photos=[taken("p1", "f0"), taken("p0", "f0")],
        )
    assert register.revisions() == before
    assert files(register, photo[0]) == [None, None]


def test_a_change_and_its_photo_come_together(register: Register, new_finding: NewFinding) -> None:
    finding = new_finding(id="f1")
    register.add([finding], by="test")
    settled = replace(finding, status=FindingStatus.DONE)
    assert register.change(settled, by="test", expected_number=1, photos=[taken("p1")]) == 2
    assert register.finding("f1") == settled
    assert [photo.id for photo in register.photos("finding")] == ["p1"]


def test_a_withdrawn_photo_is_there_to_be_taken_back(
    register: Register, new_finding: NewFinding
) -> None:
    register.add([new_finding(id="f1")], by="test", photos=[taken("p1")])
    register.void("photo", "p1", by="test", expected_number=1)
    assert register.photos("finding") == []
    register.restore("photo", "p1", by="test", expected_number=2)
    (photo,) = register.photos("finding")
    assert files(register, photo) == [b"picture p1", b"thumbnail p1"]


@pytest.fixture
def full(url: str, new_finding: NewFinding) -> str:
    """Give a register with a photo of something old that is seen to, and one of something new."""
    closed = {"day": OLD, "status": FindingStatus.DONE, "status_day": OLD}
    with Register.open(url) as register:
        findings = [new_finding(id="old", **closed), new_finding(id="new")]
        photos = [taken("p-old", "old"), taken("p-void", "old"), taken("p-new", "new")]
        register.add(findings, by="test", photos=photos)
        register.void("photo", "p-void", by="test", expected_number=1)
    return url


def test_what_is_disposed_of_takes_its_photos_along(full: str, path: Path) -> None:
    with Register.open(full) as register:
        gone = register.dispose(date(2016, 1, 1), "Dnr 12/2026", by="arkiv")
        assert sorted(gone.ids["photo"]) == ["p-old", "p-void"]
        assert [photo.id for photo in register.photos()] == ["p-new"]
        assert files(register, taken("p-old")[0]) == [None, None]
        assert files(register, taken("p-new")[0]) == [b"picture p-new", b"thumbnail p-new"]
        with pytest.raises(UnknownIdError):
            register.photo("p-old")
        versions = register.revisions("photo", "p-void")
        assert [(v.action, dict(v.content)) for v in versions] == [
            ("create", {}), ("void", {}), ("dispose", {}),
        ]  # fmt: skip
        for file in path.parent.iterdir() if path.exists() else ():
            for left in (b"picture p-old", b"thumbnail p-void"):
                assert left not in file.read_bytes()
    assert damage_in(full) == []


def test_a_redacted_record_loses_its_photos_and_a_photo_may_go_alone(full: str) -> None:
    with Register.open(full) as register:
        register.redact("photo", "p-new", reason="ett ansikte", by="adm", expected_number=1)
        assert register.photo("p-new").sha256 == "[…]"
        assert files(register, taken("p-new")[0]) == [None, None]
        assert register.finding("new").text != "[…]"
        register.redact("finding", "old", reason="ett namn", by="adm", expected_number=1)
        for id_ in ("p-old", "p-void"):
            assert files(register, taken(id_)[0]) == [None, None]
            assert taken(id_)[0].sha256 not in repr(register.revisions("photo", id_))
    assert damage_in(full) == []


def test_a_backup_a_move_and_a_restore_carry_photos(full: str, tmp_path: Path) -> None:
    back_up(full, tmp_path / "copy.sqlite")
    moved, again = (f"sqlite:///{tmp_path / name}" for name in ("moved.sqlite", "again.sqlite"))
    move(full, moved)
    restore(again, tmp_path / "copy.sqlite")
    with Register.open(full) as register:
        histories = register.revisions("photo", "p-void"), register.photos()
    for url in (moved, again):
        with Register.open(url) as register:
            assert (register.revisions("photo", "p-void"), register.photos()) == histories
            for id_ in ("p-old", "p-void", "p-new"):
                wanted = [f"picture {id_}".encode(), f"thumbnail {id_}".encode()]
                assert files(register, register.photo(id_)) == wanted
        assert damage_in(url) == []


@pytest.mark.sqlite
def test_a_photo_without_its_file_or_its_record_is_told(full: str, path: Path) -> None:
    digest = taken("p-new")[0].sha256
    break_it(path, f"DELETE FROM document WHERE sha256 = '{digest}'")
    assert damage_in(full) == [Damage("damage.photo_missing", "photo", "p-new", {"names": digest})]
    break_it(path, "DELETE FROM finding WHERE id = 'new'")
    told = {(one.key, one.id) for one in damage_in(full)}
    assert ("damage.orphan", "p-new") in told
