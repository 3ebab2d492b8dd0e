"""Adding files while the program is in use: checked, proposed, taken in, and safe to stop."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from shapely import Point, box
from shapely.geometry import mapping
from typer.testing import CliRunner, Result

from geodata.catalogue.loading import load_catalogue
from geodata.cli import command_line
from geodata.errors import CatalogueError, GeodataError, Mistake, RegisterError
from geodata.model import (
    LANGUAGES,
    Activity,
    ActivityFilter,
    DayTally,
    Finding,
    FindingStatus,
    Precision,
    Record,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.register import Register
from geodata.service import Service, adding, check_files
from geodata.service.adding import Proposal, former_outlines, propose, take_in
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url
from geodata.texts import words

DAY = date(2018, 5, 3)
NOON = datetime(2018, 5, 3, 12, tzinfo=UTC)
NUMBER = "811218-9876"
"""The example that Skatteverket itself gives of a personal identity number."""

SHIPPED = len(list((bundled_data() / "promises").glob("*.toml")))

NORRBY = box(12.900, 57.720, 12.928, 57.735)
"""Takes some of what the shipped outline holds, and much that it doesn't."""

IN_BOTH = Point(12.926, 57.7255)
LOST = Point(12.930, 57.7245)
WON = Point(12.905, 57.730)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The platform's data folder, for this test alone."""
    for name in ("LOFTESKARTAN_CATALOGUE", "LOFTESKARTAN_REGISTER", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(tmp_path / "empty.toml"))
    return tmp_path / "share" / "lofteskartan"


@pytest.fixture
def own(home: Path) -> Path:
    made = home / "catalogue"
    made.mkdir(parents=True)
    return made


Opening = Callable[..., Service]


@pytest.fixture
def opened(tmp_path: Path, own: Path, blank_file: Path) -> Iterator[Opening]:
    """Open services on one register and the own folder; all are closed afterwards."""
    services: list[Service] = []
    shutil.copyfile(blank_file, tmp_path / "register.sqlite")

    def opening(*folders: Path) -> Service:
        url = register_url(str(tmp_path / "register.sqlite"))
        settings = Settings(url, folders or (own,), basemap=NO_BASEMAP)
        services.append(Service.open(settings, today=lambda: DAY))
        return services[-1]

    yield opening
    for service in services:
        service.close()


@pytest.fixture
def service(opened: Opening) -> Service:
    return opened()


def feature(id_: str, outline: object = NORRBY, **told: object) -> dict[str, object]:
    properties = {
        "id": id_,
        "name": id_.title(),
        "municipality": "Borås",
        "kind": "district",
        "outline_method": "surveyed",
        "outline_accuracy_m": 5,
        "outline_source": "Stadsbyggnadskontoret",
        "outline_source_en": "The planning office",
        **told,
    }
    return {"type": "Feature", "properties": properties, "geometry": mapping(outline)}


def areas(*features: dict[str, object], **more: object) -> bytes:
    document = {"type": "FeatureCollection", "features": list(features), **more}
    return json.dumps(document).encode("utf-8")


AREA = "areas-norrby.geojson"
BETTER = ("Norrby 2026.geojson", areas(feature("norrby")))


def promise(id_: str = "skene-2026", *areas_: str) -> bytes:
    """Return Mark's promise under another id, with its first commitment in some areas."""
    text = (bundled_data() / "promises" / "mark-2018.toml").read_text(encoding="utf-8")
    text = text.replace('id = "mark-2018"', f'id = "{id_}"', 1)
    if areas_:
        quoted = ", ".join(f'"{area}"' for area in areas_)
        text = text.replace('areas = ["kinna-centrum"]', f"areas = [{quoted}]", 1)
    return text.encode("utf-8")


def activity(place: Point | None, area_id: str | None, **values: object) -> Activity:
    made = Activity(
        str(uuid4()), "foot_patrol", area_id, place, NOON, Precision.DAY, DAY, note="as it was"
    )
    return replace(made, **values)  # type: ignore[arg-type]


def mistakes_of(service: Service, *files: tuple[str, bytes]) -> list[Mistake]:
    with pytest.raises(CatalogueError) as caught:
        propose(service, files)
    for mistake in caught.value.mistakes:
        for language in LANGUAGES:
            assert words(language).error(mistake).endswith(".")
            assert "/tmp" not in words(language).where(mistake)
    return list(caught.value.mistakes)


def texts(service: Service) -> dict[str, str]:
    return {entry.id: entry.text for entry in service.register.catalogue_entries()}


def history(service: Service, id_: str) -> list[tuple[int, str, str]]:
    found = service.register.revisions("catalogue_entry", id_)
    return [(one.number, one.by, one.action) for one in found]


# --- proposing -----------------------------------------------------------------------------------


def test_nothing_is_changed_by_a_proposal(service: Service) -> None:
    service.register.add([activity(LOST, "norrby")], by="a")
    version = service.version()
    proposal = propose(service, [BETTER])
    (change,) = proposal.found.replaced_outlines
    assert change.before == service.catalogue.area_by_id["norrby"]
    assert change.after.outline.equals(NORRBY)
    assert proposal.counts.moves == {("norrby", None): 1}
    assert service.version() == version


def test_a_new_promise_with_a_new_area_of_several_files(service: Service) -> None:
    proposal = propose(
        service,
        [
            ("löfte.toml", promise("skene-2026", "skene")),
            ("skene.geojson", areas(feature("skene", box(12.6, 57.48, 12.63, 57.5)))),
        ],
    )
    assert [p.id for p in proposal.found.new_promises] == ["skene-2026"]
    assert [a.id for a in proposal.found.new_areas] == ["skene"]
    assert proposal.found.changed_promises == proposal.found.changed_areas == ()


def test_what_is_in_use_already_is_nothing_new(service: Service) -> None:
    files = [
        (path.name, path.read_bytes())
        for path in (bundled_data() / "areas.geojson", bundled_data() / "promises/mark-2018.toml")
    ]
    proposal = propose(service, files)
    assert proposal.is_nothing
    assert take_in(service, proposal, by="a").counts.asked == 0  # type: ignore[union-attr]
    assert former_outlines(service) == ()


def test_all_mistakes_of_all_files_at_once_named_as_their_owner_does(service: Service) -> None:
    text = promise("boras-2026").decode("utf-8").replace("target = 1\n", "target = 0\n")
    found = mistakes_of(
        service,
        ("Löfte.toml", text.encode("utf-8")),
        ("gräns.geojson", areas(feature("norrby", box(12.9, 57.7, 2.0, 57.8)), feature("nowhere"))),
        ("platser.csv", b"name,kind,lon,lat,area,distance_m,source\nA,stop,12.6,57.4,hedb,0,x\n"),
        ("broken.toml", b"= 1"),
    )
    # Nothing is said of areas without a promise: one may stand in the file that can't be read.
    assert [(m.file, m.line, m.key) for m in found] == [
        ("Löfte.toml", None, "catalogue.too_small"),
        ("gräns.geojson", None, "catalogue.position_outside"),
        ("broken.toml", 1, "catalogue.not_toml"),
        ("platser.csv", 2, "catalogue.unknown_area"),
    ]


def test_the_same_area_in_two_files_names_the_other(service: Service) -> None:
    (mistake,) = mistakes_of(service, ("a.geojson", BETTER[1]), ("b.geojson", BETTER[1]))
    assert (mistake.file, mistake.key) == ("b.geojson", "catalogue.duplicate_area")
    assert str(mistake.values["other"]).startswith("a.geojson, features[1]")


@pytest.mark.parametrize(
    ("crs", "ok"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", True),
        ("urn:ogc:def:crs:EPSG::3006", False),
        ("EPSG:3021", False),
    ],
)
def test_outlines_must_be_in_wgs_84(service: Service, crs: str, ok: bool) -> None:
    data = areas(feature("norrby"), crs={"type": "name", "properties": {"name": crs}})
    if ok:
        assert propose(service, [("a.geojson", data)]).found.replaced_outlines
        return
    (mistake,) = mistakes_of(service, ("a.geojson", data))
    assert mistake.key == "catalogue.wrong_crs"
    assert crs in words("sv").error(mistake)


def test_metres_without_a_word_are_refused(service: Service) -> None:
    data = areas(feature("norrby", box(375_000, 6_399_000, 376_000, 6_400_000)))
    assert [m.key for m in mistakes_of(service, ("a.geojson", data))] == [
        "catalogue.position_in_metres"
    ]


@pytest.mark.parametrize(
    ("files", "keys"),
    [
        ([], ["adding.no_files"]),
        ([BETTER] * 21, ["adding.too_many"]),
        ([("a.geojson", b" " * 20_000_001)], ["adding.too_large"]),
        ([("a.gpkg", b"x"), ("b", b"x")], ["catalogue.file_type"] * 2),
        ([("a.geojson", b"")], ["catalogue.empty_file"]),
        ([("a.csv", b"PK\x03\x04\xff\x00")], ["catalogue.not_utf8"]),
        ([("\x00\n../a.toml", b"x")], ["catalogue.not_toml"]),
        ([("a.json", b"[" * 100_000)], ["catalogue.too_deep"]),
    ],
)
def test_files_that_are_no_such_files(
    service: Service, files: list[tuple[str, bytes]], keys: list[str]
) -> None:
    assert [m.key for m in mistakes_of(service, *files)] == keys


def test_identity_numbers_are_refused_and_not_repeated(service: Service) -> None:
    text = promise("a-2026").decode("utf-8")
    title = text.replace('short = { sv = "Mark"', f'short = {{ sv = "Mark {NUMBER}"', 1)
    assert title != text
    row = f"name,kind,lon,lat,area,distance_m,source\n{NUMBER},stop,12.64335,57.48379,hedbo,0,x\n"
    found = mistakes_of(
        service,
        ("a.toml", title.encode("utf-8")),
        ("b.geojson", areas(feature("norrby", outline_source=f"Anna {NUMBER}"))),
        ("c.csv", row.encode("utf-8")),
    )
    assert [(m.file, m.line, m.place, m.key) for m in found] == [
        ("a.toml", None, "short.sv", "catalogue.identity_number"),
        (
            "b.geojson",
            None,
            'features[1].properties "norrby".outline_source',
            "catalogue.identity_number",
        ),
        ("c.csv", 2, "name", "catalogue.identity_number"),
    ]
    (mistake,) = mistakes_of(service, (f"{NUMBER}.toml", text.encode("utf-8")))
    assert mistake.key == "adding.name_identity_number"
    for each in (*found, mistake):
        assert "9876" not in words("sv").where(each) + words("sv").error(each)


def test_identity_numbers_are_found_wherever_a_file_can_hold_text(service: Service) -> None:
    toml = promise("a-2026").decode("utf-8") + f'\nx = "#1" # Ring {NUMBER}\n'
    collection = json.loads(areas(feature("norrby")))
    collection["name"] = f"Anna {NUMBER}"
    collection["features"][0]["tags"] = [{"pnr": int(NUMBER.replace("-", ""))}]
    collection["features"][0]["geometry"][f"av {NUMBER}"] = None
    found = [
        mistake
        for mistake in mistakes_of(
            service,
            ("a.toml", toml.encode("utf-8")),
            ("b.geojson", json.dumps(collection).encode("utf-8")),
        )
        if mistake.key == "catalogue.identity_number"
    ]
    assert [(m.file, m.line, m.place) for m in found] == [
        ("a.toml", toml.count("\n"), ""),
        ("b.geojson", None, "name"),
        ("b.geojson", None, 'features[1] "norrby"'),
        ("b.geojson", None, 'features[1] "norrby"'),
    ]


def test_a_name_on_disk_that_holds_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / f"norrby {NUMBER}.geojson"
    path.write_bytes(areas(feature("norrby")))
    (mistake,) = check_files((path,), (bundled_data(),))[0]
    assert mistake.key == "adding.name_identity_number"


def test_check_refuses_them_too_and_the_shipped_files_hold_none(tmp_path: Path) -> None:
    assert check_files((), (bundled_data(),))[0] == []
    assert check_files((bundled_data(),), (bundled_data(),))[0] == []
    path = tmp_path / "norrby.geojson"
    path.write_bytes(areas(feature("norrby", outline_source=NUMBER)))
    (mistake,) = check_files((path,), (bundled_data(),))[0]
    assert mistake.key == "catalogue.identity_number"


# --- taking in -----------------------------------------------------------------------------------


def test_a_better_outline_is_taken_in_with_everything_that_follows(service: Service) -> None:
    records = {
        "lost": activity(LOST, "norrby"),
        "won": activity(WON, None),
        "both": activity(IN_BOTH, "norrby"),
        "by hand": activity(LOST, "hulta"),
        "no place": activity(None, "norrby"),
        "void": activity(LOST, "norrby"),
    }
    # The places are what they are called, by the shipped outline itself.
    shipped = service.catalogue.area_by_id["norrby"].outline
    assert [shipped.contains(p) for p in (LOST, WON, IN_BOTH)] == [True, False, True]
    assert [NORRBY.contains(p) for p in (LOST, WON, IN_BOTH)] == [False, True, True]
    assert service.locate(WON.x, WON.y).area_id is None
    walk = Walk(str(uuid4()), "norrby", WalkStatus.HELD, NOON, Precision.DAY, DAY)
    seen = Finding(
        str(uuid4()), walk.id, "norrby", LOST, "lighting", "", None, None,
        FindingStatus.OPEN, DAY, DAY,
    )  # fmt: skip
    register = service.register
    register.add(records.values(), [walk], [seen], by="a")
    register.void("activity", records["void"].id, by="a", expected_number=1)
    before, old = service.version(), service.catalogue.area_by_id["norrby"]
    cached = service.progress(DAY)

    proposal = propose(service, [BETTER])
    taken = take_in(service, proposal, by="planeraren")

    moves = {("norrby", None): 2, (None, "norrby"): 1}
    assert taken.counts == proposal.counts
    assert taken.counts is not None
    assert (dict(taken.counts.moves), taken.counts.kept) == (moves, 1)
    assert taken.counts.asked == 5, "four activities and a finding with places"
    found = {name: register.activity(record.id) for name, record in records.items()}
    assert {name: one.area_id for name, one in found.items()} == {
        "lost": None,
        "won": "norrby",
        "both": "norrby",
        "by hand": "hulta",
        "no place": "norrby",
        "void": "norrby",
    }
    for name, record in records.items():
        if name != "void":
            assert replace(found[name], area_id=record.area_id) == record
    assert register.finding(seen.id).area_id is None
    assert register.walk(walk.id).area_id == "norrby"
    lost = register.revisions("activity", records["lost"].id)
    assert [(r.number, r.by, r.action) for r in lost] == [
        (1, "a", "create"),
        (2, "planeraren", "change"),
    ]
    # The same process shows it at once, and answers by it.
    assert service.catalogue.area_by_id["norrby"].outline.equals(NORRBY)
    assert service.locate(WON.x, WON.y).area_id == "norrby"
    assert service.version().split("-")[0] != before.split("-")[0]
    assert service.progress(DAY) is not cached
    (former,) = former_outlines(service)
    assert (former.area, former.replaced_by) == (old, "planeraren")
    assert (bundled_data() / "areas.geojson").read_bytes().count(b'"norrby"') == 1
    assert history(service, "areas-norrby.geojson") == [
        (1, "lofteskartan", "create"),
        (2, "planeraren", "change"),
    ]


def test_a_second_better_outline_keeps_both_that_were(service: Service) -> None:
    take_in(service, propose(service, [BETTER]), by="a")
    first = service.catalogue.area_by_id["norrby"]
    second = ("x.json", areas(feature("norrby", box(12.91, 57.72, 12.92, 57.73))))
    take_in(service, propose(service, [second]), by="b")
    formers = former_outlines(service)
    assert [f.replaced_by for f in formers] == ["a", "b"]
    assert formers[1].area == first
    register = service.register
    kept = [one.content["text"] for one in register.revisions("catalogue_entry", AREA)]
    assert [json.loads(str(text))["features"][0] for text in kept[1:]] == [
        json.loads(data)["features"][0] for _, data in (BETTER, second)
    ]
    register.bring_back("catalogue_entry", AREA, 2, by="c", expected_number=3)
    service.refresh()
    assert service.catalogue.area_by_id["norrby"] == first


def test_other_facts_with_the_same_outline_are_no_new_outline(service: Service) -> None:
    take_in(service, propose(service, [BETTER]), by="a")
    told = ("n.geojson", areas(feature("norrby", outline_accuracy_m=50)))
    proposal = propose(service, [told])
    assert [c.after.outline_accuracy_m for c in proposal.found.changed_areas] == [50]
    assert proposal.found.replaced_outlines == ()
    take_in(service, proposal, by="a")
    assert len(former_outlines(service)) == 1


def test_others_see_the_same_at_once_and_at_the_next_start(opened: Opening) -> None:
    service, other = opened(), opened()
    service.register.add([activity(LOST, "norrby")], by="a")
    take_in(
        service,
        propose(service, [BETTER, ("p.toml", promise("skene-2026"))]),
        by="a",
    )
    version = service.version()
    assert other.version() == version
    assert other.catalogue == service.catalogue
    again = opened()
    assert again.version() == version
    assert again.catalogue == service.catalogue
    assert again.health().counts["promises"] == SHIPPED + 1


# --- folders of files, followed ------------------------------------------------------------------


def outlined(folder: Path, west: float) -> Path:
    folder.mkdir(exist_ok=True)
    ring = box(west, 57.7, west + 0.01, 57.71)
    (folder / "areas.geojson").write_bytes(areas(feature("norrby", ring)))
    return folder


def west_of(service: Service) -> float:
    return round(service.catalogue.area_by_id["norrby"].outline.bounds[0], 5)


def test_the_shipped_files_are_taken_in_once_and_in_their_order(service: Service) -> None:
    shipped = load_catalogue((bundled_data(),))
    catalogue = service.catalogue
    assert (catalogue.promises, catalogue.areas) == (shipped.promises, shipped.areas)
    assert (catalogue.places, catalogue.vocabulary) == (shipped.places, shipped.vocabulary)
    promise = "promises/boras-2018.toml"
    assert texts(service)[promise] == (bundled_data() / promise).read_text(encoding="utf-8")
    assert history(service, promise) == [(1, "lofteskartan", "create")]


def test_a_folders_files_are_followed_and_of_several_the_last_holds(
    opened: Opening, own: Path, tmp_path: Path
) -> None:
    first = outlined(tmp_path / "first", 12.9)
    assert west_of(opened(first, own)) == 12.9
    assert west_of(opened(first, outlined(own, 12.91))) == 12.91
    assert west_of(opened(first, outlined(own, 12.92))) == 12.92
    assert history(opened(first, own), AREA)[-1] == (4, "lofteskartan", "change")


def test_what_somebody_has_changed_or_withdrawn_is_theirs(opened: Opening, own: Path) -> None:
    service = opened(outlined(own, 12.9))
    take_in(service, propose(service, [BETTER]), by="planeraren")
    assert west_of(opened(outlined(own, 12.91))) == 12.9
    assert opened().catalogue.area_by_id["norrby"].outline.equals(NORRBY)
    id_, places = "places-lofteskartan.csv", service.catalogue.places
    service.register.void("catalogue_entry", id_, by="planeraren", expected_number=1)
    assert opened().catalogue.places == ()
    service.register.restore("catalogue_entry", id_, by="planeraren", expected_number=2)
    assert opened().catalogue.places == places


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the program comes with, to be changed as by another version of it."""
    folder = tmp_path / "shipped"
    shutil.copytree(bundled_data(), folder)
    for module in ("answering", "core"):
        monkeypatch.setattr(f"geodata.service.{module}.bundled_data", lambda: folder)
    return folder


def later_promise(folder: Path, year: int, after: str = "") -> Path:
    """Write a promise more among those that a folder has."""
    text = (folder / "promises" / "boras-2018.toml").read_text(encoding="utf-8")
    text = text.replace("2019", str(year + 1)).replace("2018", str(year))
    path = folder / "promises" / f"boras-{year}.toml"
    before = f'predecessor = "{after}"\n' if after else ""
    path.write_text(before + text, encoding="utf-8")
    return path


def test_what_the_program_no_longer_comes_with_is_withdrawn_and_comes_again(
    opened: Opening, own: Path, shipped: Path
) -> None:
    path = later_promise(shipped, 2031)
    assert "boras-2031" in opened().catalogue.promise_by_id
    path.unlink()
    service = opened()
    assert "boras-2031" not in service.catalogue.promise_by_id
    assert service.left_out == ()
    later_promise(shipped, 2031)
    service = opened()
    assert "boras-2031" in service.catalogue.promise_by_id
    entry = f"promises/{path.name}"
    assert [how for *_, how in history(service, entry)] == ["create", "void", "restore"]
    # What somebody has withdrawn stays so.
    service.register.void("catalogue_entry", entry, by="planeraren", expected_number=3)
    assert "boras-2031" not in opened().catalogue.promise_by_id


def test_something_new_that_does_not_fit_is_left_out_and_told(
    opened: Opening, own: Path, shipped: Path
) -> None:
    id_ = f"promises/{later_promise(shipped, 2030).name}"
    service = opened()
    service.register.void("catalogue_entry", id_, by="planeraren", expected_number=1)
    later_promise(shipped, 2031, "boras-2030")
    vocabulary = shipped / "vocabulary.toml"
    text = vocabulary.read_text(encoding="utf-8")
    vocabulary.write_text(text.replace('"Fotpatrull"', '"Patrull till fots"'), encoding="utf-8")
    service = opened()
    # What fits is in use; what follows the withdrawn promise isn't, and says why.
    assert service.catalogue.vocabulary.activity_kinds["foot_patrol"].name.sv == "Patrull till fots"
    assert "boras-2031" not in service.catalogue.promise_by_id
    assert {m.file for m in service.left_out} == {"promises/boras-2031.toml"}
    assert all("boras-2030" in words("sv").error(m) for m in service.left_out)
    service.register.restore("catalogue_entry", id_, by="planeraren", expected_number=2)
    service = opened()
    assert "boras-2031" in service.catalogue.promise_by_id
    assert service.left_out == ()


def test_terms_and_places_of_several_folders_stand_beside_each_other(
    opened: Opening, own: Path, tmp_path: Path
) -> None:
    row = "Torget,stop,12.64335,57.48379,hedbo,0,x"
    for folder in (own, tmp_path / "catalogue-2"):
        folder.mkdir(exist_ok=True)
        (folder / "places.csv").write_text(
            f"name,kind,lon,lat,area,distance_m,source\n{row}{folder.name}\n", encoding="utf-8"
        )
    (own / "vocabulary.toml").write_text(
        '[activity_kinds.patrol]\nsv = "Pass"\nen = "Shift"\n', encoding="utf-8"
    )
    catalogue = opened(own, tmp_path / "catalogue-2").catalogue
    added = [place.source for place in catalogue.places if place.name == "Torget"]
    assert added == ["xcatalogue", "xcatalogue-2"]
    assert catalogue.vocabulary.activity_kinds["patrol"].name.sv == "Pass"
    assert "foot_patrol" in catalogue.vocabulary.activity_kinds


def test_a_mistake_in_a_folder_changes_nothing(opened: Opening, own: Path) -> None:
    version = opened().register.version()
    outlined(own, 12.9)
    (own / "areas-x.geojson").write_text("{", encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        opened()
    assert [m.file for m in caught.value.mistakes] == [str(own / "areas-x.geojson")]
    (own / "areas-x.geojson").unlink()
    (own / "areas.geojson").unlink()
    assert opened().register.version() == version


# --- taking in, more -----------------------------------------------------------------------------


def test_a_replaced_promise_keeps_its_place_and_what_it_was(service: Service) -> None:
    text = (bundled_data() / "promises" / "boras-2018.toml").read_bytes()
    order = [p.id for p in service.catalogue.promises]
    for target in (b"target = 5", b"target = 6"):
        changed = text.replace(b"target = 4", target, 1)
        proposal = propose(service, [("boras.toml", changed)])
        assert [after.id for _, after in proposal.found.changed_promises] == ["boras-2018"]
        take_in(service, proposal, by="a")
    assert [p.id for p in service.catalogue.promises] == order
    measure = service.catalogue.commitment_by_id["boras-2018/3"].measure
    assert measure.target == 6  # type: ignore[union-attr]
    kept = service.register.revisions("catalogue_entry", "promises/boras-2018.toml")
    targets = [re.findall(r"target = \d", str(one.content["text"]))[0] for one in kept]
    assert targets == ["target = 4", "target = 5", "target = 6"]
    assert texts(service)["promises/boras-2018.toml"].encode() == changed


def test_places_are_added_and_replaced_by_their_files_name(service: Service) -> None:
    header = b"name,kind,lon,lat,area,distance_m,source\n"
    row = b"Torget,stop,12.64335,57.48379,hedbo,0,x\n"
    count = len(service.catalogue.places)
    take_in(service, propose(service, [("Nya.csv", header + row)]), by="a")
    assert len(service.catalogue.places) == count + 1
    proposal = propose(service, [("nya.csv", header + row.replace(b"Torget", b"Stortorget"))])
    assert [p.name for p in proposal.found.new_places] == ["Stortorget"]
    assert [p.name for p in proposal.found.gone_places] == ["Torget"]
    take_in(service, proposal, by="a")
    assert len(service.catalogue.places) == count + 1


def test_a_proposal_that_is_out_of_date_is_not_taken_in(service: Service) -> None:
    old = propose(service, [BETTER])
    take_in(service, propose(service, [("p.toml", promise("skene-2026"))]), by="a")
    before = texts(service)
    with pytest.raises(GeodataError) as caught:
        take_in(service, old, by="a")
    assert caught.value.key == "adding.changed_meanwhile"
    assert texts(service) == before


@pytest.mark.parametrize(
    ("by", "key"), [(" ", "no_author"), (f"Anna {NUMBER}", "author_identity_number")]
)
def test_who_takes_it_in_is_asked_for(service: Service, by: str, key: str) -> None:
    with pytest.raises(GeodataError) as caught:
        take_in(service, propose(service, [BETTER]), by=by)
    assert caught.value.key == f"adding.{key}"
    assert "9876" not in str(caught.value)
    assert history(service, AREA) == [(1, "lofteskartan", "create")]


def test_two_at_once_are_taken_in_one_after_the_other(service: Service) -> None:
    proposals = [
        propose(service, [("p.toml", promise("skene-2026"))]),
        propose(service, [("q.toml", promise("kinna-2026"))]),
    ]
    outcomes: list[str] = []

    def run(proposal: Proposal) -> None:
        try:
            take_in(service, proposal, by="a")
        except GeodataError as error:
            outcomes.append(error.key)
        else:
            outcomes.append("taken")

    threads = [threading.Thread(target=run, args=(p,)) for p in proposals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["adding.changed_meanwhile", "taken"]
    assert len(service.catalogue.promises) == SHIPPED + 1


# --- stopped in the middle -----------------------------------------------------------------------


def test_what_a_stop_left_undone_in_the_register_is_done_at_the_next_start(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = opened()
    lost, hand = activity(LOST, "norrby"), activity(LOST, "hulta")
    service.register.add([lost, hand], by="a")

    def locked(self: Register, *arguments: object, **named: object) -> int:
        raise RegisterError("register.locked")

    with monkeypatch.context() as patch:
        patch.setattr(Register, "change_many", locked, raising=False)
        taken = take_in(service, propose(service, [BETTER]), by="a")
    assert taken.counts is None
    assert taken.problem is not None
    assert taken.problem.key == "register.locked"
    # The files are in, the records not asked; another process starts.
    assert service.catalogue.area_by_id["norrby"].outline.equals(NORRBY)
    assert service.register.activity(lost.id).area_id == "norrby"
    after = opened()
    assert after.register.activity(lost.id).area_id is None
    assert after.register.activity(hand.id).area_id == "hulta"
    newest = after.register.revisions("activity", lost.id)[-1]
    assert (newest.number, newest.by) == (2, "lofteskartan")
    assert opened().version() == after.version()


def test_a_stop_between_the_records_and_remembering_does_no_harm(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = opened()
    lost = activity(LOST, "norrby")
    service.register.add([lost], by="a")

    def stopped(self: Register, key: str, value: str) -> None:
        raise RegisterError("register.disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(Register, "remember", stopped)
        taken = take_in(service, propose(service, [BETTER]), by="a")
    assert taken.problem is not None
    assert service.register.activity(lost.id).area_id is None
    again = opened()
    assert len(again.register.revisions("activity", lost.id)) == 2
    assert opened().version() == again.version()


def test_two_processes_at_once_do_not_both_write(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, other = opened(), opened()
    proposal = propose(service, [BETTER])
    theirs = propose(other, [("n.json", areas(feature("norrby", box(12.91, 57.72, 12.92, 57.73))))])
    real = Register.put

    def between(self: Register, *records: object, **named: object) -> None:
        monkeypatch.setattr(Register, "put", real)
        # After it was found to be up to date, and before it is written: as another process would.
        monkeypatch.setattr(adding, "_adding", nullcontext())
        take_in(other, theirs, by="b")
        real(self, *records, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Register, "put", between)
    with pytest.raises(GeodataError) as caught:
        take_in(service, proposal, by="a")
    assert caught.value.key == "adding.changed_meanwhile"
    assert [by for _, by, _ in history(service, AREA)] == ["lofteskartan", "b"]


def test_a_register_that_cannot_be_written_changes_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.register.add([activity(LOST, "norrby")], by="a")
    proposal, version = propose(service, [BETTER]), service.version()

    def full(self: Register, *records: object, **named: object) -> None:
        raise RegisterError("register.disk_full")

    monkeypatch.setattr(Register, "put", full)
    with pytest.raises(RegisterError):
        take_in(service, proposal, by="a")
    assert service.version() == version


def test_somebody_who_changes_a_record_meanwhile_is_not_written_over(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, other = activity(LOST, "norrby"), activity(LOST, "norrby")
    register = service.register
    register.add([lost, other], by="a")
    real = Register.numbered
    proposal, changed = propose(service, [BETTER]), []

    def between(self: Register) -> list[tuple[Record, int]]:
        found = real(self)
        if not changed:
            # After everything was read, and before anything is written.
            changed.append(lost.id)
            mine = replace(self.activity(lost.id), area_id="hulta", note="mine")
            self.change(mine, by="b", expected_number=1)
        return found

    monkeypatch.setattr(Register, "numbered", between)
    taken = take_in(service, proposal, by="a")
    assert taken.problem is None
    assert changed
    mine = register.activity(lost.id)
    assert (mine.area_id, mine.note) == ("hulta", "mine")
    assert register.activity(other.id).area_id is None


def test_a_start_without_the_folder_moves_nothing_that_was_in_its_area(
    opened: Opening, own: Path, tmp_path: Path
) -> None:
    there = activity(LOST, "norrby")
    service = opened()
    service.register.add([there], by="a")
    (own / "areas.geojson").write_bytes(BETTER[1])
    assert opened().register.activity(there.id).area_id is None
    (tmp_path / "other").mkdir()
    version = service.register.version()
    assert opened(tmp_path / "other").catalogue.area_by_id["norrby"].outline.equals(NORRBY)
    assert opened().register.version() == version


def test_what_is_computed_while_the_catalogue_changes_is_not_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = propose(service, [("p.toml", promise("skene-2026"))])
    real = Register.day_tallies
    took = []

    def slow(self: Register, *, named: bool) -> list[DayTally]:
        found = real(self, named=named)
        if not took:
            took.append(True)
            # Somebody adds a promise while another's page is being computed.
            take_in(service, proposal, by="a")
        return found

    monkeypatch.setattr(Register, "day_tallies", slow)
    service.progress(DAY)
    assert took
    assert "skene-2026/1" in service.progress(DAY)


def test_the_register_remembers_the_newest_text(service: Service) -> None:
    register = service.register
    assert register.remembered("x") is None
    version = register.version()
    for text in ("one", "två"):
        register.remember("x", text)
        assert register.remembered("x") == text
    assert register.version() == version


def test_records_come_with_the_number_they_are_at(service: Service) -> None:
    register = service.register
    there = activity(LOST, "norrby")
    register.add([there], by="a")
    register.change(replace(there, note="b"), by="a", expected_number=1)
    by_id = {record.id: number for record, number in register.numbered()}
    assert by_id[there.id] == 2
    assert len(by_id) == register.counts()["activities"] + register.counts()["findings"]
    register.void("activity", there.id, by="a", expected_number=2)
    assert there.id not in {record.id for record, _ in register.numbered()}


def test_a_register_from_before_is_taken_to_follow_the_outlines_in_use(opened: Opening) -> None:
    service = opened()
    odd = activity(LOST, "hulta")
    service.register.add([odd], by="a")
    assert opened().register.activity(odd.id) == odd


def test_the_whole_example_is_asked_by_an_independent_count(opened: Opening) -> None:
    service = opened()
    service.take_in(bundled_data() / "example", SourceKind.EXAMPLE, by="test")
    shipped = {a.id: a.outline for a in service.catalogue.areas}
    expected: Counter[tuple[str | None, str | None]] = Counter()
    kept = 0
    for one in [*service.activities(ActivityFilter()), *service.register.findings()]:
        place = one.place
        is_walk = isinstance(one, Activity) and one.walk_id is not None
        if is_walk or not isinstance(place, Point):
            continue
        was = next((id_ for id_, outline in shipped.items() if outline.covers(place)), None)
        new = {**shipped, "norrby": NORRBY}
        now = next((id_ for id_, outline in new.items() if outline.covers(place)), None)
        if was != now and one.area_id == was:
            expected[was, now] += 1
        elif was != now and one.area_id != now:
            kept += 1
    assert sum(expected.values()) > 10
    taken = take_in(service, propose(service, [BETTER]), by="a")
    assert taken.counts is not None
    assert (dict(taken.counts.moves), taken.counts.kept) == (dict(expected), kept)


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Callable[..., Result]:
    def running(*arguments: str | Path, said: str = "", lang: str = "C.UTF-8") -> Result:
        return CliRunner().invoke(
            command_line, ["add", *map(str, arguments)], input=said, env={"LANG": lang}
        )

    return running


@pytest.fixture
def better(tmp_path: Path) -> Path:
    path = tmp_path / BETTER[0]
    path.write_bytes(BETTER[1])
    return path


def test_it_asks_before_it_takes_in(run: Callable[..., Result], better: Path, home: Path) -> None:
    for said in ("n\n", "never\n"):
        done = run(better, said=said)
        assert done.exit_code == 0
        assert "New outline for Norrby: " in done.output
        assert "Nothing was added." in done.output
    done = run(better, said="y\n")
    assert done.exit_code == 0, done.output
    assert "The change is seen at once" in done.output
    assert run(better, "--yes").output.startswith("Everything in the files is in use already.")


def test_it_tells_all_mistakes_and_where_in_the_readers_language(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "platser.csv"
    path.write_text("name,kind,lon,lat,area,distance_m,source\nA,stop,1,2,hedbo,0,x\n", "utf-8")
    for lang, line in (("sv_SE.UTF-8", "rad 2"), ("C.UTF-8", "line 2")):
        done = run(path, tmp_path / "none.geojson", lang=lang)
        assert done.exit_code == 1
        assert f"{tmp_path / 'none.geojson'}: " in done.output
        done = run(path, "--yes", lang=lang)
        assert done.exit_code == 1
        assert f"{path}: {line}: " in done.output


def test_a_register_of_ones_choice(run: Callable[..., Result], tmp_path: Path) -> None:
    register = tmp_path / "r.sqlite"
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "areas.geojson").write_bytes(BETTER[1])
    with Register.open(register_url(str(register))) as opened:
        opened.add([activity(LOST, "norrby"), activity(LOST, "hulta")], by="a")
    arguments = ("--register", register, "--by", "kontoret", "--yes")
    done = run(tmp_path / "given", *arguments, lang="sv_SE.UTF-8")
    assert done.exit_code == 0, done.output
    assert "1 registrering byter område." in done.output
    assert "från Norrby till inget område: 1" in done.output
    assert "1 behåller sitt område, som någon har valt." in done.output
    assert "1 registrering har bytt område." in done.output
    with Register.open(register_url(str(register))) as opened:
        newest = opened.revisions("catalogue_entry", AREA)[-1]
    assert (newest.number, newest.by) == (2, "kontoret")


def test_a_file_that_is_too_large_is_not_read(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "huge.geojson"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    done = run(path, "--yes")
    assert done.exit_code == 1
    assert f"{path}: The files are too large." in done.output


def test_without_an_answer_nothing_is_added(run: Callable[..., Result], better: Path) -> None:
    assert run(better, said="").exit_code == 1
    assert "New outline for Norrby: " in run(better, said="n\n").output
