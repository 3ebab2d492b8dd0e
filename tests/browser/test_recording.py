"""Writing down by hand, as a planner does: records, walks, changes, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.photographs import photo

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

IN_PERIOD: Final = "2018-05-15"
MEETINGS: Final = "boras-2018/5"
WALKS: Final = "mark-2018/4"
IDENTITY_NUMBER: Final = "811228-9874"
"""Nobody's, with a check digit that is right."""

IN_NORRBY: Final = (57.7245, 12.9295)
IN_HULTA: Final = (57.71815, 12.97558)
IN_HEDBO: Final = ((57.4838, 12.6430), (57.4843, 12.6445), (57.4835, 12.6450))

LOST: Final = "reaching server endpoint|not responding|ERR_|WebSocket|Failed to (load|fetch)"

SERIOUS: Final = ("serious", "critical")

SAVED: Final = "form.lk-saved"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register of these tests' own: they write in it."""
    return start_server("--register", "writing.sqlite", "--basemap", "none")


@pytest.fixture
def screen(open_screen: Callable[..., Screen], server: Server) -> Iterator[Screen]:
    opened = open_screen(server)
    yield opened
    # Readers share a browser here, and what one left half written is not the next one's.
    opened.page.evaluate("localStorage.clear()")


class Form:
    """The form of the recording page, filled in as a reader does."""

    def __init__(self, screen: Screen, address: str = "") -> None:
        self.screen, self.page = screen, screen.page
        if address:
            screen.open(address)
        expect(self.save_button).to_be_visible()

    @property
    def save_button(self) -> Locator:
        return self.page.locator('[data-id="save"]')

    @property
    def heading(self) -> Locator:
        return self.page.locator("#lk-card-heading")

    @property
    def place(self) -> Locator:
        return self.page.locator(".lk-place-now")

    @property
    def strip(self) -> Locator:
        return self.page.locator(SAVED)

    def field(self, name: str) -> Locator:
        return self.page.locator(f'[data-id="field-{name}"]')

    def tick(self, commitment: str) -> Locator:
        return self.page.locator(f'[data-id="tick-{commitment}"]')

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            # The panel is made anew at any moment: found again for each step.
            field = self.field(name)
            if field.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
                field.press("Tab")

    def holds(self, **values: str) -> None:
        for name, value in values.items():
            expect(self.field(name)).to_have_value(value)

    def save(self) -> None:
        self.screen.wait_until_still()
        self.save_button.click()

    def click_map(self, lat: float, lon: float) -> None:
        """Click bare ground, or whatever stands there."""
        self.screen.wait_until_still()
        self.screen.map_says("window.map && map.getContainer().classList.contains('lk-picking')")
        at = self.screen.frame.evaluate(
            """([lat, lon]) => {
              const at = map.latLngToContainerPoint([lat, lon]);
              const box = map.getContainer().getBoundingClientRect();
              return [at.x + box.left, at.y + box.top];
            }""",
            [lat, lon],
        )
        box = self.page.locator(".st-key-map_panel iframe").bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + at[0], box["y"] + at[1])


def _a_meeting(form: Form, note: str) -> None:
    form.fill(kind="information_meeting", date=IN_PERIOD, minutes="45", note=note, by="kontoret")


def _saved_activity(screen: Screen, note: str) -> str:
    """Save a meeting in Norrby; return its id."""
    form = Form(screen, "/registrera?area=norrby")
    _a_meeting(form, note)
    form.save()
    expect(form.strip).to_be_visible()
    screen.follow("saved-card")
    expect(screen.heading("activity_card")).to_have_text("Informationsmöte")
    screen.page.wait_for_function("() => new URLSearchParams(location.search).has('activity')")
    return screen.query["activity"]


def _notes(screen: Screen, area: str) -> int:
    """Return how many activities an area's card counts."""
    screen.open(f"/?area={area}&page=1")
    expect(screen.card("area_card")).to_be_visible()
    return screen.card("area_card").locator('[data-id^="activity-"]').count()


# --- an activity ---------------------------------------------------------------------------------


def test_an_activity_is_recorded_from_an_areas_card_looked_at_and_undone(screen: Screen) -> None:
    screen.open("/?area=norrby")
    screen.follow("record-here")
    form = Form(screen)
    form.holds(area="norrby")
    form.fill(kind="information_meeting", date=IN_PERIOD)
    expect(form.tick(MEETINGS)).to_be_checked()
    suggested = screen.page.locator(".lk-commit", has=form.tick(MEETINGS))
    expect(suggested).to_contain_text("Slag, område och dag stämmer.")
    # Another one can still be ticked, and says why it would not count.
    screen.page.locator('[data-id="other-commitments"] summary').click()
    other = screen.page.locator(".lk-commit", has=form.tick("boras-2018/1"))
    expect(other).to_contain_text("Räknas inte: slaget ingår inte.")
    expect(form.tick("boras-2018/1")).not_to_be_checked()

    form.click_map(*IN_NORRBY)
    expect(form.place).to_contain_text("från Almåsskolan, i Norrby (57,724")
    form.fill(known_place="Västgötagatan/12.92849/57.72199")
    expect(form.place).to_contain_text(
        "vid Västgötagatan, 10 m utanför Norrby (57,72199, 12,92849)"
    )
    # Larger than any dot, by its point on the place, and the dots step back.
    pin = screen.frame.locator(".lk-pin")
    expect(pin).to_be_visible()
    tall = pin.evaluate("node => node.getBoundingClientRect().height")
    largest = screen.frame.evaluate(
        "Math.max(...[...document.querySelectorAll('path.lk-point')]"
        ".map(n => n.getBoundingClientRect().height), 0)"
    )
    assert tall > 2 * min(largest, 24)
    screen.link("no-place").click()
    expect(form.place).to_contain_text("Klicka på kartan")
    form.holds(known_place="", kind="information_meeting", area="norrby")
    form.click_map(*IN_NORRBY)
    expect(form.place).to_contain_text("från Almåsskolan, i Norrby (57,724")
    form.fill(minutes="45", participants="30", note="Om belysningen", by="områdespolis Norrby")
    form.save()

    expect(form.strip).to_contain_text("Informationsmöte · Norrby · 15 maj 2018")
    form.holds(note="", minutes="", area="norrby", by="områdespolis Norrby")
    screen.follow("saved-card")
    expect(screen.heading("activity_card")).to_have_text("Informationsmöte")
    expect(screen.card("activity_card")).to_contain_text("Om belysningen")
    expect(screen.card("activity_card")).to_contain_text("Minst fyra informationsmöten")
    screen.page.go_back()
    form = Form(screen)
    screen.link("undo-saved").click()
    expect(form.strip).to_contain_text("Ångrat")
    expect(screen.link("undo-saved")).to_have_text("Ta tillbaka")
    screen.page.go_forward()
    expect(screen.card("activity_card").locator(".lk-note")).to_contain_text("borttagen")


def test_the_area_comes_from_the_click_where_none_was_chosen(screen: Screen) -> None:
    form = Form(screen, "/registrera?promise=boras-2018")
    form.holds(area="")
    screen.wait_for_view_of("area", "hulta")
    form.click_map(*IN_HULTA)
    form.holds(area="hulta")
    # It was the click's choice, so the next click changes it; a reader's own choice stays.
    form.click_map(*IN_NORRBY)
    form.holds(area="norrby")
    form.fill(area="hassleholmen")
    form.click_map(*IN_HULTA)
    expect(screen.page.locator(".lk-odd")).to_contain_text("Platsen ligger i Hulta")
    form.holds(area="hassleholmen")


def test_what_was_typed_outlasts_a_click_another_language_and_a_reload(screen: Screen) -> None:
    form = Form(screen, "/registrera?area=norrby")
    form.fill(kind="information_meeting", date=IN_PERIOD, note="Första raden\nAndra", by="kontoret")
    expect(form.tick(MEETINGS)).to_be_checked()
    form.tick(MEETINGS).uncheck()
    form.click_map(*IN_NORRBY)
    expect(form.place).to_contain_text("Vald plats")

    def still_there() -> None:
        form.holds(kind="information_meeting", date=IN_PERIOD, note="Första raden\nAndra")
        form.holds(by="kontoret", area="norrby")
        expect(form.place).to_contain_text(re.compile("57[.,]724"))
        expect(form.tick(MEETINGS)).not_to_be_checked()

    still_there()
    screen.follow("lang-en")
    expect(form.heading).to_have_text("New activity")
    still_there()
    screen.page.reload()
    expect(form.heading).to_have_text("New activity")
    still_there()
    screen.follow("page-map")
    expect(screen.heading("area_card")).to_have_text("Norrby")
    screen.follow("page-record")
    expect(form.heading).to_have_text("New activity")
    still_there()
    screen.follow("clear", ".lk-send")
    form.holds(note="", kind="", area="norrby")
    expect(form.place).not_to_contain_text("57")


def test_a_lost_connection_loses_nothing(screen: Screen, server: Server) -> None:
    screen.allow_on_console(LOST, "the server is stopped on purpose")
    before = _notes(screen, "hulta")
    form = Form(screen, "/registrera?area=hulta")
    _a_meeting(form, "Skrivet före avbrottet")
    with server.away():
        form.field("participants").fill("12")
        form.field("note").fill("Skrivet under avbrottet")
        # Said in the reader's language and in nobody's way; the host's own window is closed.
        away = screen.page.locator(".lk-away")
        expect(away).to_have_text(
            "Servern svarar inte. Det du har skrivit finns kvar, "
            "och sidan försöker igen av sig själv."
        )
        expect(screen.page.locator("[role=dialog]")).to_have_count(0)
    expect(screen.page.locator(".stApp")).to_have_attribute(
        "data-test-connection-state", "CONNECTED"
    )
    expect(away).to_have_text("")
    form.holds(kind="information_meeting", date=IN_PERIOD, participants="12", area="hulta")
    form.holds(note="Skrivet under avbrottet", by="kontoret")

    # The server that has just started is told of it, and suggests as the one before it did.
    expect(form.tick(MEETINGS)).to_be_checked()
    form.save()
    expect(form.strip).to_contain_text("Sparat.")
    form.holds(note="")
    assert _notes(screen, "hulta") == before + 1


def test_a_save_without_an_answer_says_so_and_sent_again_is_saved_once(
    screen: Screen, server: Server
) -> None:
    before = _notes(screen, "hulta")
    form = Form(screen, "/registrera?area=hulta")
    _a_meeting(form, "Skickat två gånger")
    expect(form.tick(MEETINGS)).to_be_checked()
    screen.wait_until_still()
    with server.keeping_still():
        screen.page.eval_on_selector("form[data-hears]", "form => { form.dataset.patience = 300; }")
        form.save_button.click()
        status = screen.page.locator(".lk-send [data-status]")
        expect(status).to_contain_text("Det du skrivit finns kvar")
        form.holds(note="Skickat två gånger")
        form.save_button.click()
    expect(form.strip).to_contain_text("Sparat.")
    screen.wait_until_still()
    assert _notes(screen, "hulta") == before + 1


def test_a_refused_save_says_field_and_reason_and_leads_the_keyboard_there(
    screen: Screen, server: Server
) -> None:
    form = Form(screen, "/registrera?area=norrby")
    form.fill(date="2018-02-30", minutes="många", by="kontoret")
    form.save()
    expect(form.field("kind")).to_be_focused()
    for name, reason in [("kind", "Välj ett"), ("minutes", "heltal"), ("date", "2018-02-30")]:
        field = form.field(name)
        expect(field).to_have_attribute("aria-invalid", "true")
        told = screen.page.locator(f"#{field.get_attribute('aria-describedby')}")
        expect(told).to_contain_text(reason)
    above = screen.page.locator(".lk-failure")
    expect(above).to_contain_text("3 uppgifter behöver rättas.")

    # What is corrected is no longer said to be wrong, beside the field nor above.
    form.field("minutes").fill("30")
    expect(screen.page.locator("#lk-minutes-fault")).to_have_count(0)
    expect(above).to_contain_text("2 uppgifter behöver rättas.")
    form.fill(date=IN_PERIOD)
    expect(screen.page.locator("#lk-date-fault")).to_have_count(0)
    expect(above).to_contain_text("En uppgift behöver rättas.")
    form.fill(kind="patrol", note=f"Talade med {IDENTITY_NUMBER}.")
    form.save()
    expect(form.field("note")).to_be_focused()
    expect(screen.page.locator("#lk-note-fault")).to_contain_text("person")
    elsewhere = screen.page.evaluate(
        """() => [...document.querySelectorAll("*")].filter(node => node.tagName !== "TEXTAREA"
              && [...node.childNodes].some(n => n.nodeType === 3 && /9874/.test(n.data))).length"""
    )
    assert elsewhere == 0
    assert "9874" not in server.log
    form.fill(note="Talade med en boende.")
    form.save()
    expect(form.strip).to_be_visible()
    expect(screen.page.locator(".lk-fault")).to_have_count(0)


# --- changes -------------------------------------------------------------------------------------


def test_a_record_is_changed_withdrawn_taken_back_and_an_earlier_version_brought_back(
    screen: Screen,
) -> None:
    _saved_activity(screen, "Första lydelsen")
    card = screen.card("activity_card")
    screen.follow("change")
    form = Form(screen)
    form.holds(note="Första lydelsen", minutes="45")
    form.fill(note="Andra lydelsen", minutes="50", by="stadsdelskontoret")
    form.save()
    expect(card.locator(SAVED)).to_contain_text("Ändringen är sparad.")
    expect(card).to_contain_text("Andra lydelsen")

    card.locator('[data-id="history"] > summary').click()
    newest = card.locator(".lk-versions > li").first
    expect(newest).to_contain_text("stadsdelskontoret")
    expect(newest.locator("dl")).to_contain_text("Första lydelsen → Andra lydelsen")
    expect(newest.locator("dl")).to_contain_text("45 → 50")

    withdraw = card.locator('[data-id="void"]')
    withdraw.click()
    expect(withdraw).to_have_text("Ta bort? Tryck igen")
    withdraw.click()
    expect(card.locator(SAVED)).to_contain_text("Borttagen. Den finns kvar i historiken")
    expect(card.locator('[data-id="history"]')).to_have_attribute("open", "")
    card.locator('[data-id="restore"]').click()
    expect(card.locator(SAVED)).to_contain_text("Tillbaka igen.")
    expect(card.locator(".lk-note")).to_have_count(0)
    bring = card.locator('[data-id="bring-1"]')
    bring.click()
    expect(bring).to_have_text("Återgå? Tryck igen")
    bring.click()
    expect(card.locator(".lk-versions > li")).to_have_count(5)
    expect(card.locator(".lk-versions > li").first).to_contain_text("Andra lydelsen → Första")
    expect(card.locator("article > p").filter(has_text="Första lydelsen")).to_be_visible()


def test_a_finding_gets_a_photo_and_is_settled_by_another_in_two_taps(
    screen: Screen, tmp_path: Path
) -> None:
    form = Form(screen, "/registrera?form=finding&area=norrby")
    screen.page.get_by_label("Belysning").check(force=True)
    form.fill(day=IN_PERIOD, text="Lampan", by="kontoret")
    form.save()
    expect(form.strip).to_be_visible()
    screen.follow("saved-card")
    card, files = screen.card("finding_card"), []
    for kind in ("HEIF", "JPEG"):
        files.append(tmp_path / kind)
        files[-1].write_bytes(photo(kind))
    shown = card.locator(".lk-photo-list > li")

    # Who it is was said in the form before.
    expect(card.locator('[data-id="photos-by"]')).to_have_value("kontoret")
    card.locator('[data-id="add-photo"]').set_input_files(files[0])
    expect(shown).to_have_count(1)
    expect(shown.locator("figcaption")).to_have_text("Före")
    with screen.page.expect_file_chooser() as chosen:
        card.locator('[data-id="settle-photo"]').click()
    chosen.value.set_files(files[1])
    expect(shown).to_have_count(2)
    expect(shown.nth(1).locator("figcaption")).to_have_text("Efter")
    expect(card.locator('[data-status="done"]')).to_be_visible()
    for one in shown.locator("img").all():
        # It is drawn, and as wide as the thumbnail that the server made.
        expect(one).to_have_js_property("naturalWidth", 240)
    shown.nth(0).locator("summary").click()
    shown.nth(0).locator('button[value="void"]').click()
    expect(shown).to_have_count(1)
    card.locator('[data-id="undo-photo"]').click()
    expect(shown).to_have_count(2)
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")
    screen.page.evaluate(axe.AXE_SCRIPT)
    told = screen.page.evaluate("axe.run('.lk-card', {resultTypes: ['violations']})")
    assert [one["id"] for one in told["violations"] if one["impact"] in SERIOUS] == []


@pytest.mark.parametrize("mine_wins", [True, False])
def test_two_who_change_the_same_record_are_both_heard(
    screen: Screen, open_screen: Callable[..., Screen], server: Server, mine_wins: bool
) -> None:
    id_ = _saved_activity(screen, "Ursprunglig")
    mine, theirs = screen, open_screen(server, fresh=True)
    forms = [Form(one, f"/registrera?activity={id_}") for one in (mine, theirs)]
    forms[1].fill(note="Deras", by="polisen")
    forms[1].save()
    expect(theirs.card("activity_card")).to_contain_text("Deras")

    forms[0].fill(note="Min", by="kontoret")
    forms[0].save()
    told = mine.page.locator(".lk-conflict")
    expect(told).to_contain_text("polisen ändrade den")
    expect(told.locator("tbody tr")).to_have_count(1)
    expect(told.locator("tbody tr td")).to_have_text(["Deras", "Min"])
    forms[0].holds(note="Min")
    if mine_wins:
        expect(forms[0].save_button).to_have_text("Spara min version")
        forms[0].save()
        expect(mine.card("activity_card")).to_contain_text("Min")
    else:
        mine.follow("clear", ".lk-send")
        expect(told).to_have_count(0)
        forms[0].holds(note="Deras")
    theirs.open(f"/?activity={id_}")
    said = "Min" if mine_wins else "Deras"
    expect(theirs.card("activity_card").locator("article > p").nth(2)).to_have_text(said)


# --- a safety walk, all the way ------------------------------------------------------------------


GPX: Final = """<?xml version="1.0"?><gpx version="1.1" creator="t"
xmlns="http://www.topografix.com/GPX/1/1"><trk><name>Hedbo</name><trkseg>{points}</trkseg></trk>
</gpx>"""


def _track(folder: Path) -> Path:
    points = "".join(f'<trkpt lat="{57.4838 + n / 10_000}" lon="12.643"/>' for n in range(10))
    file = folder / "spår.gpx"
    file.write_text(GPX.format(points=points), encoding="utf-8")
    return file


def test_a_walk_is_planned_drawn_held_and_walked_again(screen: Screen, tmp_path: Path) -> None:
    screen.open("/?area=hedbo")
    screen.follow("plan-walk")
    form = Form(screen)
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    for number, at in enumerate(IN_HEDBO, start=1):
        form.click_map(*at)
        screen.map_says(
            "n => document.querySelectorAll('.leaflet-interactive, path').length > n", number
        )
    expect(form.place).to_contain_text("Vägen är 0,2 km.")
    bar = screen.frame.locator(".lk-drawing button")
    bar.first.click()
    expect(form.place).to_contain_text("Vägen är 0,1 km.")
    bar.last.click()
    expect(form.place).to_contain_text("Klicka på kartan")
    # The keyboard's way: known places one after the other.
    for place in ("Hedbo/12.64335/57.48379", "Hedbovägen/12.64732/57.48591"):
        form.fill(known_place=place)
        screen.follow("way-to-place")
        form.holds(known_place="")
    expect(form.place).to_contain_text("Vägen är 0,3 km.")
    screen.link("no-way").click()
    expect(form.place).to_contain_text("Klicka på kartan")
    form.click_map(*IN_HEDBO[0])
    form.click_map(*IN_HEDBO[1])
    expect(form.place).to_contain_text("Vägen är 0,1 km.")
    form.fill(date=IN_PERIOD, meeting_point="Torget", invited="Hyresgäster", by="kontoret")
    expect(form.tick(WALKS)).to_be_checked()
    form.save()
    card = screen.card("walk_card")
    expect(card.locator("h1")).to_have_text("Planerad vandring")
    expect(card.locator(SAVED)).to_contain_text("Vandringen är sparad.")

    # A plan is changed as a plan: nobody says by that that it was held.
    screen.follow("change")
    form = Form(screen)
    form.holds(meeting_point="Torget", date=IN_PERIOD)
    expect(screen.link("status-held")).to_have_count(0)
    form.fill(invited="Hyresgäster och förening", by="kontoret")
    form.save()
    expect(card.locator("h1")).to_have_text("Planerad vandring")
    expect(card).to_contain_text("Hyresgäster och förening")

    screen.follow("held")
    form = Form(screen)
    # Only what is known afterwards is asked; what was planned has a form of its own.
    form.holds(date=IN_PERIOD)
    expect(form.field("meeting_point")).to_be_hidden()
    expect(screen.link("status-held")).to_have_count(0)
    expect(form.field("participants")).to_be_visible()
    screen.page.set_input_files("#lk-track", _track(tmp_path))
    # Nine steps of a ten-thousandth of a degree northwards, 11.1 m each.
    expect(form.place).to_contain_text("Vägen är 0,1 km.")
    form.fill(participants="14", by="kontoret")
    form.save()
    expect(card.locator("h1")).to_have_text("Genomförd vandring")
    expect(card).to_contain_text("14")
    walk = screen.query["walk"]

    _a_finding(screen, card)
    screen.open(f"/?walk={walk}&area=hedbo")
    with screen.page.context.expect_page() as opened:
        screen.link("sheet").click()
    sheet = opened.value
    expect(sheet.locator("h1")).to_have_text("Hedbo")
    expect(sheet.locator("svg path").first).to_be_visible()
    expect(sheet.locator(".stops li")).to_have_count(1)
    expect(sheet.locator(".second .tick")).to_have_count(7 + 3)
    expect(sheet.locator("tbody tr")).to_have_count(8)
    sheet.close()

    screen.follow("change")
    form = Form(screen)
    form.fill(followed_up="2018-06-01", by="kontoret")
    form.save()
    expect(card).to_contain_text("1 juni 2018")
    screen.follow("again")
    form = Form(screen)
    expect(form.heading).to_have_text("Gå vandringen igen")
    form.holds(area="hedbo", meeting_point="Torget", invited="Hyresgäster och förening", date="")
    expect(form.place).to_contain_text("Vägen är 0,1 km.")
    form.fill(date="2018-09-10", by="kontoret")
    form.save()
    expect(card.locator("h1")).to_have_text("Planerad vandring")
    expect(card.locator(f'[data-id="repeats-{walk}"]')).to_have_text("15 maj 2018")

    # One held walk counts once, the planned one not at all.
    screen.open(f"/?commitment={WALKS}&area=hedbo")
    commitment = screen.card("commitment_card")
    expect(commitment.locator('[data-id^="activity-"]')).to_have_count(1)


def _a_finding(screen: Screen, walk_card: Locator) -> None:
    """Write down a finding of the walk whose card is open, and see it mended."""
    screen.follow("add-finding")
    form = Form(screen)
    screen.page.get_by_label("Belysning").check(force=True)
    form.fill(text="Trasig lampa vid porten", owner="marks-bostad", due="2018-06-15")
    form.click_map(*IN_HEDBO[0])
    expect(form.place).to_contain_text("Vald plats")
    form.fill(by="kontoret")
    form.save()
    expect(form.strip).to_contain_text("Belysning · Hedbo · 15 maj 2018")
    screen.follow("back")
    expect(walk_card).to_contain_text("Trasig lampa vid porten")
    screen.open("/?promise=mark-2018")
    expect(screen.link("area-hedbo")).to_contain_text("1 öppen iakttagelse")
    screen.open("/?area=hedbo")
    screen.wait_for_drawn("status", "open")
    screen.card("area_card").locator('[data-id^="finding-"]').click()
    card = screen.card("finding_card")
    expect(card.locator("h1")).to_have_text("Belysning")
    screen.follow("change")
    form = Form(screen)
    form.fill(status="done", status_day="2018-06-10", by="Marks Bostad")
    form.save()
    expect(card).to_contain_text("Åtgärdad")
    screen.wait_for_drawn("status", "open", drawn=False)
    card.locator('[data-id="history"] > summary').click()
    expect(card.locator(".lk-versions dl").first).to_contain_text("Åtgärdad")


# --- by keyboard, and for everybody --------------------------------------------------------------


def test_an_activity_is_recorded_by_keyboard_alone(screen: Screen) -> None:
    screen.open("/?area=hassleholmen")
    keyboard = screen.page.keyboard
    screen.tab_to('[data-id="record-here"]')
    keyboard.press("Enter")
    form = Form(screen)
    expect(form.heading).to_be_focused()
    screen.tab_to('[data-id="field-kind"]')
    keyboard.type("Informationsmöte")
    screen.tab_to('[data-id="field-date"]')
    keyboard.press("Control+A")
    keyboard.type(IN_PERIOD)
    keyboard.press("Tab")
    expect(form.tick(MEETINGS)).to_be_checked()
    screen.tab_to('[data-id="field-minutes"]')
    keyboard.type("60")
    screen.tab_to('[data-id="field-known_place"]')
    keyboard.press("ArrowDown")
    expect(form.place).to_contain_text("Vald plats")
    screen.tab_to(f'[data-id="tick-{MEETINGS}"]')
    screen.tab_to('[data-id="party-polisen"]')
    keyboard.press("Space")
    screen.tab_to('[data-id="field-note"]')
    keyboard.type("Med tangentbordet")
    screen.tab_to('[data-id="field-by"]')
    keyboard.press("Control+A")
    keyboard.type("kontoret")
    keyboard.press("Control+Enter")
    expect(form.strip).to_contain_text("Informationsmöte · Hässleholmen · 15 maj 2018")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_forms_are_for_everybody(screen: Screen, language: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")
    found: list[Any] = []
    for form in ("activity", "walk", "finding"):
        filled = Form(screen, f"/registrera?area=norrby&form={form}&lang={language}")
        filled.save()
        expect(screen.page.locator(".lk-fault").first).to_be_visible()
        screen.wait_until_still()
        for frame in screen.page.frames:
            frame.evaluate(axe.AXE_SCRIPT)
        told = screen.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        found += [
            (form, v["id"], n["html"][:200])
            for v in told
            if v["impact"] in SERIOUS
            for n in v["nodes"]
        ]
    assert found == []
