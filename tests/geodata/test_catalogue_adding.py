"""Files kept in a catalogue folder: placed, changed as one, and with their history."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from geodata.catalogue import (
    OUTLINE_HISTORY,
    FolderChange,
    FormerArea,
    area_m2,
    area_on,
    carry_out,
    difference,
    files_of,
    finish_pending,
    former_text,
    load_catalogue,
    placed,
    placing,
    promise_changes,
    read_content,
    read_former,
    safe_name,
    with_history,
)
from geodata.catalogue.content import Content
from geodata.errors import CatalogueError
from geodata.model import Area, Count, LocalText
from geodata.settings import bundled_data

AT = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
SQUARE = [[[12.92, 57.72], [12.93, 57.72], [12.93, 57.73], [12.92, 57.73], [12.92, 57.72]]]


def files(folder: Path) -> dict[str, str]:
    """Return every file of a folder with its text, by its path within."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- several files as one ------------------------------------------------------------------------

BEFORE = {"a.txt": "old a", "gone.txt": "bye", "deep/b.txt": "old b"}
CHANGE = FolderChange(
    {"a.txt": "new å\r\n", "deep/b.txt": "new b", "new/c.txt": "c"}, ("gone.txt",)
)
AFTER = {"a.txt": "new å\r\n", "deep/b.txt": "new b", "new/c.txt": "c"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "own"
    for name, text in BEFORE.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    return made


def read(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_bytes().decode("utf-8") for name in files(folder)}


def test_a_change_is_carried_out_whole(folder: Path) -> None:
    carry_out(folder, CHANGE)
    assert read(folder) == AFTER
    assert finish_pending(folder) is False


def test_a_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    carry_out(tmp_path / "some" / "where", FolderChange({"x.txt": "x"}))
    assert read(tmp_path / "some" / "where") == {"x.txt": "x"}


class StopError(Exception):
    """The machine went down."""


@pytest.mark.parametrize("at", range(40))
def test_a_stop_at_any_step_leaves_all_or_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    count = 0
    real = {"fsync": os.fsync, "replace": Path.replace, "unlink": Path.unlink}

    def stopping(name: str) -> object:
        def step(*arguments: object, **named: object) -> object:
            nonlocal count
            # Once down it stays down: nothing is tidied up.
            if count >= at:
                raise StopError
            count += 1
            return real[name](*arguments, **named)  # type: ignore[operator]

        return step

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", stopping("fsync"))
        patch.setattr(Path, "replace", stopping("replace"))
        patch.setattr(Path, "unlink", stopping("unlink"))
        try:
            carry_out(folder, CHANGE)
        except StopError:
            assert at < 39, "the last of the cases reaches the end"
    decided = finish_pending(folder)
    found = {name: text for name, text in read(folder).items() if "/.new-" not in f"/{name}"}
    assert found == (AFTER if decided or "gone.txt" not in found else BEFORE)
    assert finish_pending(folder) is False


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "..\\out.txt", ""])
def test_nothing_is_written_outside_the_folder(folder: Path, name: str) -> None:
    document = {"write": {"a.txt": "changed", name: "x"}, "remove": []}
    (folder / placing.PENDING).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        finish_pending(folder)
    assert [m.key for m in caught.value.mistakes] == ["catalogue.bad_pending"]
    (folder / placing.PENDING).unlink()
    assert read(folder) == BEFORE
    assert not (folder.parent / "out.txt").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"write": 1, "remove": []}', "\ud800"])
def test_a_decided_change_that_cannot_be_read_is_told(folder: Path, text: str) -> None:
    (folder / placing.PENDING).write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(CatalogueError):
        finish_pending(folder)


def test_nothing_is_pending_where_there_is_no_folder(tmp_path: Path) -> None:
    assert finish_pending(tmp_path / "none") is False
    (tmp_path / "file").touch()
    assert finish_pending(tmp_path / "file") is False


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogueError) as caught:
        carry_out(tmp_path / "file" / "own", CHANGE)
    assert [m.key for m in caught.value.mistakes] == ["catalogue.not_written"]


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


def test_every_area_gets_a_file_of_its_own(tmp_path: Path) -> None:
    path = areas(tmp_path / "Mina områden.json", feature("norrby"), feature("hulta"))
    change = placed(tmp_path / "own", given_files(path))
    assert {name: ids(text) for name, text in change.write.items()} == {
        "areas-norrby.geojson": ["norrby"],
        "areas-hulta.geojson": ["hulta"],
    }
    assert change.remove == ()


def test_an_area_is_taken_out_of_the_file_that_held_it(tmp_path: Path) -> None:
    own = tmp_path / "own"
    areas(own / "areas.geojson", feature("norrby"), feature("hulta"))
    areas(own / "areas-old.geojson", feature("hedbo"))
    areas(own / "areas-assberg.geojson", feature("assberg"), feature("gamla"))
    path = areas(
        tmp_path / "new.geojson",
        *(feature(id_, name="New") for id_ in ("norrby", "hedbo", "assberg")),
    )
    carry_out(own, placed(own, given_files(path)))
    assert {name: ids(text) for name, text in files(own).items()} == {
        "areas.geojson": ["hulta"],
        "areas-norrby.geojson": ["norrby"],
        "areas-hedbo.geojson": ["hedbo"],
        # Its name was taken by a file that holds more.
        "areas-assberg.geojson": ["gamla"],
        "areas-assberg-2.geojson": ["assberg"],
    }


def test_a_promise_is_called_by_its_id(tmp_path: Path) -> None:
    own, text = tmp_path / "own", (bundled_data() / "promises" / "boras-2018.toml").read_bytes()
    (own / "promises").mkdir(parents=True)
    (own / "promises" / "whatever.toml").write_bytes(text)
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbf" + text + b"# newer\n")
    carry_out(own, placed(own, given_files(path)))
    assert (own / "promises" / "boras-2018.toml").read_bytes() == path.read_bytes()
    assert list(files(own)) == ["promises/boras-2018.toml"]
    assert (
        load_catalogue([bundled_data(), own]).promises == load_catalogue([bundled_data()]).promises
    )
    assert placed(own, given_files(path)) == FolderChange()


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
    change = placed(tmp_path / "own", given_files(path))
    assert list(change.write) == [stored]
    vocabulary = tmp_path / "vocabulary-x.toml"
    shutil.copy(bundled_data() / "vocabulary.toml", vocabulary)
    assert list(placed(tmp_path / "own", given_files(vocabulary)).write) == ["vocabulary-x.toml"]


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


def test_history_keeps_what_is_changed_and_what_goes(folder: Path) -> None:
    change = with_history(folder, CHANGE, AT)
    dated = "history/2026-03-01T223000.000000Z"
    assert change.write == {
        **CHANGE.write,
        f"{dated}/a.txt": "old a",
        f"{dated}/deep/b.txt": "old b",
        f"{dated}/gone.txt": "bye",
    }
    assert change.remove == CHANGE.remove


def test_history_is_no_part_of_the_catalogue(tmp_path: Path) -> None:
    own = tmp_path / "own"
    areas(own / "history" / "x" / "areas.geojson", feature("norrby", name="Old"))
    (own / OUTLINE_HISTORY).write_text("{", encoding="utf-8")
    (own / "history" / "x" / "promises").mkdir()
    (own / "history" / "x" / "promises" / "a.toml").write_text("=", encoding="utf-8")
    assert load_catalogue([bundled_data(), own]).areas == load_catalogue([bundled_data()]).areas


# --- former outlines -----------------------------------------------------------------------------


def area(outline: Polygon | MultiPolygon, id_: str = "norrby") -> Area:
    return Area(id_, "Norrby", "Borås", "district", outline, "surveyed", 2.5, LocalText("Vi", "Us"))


FIRST, SECOND, THIRD = (area(box(12.9, 57.7, 12.9 + n / 100, 57.71)) for n in (1, 2, 3))
# Half past eleven at night in Sweden, and half past midnight on the next day.
REPLACED = (
    FormerArea(FIRST, datetime(2026, 1, 10, 22, 30, tzinfo=UTC), "a"),
    FormerArea(SECOND, datetime(2026, 2, 10, 23, 30, tzinfo=UTC), "b"),
    FormerArea(area(box(13, 57, 14, 58), "hulta"), datetime(2026, 5, 1, tzinfo=UTC), "c"),
)


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2018, 1, 1), FIRST),
        (date(2026, 1, 9), FIRST),
        (date(2026, 1, 10), SECOND),
        (date(2026, 2, 10), SECOND),
        (date(2026, 2, 11), THIRD),
        (date(2030, 1, 1), THIRD),
    ],
)
def test_what_an_area_was_on_a_day(day: date, held: Area) -> None:
    assert area_on(THIRD, REPLACED, day) == held
    assert area_on(THIRD, REPLACED[::-1], day) == held


def test_without_history_an_area_is_what_it_is() -> None:
    assert area_on(THIRD, (), date(2018, 1, 1)) == THIRD


COORDINATE = st.floats(0, 1, allow_nan=False)


@st.composite
def outlines(draw: st.DrawFn) -> Polygon | MultiPolygon:
    west, south = 12 + draw(COORDINATE), 57 + draw(COORDINATE)
    one = box(west, south, west + 0.1, south + 0.1)
    return MultiPolygon([one, box(15, 57, 15.1, 57.1)]) if draw(st.booleans()) else one


TIMES = st.datetimes(timezones=st.just(UTC))
FORMERS = st.lists(
    st.builds(FormerArea, st.builds(area, outlines(), st.sampled_from("ab")), TIMES, st.text())
)


@given(former=FORMERS)
def test_history_round_trips(
    tmp_path_factory: pytest.TempPathFactory, former: list[FormerArea]
) -> None:
    folder = tmp_path_factory.mktemp("own")
    (folder / "history").mkdir()
    # A lone surrogate can't be written; nothing that a reader types holds one.
    text = former_text(former).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    (folder / OUTLINE_HISTORY).write_text(text, encoding="utf-8")
    back = read_former(folder)
    assert [(f.area, f.valid_until) for f in back] == [(f.area, f.valid_until) for f in former]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"features": [{}]}', '{"features": 7}'])
def test_a_history_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / OUTLINE_HISTORY).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        read_former(tmp_path)
    assert [m.key for m in caught.value.mistakes] == ["catalogue.bad_history"]


def test_no_history() -> None:
    assert read_former(bundled_data()) == ()


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
    assert outline.area_before_m2 == area_m2(before.area_by_id["norrby"])
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
