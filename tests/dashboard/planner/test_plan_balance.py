"""Balance on the page: every number opens to the records that it is made of, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest

from dashboard import panel
from dashboard.address import ViewState, from_href, href
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.planner import balance as page
from dashboard.planner.balance import percent
from geodata.model import LANGUAGES, Language
from geodata.planner.doses import asked_period, balance
from geodata.service import Service
from geodata.texts import words

Shown = Callable[..., tuple[str, OnMap]]


def context_of(service: Service, state: ViewState) -> Context:
    scope = service.scope(state.promise, state.as_of)
    promises, as_of = scope.promises, scope.as_of
    progress, ranked = service.progress(as_of.day), service.attention(promises, as_of.day)
    return Context(service, state, (), promises, as_of, progress, ranked, None, "planning")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, service: Service) -> Shown:
    """Show a state's panel, and return its HTML and what the map is to draw."""

    def show(state: ViewState) -> tuple[str, OnMap]:
        kept: dict[str, str] = {}

        def keep(context: Context, key: str, template: str, **values: Any) -> None:
            kept[key] = panel.templates().get_template(template).render(context.base() | values)

        monkeypatch.setattr(panel, "show", keep)
        drawn = page.show(context_of(service, state))
        return kept["planning_panel"], drawn

    return show


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def opens(html: str, id_: str) -> ViewState:
    found = re.search(rf'data-id="{id_}" href="([^"]*)"', html)
    assert found, id_
    return from_href(unescape(found[1]))[0]


BORAS = ViewState(promise="boras-2018", tool="balance")


def test_every_amount_opens_to_its_records(service: Service, shown: Shown) -> None:
    context = context_of(service, BORAS)
    asked = asked_period(context.promises, context.as_of.day, {})
    found = balance(service, context.promises, asked.period)
    html, _ = shown(BORAS)
    checked = 0
    for area in found.areas:
        piles = {
            "patrols": (area.amounts.patrols, "activity"),
            "hot_spots": (area.amounts.hot_spots, "spot"),
            "findings": (area.amounts.findings, "finding"),
        }
        for measure, (ids, record) in piles.items():
            name = f"open-{area.area_id}-{measure}"
            if not ids:
                assert f'data-id="{name}"' not in html
                continue
            listed, drawn = shown(opens(html, name))
            told = re.findall(rf'data-id="{record}-([0-9a-f-]{{36}})"', listed)
            assert set(told) <= set(ids)
            assert len(told) == min(len(ids), 15)
            assert len(drawn.features) == 1
            checked += 1
    assert checked >= 5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("promise", [None, "boras-2018", "mark-2018"])
def test_the_page_is_told_in_both_languages(
    shown: Shown, language: Language, promise: str | None
) -> None:
    html, drawn = shown(ViewState(language=language, promise=promise, tool="balance"))
    told = text_of(html)
    assert html.count("<h1") == 1
    assert words(language)("plan_balance.loop.title") in told
    assert "plan_balance." not in told
    assert not drawn.features


def test_an_area_without_findings_has_no_share_of_nought(shown: Shown) -> None:
    """DESIGN: nothing recorded is never 0 %."""
    told = text_of(shown(BORAS)[0])
    assert "inga iakttagelser" in told
    assert not re.search(r"(?<!\d)0\s%(?! )", told.replace("inte som 0 %.", ""))


def test_a_period_without_anything_says_so_and_asks_for_more(shown: Shown) -> None:
    html, _ = shown(
        ViewState(promise="boras-2018", tool="balance", as_of=date(2019, 1, 31)).asking(
            period="own", first="1999-01-01", last="1999-01-31"
        )
    )
    told = text_of(html)
    assert "Ingen patrulltid är registrerad" in told
    assert "Inga hot spots gällde" in told
    assert "Inga iakttagelser gjordes" in told


def test_residents_are_told_with_their_source_and_who_lacks_them(shown: Shown) -> None:
    told = text_of(shown(BORAS)[0])
    assert "4 121 boende" in told.replace("\xa0", " ")
    assert "andra hand" in told
    assert "inte känt för Hässleholmen, Hulta" in told
    assert "Boende" not in told.split("Utanför")[0].split("Iakttagelser är")[0]


def test_what_lies_elsewhere_is_told_apart_and_opens(shown: Shown) -> None:
    html, _ = shown(BORAS)
    listed, _ = shown(opens(html, "open-elsewhere-findings"))
    assert len(re.findall(r'data-id="finding-', listed)) == 15
    assert 'data-id="list-older"' in listed


@pytest.mark.parametrize("listed", ["norrby.persons", "nowhere.patrols", "norrby", ".", "x.y.z"])
def test_a_list_that_does_not_exist_opens_nothing(shown: Shown, listed: str) -> None:
    html, drawn = shown(ViewState(promise="boras-2018", tool="balance", listed=listed))
    assert "lk-opened" not in html
    assert not drawn.features


def test_a_small_share_is_never_rounded_to_nought() -> None:
    w = words("sv")
    assert percent(w, 0.001) == "under 1 %"
    assert percent(w, 0.494) == "49 %"
    assert percent(w, None) == ""


def test_links_stay_on_the_page(shown: Shown) -> None:
    html, _ = shown(BORAS)
    wanted, page = from_href(href(opens(html, "open-norrby-patrols"), "planning"))
    assert (page, wanted.tool, wanted.promise) == ("planning", "balance", "boras-2018")
