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

pytestmark = [pytest.mark.browser, pytest.mark.one_page]

AREAS: Final = {
    "Borås": {"hassleholmen", "hulta", "norrby"},
    "Mark": {"kinna-centrum", "hedbo", "assberg", "snickaren-muraren"},
}
IN_HEDBO: Final = (57.4838, 12.6434)
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


def test_a_place_is_picked_where_it_lies_and_a_way_drawn_on_one_map(screen: Screen) -> None:
    screen.open("/registrera")
    screen.wait_for_layers("areas")
    screen.map_says("Lofteskartan.views().length === 2")
    screen.wait_until_still()
    left, top = screen.frame.evaluate(
        """place => { const {map} = Lofteskartan.views()[1], box = map.getContainer();
          const inside = box.classList.contains("lk-picking") && box.getBoundingClientRect();
          const at = map.latLngToContainerPoint(place);
          return [inside.left + at.x, inside.top + at.y]; }""",
        IN_HEDBO,
    )
    box = screen.page.locator(".st-key-map_panel iframe").bounding_box()
    assert box is not None
    screen.page.mouse.click(box["x"] + left, box["y"] + top)
    expect(screen.page.locator(".lk-place-now")).to_contain_text("i Hedbo")
    expect(screen.frame.locator(".lk-side .lk-pin")).to_be_in_viewport()
    assert screen.frame.evaluate("Lofteskartan.views().length") == 2
    # A way is drawn on one map, of the place that is chosen in its heading.
    screen.open("/registrera?form=walk")
    screen.map_says("Lofteskartan.views().length === 1")
    choice = screen.frame.locator("select.lk-view-name")
    expect(choice).to_have_value("Borås")
    choice.select_option("Mark")
    screen.wait_for_view_of("area", "hedbo", zoom=11)
    assert set(screen.frame.evaluate(SEEN)[0]["areas"]) == AREAS["Mark"]


def test_of_more_places_than_have_room_each_view_can_show_any(screen: Screen) -> None:
    screen.open()
    screen.wait_for_layers("areas")
    for count in (5, 8, 12):
        # A town each, from west to east.
        places = [
            {"name": f"Ort {n}", "bounds": [12 + n / 5, 57.5, 12.05 + n / 5, 57.53]}
            for n in range(count)
        ]
        focus = {"token": f"{count}", "id": None, "bounds": [12, 57.5, 14.5, 57.53]}
        wanted = {"layers": {}, "focus": {**focus, "places": places}, "services": {}}
        screen.frame.evaluate("w => Lofteskartan.show(L.layerGroup().addTo(map), w)", wanted)
        screen.map_says(
            "n => document.querySelectorAll('.lk-view-name option').length === n", 4 * count
        )
        lists = screen.frame.locator("select.lk-view-name")
        assert [lists.nth(n).input_value() for n in range(4)] == [f"Ort {n}" for n in range(4)]
        lists.nth(2).select_option(f"Ort {count - 1}")
        assert lists.nth(2).evaluate("node => node === document.activeElement")
        seen = screen.frame.evaluate(
            """places => Lofteskartan.views().map(({map}) => places.filter(p => {
              const [w, s, e, n] = p.bounds;
              return map.getBounds().contains([[s, w], [n, e]]); }).map(p => p.name))""",
            places,
        )
        assert seen == [["Ort 0"], ["Ort 1"], [f"Ort {count - 1}"], ["Ort 3"]]


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


def test_far_out_a_countrys_areas_are_dots_which_can_be_clicked(screen: Screen) -> None:
    many = made_areas(400)
    lone = many["features"][-1]
    lone["properties"] |= {"id": "norrby", "title": "Norrby", "order": 400}
    # Apart from all others, so that nothing lies over it.
    lone["geometry"]["coordinates"] = [
        [(12.80, 57.60), (12.802, 57.60), (12.801, 57.601), (12.80, 57.60)]
    ]
    screen.page.route("**/layers/areas?**", lambda route: route.fulfill(body=json.dumps(many)))
    screen.open("/?area=hedbo")
    screen.map_says("n => Number(document.body.dataset.areas) === n", 400)
    screen.wait_until_still()
    at = """() => {
      const view = Lofteskartan.views()[0], box = view.map.getContainer().getBoundingClientRect();
      // Again if the page's own move came after it.
      if (view.map.getZoom() !== 9) view.map.setView([57.61, 12.80], 9, {animate: false});
      let at = null;
      view.map.eachLayer(l => {
        if (l.dot && l.feature.properties.id === "norrby") {
          const {x, y} = view.map.latLngToContainerPoint(l.getLatLng());
          at = {x: box.left + x, y: box.top + y};
        }
      });
      return at; }"""
    screen.map_says(at)
    found = screen.frame.evaluate(at)
    frame = screen.page.locator("iframe").first.bounding_box()
    assert found
    assert frame
    screen.page.mouse.click(frame["x"] + found["x"], frame["y"] + found["y"])
    expect(screen.heading("area_card")).to_have_text("Norrby")
