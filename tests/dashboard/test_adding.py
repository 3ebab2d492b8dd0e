"""What the page tells of a proposal, of what was taken in, and of mistakes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from markupsafe import escape
from shapely import box
from shapely.geometry import mapping, shape

from dashboard import look
from dashboard.map.canvas import MapScene, build_scene
from dashboard.screens.adding import page as adding_page
from geodata.errors import CatalogueError, GeodataError, Mistake, RegisterError
from geodata.model import LANGUAGES, Catalogue, Language
from geodata.service import Service
from geodata.service.adding import MISTAKES_AT_MOST, Proposal, Reassignment, Taken, area_m2, propose
from geodata.settings import bundled_data
from geodata.texts import words

OUTLINE = box(12.9, 57.72, 12.928, 57.735)
HOSTILE = "<script>alert(1)</script>${1}`"


def area(id_: str, name: str, outline: Any = OUTLINE, **told: object) -> dict[str, object]:
    properties = {
        "id": id_,
        "name": name,
        "municipality": "Borås",
        "kind": "district",
        "outline_method": "surveyed",
        "outline_accuracy_m": 5,
        "outline_source": "Kontoret",
        "outline_source_en": "The office",
    }
    return {"type": "Feature", "properties": properties | told, "geometry": mapping(outline)}


def areas(*features: dict[str, object]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode("utf-8")


@pytest.fixture(scope="module")
def proposal(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proposal]:
    """Everything at once: a promise, a new area, a new outline, other facts, places."""
    text = (bundled_data() / "promises" / "mark-2018.toml").read_text(encoding="utf-8")
    text = text.replace('id = "mark-2018"', 'id = "skene-2026"', 1)
    text = text.replace('areas = ["kinna-centrum"]', 'areas = ["skene"]', 1)
    shipped = service.catalogue.area_by_id
    hulta = area(
        "hulta", "Hulta", shipped["hulta"].outline, outline_accuracy_m=77, municipality="Borås"
    )
    skene = area("skene", HOSTILE, box(12.6, 57.48, 12.63, 57.5))
    row = "name,kind,lon,lat,area,distance_m,source\nTorget,stop,12.64335,57.48379,hedbo,0,x\n"
    with pytest.MonkeyPatch.context() as patch:
        # Not this machine's own catalogue.
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("share")))
        yield propose(
            service,
            [
                ("p.toml", text.encode("utf-8")),
                ("a.geojson", areas(area("norrby", "Norrby"), skene, hulta)),
                ("c.csv", row.encode("utf-8")),
            ],
        )


def shown(result: adding_page.Result, catalogue: Catalogue, language: Language = "sv") -> str:
    w = words(language)
    return (
        look.templates()
        .get_template("adding.html")
        .render(
            w=w,
            local=lambda text: text.to(language),
            **adding_page.values(result, catalogue, w),
        )
    )


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def kinds(html: str) -> list[str]:
    return re.findall(r'data-kind="([a-z-]+)"', html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_in_a_proposal_is_told(
    proposal: Proposal, service: Service, language: Language
) -> None:
    html = shown(proposal, service.catalogue, language)
    assert kinds(html) == [
        "new-promise",
        "new-area",
        "new-outline",
        "changed-area",
        "new-places",
    ]
    assert "<script" not in html
    assert str(escape(HOSTILE)) in html


def test_sizes_are_square_metres_as_the_language_writes_them(
    proposal: Proposal, service: Service
) -> None:
    # 0.028 degrees east by 0.015 north at 57.7 degrees north (GRS 80): 1,667 m by 1,670 m.
    text = plain(shown(proposal, service.catalogue, "en"))
    found = re.search(r"Norrby[^m]*?([\d,]+) m² becomes ([\d,]+) m²", text)
    assert found
    before, after = (float(size.replace(",", "")) for size in found.groups())
    assert before == round(area_m2(service.catalogue.area_by_id["norrby"].outline))
    assert after == pytest.approx(1_668 * 1_670.5, rel=0.003)
    assert "\N{NO-BREAK SPACE}" in shown(proposal, service.catalogue, "sv")


def test_moves_are_told_by_name_the_most_first(proposal: Proposal, service: Service) -> None:
    counts = Reassignment(90, {(None, "norrby"): 2, ("norrby", None): 40, ("gone", "skene"): 2}, 1)
    result = replace(proposal, counts=counts)
    assert adding_page.values(result, service.catalogue, words("sv"))["moves"] == [
        ("Norrby", None, 40),
        (None, "Norrby", 2),
        ("gone", HOSTILE, 2),
    ]
    text = plain(shown(result, service.catalogue))
    assert "44 registreringar byter område." in text
    assert "från Norrby till inget område: 40" in text
    assert "1 behåller sitt område, som någon har valt." in text
    assert "90 registreringar med plats" in text


def test_records_are_not_spoken_of_where_no_outline_is_new(
    proposal: Proposal, service: Service
) -> None:
    found = replace(proposal.found, new_areas=(), changed_areas=())
    result = replace(proposal, found=found, counts=Reassignment(0, {}, 0))
    assert "område hör" not in plain(shown(result, service.catalogue))
    assert kinds(shown(result, service.catalogue)) == ["new-promise", "new-places"]


def test_what_was_taken_in(proposal: Proposal, service: Service) -> None:
    done = Taken(proposal.found, Reassignment(3, {("norrby", None): 1}, 0))
    text = plain(shown(done, service.catalogue))
    assert "Det här har ändrats" in text
    assert "1 registrering har bytt område." in text
    assert "skulle" not in text
    later = Taken(proposal.found, None, RegisterError("register.locked", register="r"))
    text = plain(shown(later, service.catalogue))
    assert words("sv")("adding.later") in text
    assert words("sv").error(RegisterError("register.locked", register="r")) in text


def test_nothing_yet_and_nothing_new(proposal: Proposal, service: Service) -> None:
    assert kinds(shown(None, service.catalogue)) == []
    nothing = replace(proposal, found=type(proposal.found)())
    html = shown(nothing, service.catalogue)
    assert kinds(html) == []
    assert words("sv")("adding.nothing") in plain(html)
    assert adding_page.preview(nothing) is None


def test_mistakes_are_told_with_file_and_line(service: Service) -> None:
    name = HOSTILE.replace("/", "")
    error = CatalogueError(
        (
            Mistake(f"/srv/own/{name}", "kind", "catalogue.blank", {}, 7),
            Mistake("", "", "adding.no_files"),
        )
    )
    text = plain(shown(error, service.catalogue))
    assert f"{name}: rad 7, kind" in text
    assert "/srv" not in text
    assert "2 fel hittades." in text
    assert "line 7, kind" in plain(shown(error, service.catalogue, "en"))
    assert "<script" not in shown(error, service.catalogue)


def test_very_many_mistakes_are_counted_and_not_all_shown(service: Service) -> None:
    error = CatalogueError(
        tuple(Mistake("a.csv", "", "catalogue.blank", {}, n) for n in range(900))
    )
    html = shown(error, service.catalogue)
    assert "900 fel" in plain(html)
    assert html.count("<dd>") == MISTAKES_AT_MOST


def test_an_error_without_a_file_is_a_sentence(service: Service) -> None:
    error = GeodataError("adding.changed_meanwhile")
    assert words("sv").error(error) in plain(shown(error, service.catalogue))


def test_the_preview_shows_old_outlines_dashed_and_new_ones_solid(
    proposal: Proposal, service: Service
) -> None:
    drawn = adding_page.preview(proposal)
    assert drawn
    found: list[Any] = [*drawn.features]
    told = [
        (f["properties"]["id"], f["properties"]["age"], f["properties"]["nominal"]) for f in found
    ]
    assert told == [("norrby", "old", True), ("norrby", "new", False), ("skene", "new", False)]
    old, new, _ = (shape(f["geometry"]) for f in found)
    assert old.equals_exact(service.catalogue.area_by_id["norrby"].outline, 1e-6)
    assert new.equals_exact(OUTLINE, 1e-6)
    # It goes onto the map as a selection does.
    assert build_scene(MapScene((), selection={"type": "FeatureCollection", "features": found}))


def test_the_map_looks_at_all_of_the_preview(proposal: Proposal, service: Service) -> None:
    old = service.catalogue.area_by_id["norrby"].outline.bounds
    drawn = adding_page.preview(proposal)
    assert drawn
    assert drawn.bounds == pytest.approx((12.6, 57.48, max(12.928, old[2]), 57.735))


def test_nothing_was_written(proposal: Proposal, service: Service) -> None:
    assert proposal.found.replaced_outlines
    assert service.register.newest_number("catalogue_entry", "areas-norrby.geojson") == 1
    assert service.register.newest_number("catalogue_entry", "areas-skene.geojson") == 0
