"""Places that lie apart stand side by side, each area seen, named and chosen in its own."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, Final

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = pytest.mark.browser

AREAS: Final = {
    "Borås": {"hassleholmen", "hulta", "norrby"},
    "Mark": {"kinna-centrum", "hedbo", "assberg", "snickaren-muraren"},
}
LEAST_PX: Final = 30
"""A circle of 250 m across, the smallest outline there is, has a shape when it is this large."""

SEEN: Final = """() => Lofteskartan.views().map(({map}) => {
  const found = {name: map.getContainer().getAttribute("aria-label"), areas: {}};
  map.eachLayer(l => {
    if (!l.getBounds || !l.feature || l.feature.properties.layer !== "area" || l.outlines) return;
    if (!map.getBounds().contains(l.getBounds())) return;
    const box = l.getElement().getBoundingClientRect();
    found.areas[l.feature.properties.id] = Math.min(box.width, box.height);
  });
  return found;
})"""

NAMES: Final = """() => {
  const box = n => {
    const b = n.getBoundingClientRect();
    return [b.left, b.top, b.right, b.bottom];
  };
  const seen = [...document.querySelectorAll(".lk-badge")].filter(n => {
    const [l, t, r, b] = box(n.firstElementChild);
    const own = n.closest(".leaflet-container").getBoundingClientRect();
    return l >= own.left && r <= own.right && t >= own.top && b <= own.bottom;
  });
  return seen.map(n => ({
    name: n.lastElementChild.firstChild.textContent,
    shown: !n.lastElementChild.classList.contains("lk-hidden"),
    text: box(n.lastElementChild), badge: box(n.firstElementChild)}));
}"""


def overlap(one: list[float], other: list[float]) -> bool:
    """Tell whether two boxes share more than the rounding of a pixel."""
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 1
        and min(one[3], other[3]) - max(one[1], other[1]) > 1
    )


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_every_area_is_a_shape_with_a_name_on_the_first_screen(
    screen: Screen, size: tuple[int, int]
) -> None:
    screen.page.set_viewport_size({"width": size[0], "height": size[1]})
    screen.open()
    screen.wait_for_layers("areas")
    screen.map_says("Lofteskartan.views().length === 2")
    found = screen.frame.evaluate(SEEN)
    assert [view["name"].rpartition(": ")[2] for view in found] == list(AREAS)
    assert [set(view["areas"]) for view in found] == list(AREAS.values())
    assert min(px for view in found for px in view["areas"].values()) >= LEAST_PX
    assert [n["name"] for n in screen.frame.evaluate(NAMES) if not n["shown"]] == []
    # Somewhere else and back, at the same zoom.
    screen.frame.evaluate(
        """() => {
          const {map} = Lofteskartan.views()[0], at = map.getCenter(), still = {animate: false};
          map.setView([at.lat + 1, at.lng], map.getZoom(), still);
          map.setView(at, map.getZoom(), still);
        }"""
    )
    assert [n["name"] for n in screen.frame.evaluate(NAMES) if not n["shown"]] == []


def test_an_area_is_chosen_in_either_and_both_go_on_to_show_it(screen: Screen) -> None:
    screen.open()
    screen.wait_for_layers("areas")
    screen.map_says("Lofteskartan.views().length === 2")
    for area, heading in (("hedbo", "Hedbo"), ("norrby", "Norrby")):
        screen.click_on_map("area", area)
        expect(screen.heading("area_card")).to_have_text(heading)
        screen.wait_for_drawn("role", "area")
        assert screen.frame.evaluate("Lofteskartan.views().length") == 2
    # From the list, one is shown alone and near by.
    screen.follow("back")
    screen.follow("area-hedbo")
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    screen.map_says("Lofteskartan.views().length === 1")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    # What the other view told of last is forgotten: a move of the map chooses nothing.
    screen.frame.locator(".leaflet-control-zoom-out").click()
    screen.wait_until_still()
    expect(screen.heading("area_card")).to_have_text("Hedbo")


def test_a_clicked_area_is_outlined_before_the_server_has_answered(screen: Screen) -> None:
    screen.open("/?promise=boras-2018")
    screen.wait_for_layers("areas")
    weight = """() => { let found = 0; map.eachLayer(l => {
      if (l.outlines && l.feature.properties.id === "norrby") found = l.options.weight; });
      return found; }"""
    before = screen.frame.evaluate(weight)
    with screen.server.keeping_still():
        screen.click_on_map("area", "norrby")
        assert screen.frame.evaluate(weight) > before
    expect(screen.heading("area_card")).to_have_text("Norrby")


def test_a_phone_has_room_for_one_place_and_a_choice_of_the_other(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.open()
    screen.wait_for_layers("areas")
    choice = screen.frame.locator("select.lk-view-name")
    expect(choice).to_have_value("Borås")
    assert set(screen.frame.evaluate(SEEN)[0]["areas"]) == AREAS["Borås"]
    choice.select_option("Mark")
    screen.wait_for_view_of("area", "hedbo", zoom=11)
    (found,) = screen.frame.evaluate(SEEN)
    assert set(found["areas"]) == AREAS["Mark"]
    # Turned on its side it has room for both again.
    screen.page.set_viewport_size({"width": 1200, "height": 600})
    screen.map_says("Lofteskartan.views().length === 2")


def test_a_place_is_picked_on_one_map(screen: Screen) -> None:
    screen.open("/registrera")
    screen.wait_for_layers("areas")
    assert screen.frame.evaluate("Lofteskartan.views().length") == 1


def made_areas(count: int) -> dict[str, Any]:
    """Return areas where the real ones lie, with names as long as real ones are."""
    rng = random.Random(count)
    boxes = ((12.925, 57.712, 12.988, 57.736), (12.641, 57.482, 12.706, 57.511))
    features = []
    for n in range(count):
        west, south, east, north = boxes[n % 2]
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        ring = [(lon + dx * 0.002, lat + dy * 0.001) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 0))]
        name = "".join(rng.choices("abdefghiklmnoprstuvåäö", k=rng.randint(4, 16))).title()
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {
                    "layer": "area",
                    "id": f"a{n}",
                    "title": name,
                    "order": n,
                    "state": "Arbete registrerat",
                    "lines": [],
                    "icon": "M3 8h10",
                    "fill": "#56b4e9",
                    "stroke": "#0072b2",
                    "iconColour": "#14232e",
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_no_name_covers_another_or_is_missing(screen: Screen, size: tuple[int, int]) -> None:
    screen.page.set_viewport_size({"width": size[0], "height": size[1]})
    counts = [1, 7, 30, 60]
    asked = iter(counts)
    screen.page.route(
        "**/layers/areas?**", lambda route: route.fulfill(body=json.dumps(made_areas(next(asked))))
    )
    wrong = []
    for day, count in enumerate(counts, start=1):
        screen.open(f"/?date=2018-11-{day:02}")
        screen.map_says("n => Number(document.body.dataset.areas) === n", count)
        screen.map_says("Lofteskartan.views().length === 2")
        screen.wait_for_layers("ground")
        screen.map_says("document.querySelector('.lk-badge-text:not(.lk-hidden)')")
        screen.wait_until_still()
        names = screen.frame.evaluate(NAMES)
        assert len(names) == count
        wrong += [f"{count}: no {n['name']}" for n in names if not n["shown"]]
        shown = [n for n in names if n["shown"]]
        for i, one in enumerate(shown):
            for other in shown[i + 1 :]:
                if overlap(one["text"], other["text"]):
                    wrong.append(f"{count}: {one['name']} over {other['name']}")
            for other in shown:
                if other is not one and overlap(one["text"], other["badge"]):
                    wrong.append(f"{count}: {one['name']} over the badge of {other['name']}")
    assert wrong == []
