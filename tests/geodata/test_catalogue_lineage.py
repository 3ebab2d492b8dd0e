"""Promises that follow one another, drafts, what is unknown, and texts in Swedish only."""

from pathlib import Path

import pytest

from geodata.catalogue.loading import check, load_catalogue
from geodata.errors import CatalogueError
from geodata.model import LocalText
from geodata.settings import bundled_data
from geodata.texts import prose, words

SUCCESSOR = """
id = "{id}"
short = {{ sv = "Mark" }}
title = {{ sv = "Ett senare <löfte>", en = "A later promise" }}
municipality = "{municipality}"
predecessor = "{predecessor}"
period = {{ start = {start}, end = 2032-12-31, precision = "year" }}
background = {{ sv = "Bakgrund" }}
source = {{ title = {{ sv = "Sida", en = "Page" }}, publisher = "Marks kommun" }}
unknown = [{{ sv = "Vem som ansvarar", en = "Who is responsible" }}]
parties = [{{ id = "polisen", name = {{ sv = "Polisen", en = "The police" }} }}]
{more}
[[commitments]]
number = 1
title = {{ sv = "Vandringar", en = "Walks" }}
summary = {{ sv = "Vandringar hålls.", en = "Walks are held." }}
owners = []
areas = ["hedbo"]
forerunner = "{forerunner}"
measure = {{ type = "presence", kinds = ["safety_walk"] }}
source_paragraph = {{ sv = "Sidan", en = "The page" }}
"""


def written(folder: Path, **given: str) -> Path:
    usual = {
        "id": "mark-2029",
        "municipality": "Mark",
        "predecessor": "mark-2018",
        "start": "2029-01-01",
        "forerunner": "mark-2018/4",
        "more": "",
    }
    values = {**usual, **given}
    path = folder / "promises" / f"{values['id']}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SUCCESSOR.format(**values), encoding="utf-8")
    return path


def test_a_successor_knows_what_came_before(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert check([path], [bundled_data()])[0] == []
    promise = load_catalogue([bundled_data(), tmp_path]).promise_by_id["mark-2029"]
    assert promise.predecessor == "mark-2018"
    assert [c.forerunner for c in promise.commitments] == ["mark-2018/4"]
    assert promise.commitments[0].owners == ()
    assert [text.sv for text in promise.unknown] == ["Vem som ansvarar"]
    period = promise.period
    assert words("sv").period(period.start, period.end, period.precision) == "2029–2032"


@pytest.mark.parametrize(
    ("given", "place", "keys"),
    [
        ({"predecessor": "mark-1999"}, "predecessor", ["unknown_promise"]),
        (
            {"predecessor": "mark-2029", "forerunner": "mark-2029/1"},
            "predecessor",
            ["not_earlier"],
        ),
        ({"start": "2018-01-01"}, "predecessor", ["not_earlier"]),
        ({"municipality": "Borås"}, "predecessor", ["other_municipality"]),
        (
            {"forerunner": "mark-2018/7"},
            'commitments[1].forerunner "mark-2029/1"',
            ["unknown_forerunner"],
        ),
        (
            {"forerunner": "boras-2018/1"},
            'commitments[1].forerunner "mark-2029/1"',
            ["unknown_forerunner"],
        ),
    ],
)
def test_what_can_not_have_come_before(
    tmp_path: Path, given: dict[str, str], place: str, keys: list[str]
) -> None:
    mistakes, _ = check([written(tmp_path, **given)], [bundled_data()])
    assert [m.key for m in mistakes] == [f"catalogue.{key}" for key in keys]
    assert mistakes[0].place == place
    for language in ("sv", "en"):
        assert given.get("predecessor", "mark-2018") in words(language).error(mistakes[0])


def test_a_forerunner_needs_a_predecessor(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text(encoding="utf-8").replace('predecessor = "mark-2018"\n', "")
    path.write_text(text, encoding="utf-8")
    (mistake,), _ = check([path], [bundled_data()])
    assert mistake.key == "catalogue.unknown_forerunner"


def test_two_that_follow_each_other_are_refused(tmp_path: Path) -> None:
    one = written(tmp_path, id="mark-2029", predecessor="mark-2030", forerunner="mark-2030/1")
    two = written(tmp_path, id="mark-2030", predecessor="mark-2029", forerunner="mark-2029/1")
    assert {m.key for m in check([one, two], [bundled_data()])[0]} == {"catalogue.not_earlier"}
    with pytest.raises(CatalogueError):
        load_catalogue([bundled_data(), tmp_path])


def test_a_draft_is_no_promise_and_an_archived_one_is(tmp_path: Path) -> None:
    written(tmp_path, id="mark-2029", more="draft = true")
    written(tmp_path, id="mark-2030", more="archived = true")
    catalogue = load_catalogue([bundled_data(), tmp_path])
    assert [promise.id for promise in catalogue.drafts] == ["mark-2029"]
    assert "mark-2029" not in catalogue.promise_by_id
    assert "mark-2029/1" not in catalogue.commitment_by_id
    assert catalogue.promise_by_id["mark-2030"].archived
    # A draft may follow a draft, and is checked like any other.
    written(
        tmp_path, id="mark-2031", predecessor="mark-2029", start="2030-01-01", more="draft = true"
    )
    with pytest.raises(CatalogueError) as refused:
        load_catalogue([bundled_data(), tmp_path])
    assert [m.key for m in refused.value.mistakes] == ["catalogue.unknown_forerunner"]


def test_missing_english_is_listed_and_never_a_mistake(tmp_path: Path) -> None:
    mistakes, summary = check([written(tmp_path)], [bundled_data()])
    assert mistakes == []
    assert [m.place for m in summary.notes] == ["short", "background"]
    assert check([], [bundled_data()])[1].notes == ()


def test_a_text_without_english_is_shown_in_swedish_and_says_so() -> None:
    both, one = LocalText("Löfte & mål", "Promise"), LocalText("Löfte & mål")
    assert (both.to("en"), one.to("en"), one.to("sv")) == ("Promise", "Löfte & mål", "Löfte & mål")
    assert prose(both, "en") == "Promise"
    assert prose(one, "sv") == "Löfte &amp; mål"
    assert prose(one, "en") == '<span lang="sv">Löfte &amp; mål</span>'
