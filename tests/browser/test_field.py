"""The page in the field, on a phone without a network, with a wrong clock, as the server dies."""

from __future__ import annotations

import io
import json
import re
import shutil
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest
from PIL import Image
from shapely import Point

from geodata.model import HotSpot
from geodata.register import Register
from geodata.service import Service
from geodata.service.recording import save
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

from ..photographs import COLOURS, PLANTED, UPRIGHT, photo, quarters
from . import axe_check

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import Route, expect

pytestmark = pytest.mark.browser

PHONE: Final = {"width": 390, "height": 844}
NORRBY: Final = (12.9295, 57.7244)

WALK: Final = str(uuid4())
LOST: Final = r"Failed to load resource|ERR_"


@pytest.fixture(scope="module")
def field_file(blank_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of these tests' own, with a hot spot and a planned walk in Norrby."""
    path = tmp_path_factory.mktemp("field") / "field.sqlite"
    shutil.copyfile(blank_file, path)
    with Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP)) as service:
        spot = HotSpot(str(uuid4()), "Torget", Point(*NORRBY), date(2020, 1, 1), radius_m=60)
        service.register.add([spot], by="test")
        told = {"by": "A", "status": "planned", "area": "norrby", "meeting_point": "Torget"}
        tomorrow = service.today() + timedelta(days=1)
        save(service, "walk", {**told, "id": WALK, "date": tomorrow.isoformat()})
    return path


@pytest.fixture(scope="module")
def field_server(start_server: Callable[..., Server], field_file: Path) -> Server:
    return start_server("--register", str(field_file), "--basemap", "none")


@pytest.fixture
def phone(open_screen: Callable[..., Screen], field_server: Server) -> Screen:
    lon, lat = NORRBY
    screen = open_screen(
        field_server,
        fresh=True,
        viewport=PHONE,
        has_touch=True,
        permissions=["geolocation"],
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 6},
    )
    screen.allow_on_console("Applying inline style", "what looks for faults styles the page")
    screen.allow_on_console(LOST, "the network and the server go away on purpose")
    return screen


def opened(phone: Screen, language: str = "sv") -> None:
    phone.page.goto(f"{phone.server.url}/falt?lang={language}")
    phone.page.locator("body[data-ready]").wait_for()


def moved(phone: Screen, north_m: float, seconds: int) -> None:
    """Let the phone be elsewhere, and time go by there until the page has taken note of it."""
    lon, lat = NORRBY
    at = round(lat + north_m / 111_400, 6)
    phone.page.context.set_geolocation({"longitude": lon, "latitude": at, "accuracy": 6})
    phone.page.wait_for_function("at => here && here.at[1] === at", arg=at)
    phone.page.clock.run_for(seconds * 1000)
    phone.page.wait_for_function("at => way.fixes.at(-1)?.[1] === at", arg=at)


def kept(server: Server, what: str) -> dict[str, dict[str, Any]]:
    """Return what the register holds, as another program reads it, by id."""
    address = f"{server.url}/ogc/collections/{what}/items?limit=10000"
    with urllib.request.urlopen(address, timeout=60) as answer:
        return {one["id"]: one for one in json.load(answer)["features"]}


def photo_of(file: Path, finding_id: str) -> Image.Image:
    with Register.open(f"sqlite:///{file}") as register:
        (found,) = register.photos("finding", [finding_id])
        body = register.document(found.sha256)
    assert body is not None
    assert PLANTED.encode() not in body
    return Image.open(io.BytesIO(body))


def nearest_colour(seen: Any) -> str:
    """Return which of a picture's colours a pixel has: JPEG keeps none of them exactly."""
    known = {**COLOURS, "black": (0, 0, 0), "white": (255, 255, 255)}
    return min(
        known, key=lambda name: sum(abs(a - b) for a, b in zip(known[name], seen, strict=True))
    )


def queue(phone: Screen) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = phone.page.evaluate("store.all('queue')")
    return found


def test_a_patrol_is_recorded_without_a_network_and_sent_when_there_is_one(
    phone: Screen, field_file: Path
) -> None:
    page, context = phone.page, phone.page.context
    page.clock.install()
    opened(phone)
    page.evaluate(
        """async () => {
          const kept = ["/falt?lang=en", "/assets/leaflet/leaflet.css"];
          while (!(await Promise.all(kept.map(path => caches.match(path)))).every(Boolean))
            await new Promise(done => setTimeout(done, 20));
        }"""
    )
    expect(page.locator("#where")).to_have_text("Du är i Norrby")
    found = axe_check.violations(phone, "at the beginning")

    # From here on there is nothing but the phone.
    context.set_offline(True)
    page.reload()
    page.locator("#go-patrol").click()
    expect(page.locator("#start-area")).to_have_value("norrby")
    page.get_by_role("radio", name="Fotpatrull").check()
    page.locator("#start-now").click()
    for north_m, seconds in ((-150, 35), (0, 65), (5, 65), (0, 65), (5, 65), (150, 65)):
        moved(phone, north_m, seconds)
    expect(page.locator("#spots li.lit")).to_contain_text("Torget besökt")
    # The phone sleeps: no timer of the page's is heard meanwhile.
    page.clock.fast_forward(900_000)
    moved(phone, 200, 35)
    expect(page.locator("#run-gaps li")).to_have_count(1)
    moved(phone, 220, 35)
    found += axe_check.violations(phone, "under way")
    page.locator("#show-map").click()
    # The way in two parts, one of them after the gap, and the names around.
    expect(page.locator("#map path[stroke-width='5']")).to_have_count(2)
    expect(page.locator("#map .leaflet-tooltip").first).to_be_visible()
    page.locator("#map-done").click()

    page.locator("#run-report").click()
    page.get_by_role("radio", name="Belysning").check()
    page.locator("#save").click()
    expect(page.locator("#text")).to_have_attribute("aria-invalid", "true")
    text = "Mörkt <img src=x onerror=alert(1)>"
    page.locator("#text").fill(text)
    picture = photo("JPEG", quarters(UPRIGHT, (2_400, 1_600)), orientation=6)
    chosen = {"name": "bild.jpg", "mimeType": "image/jpeg", "buffer": picture}
    page.locator("#photo").set_input_files([chosen])
    # Somebody's face is in the middle of what was taken upright: red is now above on the right.
    page.locator("#photo-canvas").scroll_into_view_if_needed()
    page.locator("#photo-canvas").click()
    page.locator("#day").fill(datetime.now(SWEDISH_TIME).date().isoformat())
    page.locator("#by").fill("Områdespolis")
    found += axe_check.violations(phone, "a report")
    page.locator("#save").click()
    page.locator("#run-stop").click()
    expect(page.locator("#by")).to_have_value("Områdespolis")
    expect(page.locator("#form-review .alert")).to_have_count(1)
    # Somebody knows better, and the page is closed before there is a network.
    page.locator("#note").fill("Lugnt")
    page.get_by_label("Polisen").check()
    page.locator("#save").click()
    expect(page.locator("#queue-title")).to_have_text("Väntar på att skickas: 2")
    expect(page.locator("#items")).to_contain_text(text)
    expect(page.locator("#items")).to_contain_text("med foto")
    page.goto("about:blank")
    page.goto(f"{phone.server.url}/falt?lang=en")
    expect(page.locator("#queue-title")).to_have_text("Waiting to be sent: 2")
    found += axe_check.violations(phone, "what waits, in English")
    assert found == []

    sent = {item["post"]["entity"]: item["id"] for item in queue(phone)}
    context.set_offline(False)
    # The phone's clock has been put forward: one is asked, and then all is sent.
    page.locator("#items li.refused").get_by_role("button", name="Correct").click()
    page.locator("#clock-shift").click()
    page.locator("#save").click()
    expect(page.locator("#queue-title")).to_contain_text("Saved today: 2")
    patrol = kept(phone.server, "activities")[sent["activity"]]
    assert patrol["properties"]["note"] == "Lugnt"
    assert patrol["properties"]["kind"] == "foot_patrol"
    # Two parts: before the quarter of an hour in which nobody knows where they were, and after.
    assert [len(part) > 1 for part in patrol["geometry"]["coordinates"]] == [True, True]
    finding = kept(phone.server, "findings")[sent["finding"]]
    assert finding["properties"]["text"] == text
    seen = photo_of(field_file, sent["finding"])
    assert seen.size == (1_067, 1_600)
    width, height = seen.size
    quarters_of = {"red": (3, 1), "blue": (1, 1), "green": (3, 3), "black": (2, 2)}
    for colour, (x, y) in quarters_of.items():
        assert nearest_colour(seen.getpixel((width * x // 4, height * y // 4))) == colour


def test_two_hundred_are_sent_once_though_the_server_dies_and_answers_are_lost(
    phone: Screen,
) -> None:
    page = phone.page
    opened(phone)
    before = kept(phone.server, "findings").keys()
    lost: list[str] = []

    def lose(route: Route) -> None:
        """Let the server hear it and the phone not hear that it did, or the other way round."""
        lost.append("")
        if len(lost) <= 5:
            route.fetch()
            route.abort()
        elif len(lost) <= 7:
            # What stands before the server answers for it.
            route.fulfill(status=200, content_type="text/html", body="<p>Logga in</p>")
        elif len(lost) <= 9:
            route.fulfill(status=500, content_type="text/html", body="")
        else:
            route.continue_()

    page.route(re.compile("/falt/ko"), lose)
    page.evaluate(
        """async () => {
          const day = dayAndTime(Date.now()).date;
          for (let n = 0; n < 200; n++) {
            const text = `Nummer ${n}`, place = {area: "norrby", by: "Områdespolis"};
            const item = fresh("finding", {category: "other", text, status: "open", day, ...place});
            await store.put("queue", {...item, at: n, state: "waiting", saved: Date.now(), text});
          }
          AGAIN_MS.fill(50);
          send();
        }"""
    )
    wanted = {item["id"] for item in queue(phone)} | set(kept(phone.server, "findings")) - before
    # Half of them.
    page.wait_for_function(r"() => /: (\d|[1-9]\d|10\d)$/.test($('queue-title').textContent)")
    phone.server.kill()
    assert queue(phone) != []
    # The browser is closed meanwhile, too.
    page.goto("about:blank")
    phone.server.see_to()
    opened(phone)
    expect(page.locator("#items li")).to_have_count(0)
    found = kept(phone.server, "findings")
    texts = [found[id_]["properties"]["text"] for id_ in found.keys() - before]
    assert sorted(texts) == sorted(f"Nummer {n}" for n in range(200))
    assert found.keys() - before == wanted
    assert len(lost) > 9


def test_a_planned_walk_is_held_by_a_phone_whose_clock_is_an_hour_wrong(phone: Screen) -> None:
    page = phone.page
    now = datetime.now(UTC)
    page.clock.install(time=now + timedelta(hours=1))
    opened(phone, "en")
    expect(page.locator("#alerts")).to_contain_text("60 min off")
    page.locator("#go-walk").click()
    page.get_by_role("button", name="Torget").click()
    page.locator("#run-report").click()
    page.get_by_role("radio", name="Lighting").check()
    page.locator("#text").fill("A lamp is broken")
    page.locator("#by").fill("Områdespolis")
    # There is no room on the phone: it says so, and what was typed stands where it stood.
    full = 'new DOMException("", "QuotaExceededError")'
    page.evaluate(f"() => {{ store.put = () => Promise.reject({full}); }}")
    page.locator("#save").click()
    expect(page.locator("#alerts")).to_contain_text("memory is full")
    expect(page.locator("#text")).to_have_value("A lamp is broken")
    page.evaluate(
        "() => { store.put = (name, ...what) => store.write(name, s => s.put(...what)); }"
    )
    # And nobody is signed in any longer: what is saved waits until somebody is.
    page.route(re.compile("/falt/(ko|data)"), lambda route: route.fulfill(status=401, body="{}"))
    page.locator("#save").click()
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute(
        "href", "/inloggning?till=%2Ffalt%3Flang%3Den"
    )
    assert len(queue(phone)) == 1
    page.unroute_all()
    page.reload()
    expect(page.locator("#run-title")).to_have_text("Safety walk · Norrby")
    expect(page.locator("#found li")).to_contain_text("A lamp is broken")
    expect(page.get_by_role("link", name="Sign in")).to_have_count(0)
    page.locator("#run-stop").click()
    page.locator("#participants").fill("14")
    page.locator("#save").click()
    expect(page.locator("#form-told")).to_contain_text("Are the times here right")
    page.locator("#clock-shift").click()
    page.locator("#save").click()
    expect(page.locator("#queue-title")).to_contain_text("Saved today: 2")
    walk = kept(phone.server, "walks")[WALK]["properties"]
    assert (walk["status"], walk["participants"]) == ("held", 14)
    assert abs(datetime.fromisoformat(walk["date"]) - now) < timedelta(minutes=10)
    findings = [one["properties"] for one in kept(phone.server, "findings").values()]
    assert [one["walk_id"] for one in findings if one["text"] == "A lamp is broken"] == [WALK]
