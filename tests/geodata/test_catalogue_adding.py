"""Files as entries of the register, outlines that were replaced, and what differs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import file_called, files_in, files_of
from geodata.catalogue.loading import assembled, load_catalogue, read_entries
from geodata.catalogue.succession import (
    area_m2,
    difference,
    promise_changes,
)
from geodata.catalogue.writing import entry_texts, safe_name
from geodata.model import Count
from geodata.settings import bundled_data

SQUARE = [[[12.92, 57.72], [12.93, 57.72], [12.93, 57.73], [12.92, 57.73], [12.92, 57.72]]]


def files(folder: Path) -> dict[str, str]:
    """Return every file of a folder with its text, by its path within."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- where files go ------------------------------------------------------------------------------


def feature(id_: str, **properties: object) -> dict[str, object]:
    document = json.loads((bundled_data() / "areas.geojson").read_text(encoding="utf-8"))
    told = document["features"][2]["properties"] | {"id": id_, "name": id_.title()} | properties
    geometry = {"type": "Polygon", "coordinates": SQUARE}
    return {"type": "Feature", "properties": told, "geometry": geometry}


def areas(path: Path, *features: dict[str, object]) -> Path:
    document = {"type": "FeatureCollection", "features": list(features)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def ids(text: str) -> list[str]:
    return [feature["properties"]["id"] for feature in json.loads(text)["features"]]


def given_files(*paths: Path) -> list[Content]:
    contents = [read_content(source) for path in paths for source in files_of(path)]
    assert [m for content in contents for m in content.mistakes] == []
    return contents


def test_every_area_gets_an_entry_of_its_own(tmp_path: Path) -> None:
    path = areas(tmp_path / "Mina områden.json", feature("norrby"), feature("hulta"))
    texts = entry_texts(given_files(path))
    assert {name: ids(text) for name, text in texts.items()} == {
        "areas-norrby.geojson": ["norrby"],
        "areas-hulta.geojson": ["hulta"],
    }


def test_entries_hold_what_the_files_hold() -> None:
    contents = [read_content(source) for source in files_in(bundled_data())]
    found = assembled(read_entries(entry_texts(contents)))
    wanted = load_catalogue([bundled_data()])
    assert replace(found, digest="") == replace(wanted, digest="")
    again = [
        read_content(file_called(Path(p)), t.encode()) for p, t in entry_texts(contents).items()
    ]
    assert entry_texts(again) == entry_texts(contents)


def test_a_promise_is_called_by_its_id_and_kept_as_written(tmp_path: Path) -> None:
    text = (bundled_data() / "promises" / "boras-2018.toml").read_text(encoding="utf-8")
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"# newer\n")
    assert entry_texts(given_files(path)) == {"promises/boras-2018.toml": text + "# newer\n"}


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("places.csv", "places.csv"),
        ("Places_Borås 2.csv", "places-boras-2.csv"),
        ("skolor.csv", "places-skolor.csv"),
        ("åäö--x.csv", "places-aao-x.csv"),
    ],
)
def test_places_keep_a_safe_form_of_their_name(tmp_path: Path, name: str, stored: str) -> None:
    path = tmp_path / name
    shutil.copy(bundled_data() / "places.csv", path)
    assert list(entry_texts(given_files(path))) == [stored]
    called = f"places-hos-oss{stored.removeprefix('places')}"
    assert list(entry_texts(given_files(path), called="hos-oss")) == [called]
    vocabulary = tmp_path / "vocabulary-x.toml"
    shutil.copy(bundled_data() / "vocabulary.toml", vocabulary)
    assert list(entry_texts(given_files(vocabulary))) == ["vocabulary-x.toml"]


def test_two_files_of_one_name_are_two_entries(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "skolor.csv" for folder in "abc"]
    for path in paths:
        path.parent.mkdir()
        shutil.copy(bundled_data() / "places.csv", path)
    stored = ["places-skolor.csv", "places-skolor-2.csv", "places-skolor-3.csv"]
    assert list(entry_texts(given_files(*paths))) == stored


@given(st.text())
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = safe_name(name)
    assert len(safe) <= 64
    assert safe == "" or all(part.isalnum() and part.isascii() for part in safe.split("-"))
    assert safe == safe.lower()


def test_names_from_windows_and_elsewhere() -> None:
    assert safe_name("C:\\Users\\anna\\Nya områden.geojson") == "nya-omraden"
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("...") == ""
    assert safe_name("å" * 100) == "a" * 64


# --- what is new ---------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "copy"
    (made / "promises").mkdir(parents=True)
    for name in ("vocabulary.toml", "areas.geojson", "places.csv"):
        shutil.copy(bundled_data() / name, made / name)
    for path in (bundled_data() / "promises").glob("*.toml"):
        shutil.copy(path, made / "promises")
    return made


def test_the_difference_between_two_catalogues(copy: Path) -> None:
    before = load_catalogue([copy])
    assert difference(before, before).is_nothing
    promise = copy / "promises" / "mark-2018.toml"
    text = promise.read_text(encoding="utf-8")
    promise.write_text(text.replace("target = 1\n", "target = 2\n", 1), encoding="utf-8")
    document = json.loads((copy / "areas.geojson").read_text(encoding="utf-8"))
    by_id = {f["properties"]["id"]: f for f in document["features"]}
    by_id["norrby"]["geometry"] = {"type": "Polygon", "coordinates": SQUARE}
    by_id["hulta"]["properties"]["outline_accuracy_m"] = 7
    (copy / "areas.geojson").write_text(json.dumps(document), encoding="utf-8")
    places = (copy / "places.csv").read_text(encoding="utf-8").splitlines()
    places[1] = places[1].replace(places[1].split(",")[0], "Ny hållplats", 1)
    (copy / "places.csv").write_text("\n".join(places) + "\n", encoding="utf-8")
    with (copy / "vocabulary.toml").open("a", encoding="utf-8") as file:
        file.write('\n[finding_categories.ice]\nsv = "Is"\nen = "Ice"\n')
    after = load_catalogue([copy])
    found = difference(before, after)
    assert found.changed_promises == (
        (before.promise_by_id["mark-2018"], after.promise_by_id["mark-2018"]),
    )
    assert [change.after.id for change in found.changed_areas] == ["hulta", "norrby"]
    (outline,) = found.replaced_outlines
    assert (outline.before.id, outline.after.id) == ("norrby", "norrby")
    # A hundredth of a degree north at this latitude is 1,114 m, and 595 m east (GRS 80).
    assert outline.area_after_m2 == pytest.approx(1_114 * 595.5, rel=0.003)
    assert outline.area_before_m2 == area_m2(before.area_by_id["norrby"].outline)
    assert [place.name for place in found.new_places] == ["Ny hållplats"]
    assert len(found.gone_places) == 1
    assert [term.id for term in found.new_terms] == ["ice"]
    assert (found.new_promises, found.new_areas) == ((), ())
    back = difference(after, before)
    assert (back.new_places, back.gone_places) == (found.gone_places, found.new_places)
    assert back.new_terms == ()


def test_a_changed_promise_tells_which_keys_and_nothing_else() -> None:
    before = load_catalogue((bundled_data(),)).promise_by_id["boras-2018"]
    third = before.commitments[2]
    assert isinstance(third.measure, Count)
    measure = replace(third.measure, target=third.measure.target + 1)
    others = (*before.commitments[:2], replace(third, measure=measure), *before.commitments[3:])
    after = replace(before, commitments=others, signed=None)
    told = {c.path: (c.before, c.after) for c in promise_changes(before, after)}
    assert told == {"commitments[3].measure.target": ("4", "5"), "signed": ("2018-02-20", "")}
    assert promise_changes(before, before) == ()
