"""Every route for every role, and what must not reach whom, whichever way it is asked for."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.routing import Mount, Route
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard import cached
from dashboard.access import EVERYBODY, FORMS, PAGES, RIGHTS, ROUTES, right_of
from dashboard.address import PAGE_PATHS
from dashboard.map.features import LAYERS
from dashboard.routes.documents import DOCUMENTS
from dashboard.server import own_routes
from dashboard.signin.entrance import Entrance
from geodata.register import Register
from geodata.service.collections import COLLECTIONS
from geodata.service.limited import LimitedRegister
from geodata.settings import SignIn

from ..papers import words_of
from .conftest import IDS, SECRETS

Give = Callable[[str], Any]

ALL: Final = {"reader", "recorder", "planner", "administrator"}
WORK: Final = ALL - {"reader"}
PLAN: Final = {"planner", "administrator"}

PUBLIC: Final = tuple(
    f"/oppen-sida/{name}"
    for name in ("", "en.html", "data/findings.csv", "data/activities.csv", "data/areas.geojson")
)
"""What the citizens' page is made of."""

MAY: Final[dict[str, set[str]]] = {
    "/": ALL,
    "/uppfoljning": ALL,
    "/mote": ALL,
    "/tillganglighet": ALL,
    "/registrera": WORK,
    "/planera": PLAN,
    "/importera": PLAN,
    "/loften": PLAN,
    "/sok?q=lampa": ALL,
    "/sok/platser?q=kvarngatan": WORK,
    "/layers/areas": ALL,
    "/layers/findings": ALL,
    "/layers/hot_spots": PLAN,
    "/tiles/light/1/1/1.png": ALL,
    "/assets/map/pane.js": ALL,
    "/assets/map.js": ALL,
    "/assets/map.css": ALL,
    "/assets/page.css": ALL,
    "/assets/panel.js": ALL,
    "/assets/leaflet/leaflet.js": ALL,
    "/vandringsblad/x": ALL,
    "/vandring/x.ics": ALL,
    "/kalender/polisen.ics": ALL,
    "/foto/x": ALL,
    "/foto/x/liten": ALL,
    "/underlag/x": ALL,
    "/export/readings.csv": ALL,
    "/export/indicators.toml": ALL,
    "/export/x.csv": ALL,
    "/export/all.gpx": ALL,
    "/export/hot_spots.csv": PLAN,
    "/export/promises/x.toml": PLAN,
    "/publicera/oppen-sida.zip?x=": PLAN,
    "/dokument/x": ALL,
    "/schema/x.ics": PLAN,
    "/schemablad/x": PLAN,
    "/slinga/x.gpx": PLAN,
    "/slingblad/x": PLAN,
    "/ogc": ALL,
    "/ogc/": ALL,
    "/ogc/api": ALL,
    "/ogc/conformance": ALL,
    "/ogc/collections": ALL,
    "/ogc/collections/findings": ALL,
    "/ogc/collections/findings/items": ALL,
    "/ogc/collections/findings/items/x": ALL,
    "/ogc/collections/hot_spots": PLAN,
    "/ogc/collections/hot_spots/items": PLAN,
    f"/ogc/collections/hot_spots/items/{IDS['hot_spot']}": PLAN,
    "/mote/lage": ALL,
    "/vandra/x": ALL | {"nobody"},
    "/falt": ALL | {"nobody"},
    "/falt/data.json": WORK,
    "/uploads/x/rest.csv": PLAN,
    "/atkomst": {"administrator"},
    "/nycklar": ALL,
    **dict.fromkeys(PUBLIC, ALL | {"nobody"}),
    "/_stcore/host-config": ALL,
    "/x": ALL,
}
"""Who may see what, worked out by hand."""


SENT_TO: Final = {"/uploads", "/falt/ko"}


def paths(entrance: Entrance | None) -> set[str]:
    found = set()
    for route in own_routes(entrance):
        assert isinstance(route, Route | Mount)
        found.add(f"{route.path}/{{path}}" if isinstance(route, Mount) else route.path)
    return found


def test_every_route_has_a_rule_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, example_file: Path
) -> None:
    monkeypatch.setenv("LOFTESKARTAN_REGISTER", str(example_file))
    entrance = Entrance(SignIn("http://localhost", "title", folder=tmp_path))
    known = paths(entrance)
    named = {path.replace(":path", "") for path in ROUTES}
    below = tuple(path.removesuffix("{path}") for path in named if path.endswith("/{path}"))
    assert [
        p for p in known if p.replace(":path", "") not in named and not p.startswith(below)
    ] == []
    # And each of them is walked below, but for what changes something or is open.
    walked = {path.partition("?")[0] for path in MAY}
    for route in own_routes(entrance):
        scope = ({"type": "http", "method": "GET", "path": p, "headers": []} for p in walked)
        is_walked = any(route.matches(one)[0].value == 2 for one in scope)
        assert is_walked or right_of(route.path) == "open" or route.path in SENT_TO
    cached.close()


def test_the_rules_name_what_is_there() -> None:
    assert PAGES.keys() == PAGE_PATHS.keys() == FORMS.keys()
    assert all(roles <= EVERYBODY for roles in RIGHTS.values())


@pytest.mark.parametrize("who", ["nobody", *sorted(ALL)])
def test_every_route_for_every_role(person: Give, who: str) -> None:
    wrong = []
    for path, roles in MAY.items():
        status = person(who).ask(path).status_code
        refused = 401 if who == "nobody" else 403
        if (status == refused) is (who in roles):
            wrong.append((path, status))
    assert wrong == []


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("reader", 403), ("recorder", 200)])
def test_a_file_is_taken_from_who_may_write(person: Give, who: str, status: int) -> None:
    somebody = person(who)
    proof = shown(somebody, "registrera").partition('"proof"')[2].partition('"')[2][:32]
    headers = {"Origin": somebody.server.url, "X-Lofteskartan": proof}
    for said, expected in ((proof, status), ("upload", 403 if status == 200 else status)):
        headers["X-Lofteskartan"] = said
        sent = somebody.client.post("/uploads?name=a.csv", content=b"x", headers=headers)
        assert sent.status_code == expected, said


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("reader", 403), ("recorder", 422)])
def test_a_phones_record_is_taken_from_who_may_write(person: Give, who: str, status: int) -> None:
    somebody = person(who)
    proof = somebody.ask("/falt/data.json").json().get("proof", "")
    files = {"record": (None, "{}")}
    for said, expected in ((proof, status), ("upload", 403 if status == 422 else status)):
        headers = {"Origin": somebody.server.url, "X-Lofteskartan": said}
        sent = somebody.client.post("/falt/ko", files=files, headers=headers)
        assert sent.status_code == expected, said
    logs = "".join(file.read_text("utf-8") for file in somebody.server.home.rglob("*.jsonl"))
    opened = [line for line in map(json.loads, logs.splitlines()) if line["where"] == "/falt"]
    assert {line["what"] for line in opened} <= {"opened"}
    assert any(line["who"] == f"Funktion {who}" for line in opened) is (status == 422)


@pytest.mark.parametrize("who", ["nobody", "reader", "planner"])
def test_a_residents_place_is_sent_by_anybody_and_nothing_else_is(person: Give, who: str) -> None:
    somebody = person(who)
    sent = {"data": {"place": "1 1"}, "headers": {"Origin": somebody.server.url}}
    for path in ("/vandra/x", "/vandra/x?lang=en"):
        answer = somebody.client.post(path, **sent)
        # There is no such walk; whoever asks is let in to hear so, and gets no cookie.
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path in ("/vandra/x/y", "/vandra", "/vandring/x.ics", "/vandringsblad/x", "/"):
        assert somebody.client.post(path, **sent).status_code == 404


# --- what must not reach whom ---------------------------------------------------------------------

QUERY: Final = "as_of=2018-06-30"
SEEN_BY: Final = {"hot_spot": PLAN, "plan": PLAN, "finding": WORK, "photo": WORK}


def shown(somebody: Any, path: str, query: str = "") -> str:
    """Return all that the socket of a page says, empty where it is not opened."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.exceptions import InvalidStatus

    try:
        page = somebody.server.page(somebody.cookie)
    except InvalidStatus:
        return ""
    with page:
        page.send(
            BackMsg(rerun_script={"page_name": path, "query_string": query}).SerializeToString()
        )
        parts = []
        while True:
            part = page.recv(60)
            parts.append(part)
            if ForwardMsg.FromString(part).WhichOneof("type") == "script_finished":
                return b"".join(parts).decode("utf-8", "replace")


def text_of(body: bytes) -> str:
    """Return what stands in a file, also in what is packed in it."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "".join(text_of(packed.read(name)) for name in packed.namelist())
    if body.startswith(b"%PDF"):
        return words_of(body) + body.decode("latin-1")
    if body.startswith(b"SQLite"):
        with sqlite3.connect(":memory:") as found:
            found.deserialize(body)
            return "\n".join(found.iterdump())
    return body.decode("utf-8", "replace")


def everything(somebody: Any) -> dict[str, str]:
    """Return all that a server tells somebody, by where."""
    view = f"{QUERY}&v=1"
    area = f"bbox=12,57,14,58&zoom=15&{view}"
    files = [
        f"/layers/{name}?{area if name == 'activities' else view}"
        for name in LAYERS
        if name != "references"
    ]
    files += [
        f"/export/{sort}.{end}" for sort in ("findings", "hot_spots") for end in ("csv", "geojson")
    ]
    files += [f"/export/all.{end}" for end in ("csv", "geojson", "gpx", "gpkg", "zip")]
    files += ["/ogc/collections", "/ogc/collections?f=html", *PUBLIC]
    files += [f"/ogc/collections/{name}/items?limit=10000&f=html" for name in COLLECTIONS]
    files += [f"/ogc/collections/{name}/items?limit=10000" for name in COLLECTIONS]
    files += [f"/ogc/collections/findings/items/{IDS['finding']}", "/healthz", "/falt/data.json"]
    files += [
        f"/dokument/{name}?date=2018-06-30" for name in DOCUMENTS if not name.startswith("karta")
    ]
    closed = f"meeting={IDS['meeting']}"
    files += [
        f"/dokument/{name}?{closed}" for name in ("rapport.pdf", "matris.csv", "tabeller.docx")
    ]
    files += [f"/foto/{IDS['photo']}", f"/foto/{IDS['photo']}/liten"]
    files += ["/underlag/boras-2018", f"/vandringsblad/{IDS['finding']}"]
    files += ["/dokument/karta.svg?date=2018-06-30&area=norrby", f"/schemablad/{IDS['plan']}"]
    found = {path: text_of(somebody.ask(path).content) for path in files}
    looks = [
        ("", QUERY),
        ("", f"{QUERY}&area=norrby"),
        ("mote", ""),
        ("mote", closed),
        ("uppfoljning", QUERY),
    ]
    looks += [
        ("", f"finding={IDS['finding']}"),
        ("planera", f"tool=dose&hot_spot={IDS['hot_spot']}"),
    ]
    looks += [("planera", f"tool=loop&plan={IDS['plan']}"), ("planera", QUERY)]
    looks += [
        ("registrera", f"form=finding&finding={IDS['finding']}"),
        ("loften", ""),
        ("importera", ""),
    ]
    return found | {f"{page}?{query}": shown(somebody, page, query) for page, query in looks}


@pytest.mark.parametrize("who", ["nobody", *sorted(ALL)])
def test_what_is_not_for_all_reaches_only_whom_it_is_for(person: Give, who: str) -> None:
    told = everything(person(who))
    for kind, secret in SECRETS.items():
        where = [path for path, text in told.items() if secret in text]
        # Who may see it finds it: else this test would look in the wrong places.
        assert bool(where) is (who in SEEN_BY[kind]), (kind, where)


@pytest.mark.parametrize("who", sorted(ALL))
def test_only_what_one_may_open_is_listed(person: Give, who: str) -> None:
    listed = person(who).ask("/ogc/collections").json()["collections"]
    opened = [name for name in COLLECTIONS if who in MAY.get(f"/ogc/collections/{name}", ALL)]
    assert [one["id"] for one in listed] == opened


# --- the register itself --------------------------------------------------------------------------

TELLS_OF_WORK_AND_PROMISES: Final = {
    *("activity", "walk", "decision", "meeting", "finding", "hot_spot", "plan", "photo"),  # by
    *("activities", "activities_within", "activity_days", "activity_extent", "activities_by_id"),
    *("count_activities", "entries", "evidence", "latest_days", "count_points", "points", "bins"),
    *("walks", "decisions", "catalogue_entries", "catalogue_revisions"),
    # Of activities alone.
    *("squares", "day_tallies", "ids_on", "doubtful", "places_in"),
    *("catalogue_version", "version", "has_examples", "has_only_published", "content"),
    *("latest_disposal", "newest_number", "existing_ids", "doubles", "mapping", "remembered"),
    # What stands on a walk's sheet anyway, to be read by residents.
    "opening",
    # Closed minutes are kept twice: by their digest nobody finds the others'.
    "document",
    *("open", "reading"),
}
"""What of a register is the same for everybody."""


def test_whatever_a_register_learns_to_tell_is_limited_or_for_all() -> None:
    asked = {name for name in vars(Register) if not name.startswith("_")}
    assert asked - vars(LimitedRegister).keys() == TELLS_OF_WORK_AND_PROMISES
