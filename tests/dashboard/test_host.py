"""What is relied on of Streamlit's and streamlit-folium's insides: a test for each, by its name.

What a name leads to in a browser is for the browser's tests. These say at once, and without one,
what an upgrade has taken away.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import streamlit_folium
from streamlit import config, net_util

from dashboard import panel
from dashboard.host import door, insides

DASHBOARD = Path(panel.__file__).parent
HOST = DASHBOARD / "host"
SCREEN = sorted(path for kind in ("css", "js", "html") for path in DASHBOARD.rglob(f"*.{kind}"))
MAP_SCRIPT = DASHBOARD / "map" / "assets" / "lofteskartan.js"


def text_of(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@cache
def streamlits() -> str:
    """Return every script of Streamlit's own page."""
    return text_of(*sorted((insides.STATIC / "static" / "js").glob("*.js")))


@cache
def folium_frame() -> str:
    """Return the script of the frame that streamlit-folium shows a map in."""
    build = Path(streamlit_folium.__file__).parent / "frontend" / "build"
    return text_of(*sorted(build.rglob("*.js")))


TEST_IDS = sorted(set(re.findall(r'data-testid="?(\w+)', text_of(*SCREEN))))


@pytest.mark.parametrize("test_id", TEST_IDS)
def test_streamlit_marks_its_parts(test_id: str) -> None:
    """The sheet and the landmarks find the page's parts by these."""
    assert re.search(rf'["`]{test_id}["`]', streamlits())


@pytest.mark.parametrize(
    "name",
    [
        "data-test-connection-state",  # whether the server answers: a strip says so
        "data-test-script-state",  # whether a run is over: what was sent has been heard
        "CONNECTED",
        "notRunning",
        "stApp",  # what carries them
        "BACKEND_BASE_URL",  # where the server is: the page has not to look for it
        "HOST_CONFIG",  # what the page may do: it need not ask
        "pushState",  # an address goes into the history in two steps, which are made one
    ],
)
def test_streamlits_page_says_how_it_is(name: str) -> None:
    assert name in streamlits()


@pytest.mark.parametrize("name", ["__GLOBAL_DATA__", "previous_data", "last_active_drawing"])
def test_streamlit_folium_keeps_what_was_clicked_where_it_is_answered_at_once(name: str) -> None:
    assert name in text_of(MAP_SCRIPT)
    assert name in folium_frame()


def test_the_maps_frame_has_the_address_that_the_door_opens() -> None:
    component = door.MAP_FRAME.strip("/").rpartition("/")[2]
    assert component == streamlit_folium._component_func.name


def test_the_maps_component_is_not_read_before_a_server_runs() -> None:
    """Streamlit forgets one that is declared earlier, and the map's frame is not found."""
    script = "import sys, dashboard.server; sys.exit('streamlit_folium' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_page_is_set_in_a_font_that_the_map_can_have() -> None:
    path = insides.font()
    assert path is not None
    assert path.read_bytes()[:4] == b"wOF2"


def test_streamlits_page_has_scripts_of_its_own_for_the_policy_to_allow() -> None:
    own = text_of(insides.STATIC / "index.html").count("<script>")
    assert own > 0
    assert len(door._inline_scripts().split()) == own + 1


def test_streamlit_can_be_kept_from_asking_other_hosts() -> None:
    assert callable(net_util.get_external_ip)
    assert isinstance(config.get_option("browser.gatherUsageStats"), bool)


def test_a_panel_is_registered_once() -> None:
    assert insides.panel_component() is insides.panel_component()


def test_what_leans_on_its_test_ids_and_states_stands_in_one_folder() -> None:
    marks = re.compile(r"data-testid|data-test-|dataset\.test|pushState|gatherUsageStats|net_util")
    files = [*SCREEN, *DASHBOARD.rglob("*.py")]
    leaning = {path for path in files if marks.search(text_of(path))}
    assert leaning
    assert {path.parent for path in leaning} == {HOST}


def test_no_folder_has_the_name_that_streamlit_takes_for_pages_of_its_own() -> None:
    """It would answer each of our addresses with "page not found" before the page is made."""
    assert not (DASHBOARD / "pages").exists()


def test_a_page_keeps_what_it_was_sent_for_longer_than_an_answer_takes() -> None:
    settings = tomllib.loads((DASHBOARD / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["global"]["maxCachedMessageAge"] > 10
    assert "global.maxCachedMessageAge" in config._config_options_template


def test_nothing_stands_on_a_page_but_what_a_page_shows() -> None:
    """Streamlit would show a text that stands alone in its script, as one beside a constant."""
    script = ast.parse((DASHBOARD / "app.py").read_text(encoding="utf-8"))
    alone = [node.value for node in script.body[1:] if isinstance(node, ast.Expr)]
    settings = tomllib.loads((DASHBOARD / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["runner"]["magicEnabled"] is False
    assert "runner.magicEnabled" in config._config_options_template
    assert [value for value in alone if isinstance(value, ast.Constant)] == []
