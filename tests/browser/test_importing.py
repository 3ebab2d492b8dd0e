"""A file through the real page: told first, saved when told to, and never more than a sentence."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

HEADER: Final = "datum;slag;område;lat;lon;minuter;anteckning"
GOOD: Final = "2018-03-07 18:00;Fotpatrull;Norrby;57,7243;12,9266;45;Lugnt."
OTHER: Final = "2018-03-08 19:30;Patrullering;Hulta;57,71815;12,97558;30;Genomgång."
BAD: Final = "2018-03-09 20:00;Gudstjänst;Norrby;57,7243;12,9266;20;=1+1"
HOSTILE: Final = "2018-03-10 20:00;<img src=x onerror=alert(1)>;Norrby;;;20;${1}`"
READ_MS: Final = 60_000
LARGE: Final = 4_000
"""Rows that take so long to read that a stop is heard before all are."""


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register of these tests' own: they write in it."""
    return start_server("--register", "importing.sqlite", "--basemap", "none")


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode("utf-8-sig")


class Importing:
    """The page as somebody with a file uses it."""

    def __init__(self, screen: Screen, language: str = "") -> None:
        self.screen, self.page = screen, screen.page
        screen.open("/importera" + language)
        expect(self.input).to_be_attached()

    @property
    def input(self) -> Locator:
        return self.page.locator('[data-id="file"]')

    def at(self, id_: str) -> Locator:
        return self.page.locator(f'[data-id="{id_}"]')

    def choose(self, name: str, content: bytes) -> None:
        self.screen.wait_until_still()
        self.input.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})

    def read(self, name: str, content: bytes) -> None:
        """Choose a file and wait until it is told of."""
        self.choose(name, content)
        # A process is started for it, which takes its time where much else is going on.
        expect(self.tally("new")).to_be_visible(timeout=READ_MS)

    def tally(self, name: str) -> Locator:
        return self.page.locator(f'[data-tally="{name}"] b')

    def expect_tally(self, new: str, doubles: str, refused: str) -> None:
        for name, count in (("new", new), ("doubles", doubles), ("refused", refused)):
            expect(self.tally(name)).to_have_text(count)

    def press(self, id_: str) -> None:
        self.screen.wait_until_still()
        self.at(id_).click()

    def save(self, button: str = "save-all") -> None:
        self.screen.wait_until_still()
        self.at("field-by").first.fill("Kansliet")
        self.press(button)
        expect(self.heading).to_contain_text(re.compile("sparad"))

    def read_again(self) -> None:
        self.press("read-again")

    def open_reading(self) -> None:
        if self.at("reading").get_attribute("open") is None:
            self.at("reading").locator("summary").click()

    def save_file(self, id_: str, path: Path) -> str:
        with self.page.expect_download() as found:
            self.at(id_).click()
        found.value.save_as(path)
        return str(found.value.suggested_filename)

    @property
    def heading(self) -> Locator:
        return self.page.locator(".lk-import h1")


@pytest.fixture
def importing(screen: Screen) -> Importing:
    return Importing(screen)


def test_from_file_to_map_and_back(importing: Importing, tmp_path: Path) -> None:
    """Report, the good ones, the rest corrected, the map, the same again, undone."""
    importing.read("pass.csv", table(GOOD, BAD, OTHER))
    importing.expect_tally("2", "0", "1")
    row = importing.page.locator('.lk-problem-table tr[data-severity="error"]')
    expect(row).to_have_count(1)
    expect(row).to_contain_text(re.compile(r"3.*slag.*Gudstjänst", re.DOTALL))
    # Nothing is saved before it is asked for, and who asks must be said.
    importing.press("save-good")
    expect(importing.page.locator(".lk-fault, .lk-failure").first).to_be_visible()
    importing.save("save-good")
    expect(importing.heading).to_have_text("2 poster är sparade")
    name = importing.save_file("rest", tmp_path / "rest.csv")
    assert name == "pass-att-ratta.csv"
    text = (tmp_path / "rest.csv").read_text("utf-8-sig")
    header, row_left = text.splitlines()
    assert header == f"{HEADER};Löfteskartan: att rätta"
    assert row_left.startswith(BAD.replace("=1+1", "'=1+1") + ";”Gudstjänst” är inget känt slag")

    importing.press("another")
    corrected = text.replace("Gudstjänst", "Fotpatrull")
    importing.read("rest.csv", corrected.encode("utf-8-sig"))
    importing.expect_tally("1", "0", "0")
    importing.save()

    importing.press("to-map")
    importing.screen.wait_for_drawn("layer", "activity")

    again = Importing(importing.screen)
    again.read("pass.csv", table(GOOD, OTHER, BAD.replace("Gudstjänst", "Fotpatrull")))
    again.expect_tally("0", "3", "0")
    expect(again.at("save-all")).to_have_count(0)


def test_an_import_is_undone(importing: Importing) -> None:
    rows = [GOOD.replace("Lugnt.", f"Ångras {n}") for n in range(3)]
    importing.read("fel.csv", table(*rows))
    importing.save()
    importing.at("take-back").locator("summary").click()
    importing.at("field-by").fill("Kansliet")
    importing.press("undo-import")
    # Asked where the finger is, once more.
    expect(importing.at("undo-import")).to_have_text(re.compile("igen"))
    importing.press("undo-import")
    expect(importing.heading).to_have_text("3 poster är borttagna igen")
    other = Importing(importing.screen)
    other.read("fel.csv", table(*rows))
    other.expect_tally("0", "3", "0")
    expect(other.page.locator(".lk-import")).to_contain_text("tagits bort av någon")


def test_an_unknown_column_is_mapped_once(importing: Importing) -> None:
    header = "När var det;Vad gjordes;Trakt"
    importing.read("egen.csv", table("2018-04-07 18:00;Fotpatrull;Norrby", header=header))
    importing.expect_tally("0", "0", "1")
    for number, field in enumerate(("date", "kind", "area")):
        importing.at(f"column-{number}").select_option(field)
    importing.read_again()
    importing.expect_tally("1", "0", "0")
    importing.save()
    importing.press("another")
    importing.read("egen2.csv", table("2018-04-14 18:00;Fotpatrull;Norrby", header=header))
    importing.expect_tally("1", "0", "0")


def test_coordinates_are_told_and_can_be_changed(importing: Importing) -> None:
    # Norrby in SWEREF 99 TM, as Lantmäteriet's own service gives it (metres).
    header = "datum;slag;nord;öst"
    importing.read("metrar.csv", table("2018-03-07;Fotpatrull;6401130;376560", header=header))
    card = importing.page.locator(".lk-import")
    expect(card).to_contain_text("lästa som SWEREF 99 TM")
    importing.open_reading()
    expect(importing.at("field-grid")).to_have_value("sweref99tm")
    importing.at("field-grid").select_option("wgs84")
    importing.read_again()
    importing.expect_tally("0", "0", "1")
    expect(importing.at("field-grid")).to_have_value("wgs84")
    # Back is the page without a file, and forward what it was.
    importing.page.go_back()
    expect(importing.input).to_be_attached()
    importing.page.go_forward()
    importing.expect_tally("0", "0", "1")


def test_swapped_coordinates_are_offered_the_other_way(importing: Importing) -> None:
    swapped = GOOD.replace("57,7243;12,9266", "12,9266;57,7243").replace("Lugnt.", "Bytt")
    importing.read("bytt.csv", table(swapped))
    importing.expect_tally("0", "0", "1")
    importing.at("swap").check()
    importing.read_again()
    importing.expect_tally("1", "0", "0")
    expect(importing.page.locator(".lk-import")).to_contain_text("57,72430, 12,92660")


def _kept(server: Server) -> dict[str, int]:
    """Return how many records of each sort are in the register."""
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=20) as answer:
        return dict(json.load(answer)["counts"])


def test_an_import_is_followed_from_another_browser_and_stopped_from_there(
    importing: Importing, open_screen: Callable[..., Screen], server: Server
) -> None:
    before = _kept(server)
    here, there = importing, open_screen(server, fresh=True)
    bars = [page.locator('[role="progressbar"]') for page in (here.page, there.page)]
    cards = [page.locator(".lk-import") for page in (here.page, there.page)]

    @contextmanager
    def following(name: str, *rows: str) -> Iterator[None]:
        """Begin to read a file here, and open its link there; both show how far it has come."""
        with server.keeping_an_import_still(lambda: here.choose(name, table(*rows))):
            expect(bars[0]).to_be_visible()
            expect(here.page).to_have_url(re.compile("job="))
            there.open(here.page.url.removeprefix(server.url))
            expect(bars[1]).to_be_visible()
            expect(cards[1]).to_have_count(0)
            yield

    rows = [GOOD.replace("Lugnt.", f"Nummer {n}") for n in range(LARGE)]
    with following("stor.csv", *rows):
        # Here still, too, after the page was loaded anew while its answer was on the way.
        here.page.reload()
        expect(bars[0]).to_be_visible()
        there.link("stop").click()
    for card in cards:
        expect(card).to_contain_text("Avbrutet. Inget har sparats.", timeout=READ_MS)
    expect(here.input).to_be_attached()

    with following("liten.csv", OTHER.replace("Genomgång.", "Följd."), BAD):
        pass
    for page in (here.page, there.page):
        expect(page.locator('[data-tally="new"] b')).to_have_text("1", timeout=READ_MS)
        expect(page.locator('[data-tally="refused"] b')).to_have_text("1")
    assert _kept(server) == before


def test_a_report_stays_in_another_language_and_when_loaded_anew(importing: Importing) -> None:
    no_kind = "2018-03-17 18:00;;Norrby;;;45;Utan slag"
    importing.read("utan.csv", table(no_kind))
    importing.at("field-kind").select_option("foot_patrol")
    importing.read_again()
    importing.expect_tally("1", "0", "0")
    importing.screen.follow("lang-en")
    expect(importing.page.locator(".lk-import")).to_contain_text("Nothing is saved yet.")
    importing.expect_tally("1", "0", "0")
    importing.open_reading()
    expect(importing.at("field-kind")).to_have_value("foot_patrol")
    importing.page.reload()
    importing.expect_tally("1", "0", "0")
    expect(importing.page.locator(".lk-import")).to_contain_text("Nothing is saved yet.")
    importing.open_reading()
    expect(importing.at("field-kind")).to_have_value("foot_patrol")
    expect(importing.page.locator("html")).to_have_attribute("lang", "en")


def test_a_broken_file_gets_a_sentence_and_the_next_is_read(importing: Importing) -> None:
    failure = importing.page.locator(".lk-failure")
    for name, content in (("bild.csv", bytes(range(256)) * 8), ("tom.csv", b"")):
        importing.choose(name, content)
        expect(failure).to_contain_text(name, timeout=READ_MS)
        expect(failure).to_contain_text("Inget har sparats.")
    importing.read("nu.csv", table(HOSTILE))
    importing.expect_tally("0", "0", "1")
    assert importing.page.locator(".lk-problem-table img").count() == 0
    expect(importing.page.locator(".lk-problem-table")).to_contain_text("<img src=x")


def test_what_is_too_large_or_from_elsewhere_is_refused(server: Server) -> None:
    def answer(**headers: str) -> tuple[int, str]:
        request = urllib.request.Request(f"{server.url}/uploads?name=x.csv", b"a;b", headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as given:
                return given.status, given.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    own = {"X-Lofteskartan": "upload"}
    assert answer(**own)[0] == 200
    status, said = answer(**own, **{"Content-Length": "200000001"})
    assert status == 413
    assert "200" in said
    assert answer()[0] == 403
    assert answer(**own, Origin="https://example.org")[0] == 403


def test_a_lost_reading_is_told(screen: Screen) -> None:
    screen.open("/importera?job=" + "0" * 32)
    expect(screen.page.locator(".lk-import")).to_contain_text("Läsningen finns inte längre.")
