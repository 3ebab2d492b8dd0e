"""A folder is written whole or not at all, and nothing of anybody else's is touched."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geodata.errors import ExportError, UnknownIdError
from geodata.model import LANGUAGES
from geodata.publish.public import public_files, write_folder, zipped
from geodata.publish.public.write import MANIFEST
from geodata.service import Service
from geodata.service.publishing import Publishing, public_content, publish_folder
from geodata.settings import Publisher
from geodata.texts import words

MADE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


def with_manifest(**files: bytes) -> dict[str, bytes]:
    named = {name.replace("__", "/"): data for name, data in files.items()}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in named.items()}
    return {**named, MANIFEST: json.dumps({"files": digests}).encode()}


FIRST = with_manifest(index=b"1", data__a=b"2")
SECOND = with_manifest(index=b"3", data__b=b"4")


def within(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refused(folder: Path, key: str, **values: str) -> None:
    before = within(folder) if folder.is_dir() else None
    with pytest.raises(ExportError) as told:
        write_folder(SECOND, folder)
    assert told.value.key == key
    assert dict(told.value.values) == {"folder": str(folder), **values}
    for language in LANGUAGES:
        assert str(folder) in words(language, whole_paths=True).error(told.value)
    if before is not None:
        assert within(folder) == before
    assert not [p for p in folder.parent.iterdir() if p.name.startswith(".lofteskartan")]


def test_a_new_folder_an_empty_one_and_an_earlier_page(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    write_folder(FIRST, folder)
    assert within(folder) == FIRST
    # What is no longer there is gone, and nothing lies beside it.
    write_folder(SECOND, folder)
    assert within(folder) == SECOND
    empty = tmp_path / "empty"
    empty.mkdir()
    write_folder(FIRST, empty)
    assert within(empty) == FIRST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "page"]


@pytest.mark.skipif(os.name == "nt", reason="rights are told otherwise there")
def test_others_may_read_what_is_published(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_folder(FIRST, tmp_path / "page")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "page" / "index").stat().st_mode) == 0o644


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "letter.docx").write_text("mine")
    refused(folder, "public.occupied", name="letter.docx")
    (folder / "letter.docx").unlink()
    write_folder(FIRST, folder)
    (folder / "data" / "mine.txt").write_text("mine")
    refused(folder, "public.occupied", name="data/mine.txt")
    (folder / "data" / "mine.txt").unlink()
    (folder / "pictures").mkdir()
    refused(folder, "public.occupied", name="pictures")


def test_a_page_that_was_changed_by_hand_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    write_folder(FIRST, folder)
    (folder / "index").write_bytes(b"my own words")
    refused(folder, "public.changed", name="index")


@pytest.mark.parametrize("list_", [b"", b"[]", b'{"files": 7}', b"\xff"])
def test_a_list_that_can_not_be_read_claims_nothing(tmp_path: Path, list_: bytes) -> None:
    folder = tmp_path / "page"
    write_folder(FIRST, folder)
    (folder / MANIFEST).write_bytes(list_)
    with pytest.raises(ExportError, match=r"public\.occupied"):
        write_folder(SECOND, folder)


def test_a_file_and_a_folder_without_a_parent(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    refused(file, "public.not_folder")
    with pytest.raises(ExportError, match=r"public\.unwritable"):
        write_folder(FIRST, tmp_path / "nothing" / "here" / "page")


def test_what_stops_in_the_middle_leaves_the_earlier_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "page"
    write_folder(FIRST, folder)
    real = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("no room")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    refused(folder, "public.unwritable")
    assert within(folder) == FIRST


def test_the_same_register_gives_the_same_page_but_for_when_it_was_made(example: Service) -> None:
    one = public_files(public_content(example, Publishing(), MADE))
    assert one == public_files(public_content(example, Publishing(), MADE))
    other = public_files(public_content(example, Publishing(), LATER))
    changed = {name for name in one if one[name] != other[name]}
    assert changed == {"index.html", "en.html", "data/dcat.rdf", "data/dcat.jsonld", MANIFEST}
    told = one["index.html"].decode().replace("22 november 2026 kl. 10:00", "@")
    again = other["index.html"].decode().replace("23 november 2026 kl. 11:30", "@")
    told = told.replace("2026-11-22T10:00", "@")
    assert told == again.replace("2026-11-23T11:30", "@")
    content = public_content(example, Publishing(), MADE)
    assert zipped(content) == zipped(content)


def test_the_zip_file_unpacks_to_the_folder(example: Service, tmp_path: Path) -> None:
    content = public_content(example, Publishing(), MADE)
    with zipfile.ZipFile(io.BytesIO(zipped(content))) as archive:
        archive.extractall(tmp_path)
    assert within(tmp_path / "oppen-sida") == public_files(content)
    # And is written over by the next page.
    write_folder(public_files(content), tmp_path / "oppen-sida")


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        (Publishing(as_of=date(2026, 1, 2)), "public.future"),
        (Publishing(licence="CC0"), "public.licence"),
        (Publishing(licence="javascript:alert(1)"), "public.licence"),
        (Publishing(licence="https://example.se/ x"), "public.licence"),
        (Publishing(licence="https://[x"), "public.licence"),
        (Publishing(licence="https://example.se/<x>"), "public.licence"),
        (Publishing(address="example.se/loften"), "public.address"),
        (Publishing(address="https://example.se/?sida=1"), "public.address"),
        (Publishing(publisher="  "), "public.publisher"),
        (Publishing(publisher="Ann 19811218-9876"), "public.publisher"),
        (Publishing(publisher="two\nlines"), "public.publisher"),
        (Publishing(publisher="x" * 121), "public.publisher"),
    ],
)
def test_what_can_not_stand_on_a_page_is_refused(
    example: Service, tmp_path: Path, wanted: Publishing, key: str
) -> None:
    with pytest.raises(ExportError) as told:
        publish_folder(example, wanted, tmp_path / "page")
    assert told.value.key == key
    assert words("sv").error(told.value)
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize(
    ("known", "key"),
    [
        (Publisher(email="oppnadata"), "public.email"),
        (Publisher(email="a b@example.se"), "public.email"),
        (Publisher(type="Kommun"), "public.type"),
        (Publisher(contact="Ann 19811218-9876"), "public.publisher"),
        (Publisher(address="loften"), "public.address"),
    ],
)
def test_what_the_settings_say_is_asked_the_same(known: Publisher, key: str) -> None:
    with pytest.raises(ExportError) as told:
        Publishing().by(known)
    assert told.value.key == key
    assert all(words(language).error(told.value) for language in LANGUAGES)


def test_an_unknown_promise_is_refused(example: Service, tmp_path: Path) -> None:
    with pytest.raises(UnknownIdError):
        publish_folder(example, Publishing(promise="nowhere"), tmp_path / "page")
