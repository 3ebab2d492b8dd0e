"""Indicators on the screen: drawn to scale, broken where the question changes, on no other area."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard import panel
from dashboard.address import ViewState, from_query, href
from dashboard.context import Context
from dashboard.screens.followup.page import PROMISES_AT_MOST, seen
from geodata.analysis.indicators import Told, told
from geodata.catalogue.readings import period_written
from geodata.model import LANGUAGES, Catalogue, Language, Period
from geodata.publish.charts import SIZE, chart
from geodata.service import Service
from geodata.service.following import seen_in
from geodata.texts import words

YEAR_2018 = Period(date(2018, 1, 1), date(2018, 12, 31))


def context_of(service: Service, promise: str, language: Language = "sv") -> Context:
    state = ViewState(promise=promise, language=language)
    scope = service.scope(promise, None)
    progress = service.progress(scope.as_of.day)
    return Context(service, state, (), scope.promises, scope.as_of, progress, (), None, "followup")


def rendered(service: Service, promise: str, language: Language = "sv") -> str:
    context = context_of(service, promise, language)
    template = panel.templates().get_template("indicators.html")
    html = template.render({**context.base(), **seen(context)})
    return re.sub(r"\s+", " ", html)


def found(catalogue: Catalogue, id_: str) -> Told:
    return told(catalogue, next(i for i in catalogue.indicators if i.id == id_))


def test_readings_stand_where_their_time_and_value_are(service: Service) -> None:
    made = chart(found(service.catalogue, "ntu-fortroende-polisen"), YEAR_2018)
    assert made is not None
    # 2017 to the end of 2022 are 2,191 days from 34 to 386, 0 to 100 from 150 up to 24.
    assert (SIZE.left, SIZE.right, SIZE.floor) == (34, 386, 150)
    (line,) = made.lines
    assert [dot.value for dot in line] == [42, 49, 54, 58, 59]
    # The middle of 2017 is its 182nd day: 34 + 352 · 182 / 2191 = 63.2; 150 − 126 · 0.42 = 97.1.
    assert (line[0].x, line[0].y) == pytest.approx((63.2, 97.1), abs=0.05)
    assert line[-1].y == pytest.approx(150 - 126 * 0.59, abs=0.05)
    # All of 2018: its first day is the 365th, the day after its last the 730th.
    assert made.shade == pytest.approx((34 + 352 * 365 / 2191, 34 + 352 * 730 / 2191), abs=0.05)
    assert [level for _, level in made.levels] == [0, 50, 100]
    assert [year for _, year in made.years] == [2017, 2018, 2019, 2020, 2021, 2022]
    assert made.breaks == ()
    assert [dot.ends for dot in line] == [None] * 5


def test_a_changed_question_has_a_line_of_its_own(service: Service) -> None:
    made = chart(found(service.catalogue, "mark-trygghet-webb"), YEAR_2018)
    assert made is not None
    before, after = made.lines
    (between,) = made.breaks
    assert len(before) == len(after) == 1
    assert before[0].x < between < after[0].x


def test_words_and_what_has_no_time_are_not_drawn(service: Service) -> None:
    for id_ in ("polisens-lista-norrby", "boras-trygghetsindex", "boras-undvikit"):
        assert chart(found(service.catalogue, id_), YEAR_2018) is None


def test_a_scale_begins_at_nought_and_holds_the_highest(service: Service) -> None:
    made = chart(found(service.catalogue, "boras-folkmangd"), YEAR_2018)
    assert made is not None
    levels = [level for _, level in made.levels]
    assert levels[0] == 0
    assert levels[-1] >= 114_592
    assert not made.is_labelled  # six of them would lie on each other
    assert all(made.left <= dot.x <= SIZE.right and dot.y >= 24 for dot in made.lines[0])


def test_an_interval_stands_around_its_dot(service: Service) -> None:
    catalogue = service.catalogue
    like = next(r for r in catalogue.readings if r.indicator == "boras-undvikit")
    known = replace(like, id="boras-undvikit/1/2030", period=period_written("2030"), value=20.0)
    made = chart(found(replace(catalogue, readings=(known,)), "boras-undvikit"), YEAR_2018)
    assert made is not None
    ((dot,),) = made.lines
    assert dot.ends is not None
    low, high = dot.ends
    assert low > dot.y > high  # up is less


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_self_selected_survey_says_so_beside_its_figures(
    service: Service, language: Language
) -> None:
    html = rendered(service, "mark-2018", language)
    w = words(language)
    figure = next(f for f in html.split("<figure>") if "39" in f and "57" in f)
    assert w("indicators.self_selected") in figure
    assert w("indicator.method.open_web_form") in figure
    assert html.count(w("indicators.self_selected")) == 1  # of the one that is
    # The line breaks, and says why, in the chart's words and in the table.
    assert figure.count("lk-indicator-break") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawn_value_stands_in_the_table_too(service: Service, language: Language) -> None:
    w = words(language)
    for promise in service.catalogue.promises:
        html = rendered(service, promise.id, language)
        for figure in html.split("<figure>")[1:]:
            # Two charts at the most have a value in each language; the table has it with its time.
            table = figure[figure.index("<table") : figure.index("</table>")]
            for value in re.findall(r'class="lk-value">([^<]+)<', figure):
                assert f"<b>{value}</b>" in table
        assert w("indicators.title") in html


def test_what_has_no_number_is_told_in_words(service: Service) -> None:
    html = rendered(service, "boras-2018")
    assert "Ungefär var femte" in html
    assert "svar: 2 202 av 5 800 (38,0 %); källan anger 40,9 %" in html.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "Tiden är inte känd" in html


def test_a_promise_without_known_goals_says_so(service: Service) -> None:
    html = rendered(service, "boras-2022-centrum")
    assert words("sv")("indicators.goals_unknown") in html


def test_an_areas_card_has_its_own_indicators_only(service: Service) -> None:
    for area in service.catalogue.areas:
        shown = seen_in(service, area.id)
        assert all(t.indicator.area == area.id for t in shown)
        assert all(t.indicator.level == "area" for t in shown)
    assert [t.indicator.id for t in seen_in(service, "norrby")] == [
        *("norrby-enkat", "polisens-lista-norrby")
    ]


def test_of_very_many_promises_one_has_to_be_chosen(service: Service) -> None:
    context = context_of(service, "mark-2018")
    many = replace(context, promises=context.promises * (PROMISES_AT_MOST + 1))
    template = panel.templates().get_template("indicators.html")
    html = template.render({**many.base(), **seen(many)})
    assert words("sv")("indicators.choose") in html
    assert "<figure>" not in html


def test_a_link_leads_to_each_readings_form(service: Service) -> None:
    context = context_of(service, "mark-2018")
    form = seen(context)["form"]
    for reading in service.catalogue.readings:
        query = dict(parse_qsl(urlsplit(href(form(reading.id), "followup")).query))
        asked = from_query(query)[0]
        assert asked == form(reading.id)
        assert asked.choices == {"task": "reading", "of": reading.id}
