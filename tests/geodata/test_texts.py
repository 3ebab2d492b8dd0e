"""Words: both languages complete and alike, and every key that the program names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Final, get_args, get_type_hints

import jinja2
import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from dashboard.address import LAYER_NAMES, NEW_FORMS, PAGE_PATHS, TOOL_NAMES
from dashboard.field.routes import WORDS as PHONE_WORDS
from dashboard.look import KNOWN_LIMITS
from dashboard.map.canvas import MAP_WORDS
from dashboard.planner.dose.figures import ELSEWHERE, LISTS
from dashboard.planner.dose.page import ONWARD
from dashboard.screens.followup.page import DO_ALIKE
from dashboard.screens.meeting.stage import DOCUMENTS
from dashboard.signin.log import What
from geodata.analysis.agenda import Due, LateKind
from geodata.analysis.dose import DoseState, Foreseen
from geodata.analysis.in_force import Change
from geodata.analysis.meeting import BEHIND
from geodata.analysis.visits import VisitStatus
from geodata.catalogue.loading import load_catalogue
from geodata.errors import GeodataError, Mistake
from geodata.intake.positions import GRID_CRS
from geodata.model import (
    LANGUAGES,
    Activity,
    Area,
    Decision,
    DecisionStatus,
    Entity,
    Finding,
    FindingStatus,
    HotSpot,
    Language,
    LeftOutReason,
    Level,
    Meeting,
    Method,
    PhotoRole,
    Plan,
    Precision,
    Progress,
    Revision,
    SourceKind,
    Stage,
    State,
    Unit,
    Walk,
    WalkStatus,
)
from geodata.palette import LAYER_COLOURS
from geodata.planner.change import CHOICES as CHANGE_CHOICES
from geodata.planner.change import Caution, Verdict
from geodata.planner.doses import Measure
from geodata.planner.loop.choices import STOP_KINDS
from geodata.planner.places.ask import DemandKind, SiteKind
from geodata.planner.places.solve import SpotKind, Why
from geodata.planning.travel import NoWay
from geodata.publish.public.metadata import AREA_PROPERTIES, TABLES
from geodata.publish.report.content import RULES, STATES
from geodata.publish.report.follow_up import NEVER
from geodata.records import OFFICE, Sort
from geodata.service import AsOf
from geodata.service.areas import METHODS, Edit, Remark
from geodata.service.collections import COLLECTIONS
from geodata.service.entries import FIELDS as READING_FIELDS
from geodata.service.entries import SERIES
from geodata.service.following import UncountedReason
from geodata.service.imports import FIELDS
from geodata.service.paper_maps import SIGNS
from geodata.service.promises import MEASURES, Task
from geodata.service.searching import KINDS as SEARCH_KINDS
from geodata.service.streets import TravelSource
from geodata.settings import bundled_data
from geodata.texts import LOCALE_FOLDER, alphabetical, words

ROOT: Final = Path(__file__).parents[2]
DASHBOARD: Final = ROOT / "dashboard"
PUBLIC_PAGE: Final = ROOT / "geodata" / "publish" / "public" / "page.html"
ROOMS: Final = sorted(path.name for path in (LOCALE_FOLDER / "sv").glob("*.po"))


def members(owner: type, name: str) -> tuple[str, ...]:
    """Return what a Literal attribute may be."""
    return tuple(get_args(get_type_hints(owner)[name]))


UNITS: Final = members(Progress, "unit")
RECORD_FIELDS: Final = tuple(
    dict.fromkeys(
        field.name
        for record in (Activity, Walk, Finding, Decision, Meeting, HotSpot, Plan)
        for field in fields(record)
    ).keys()
    # Which record, and where it is from, no reader changes.
    - {"id", "origin", "walk_id"}
)
FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "drawing.method.": METHODS,
    "drawing.remark.": members(Remark, "what"),
    "signin.did.": get_args(What),
    "drawing.row.": tuple(edit for edit in get_args(Edit) if edit != "corner"),
    "amount.expected_long.": UNITS,
    "amount.of.": UNITS,
    "amount.promised.": UNITS,
    "areas.state.": tuple(State),
    "as_of.": tuple(reason for reason in members(AsOf, "reason") if reason != "chosen"),
    "backup.": ("activities", "walks", "findings"),
    "brief.never.": NEVER,
    "column.": tuple(dict.fromkeys(field for columns in FIELDS.values() for field in columns)),
    "damage.": get_args(Entity),
    "decision.": tuple(DecisionStatus),
    "document.": tuple(kind for kind, _ in DOCUMENTS),
    "duties.": (
        *("late", "coming", "undated", "all", "nobody"),
        *("finding", "decision", "walk"),
    ),
    "mail.lead.": ("weekly", "day_before"),
    "error.unknown.": (*get_args(Entity), "promise"),
    "export.count.": get_args(Sort),
    "export.layer.": (
        *("areas", "places", "promises", "commitments", "indicators", "readings"),
        *("walks", "findings", "hot_spots", "activities", *OFFICE, "minutes"),
        *("activities_points", "activities_lines", "activities_without_place"),
    ),
    "field.": RECORD_FIELDS,
    "search.": SEARCH_KINDS,
    "done.": ("period", "kind", "party"),
    "ogc.collection.": tuple(COLLECTIONS),
    "residents.stage.": ("early", "closed", "cancelled"),
    "residents.day.": ("first", "last"),
    "residents.happens.": ("kept", "nobody", "planners", "after"),
    "photo.alt.": tuple(PhotoRole),
    "photo.role.": (PhotoRole.BEFORE, PhotoRole.AFTER),
    "finding.": tuple(FindingStatus),
    "indicator.level.": get_args(Level),
    "indicator.method.": get_args(Method),
    "indicator.level_name.": get_args(Level),
    "indicator.unit.": get_args(Unit),
    "indicator.field.": (
        *("name", "population", "level", "place", "area", "method", "goals", "question", "unit"),
        *("scale", "breaks", "text", "caution", "series"),
    ),
    "form.tab.": NEW_FORMS,
    "form.walk_status.": tuple(WalkStatus),
    "grid.": tuple(GRID_CRS),
    "hint.": (
        *("promise", "area", "commitment", "activity", "walk", "finding"),
        *("meeting", "decision", "hot_spot", "plan"),
    ),
    "history.": members(Revision, "action"),
    "import.what.": tuple(FIELDS),
    "layer.": LAYER_NAMES,
    "layers.colour.": LAYER_COLOURS,
    "left_out.": tuple(LeftOutReason),
    "map.": MAP_WORDS,
    "minutes.late.": get_args(LateKind),
    "meeting.step.": ("now", "since", "elsewhere", "decisions"),
    "meeting.walk_": tuple(WalkStatus),
    "reading.field.": (SERIES, *READING_FIELDS),
    **{
        f"{kind}.": ("new", "change", "lead", "save", "saved", "withdraw", "withdrawn")
        for kind in ("reading", "indicator")
    },
    "promises.": ("parties", "goals"),
    "promises.add_": ("party", "goal"),
    "promises.counts.": MEASURES,
    "promises.drop_": ("party", "goal"),
    "promises.field.": (
        *("title", "short", "background", "source_title", "party", "goal", "step"),
        *("point_title", "summary", "scope", "source_paragraph", "reading", "note"),
    ),
    "promises.form.": get_args(Task),
    "promises.measure.": MEASURES,
    "promises.stage.": (*get_args(Stage), "withdrawn"),
    "promises.stage_help.": (*get_args(Stage), "withdrawn"),
    "origin.": tuple(SourceKind),
    "outline.": members(Area, "outline_method"),
    "out.": tuple(FIELDS),
    "page.": tuple(PAGE_PATHS),
    "precision.": tuple(Precision),
    "public.state.": tuple(State),
    "phone.": PHONE_WORDS,
    "plan_balance.lead.": (
        *("hot_spots", "findings", "hot_spots.even", "findings.even"),
        *("no_time", "nothing_beside"),
    ),
    "plan_balance.measure.": get_args(Measure),
    "plan_balance.none_at_all.": ("hot_spots", "findings"),
    "plan_balance.opened.": ("patrols", "hot_spots", "findings"),
    "plan_dose.": tuple(DoseState),
    "plan_dose.foreseen_": tuple(Foreseen),
    "plan_dose.list_": (*LISTS, *ELSEWHERE),
    "plan_dose.to_": ONWARD,
    "plan_loop.": tuple(NoWay),
    "plan_loop.kind_": (*STOP_KINDS, "own"),
    "plan_schedule.": tuple(VisitStatus),
    "plan_change.answer.": (*tuple(Verdict), "fewer_beside", "more_beside"),
    "plan_change.caution.": (*tuple(Caution), "chosen_hot_spot"),
    "plan_change.fault.": CHANGE_CHOICES,
    "plan_change.opened.": ("before", "after", "unsure"),
    "plan_places.demand.": tuple(DemandKind),
    "plan_places.empty.": ("hot_spots", "findings", "nothing", "sites"),
    "plan_places.empty.instead.": ("hot_spots", "findings"),
    "plan_places.kind.": get_args(SpotKind),
    "plan_places.period.": ("promise", "latest"),
    "plan_places.rings.": members(TravelSource, "kind"),
    "plan_places.sites.": tuple(SiteKind),
    "plan_places.suggested.": tuple(DemandKind),
    "plan_places.told.": tuple(DemandKind),
    "plan_places.why.": get_args(Why),
    "public.column.": tuple(dict.fromkeys(chain(AREA_PROPERTIES, *TABLES.values()))),
    "report.decision.": tuple(DecisionStatus),
    "report.decide.": (*BEHIND, State.NO_RECORDS, "decision", "finding", "walk"),
    "report.due.": members(Due, "kind"),
    "report.map.": SIGNS,
    "report.rule.": (*RULES, *STATES),
    "report.unit.": UNITS,
    "season.": ("0", "1", "2", "3"),
    "sheet.ask.": tuple(load_catalogue((bundled_data(),)).vocabulary.finding_categories),
    "state.": tuple(State),
    "tool.": TOOL_NAMES,
    "statement.limit.": KNOWN_LIMITS,
    "suggest.": tuple(LeftOutReason),
    "uncounted.": tuple(UncountedReason),
    "uncounted.do.": (*(set(UncountedReason) - DO_ALIKE.keys()), *set(DO_ALIKE.values())),
    "walk.": (*WalkStatus, "repeats", "repeated_by"),
    "years.change.": get_args(Change),
    "years.relation.": ("kept", "changed", "new"),
}
"""Keys that are put together when the program runs: each prefix with all that can follow it."""


# --- the files -----------------------------------------------------------------------------------


@cache
def entries(language: Language, room: str) -> dict[str, Message]:
    with (LOCALE_FOLDER / language / room).open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    found = [message for message in catalogue if message.id]
    keys = [message.id[0] if message.pluralizable else message.id for message in found]
    return dict(zip(keys, found, strict=True))


@cache
def every_entry(language: Language) -> dict[str, Message]:
    return {key: entry for room in ROOMS for key, entry in entries(language, room).items()}


def forms(entry: Message) -> tuple[str, ...]:
    """Return an entry's sentences: one, or one and many."""
    return tuple(entry.string) if entry.pluralizable else (str(entry.string),)


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_have_the_same_entries(room: str) -> None:
    assert {path.name for path in (LOCALE_FOLDER / "en").glob("*.po")} == set(ROOMS)
    swedish, english = entries("sv", room), entries("en", room)
    assert swedish
    assert swedish.keys() == english.keys()
    for key, entry in swedish.items():
        assert entry.pluralizable == english[key].pluralizable, key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", ROOMS)
def test_every_entry_is_written(room: str, language: Language) -> None:
    for key, entry in entries(language, room).items():
        assert not entry.fuzzy, key
        assert len(forms(entry)) == (2 if entry.pluralizable else 1), key
        for sentence in forms(entry):
            assert sentence.strip() == sentence != "", key
            assert "  " not in sentence, key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", ROOMS)
def test_no_entry_stands_twice(room: str, language: Language) -> None:
    text = (LOCALE_FOLDER / language / room).read_text(encoding="utf-8")
    keys = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert len(keys) == len(set(keys))
    elsewhere = {k for other in ROOMS if other != room for k in entries(language, other)}
    assert elsewhere.isdisjoint(keys)


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_name_the_same_values(room: str) -> None:
    for key, entry in entries("sv", room).items():
        own = [placeholders(sentence) for sentence in forms(entry)]
        other = [placeholders(sentence) for sentence in forms(entries("en", room)[key])]
        assert set().union(*own) | {"count"} == set().union(*other) | {"count"}, key
        if not entry.pluralizable:
            assert own == other, key
        # A singular may say "one" in words; what else a form names, the other does too.
        for either in (own, other):
            assert all(named | {"count"} == either[0] | {"count"} for named in either), key


NUMBER_BESIDE: Final = {"import.new", "import.doubles", "import.refused"}
"""Plurals whose number stands by itself, large."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_is_of_a_count(language: Language) -> None:
    for key, entry in every_entry(language).items():
        if entry.pluralizable and key not in NUMBER_BESIDE:
            assert "count" in placeholders(forms(entry)[1]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_said(language: Language) -> None:
    w = words(language)
    for key, entry in every_entry(language).items():
        named = set().union(*(placeholders(sentence) for sentence in forms(entry)))
        for count in (0, 1, 2, 1_000):
            values: dict[str, str | int] = {name: f"<{name}>" for name in named - {"count"}}
            if "count" in named or entry.pluralizable:
                values["count"] = count
            said = w(key, **values)
            assert said
            assert all(f"<{name}>" in said for name in named - {"count"}), key


def test_the_error_sentences_are_sentences() -> None:
    for language in LANGUAGES:
        for key, entry in every_entry(language).items():
            if key.startswith("error."):
                # An error may end on what it quotes.
                assert all(s.endswith((".", "}")) for s in forms(entry)), (language, key)


# --- the program names no other ------------------------------------------------------------------


def sources() -> list[Path]:
    return [path for room in ("geodata", "dashboard") for path in (ROOT / room).rglob("*.py")]


KEY: Final = re.compile(r"[a-z][a-z_]*(?:\.[a-zA-Z0-9_]+)+")
NOT_WORDS: Final = re.compile(r".*\.(?:html|sqlite|toml|py|id|po|js|css|svg)")
HEADS: Final = {key.removeprefix("error.").partition(".")[0] for key in every_entry("sv")}


def named_in_python() -> Iterator[tuple[str, str]]:
    """Every text in the program that looks like a key of ours, and the file it stands in."""
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # A column of a record names the record's attribute, with dots where it lies deeper.
        attributes = {
            pair.value
            for pair in ast.walk(tree)
            if isinstance(pair, ast.keyword) and pair.arg == "field"
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            if node in attributes:
                continue
            text = node.value
            if text.partition(".")[0] not in HEADS or text.endswith("_"):
                continue
            if KEY.fullmatch(text) and not NOT_WORDS.fullmatch(text):
                yield text, path.name


@cache
def template_calls() -> tuple[tuple[str, str, bool, frozenset[str] | None], ...]:
    """Every `w(...)` in the templates: file, key or its prefix, whether whole, what it is given."""
    found = []
    environment = jinja2.Environment(autoescape=True)
    for path in (*DASHBOARD.rglob("*.html"), PUBLIC_PAGE):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(jinja2.nodes.Call):
            if not (isinstance(call.node, jinja2.nodes.Name) and call.node.name == "w"):
                continue
            first, whole = call.args[0], True
            if isinstance(first, jinja2.nodes.Concat):
                first, whole = first.nodes[0], False
            if not isinstance(first, jinja2.nodes.Const):
                continue
            given = None if call.dyn_kwargs else frozenset(pair.key for pair in call.kwargs)
            found.append((path.name, str(first.value), whole, given))
    assert found
    return tuple(found)


def test_every_key_that_the_program_names_has_an_entry() -> None:
    named = list(named_in_python())
    assert named
    known = every_entry("sv").keys()
    missing = [(k, file) for k, file in named if k not in known and f"error.{k}" not in known]
    assert missing == []


def test_every_key_that_a_template_names_has_an_entry() -> None:
    for file, key, whole, _ in template_calls():
        if whole:
            assert key in every_entry("sv"), (file, key)
        else:
            assert key in FAMILIES, (file, key)


@pytest.mark.parametrize("prefix", FAMILIES)
def test_every_key_that_is_put_together_has_an_entry(prefix: str) -> None:
    assert FAMILIES[prefix]
    assert {f"{prefix}{member}" for member in FAMILIES[prefix]} <= every_entry("sv").keys()


def test_every_entry_is_named_somewhere() -> None:
    used = {key for key, _ in named_in_python()}
    used |= {key for _, key, whole, _ in template_calls() if whole}
    used |= {f"{prefix}{member}" for prefix, family in FAMILIES.items() for member in family}
    catalogue = " ".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "geodata" / "catalogue").glob("*.py")
    )

    def is_named(key: str) -> bool:
        name = key.removeprefix("error.catalogue.")
        # The catalogue puts its keys together from a room and a name, or a what.
        what = name.partition("_")[2]
        return (
            key in used
            or key.removeprefix("error.") in used
            or (name != key and (f'"{name}"' in catalogue or f'"{what}"' in catalogue))
        )

    assert [key for key in every_entry("sv") if not is_named(key)] == []


def needs(key: str) -> set[str]:
    return set().union(*(placeholders(sentence) for sentence in forms(every_entry("sv")[key])))


def test_every_sentence_is_given_what_it_names_by_templates() -> None:
    for file, key, whole, given in template_calls():
        if given is None:
            continue
        for one in [key] if whole else [f"{key}{member}" for member in FAMILIES[key]]:
            assert needs(one) <= given, (file, one)


def error_names() -> set[str]:
    def below(parent: type[GeodataError]) -> Iterator[str]:
        yield parent.__name__
        for child in parent.__subclasses__():
            yield from below(child)

    return set(below(GeodataError))


def test_every_sentence_is_given_what_it_names_by_the_program() -> None:
    known, errors, checked = every_entry("sv"), error_names(), 0
    # The intake adds a row's own value where it tells of the error; its own tests hold that.
    for path in (path for path in sources() if "intake" not in path.parts):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and len(call.args) == 1):
                continue
            key = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
            if isinstance(call.func, ast.Name) and call.func.id in errors:
                key = f"error.{key}"
            if key not in known or any(pair.arg is None for pair in call.keywords):
                continue
            checked += 1
            assert needs(str(key)) <= {str(pair.arg) for pair in call.keywords}, (path.name, key)
    assert checked > 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_key_is_a_mistake_in_the_program(language: Language) -> None:
    with pytest.raises(KeyError):
        words(language)("no.such.key")
    with pytest.raises(KeyError):
        words(language)("no.such.key", count=2)
    with pytest.raises(KeyError):
        words(language).error(GeodataError("no.such.key"))


def test_values_are_shown_as_they_are_and_never_as_templates() -> None:
    said = words("sv")("hint.area", value="{count} {value} {0} %s ${x}")
    assert "({count} {value} {0} %s ${x})" in said


# --- dates and numbers, as each language writes them ---------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "swedish", "english"),
    [
        (0, 0, "0", "0"),
        (7, 0, "7", "7"),
        (1_000, 0, "1\N{NO-BREAK SPACE}000", "1,000"),
        (1_234_567, 0, "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567", "1,234,567"),
        (2.4, 0, "2", "2"),
        (2.6, 0, "3", "3"),
        (1.0, 1, "1,0", "1.0"),
        (12.34, 1, "12,3", "12.3"),
        (1_234.56, 2, "1\N{NO-BREAK SPACE}234,56", "1,234.56"),
    ],
)
def test_numbers(value: float, decimals: int, swedish: str, english: str) -> None:
    assert words("sv").number(value, decimals) == swedish
    assert words("en").number(value, decimals) == english


def test_a_number_in_a_sentence_is_written_as_the_language_does() -> None:
    assert words("sv")("amount.promised.activities", count=1_500) == (
        "utlovat: minst 1\N{NO-BREAK SPACE}500"
    )
    assert "1,500" in words("en")("amount.promised.activities", count=1_500)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 aktiviteter"), (1, "1 aktivitet"), (2, "2 aktiviteter")]
)
def test_one_and_many(count: int, said: str) -> None:
    assert words("sv")("amount.recorded", count=count) == said


@pytest.mark.parametrize(
    ("day", "swedish", "english"),
    [
        (date(2018, 3, 7), "7 mars 2018", "7 March 2018"),
        (date(2018, 5, 31), "31 maj 2018", "31 May 2018"),
        (date(2019, 10, 1), "1 oktober 2019", "1 October 2019"),
    ],
)
def test_days(day: date, swedish: str, english: str) -> None:
    assert words("sv").day(day) == swedish
    assert words("en").day(day) == english


def test_short_days_and_months() -> None:
    # Swedish shortens neither March nor May, June and July, and ends the others with a full stop.
    swedish, english = words("sv"), words("en")
    assert swedish.day(date(2018, 3, 7), short=True) == "7 mars 2018"
    assert swedish.day(date(2018, 11, 7), short=True) == "7 nov. 2018"
    assert english.day(date(2018, 11, 7), short=True) == "7 Nov 2018"
    assert swedish.month(date(2018, 11, 7)) == "november 2018"
    assert english.month(date(2018, 11, 7)) == "November 2018"


# 22.30 in Greenwich on 30 June is half past midnight on 1 July in Sweden, two hours ahead.
NIGHT: Final = datetime(2018, 6, 30, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "precision", "swedish", "english"),
    [
        (NIGHT, Precision.MINUTE, "1 juli 2018 kl. 00:30", "1 July 2018 at 00:30"),
        (NIGHT, Precision.DAY, "1 juli 2018", "1 July 2018"),
        (NIGHT, Precision.MONTH, "juli 2018", "July 2018"),
        (NIGHT, Precision.SEASON, "sommaren 2018", "summer 2018"),
        (
            datetime(2018, 12, 31, 23, 15, tzinfo=UTC),
            Precision.MINUTE,
            "1 januari 2019 kl. 00:15",
            "1 January 2019 at 00:15",
        ),
        # Clocks go back on 28 October 2018 at three: half past two comes twice.
        (
            datetime(2018, 10, 28, 0, 30, tzinfo=UTC),
            Precision.MINUTE,
            "28 oktober 2018 kl. 02:30 sommartid",
            "28 October 2018 at 02:30 summer time",
        ),
        (
            datetime(2018, 10, 28, 1, 30, tzinfo=UTC),
            Precision.MINUTE,
            "28 oktober 2018 kl. 02:30 normaltid",
            "28 October 2018 at 02:30 standard time",
        ),
        (datetime(2018, 2, 28, 23, tzinfo=UTC), Precision.SEASON, "våren 2018", "spring 2018"),
        (datetime(2018, 5, 31, 22, tzinfo=UTC), Precision.SEASON, "sommaren 2018", "summer 2018"),
        (datetime(2018, 8, 31, 22, tzinfo=UTC), Precision.SEASON, "hösten 2018", "autumn 2018"),
        (datetime(2018, 2, 1, tzinfo=UTC), Precision.MONTH, "februari 2018", "February 2018"),
        (datetime(2018, 3, 7, 17, tzinfo=UTC), Precision.MINUTE, "7 mars 2018 kl. 18:00", None),
    ],
)
def test_times_are_told_in_swedish_time_and_no_more_exactly_than_known(
    start: datetime, precision: Precision, swedish: str, english: str | None
) -> None:
    assert words("sv").when(start, precision) == swedish
    if english is not None:
        assert words("en").when(start, precision) == english


# --- numbers, names and times in words -----------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "decimals", "told"),
    [
        (1.0, 0, "100 %"),
        (1199 / 1200, 0, "över 99 %"),
        (0.995, 0, "över 99 %"),
        (0.994, 0, "99 %"),
        (0.9996, 1, "över 99,9 %"),
        (0.0, 0, "0 %"),
        (1e-9, 0, "under 1 %"),
        (0.004, 0, "under 1 %"),
        (0.006, 0, "1 %"),
        (0.0004, 1, "under 0,1 %"),
        (1.004, 0, "100 %"),
    ],
)
def test_a_share_is_all_or_nothing_only_where_it_is(share: float, decimals: int, told: str) -> None:
    assert words("sv").percent(share, decimals).replace("\xa0", " ") == told


@pytest.mark.parametrize(
    ("value", "told"), [(0.0, "0"), (0.02, "under 0,1"), (0.3, "0,3"), (10.7, "10,7"), (11, "11")]
)
def test_an_amount_is_none_only_where_there_is_none(value: float, told: str) -> None:
    assert words("sv").amount(value) == told


def test_names_are_sorted_as_swedish_has_them() -> None:
    names = ["Öns torg", "Ängsgården", "ånäs", "Zon", "Åstugan", "Eva", "Évas gränd", "Fagerås"]
    right = ["Eva", "Évas gränd", "Fagerås", "Zon", "ånäs", "Åstugan", "Ängsgården", "Öns torg"]
    assert sorted(names, key=alphabetical) == right
    # Written with a mark of its own after the letter, as a Mac names its files.
    assert alphabetical("A\u030angby") == alphabetical("Ångby")


@pytest.mark.parametrize(
    ("hour", "minute", "told"),
    [
        (23, 55, "01:55"),
        (0, 30, "02:30 sommartid"),
        (1, 30, "02:30 normaltid"),
        (2, 0, "03:00"),
    ],
)
def test_the_hour_that_comes_twice_says_which_it_is(hour: int, minute: int, told: str) -> None:
    """On 25 October 2026 the clock goes from 03:00 back to 02:00, at 01:00 UTC."""
    at = datetime(2026, 10, 25 if hour < 23 else 24, hour, minute, tzinfo=UTC)
    assert words("sv").clock(at) == told
    assert words("sv").when(at, Precision.MINUTE) == f"25 oktober 2026 kl. {told}"


AFTER_A_NUMBER = re.compile(r"\{([a-z_]+)\} ((?:[^\W\d_]+ )?[^\W\d_]+)")

NEVER_ONE = {
    # A limit or a length in steps of more than one, or a number that stands for itself.
    *("error.planning.reach_shape", "error.planning.site_unknown", "error.planning.stop_unknown"),
    *("error.plan_loop.required_do_not_fit", "error.plan_loop.required_not_found"),
    "error.plan_loop.end_too_far",
    *("plan_dose.metres", "plan_loop.gpx_about", "plan_loop.pace"),
    *("plan_loop.way_of", "plan_loop.own_of", "drill.expected.activities"),
    *("plan_dose.commonest", "plan_dose.foreseen_why", "plan_schedule.foreseen_why"),
    *("plan_balance.residents_of", "plan_schedule.spots", "error.intake.shapefile_alone"),
    *("error.planning.required_too_many", "error.planning.one_of_too_many"),
}
"""Sentences with a number before a plural that can't be one."""


def plurals(language: Language) -> set[str]:
    """Return the words after a number in sentences for many that those for one do without."""
    found: set[str] = set()
    for entry in every_entry(language).values():
        if entry.pluralizable:
            one, many = forms(entry)
            alone = set(re.findall(r"[^\W\d_]+", one))
            found |= {m[2].split()[-1] for m in AFTER_A_NUMBER.finditer(many)} - alone
    return {word for word in found if len(word) > 3 and (language == "sv" or word.endswith("s"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_of_anything_is_worded_as_one(language: Language) -> None:
    known = plurals(language)
    assert {"sv": "iakttagelser", "en": "findings"}[language] in known
    told = words(language)
    wrong = []
    for key, entry in every_entry(language).items():
        names = set().union(*map(placeholders, forms(entry)))
        if entry.pluralizable:
            said = told(key, **dict.fromkeys(names - {"count"}, "X"), count=1)
            after = re.findall(r"\b1 (?:[^\W\d_]+ )?([^\W\d_]+)", said)
            wrong += [(key, word) for word in after if word in known]
        elif key not in NEVER_ONE:
            found = AFTER_A_NUMBER.finditer(forms(entry)[0])
            wrong += [(key, m[0]) for m in found if m[2].split()[0] in known]
    assert wrong == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/srv/registers/own.sqlite", "own.sqlite"),
        ("/srv/registers/", "registers"),
        (r"C:\Users\me\own.sqlite", "own.sqlite"),
        ("postgresql://server/promises", "promises"),
        ("own.sqlite", "own.sqlite"),
        ("", ""),
    ],
)
def test_where_a_file_lies_is_told_on_the_command_line_only(path: str, name: str) -> None:
    errors = [
        GeodataError("export.unwritable", file=path),
        GeodataError("streets.not_written", folder=path),
        GeodataError("register.missing", register=path),
    ]
    for error in errors:
        template = words("en").error(type(error)(error.key, **dict.fromkeys(error.values, "@")))
        assert words("en").error(error) == template.replace("@", name)
        whole = words("en", whole_paths=True)
        assert whole.error(error) == template.replace("@", path)
    mistake = Mistake(path, "kind", "catalogue.blank", {}, 7)
    assert words("en").where(mistake) == f"{name}: line 7, kind"
    assert words("en", whole_paths=True).where(mistake) == f"{path}: line 7, kind"
