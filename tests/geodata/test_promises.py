"""Promises on their way out and in: as a file, and by a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geodata.catalogue.succession import following, successor
from geodata.cli import command_line
from geodata.errors import CatalogueError, UnknownIdError
from geodata.model import LANGUAGES, Count, Goal, LocalText, Milestone, Party, Period, Step
from geodata.service import Service
from geodata.service.adding import propose, take_in
from geodata.service.entries import Begun, bring_back, versions, withdraw, withdrawn
from geodata.service.entries import begun as begun_of
from geodata.service.exporting import Wanted, gather
from geodata.service.following import comparisons
from geodata.service.promises import Filled, archive, every_promise, filled, form_values, save
from geodata.service.publishing import Publishing, public_content
from geodata.service.recording import Conflict, Refused, Saved
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url
from geodata.texts import words

from ..years import twelve_years_on

TODAY = date(2031, 2, 1)
NOW = datetime(2031, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def register(tmp_path: Path, blank_file: Path) -> Path:
    path = tmp_path / "register.sqlite"
    path.write_bytes(blank_file.read_bytes())
    return path


@pytest.fixture
def service(register: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(register)), (), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: TODAY) as opened:
        yield opened


def seen(service: Service, id_: str, number: int) -> Begun:
    """Return a promise as somebody has it who last saw that revision."""
    return replace(begun_of(service, "promise", id_), number=number)


def export(register: Path, *arguments: str | Path) -> str:
    asked = ["export", *map(str, arguments), "--register", str(register)]
    done = CliRunner().invoke(command_line, asked)
    assert done.exit_code == 0, done.output
    return done.output


# --- as a file -----------------------------------------------------------------------------------


def test_a_promise_is_taken_out_word_for_word_and_in_again(
    service: Service, register: Path, tmp_path: Path
) -> None:
    file, terms = tmp_path / "mark-2018.toml", tmp_path / "vocabulary-mark.toml"
    export(register, file, "--terms", terms)
    shipped = bundled_data() / "promises/mark-2018.toml"
    assert file.read_bytes() == shipped.read_bytes()
    assert propose(service, [(f.name, f.read_bytes()) for f in (file, terms)]).is_nothing
    # What was changed in the register is what comes out, not what was shipped.
    changed = shipped.read_bytes().replace(b"Fotpatruller i uniform", b"Fotpatruller")
    take_in(service, propose(service, [("mark.toml", changed)]), by="kansliet")
    other = tmp_path / "mark.toml"
    export(register, other, "--promise", "mark-2018")
    assert other.read_bytes() == changed


def test_no_file_is_written_for_a_promise_that_there_is_not(
    service: Service, register: Path, tmp_path: Path
) -> None:
    del service
    asked = ["export", str(tmp_path / "mark-1999.toml"), "--register", str(register)]
    assert CliRunner().invoke(command_line, asked).exit_code == 1
    assert not (tmp_path / "mark-1999.toml").exists()


# --- the one that follows ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "next_start", "next_end", "day", "moved"),
    [
        ("2018-01-01", "2018-12-31", "2019-01-01", "2019-12-31", "2018-05-31", "2019-05-31"),
        # A leap year: 29 February has no day in the next, the last of the month stays the last.
        ("2020-01-01", "2020-12-31", "2021-01-01", "2021-12-31", "2020-02-29", "2021-02-28"),
        ("2019-01-01", "2019-12-31", "2020-01-01", "2020-12-31", "2019-02-28", "2020-02-29"),
        # From autumn to summer: ten months on.
        ("2018-09-01", "2019-06-30", "2019-07-01", "2020-04-30", "2018-11-30", "2019-09-30"),
        ("2022-01-01", "2023-12-31", "2024-01-01", "2025-12-31", "2022-06-15", "2024-06-15"),
        # No whole months: 45 days, counted on.
        ("2018-03-07", "2018-04-20", "2018-04-21", "2018-06-04", "2018-03-10", "2018-04-24"),
    ],
)
def test_the_period_that_follows_is_as_long(
    start: str, end: str, next_start: str, next_end: str, day: str, moved: str
) -> None:
    of = date.fromisoformat
    period, shift = following(Period(of(start), of(end), "month"))
    assert period == Period(of(next_start), of(next_end), "month")
    assert shift(of(day)) == of(moved)


@pytest.mark.parametrize(
    ("start", "end", "name", "expected"),
    [
        ("2018-01-01", "2018-12-31", "Löfte 2018, sedan 2016", "Löfte 2019, sedan 2016"),
        ("2023-01-01", "2024-12-31", "Löfte 2023–2024", "Löfte 2025–2026"),
        # The year that the first ends in is the one that the next begins in.
        ("2018-02-01", "2019-01-31", "Löfte 2018–2019", "Löfte 2019–2020"),
    ],
)
def test_a_names_years_are_moved_along_all_at_once(
    service: Service, start: str, end: str, name: str, expected: str
) -> None:
    period = Period(date.fromisoformat(start), date.fromisoformat(end), "month")
    before = replace(
        service.catalogue.promise_by_id["mark-2018"], period=period, title=LocalText(name)
    )
    assert successor(before).title.sv == expected


def test_a_promise_is_followed_by_a_draft_that_knows_where_it_comes_from(service: Service) -> None:
    before = service.catalogue.promise_by_id["mark-2018"]
    after = successor(before, {"mark-2018"})
    assert (after.id, after.predecessor, after.draft) == ("mark-2019", "mark-2018", True)
    assert after.title.sv == "Medborgarlöftet för Mark 2019"
    assert (after.signed, after.published, after.outcomes) == (None, None, ())
    assert (after.source.publisher, after.source.title.sv) == ("Marks kommun", "")
    assert [c.id for c in after.commitments] == [f"mark-2019/{n}" for n in range(1, 7)]
    assert [c.forerunner for c in after.commitments] == [f"mark-2018/{n}" for n in range(1, 7)]
    assert after.commitments[2].title.sv == "Medborgardialog på Hedbo våren 2019"
    # What led to the promise is history, and stays as it was.
    assert after.background == before.background
    assert after.commitments[2].deadline == date(2019, 5, 31)
    assert after.commitments[2].measure.named_steps[0].due == date(2019, 5, 31)
    assert successor(before, {"mark-2018", "mark-2019"}).id == "mark-2019-2"


@pytest.mark.parametrize(
    ("day", "draft", "archived", "stage"),
    [
        ("2017-12-31", False, False, "coming"),
        ("2018-01-01", False, False, "in_force"),
        ("2018-12-31", False, False, "in_force"),
        ("2019-01-01", False, False, "ended"),
        ("2018-06-01", True, False, "draft"),
        ("2019-01-01", True, False, "draft"),
        ("2018-06-01", False, True, "archived"),
        ("2018-06-01", True, True, "archived"),
    ],
)
def test_a_promise_has_one_stage_on_a_day(
    service: Service, day: str, draft: bool, archived: bool, stage: str
) -> None:
    promise = service.catalogue.promise_by_id["mark-2018"]
    told = replace(promise, draft=draft, archived=archived)
    assert told.stage_on(date.fromisoformat(day)) == stage


# --- by a form -----------------------------------------------------------------------------------

Values = dict[str, str | tuple[str, ...]]


def followed(service: Service, **changed: str | tuple[str, ...]) -> tuple[Filled, Values]:
    """Return the form of the promise after Mark's of 2030, with its source told."""
    if "mark-2030" not in service.catalogue.promise_by_id:
        mark = twelve_years_on("mark").encode("utf-8")
        take_in(service, propose(service, [("mark.toml", mark)]), by="kansliet")
    begun = filled(service, "follow", "mark-2030")
    values = {**form_values(begun.base), "source_title": "Löfte 2031", "by": "kansliet"}
    return begun, {**values, **changed}


@pytest.mark.parametrize("promise_id", ["boras-2018", "mark-2018"])
def test_a_form_that_is_sent_as_it_came_changes_nothing(service: Service, promise_id: str) -> None:
    before = service.catalogue.promise_by_id[promise_id]
    begun = filled(service, "change", promise_id)
    values = {**form_values(begun.base), "by": "kansliet"}
    saved = save(service, begun, values, draft=False)
    assert isinstance(saved, Saved)
    assert service.catalogue.promise_by_id[promise_id] == before


def test_one_changed_one_dropped_one_new_and_in_force(service: Service) -> None:
    begun, values = followed(
        service,
        **{
            "point1-title": "Fotpatruller och cykelpatruller",
            "point5-dropped": ("dropped",),
            "point": "1 2 3 4 5 6 7",
            "point7-title": "Bollspel på lov",
            "point7-summary": "Kommunen ordnar bollspel på loven.",
            "point7-source_paragraph": "Punkt 6",
            "point7-owners": ("2",),
            "point7-areas": ("hedbo",),
            "point7-measure": "count",
            "point7-target": "4",
            "point7-per": "all",
            "point7-new_kind": "Bollspel",
        },
    )
    saved = save(service, begun, values, draft=False)
    assert isinstance(saved, Saved), saved
    made = service.catalogue.promise_by_id["mark-2031"]
    # The fifth is gone, so what was the sixth is the fifth.
    assert [(c.number, c.forerunner) for c in made.commitments] == [
        *((n, f"mark-2030/{n}") for n in range(1, 5)),
        (5, "mark-2030/6"),
        (6, None),
    ]
    assert made.commitments[0].title.sv == "Fotpatruller och cykelpatruller"
    new = made.commitments[5]
    assert (new.owners, new.areas) == (("marks-kommun",), ("hedbo",))
    assert new.measure == Count(("bollspel",), 4, "all")
    assert service.catalogue.vocabulary.activity_kinds["bollspel"].name.sv == "Bollspel"
    assert service.catalogue.promise_by_id["mark-2030"].predecessor is None
    # A second form with a new kind adds to the first one's.
    again = filled(service, "change", "mark-2031")
    more = {**form_values(again.base), "point6-new_kind": "Lovdans", "by": "kansliet"}
    assert isinstance(save(service, again, more, draft=False), Saved)
    kinds = service.catalogue.vocabulary.activity_kinds
    assert {"bollspel", "lovdans"} <= kinds.keys()
    assert service.catalogue.promise_by_id["mark-2031"].commitments[5].kinds == (
        *("bollspel", "lovdans"),
    )


def test_a_commitment_that_was_taken_away_lends_nobody_its_number(service: Service) -> None:
    def changed(**values: str | tuple[str, ...]) -> list[int]:
        begun = filled(service, "change", "mark-2018")
        said = {**form_values(begun.base), "by": "kansliet", **values}
        assert isinstance(save(service, begun, said, draft=False), Saved)
        return [c.number for c in service.catalogue.promise_by_id["mark-2018"].commitments]

    last = len(service.catalogue.promise_by_id["mark-2018"].commitments)
    point = {
        "title": "Nytt",
        "summary": "Något nytt.",
        "source_paragraph": "1",
        "owners": ("1",),
        "areas": ("hedbo",),
        "measure": "presence",
        "kinds": ("foot_patrol",),
    }
    kept = [*range(1, last + 1)]
    new = {f"point90-{name}": value for name, value in point.items()}
    marks = " ".join(map(str, [*kept, 90]))
    assert changed(point=marks, **new) == [*kept, last + 1]
    assert changed(**{f"point{last + 1}-dropped": ("dropped",)}) == kept
    assert changed(point=marks, **new) == [*kept, last + 2]


def test_each_version_says_which_fields_it_changed(service: Service) -> None:
    begun = filled(service, "change", "boras-2018")
    changed = {"title": "Löftet", "point3-target": "9", "point4-areas": ("norrby",)}
    before = form_values(begun.base)
    saved = save(service, begun, {**before, **changed, "by": "kansliet"}, draft=False)
    assert isinstance(saved, Saved)
    newest, first = versions(service, "promise", "boras-2018")
    assert first.changes == {}
    assert newest.revision.by == "kansliet"
    assert newest.changes == {
        "title": (before["title"], "Löftet"),
        "point3-target": ("4", "9"),
        "point4-areas": (", ".join(before["point4-areas"]), "norrby"),
    }


def test_a_draft_counts_nowhere_and_is_given_later(service: Service) -> None:
    begun, values = followed(service)
    assert isinstance(save(service, begun, values, draft=True), Saved)
    assert "mark-2031" not in service.catalogue.promise_by_id
    assert every_promise(service)["mark-2031"].draft
    again = filled(service, "change", "mark-2031")
    given = save(service, again, {**form_values(again.base), "by": "kansliet"}, draft=False)
    assert isinstance(given, Saved)
    assert not service.catalogue.promise_by_id["mark-2031"].draft
    assert [
        r.number for r in service.revisions("catalogue_entry", "promises/mark-2031.toml")[::-1]
    ] == [2, 1]


def test_what_is_wrong_is_told_beside_its_field(service: Service) -> None:
    begun, values = followed(
        service,
        source_title="",
        start="i fjol",
        by="",
        **{
            "source_url": "mark.se",
            "party2-name": " ",
            "point1-kinds": (),
            "point2-scope": "",
            "point2-scope_en": "",
            "point3-step1-due": "2032-01-01",
            "point4-target": "fyra",
            "point4-owners": (),
            "point6-summary": "Ring 811218-9876",
        },
    )
    refused = save(service, begun, values, draft=True)
    assert isinstance(refused, Refused)
    assert {(p.field, p.key) for p in refused.problems} == {
        ("source_title", "promises.blank"),
        ("start", "promises.not_day"),
        ("by", "form.by"),
        ("source_url", "promises.bad_address"),
        ("party2-name", "promises.blank"),
        ("point1-kinds", "promises.choose"),
        ("point2-areas", "promises.no_areas"),
        ("point4-target", "promises.not_number"),
        ("point4-owners", "promises.choose"),
        ("point6-summary", "catalogue.identity_number"),
    }
    for language in LANGUAGES:
        assert all(words(language).error(problem).endswith(".") for problem in refused.problems)
    # With the period right, a day outside of it is wrong too.
    refused = save(service, begun, {**values, "start": "1 januari 2031"}, draft=True)
    assert isinstance(refused, Refused)
    assert ("point3-step1-due", "catalogue.outside_period") in {
        (p.field, p.key) for p in refused.problems
    }


def test_a_promise_from_nothing(service: Service) -> None:
    begun = filled(service, "new")
    values: Values = {
        **form_values(None),
        "by": "kansliet",
        "title": "Löfte för Skene 2020",
        "short": "Skene",
        "municipality": "Mark",
        "background": "En enkät.",
        "start": "2020-01-01",
        "end": "2020-12-31",
        "source_title": "Löftet",
        "source_publisher": "Marks kommun",
        "goal": "1",
        "goal1-text": "Tryggare",
        "party1-name": "Polisen",
        "point1-title": "Dialog",
        "point1-summary": "En dialog hålls.",
        "point1-source_paragraph": "Punkt 1",
        "point1-owners": ("1",),
        "point1-areas": ("hedbo",),
        "point1-measure": "milestone",
        "point1-per": "area",
        "point1-step1-title": "Hållen",
        "point1-step1-kinds": ("citizen_dialogue",),
    }
    saved = save(service, begun, values, draft=False)
    assert isinstance(saved, Saved), saved
    made = service.catalogue.promise_by_id["mark-2020"]
    assert made.parties == (Party("polisen", LocalText("Polisen", "")),)
    assert made.goals == (Goal("Tryggare", "", "mark-2020/goal-1"),)
    step = Step("hallen", LocalText("Hållen", ""), ("citizen_dialogue",))
    assert made.commitments[0].measure == Milestone((step,), "area")


def test_what_is_sent_twice_is_saved_once(service: Service) -> None:
    begun, values = followed(service, id="mark-2031")
    assert isinstance(save(service, begun, values, draft=True), Saved)
    # As the page has it at the second sending: the id that the first took is not free.
    again = filled(service, "follow", "mark-2030")
    assert again.base is not None
    assert again.base.id == "mark-2031-2"
    assert isinstance(save(service, again, values, draft=True), Conflict)
    assert [p for p in every_promise(service) if p.startswith("mark-2031")] == ["mark-2031"]


def test_nobody_writes_over_what_somebody_else_has_saved(service: Service) -> None:
    begun = filled(service, "change", "mark-2018")
    mine = {**form_values(begun.base), "title": "Mitt", "by": "a"}
    theirs = {**form_values(begun.base), "title": "Deras", "by": "b"}
    assert isinstance(save(service, begun, theirs, draft=False), Saved)
    conflict = save(service, begun, mine, draft=False)
    assert isinstance(conflict, Conflict)
    assert conflict.theirs.by == "b"
    assert service.catalogue.promise_by_id["mark-2018"].title.sv == "Deras"


def test_archived_taken_back_and_an_earlier_text_brought_back(service: Service) -> None:
    by = {"by": "kansliet"}
    before = service.catalogue.promise_by_id["mark-2018"]
    assert isinstance(archive(service, "mark-2018", by, 1, archived=True), Saved)
    assert every_promise(service)["mark-2018"] == replace(before, archived=True)
    assert isinstance(archive(service, "mark-2018", by, 2, archived=False), Saved)
    assert every_promise(service)["mark-2018"] == before
    assert isinstance(bring_back(service, seen(service, "mark-2018", 3), by, 2), Saved)
    assert every_promise(service)["mark-2018"].archived
    assert [
        (r.number, r.by) for r in service.revisions("catalogue_entry", "promises/mark-2018.toml")
    ][:1:-1] == [
        *((4, "kansliet"), (3, "kansliet")),
    ]
    assert isinstance(archive(service, "mark-2018", {"by": ""}, 4, archived=True), Refused)
    with pytest.raises(UnknownIdError):
        bring_back(service, seen(service, "mark-2018", 4), by, 9)


# --- withdrawn -----------------------------------------------------------------------------------


def test_a_draft_is_withdrawn_and_brought_back(service: Service) -> None:
    begun = filled(service, "follow", "boras-2018")
    values = {**form_values(begun.base), "source_title": "x", "by": "kansliet"}
    assert isinstance(save(service, begun, values, draft=True), Saved)
    assert begun.base
    id_, who = begun.base.id, {"by": "kansliet"}
    assert isinstance(withdraw(service, seen(service, id_, 1), {"by": ""}), Refused)
    assert isinstance(withdraw(service, seen(service, id_, 7), who), Conflict)
    assert isinstance(withdraw(service, seen(service, id_, 1), who), Saved)
    assert id_ not in every_promise(service)
    assert withdrawn(service, "promise")[id_].title == begun.base.title
    # Its id stays its own: another that follows gets another.
    another = filled(service, "follow", "boras-2018").base
    assert another
    assert another.id not in (id_, "boras-2018")
    assert isinstance(bring_back(service, seen(service, id_, 2), who, 1), Saved)
    assert every_promise(service)[id_].draft
    assert withdrawn(service, "promise") == {}
    assert [v.revision.action for v in versions(service, "promise", id_)] == [
        "restore",
        "void",
        "create",
    ]


def test_a_promise_that_something_refers_to_is_not_withdrawn(
    example_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "example.sqlite"
    path.write_bytes(example_file.read_bytes())
    settings = Settings(register_url(str(path)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: TODAY) as service:
        answer = withdraw(service, seen(service, "boras-2018", 1), {"by": "kansliet"})
        assert isinstance(answer, Refused)
        assert [(p.field, p.key) for p in answer.problems] == [("by", "promises.used")]
        assert "boras-2018" in service.catalogue.promise_by_id
        # Nothing counts for one that began after the example; others of the catalogue name it.
        with pytest.raises(CatalogueError):
            withdraw(service, seen(service, "mark-2019", 1), {"by": "kansliet"})
        assert "mark-2019" in service.catalogue.promise_by_id


# --- over the years ------------------------------------------------------------------------------


def test_years_are_compared_each_as_its_own_page_tells_it(service: Service) -> None:
    begun = filled(service, "follow", "boras-2018")
    values = {
        **form_values(begun.base),
        "source_title": "Löfte 2019",
        "by": "kansliet",
        "point1-title": "Polis dygnet runt",
        "point2-dropped": ("dropped",),
    }
    assert isinstance(save(service, begun, values, draft=False), Saved)
    assert begun.base
    after = service.catalogue.promise_by_id[begun.base.id]
    before = service.catalogue.promise_by_id["boras-2018"]
    (found,) = comparisons(service, [before], None)
    years = {year.promise.id: year for year in found.years}
    # Each is told as it stood when it ended, as on its own page.
    assert years[before.id].as_of.day == date(2019, 1, 31)
    assert years[after.id].as_of.day == date(2020, 1, 31)
    for year in found.years:
        assert year.as_of == service.scope(year.promise.id, None).as_of
    told = {
        row[before.id][0].commitment.number: [
            (d.relation, *d.changes) for d in row[after.id] if d.commitment.promise_id == after.id
        ]
        for row in found.carried_on
        if row[before.id]
    }
    assert told[1] == [("changed", "text")]
    assert told[3] == [("kept",)]
    assert 2 not in told
    assert [c.number for c in found.alone[before.id]] == [2]
    assert found.alone[after.id] == ()
    # On a chosen day all are told as of that day.
    (chosen,) = comparisons(service, [after], date(2018, 6, 30))
    assert {year.as_of.day for year in chosen.years} == {date(2018, 6, 30)}


def test_a_promise_that_follows_nothing_is_compared_with_nothing(service: Service) -> None:
    alone = [replace(service.catalogue.promise_by_id["boras-2018"], id="x")]
    assert comparisons(service, alone, None) == ()


def test_an_archived_promise_and_a_draft_are_in_no_list_and_no_file(service: Service) -> None:
    begun, values = followed(service)
    assert isinstance(save(service, begun, values, draft=True), Saved)
    assert isinstance(archive(service, "mark-2018", {"by": "b"}, 1, archived=True), Saved)
    hidden = {"mark-2018", "mark-2031"}
    assert hidden < set(every_promise(service))
    assert hidden.isdisjoint(p.id for p in service.promises())
    assert hidden.isdisjoint(p.id for p in gather(service, Wanted()).promises)
    # In 2018, with Mark's archived, its last one before is told about; in 2031 the one of 2030.
    for day, told in (("2018-06-30", "mark-2017"), ("2031-01-31", "mark-2030")):
        scope = service.scope(None, date.fromisoformat(day))
        assert [p.id for p in scope.promises if p.municipality == "Mark"] == [told]
        published = public_content(service, Publishing(as_of=scope.as_of.day), NOW)
        assert hidden.isdisjoint(one.promise.id for one in published.promises)
    # Asked for, the archived one is there with all that counts for it; a draft is no promise.
    assert [p.id for p in service.promises("mark-2018")] == ["mark-2018"]
    assert [p.id for p in service.scope("mark-2018", None).promises] == ["mark-2018"]
    assert "mark-2018/1" in service.progress(TODAY)
    with pytest.raises(UnknownIdError):
        service.promises("mark-2031")
