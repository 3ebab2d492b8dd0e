"""The local base map's route, and the map's script that falls back on it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit_folium import _get_header, _get_html, _get_map_string, generate_js_hash

from dashboard.map.canvas import build_canvas
from dashboard.routes.map_data import map_routes
from geodata.service import Service, streets
from geodata.service.streets import LocalMap, LocalTiles
from geodata.settings import LOCAL_BASEMAP, NO_BASEMAP, OSM_BASEMAP, Basemap
from geodata.texts import words

EXCERPT = Path(__file__).parents[1] / "geodata" / "planning" / "streets-excerpt.osm.pbf"
TILE = "/tiles/light/14/9418/4709"
"""In the excerpt's middle, 26.95° E 60.53° N, by OpenStreetMap's formula."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "streets"
    streets.import_streets(EXCERPT, folder)
    return folder


def client_of(service: Service, folder: Path, host: str = "localhost") -> TestClient:
    routes = map_routes(lambda _: service, LocalTiles(folder))
    return TestClient(Starlette(routes=routes), base_url=f"http://{host}")


@pytest.fixture(scope="module")
def client(service: Service, kept: Path) -> TestClient:
    return client_of(service, kept)


def test_a_tile_is_a_picture_that_a_browser_keeps(client: TestClient) -> None:
    first = client.get(f"{TILE}.png?v=abc")
    assert (first.status_code, first.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(first.content)).size == (256, 256)
    again = client.get(f"{TILE}.png", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    fine = client.get(f"{TILE}@2x.png")
    assert Image.open(io.BytesIO(fine.content)).size == (512, 512)
    dark = client.get(f"{TILE.replace('light', 'dark')}.png")
    assert len({answer.headers["etag"] for answer in (first, fine, dark)}) == 3


def test_where_there_are_no_data_the_answer_is_clear_and_no_fault(client: TestClient) -> None:
    answer = client.get("/tiles/light/14/1/1.png")
    assert answer.status_code == 200
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    "path",
    [
        *("/tiles/light/14/9418/x.png", "/tiles/light/14/9418/4709@3x.png"),
        *("/tiles/light/2/9/1.png", "/tiles/gaudy/14/9418/4709.png", "/tiles/light/99/1/1.png"),
        *("/tiles/light/14/9418/..png", "/tiles/light/14/9418/٣.png", "/tiles/light/14/9418"),
        *(f"/tiles/light/{long}/1/1.png" for long in ("1" * 9, "1" * 5_000)),
        *(f"/tiles/light/14/{'1' * 5_000}/{row}.png" for row in ("1", "1" * 5_000)),
    ],
)
def test_what_is_no_tile_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_without_streets_there_are_no_tiles(service: Service, tmp_path: Path) -> None:
    assert client_of(service, tmp_path).get(f"{TILE}.png").status_code == 404


def test_streets_that_can_not_be_read_are_told(service: Service, tmp_path: Path) -> None:
    (tmp_path / streets.CURRENT).write_text("{", encoding="utf-8")
    answer = client_of(service, tmp_path).get(f"{TILE}.png?lang=en")
    assert answer.status_code == 503
    told = answer.json()["detail"]
    # Where on this machine they are is nobody's business who only looks at the map.
    assert tmp_path.name in told
    assert str(tmp_path.parent) not in told


def test_the_route_is_guarded_as_the_pages_are(service: Service, kept: Path) -> None:
    assert client_of(service, kept, "evil.example").get(f"{TILE}.png").status_code == 403


# --- the map's script ----------------------------------------------------------------------------

LOCAL = LocalMap("0123456789abcdef" * 4, date(2026, 11, 21))


def script(basemap: Basemap, local: LocalMap | None) -> str:
    canvas = build_canvas(basemap, words("en"), (), "1", local=local)
    canvas.get_root().render()
    canvas.render()
    _get_html(canvas)
    _get_header(canvas)
    return str(_get_map_string(canvas))


def settings(basemap: Basemap, local: LocalMap | None) -> dict[str, Any]:
    (found,) = re.findall(r"Lofteskartan\.base\(\w+, (.*)\);", script(basemap, local))
    told = json.loads(found.encode().decode("unicode_escape") if "\\u" in found else found)
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("basemap", [OSM_BASEMAP, LOCAL_BASEMAP])
def test_the_map_is_kept_from_run_to_run_and_changes_with_the_streets(basemap: Basemap) -> None:
    def mounted(local: LocalMap | None) -> str:
        return generate_js_hash(script(basemap, local), "map")

    other = LocalMap("fedcba9876543210" * 4, LOCAL.data_date)
    assert mounted(LOCAL) == mounted(LOCAL)
    assert len({mounted(LOCAL), mounted(other), mounted(None)}) == 3


def test_the_script_says_where_the_local_map_is_and_of_which_day() -> None:
    told = settings(OSM_BASEMAP, LOCAL)["local"]
    assert told["url"] == "/tiles/{theme}/{z}/{x}/{y}{r}.png?v=0123456789abcdef"
    assert "OpenStreetMap contributors" in told["attribution"]
    assert words("en").day(date(2026, 11, 21)) in told["attribution"]


def test_who_wants_no_base_map_gets_none() -> None:
    assert settings(NO_BASEMAP, LOCAL)["local"] is None
    assert settings(OSM_BASEMAP, None)["local"] is None


def test_a_setting_names_the_local_map(read_settings_with: Callable[[str], Basemap]) -> None:
    assert read_settings_with("local") == LOCAL_BASEMAP


@pytest.fixture
def read_settings_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Basemap]:
    from geodata.settings import read_settings

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return lambda name: read_settings({"LOFTESKARTAN_BASEMAP": name}).basemap
