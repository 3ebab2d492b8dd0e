"""Indicators and readings as files: what is wrong with them, told at once, and added one by one."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.catalogue.content import read_content
from geodata.catalogue.files import file_called
from geodata.catalogue.loading import check, load_catalogue
from geodata.catalogue.readings import (
    period_text,
    period_written,
    read_indicators,
    reading_row,
    readings_text,
)
from geodata.errors import CatalogueError, Mistake
from geodata.intake.catalogue_forms import form_values, indicator_values, read_indicator
from geodata.model import LANGUAGES, LocalText, Period, Reading, Source
from geodata.service import Service, promises
from geodata.service.adding import Offered, propose, read_paths, take_in
from geodata.service.entries import (
    Begun,
    begun,
    bring_back,
    clashes,
    definitions_file,
    readings_file,
    save,
    versions,
    withdraw,
)
from geodata.service.exporting import Wanted, export_file, gather
from geodata.service.following import seen_in
from geodata.service.promises import filled
from geodata.service.recording import Conflict, Refused, Saved
from geodata.settings import Settings, bundled_data
from geodata.texts import words

COLUMNS = ("indicator", "series", "period", "value", "count", "answered", "asked")
SAID = {"source": "Enkät", "publisher": "Borås Stad"}


def csv_file(path: Path, *rows: dict[str, str], between: str = ",") -> Path:
    columns = tuple(dict.fromkeys([*rows[0], *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=between)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def told(path: Path) -> list[Mistake]:
    """Check a file, and that each mistake has a whole sentence in both languages."""
    mistakes, _ = check([path], [bundled_data()])
    for mistake in mistakes:
        for language in LANGUAGES:
            sentence = words(language).error(mistake)
            assert all(str(v) in sentence for v in mistake.values.values() if isinstance(v, str))
    return mistakes


PERIODS = [
    # as it is written, first day, last day, precision
    ("2018", date(2018, 1, 1), date(2018, 12, 31), "year"),
    ("2020-02", date(2020, 2, 1), date(2020, 2, 29), "month"),
    ("2018-11-05", date(2018, 11, 5), date(2018, 11, 5), "day"),
    ("2018-05-20/2018-06-15", date(2018, 5, 20), date(2018, 6, 15), "day"),
    ("2018-11/2019-02", date(2018, 11, 1), date(2019, 2, 28), "month"),
    ("2017/2019", date(2017, 1, 1), date(2019, 12, 31), "year"),
]


@pytest.mark.parametrize(("text", "first", "last", "precision"), PERIODS)
def test_a_time_is_as_exact_as_it_is_written(
    text: str, first: date, last: date, precision: str
) -> None:
    found = period_written(text)
    assert (found.start, found.end, found.precision) == (first, last, precision)
    assert period_text(found) == text


GOOD = {"indicator": "ntu-otrygg-kvallstid", "period": "2019", "value": "28", **SAID}
ROW_CASES = [
    # what is otherwise in the row, the column, the key
    ({"indicator": "ntu"}, "series", "unknown_series"),
    ({"series": "2"}, "series", "unknown_series"),
    ({"period": "våren"}, "period", "bad_period"),
    *(
        ({"period": text}, "period", "bad_period")
        for text in ("18", "2018-13", "2018-02-30", "2019/2018", "2018/2019-02", "2018/")
    ),
    ({"period": "2018-W01-1"}, "period", "bad_period"),
    ({"period": ""}, "", "missing_key"),
    ({"value": "102"}, "value", "percent_outside"),
    ({"value": "-1"}, "value", "percent_outside"),
    ({"value": "många"}, "value", "not_number"),
    ({"value": ""}, "value", "reading_empty"),
    ({"count": "28"}, "answered", "count_alone"),
    ({"count": "28", "answered": "20", "value": ""}, "count", "too_large"),
    ({"answered": "200", "asked": "100"}, "answered", "too_large"),
    ({"answered": "1,5"}, "answered", "not_whole_number"),
    # 27 of 100 is 27 %; 28 is another.
    ({"count": "27", "answered": "100"}, "value", "value_not_counts"),
    # 1 of 3 is 33.33…: 33.3 is as near as it can be written, 33.4 is not.
    ({"value": "33.4", "count": "1", "answered": "3"}, "value", "value_not_counts"),
    (
        {"indicator": "boras-trygghetsindex", "count": "1", "answered": "3"},
        "count",
        "count_not_percent",
    ),
    ({"indicator": "polisens-lista-norrby"}, "value", "value_in_words"),
    ({"response_stated": "140"}, "response_stated", "too_large"),
    ({"source": ""}, "", "missing_key"),
    ({"url": "boras.se"}, "url", "bad_address"),
    ({"published": "i våras"}, "published", "not_date"),
]


@pytest.mark.parametrize(("other", "column", "key"), ROW_CASES)
def test_what_is_wrong_with_a_row_is_told_where_it_stands(
    tmp_path: Path, other: dict[str, str], column: str, key: str
) -> None:
    path = csv_file(tmp_path / "readings.csv", GOOD, {**GOOD, "period": "2018", **other})
    (mistake,) = told(path)
    assert (mistake.line, mistake.place) == (3, column)
    assert mistake.key == f"catalogue.{key}"


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    wrong = [
        {**GOOD, "period": str(2030 + n), **other} for n, (other, _, _) in enumerate(ROW_CASES)
    ]
    path = csv_file(tmp_path / "readings.csv", *wrong)
    assert len(told(path)) == len(ROW_CASES)


def test_a_value_agrees_with_its_counts_as_exactly_as_it_is_written(tmp_path: Path) -> None:
    cases = (("33.3", "1", "3"), ("33", "1", "3"), ("67", "2", "3"), ("0.5", "1", "200"))
    good = [
        {**GOOD, "period": str(2000 + n), "value": value, "count": count, "answered": answered}
        for n, (value, count, answered) in enumerate(cases)
    ]
    assert told(csv_file(tmp_path / "readings.csv", *good)) == []


def test_one_time_is_told_once_in_a_series(tmp_path: Path) -> None:
    (mistake,) = told(csv_file(tmp_path / "readings.csv", GOOD, {**GOOD, "value": "30"}))
    assert mistake.key == "catalogue.duplicate_reading"
    assert mistake.line == 3


def test_swedish_excel_is_understood_whatever_the_file_is_called(tmp_path: Path) -> None:
    row = {**GOOD, "value": "28,5", "answered": "1 402", "text": "Fler, än förut"}
    path = csv_file(tmp_path / "Trygghet 2019.csv", row, between=";")
    assert told(path) == []
    ((_, reading),) = read_content(file_called(path)).readings
    assert (reading.value, reading.answered) == (28.5, 1402)
    assert reading.text == LocalText("Fler, än förut")


@pytest.mark.parametrize("said", ["undated", "Okänd", "unknown"])
def test_a_time_may_be_unknown(tmp_path: Path, said: str) -> None:
    path = csv_file(tmp_path / "readings.csv", {**GOOD, "period": said})
    assert told(path) == []
    ((_, reading),) = read_content(file_called(path)).readings
    assert (reading.id, reading.period) == ("ntu-otrygg-kvallstid/1/undated", None)


def test_english_that_is_missing_is_listed_and_no_mistake(tmp_path: Path) -> None:
    rows = [GOOD, {**GOOD, "period": "2020", "text": "Fler", "text_en": "More", "source_en": "NTU"}]
    mistakes, summary = check([csv_file(tmp_path / "readings.csv", *rows)], [bundled_data()])
    assert mistakes == []
    assert [note.place for note in summary.notes] == ["2: source"]
    assert check([], [bundled_data()])[1].notes == ()


INDICATOR = """
[[indicators]]
id = "mark-natur"
name = { sv = "Natur", en = "Nature" }
level = "municipality"
place = "Mark"
method = "register"
population = { sv = "Mark", en = "Mark" }
goals = ["mark-2018/goal-1"]
source = { title = { sv = "Bok", en = "Book" }, publisher = "Mark" }
series = [{ unit = "percent", question = { sv = "Hur", en = "How" } }]
"""
INDICATOR_CASES = [
    ('level = "municipality"', 'level = "town"', "indicators[1].level", "not_one_of"),
    ('level = "municipality"', 'level = "area"', "indicators[1].area", "indicator_area"),
    ('place = "Mark"', 'place = "Mark"\narea = "hedbo"', "indicators[1].area", "indicator_area"),
    ('level = "municipality"', 'level = "area"\narea = "x"', "indicators[1].area", "unknown_area"),
    ("goal-1", "goal-9", "indicators[1].goals[1]", "unknown_goal"),
    ("goal-1", "mal-1", "indicators[1].goals[1]", "bad_id"),
    ("series = [{", 'series = [{ breaks = { sv = "Ny" }, ', "series[1].breaks", "series_breaks"),
    (
        "series = [{",
        'series = [{ unit = "index", question = { sv = "A", en = "A" } }, {',
        "series[2].breaks",
        "series_breaks",
    ),
    ("series = [{ unit", "series = [] # {", "series", "list_empty"),
    ('method = "register"', "", "indicators[1]", "missing_key"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "key"), INDICATOR_CASES)
def test_what_is_wrong_with_an_indicator(
    tmp_path: Path, old: str, new: str, place: str, key: str
) -> None:
    assert old in INDICATOR
    path = tmp_path / "indicators.toml"
    path.write_text(INDICATOR.replace(old, new, 1), encoding="utf-8")
    (mistake,) = told(path)
    assert place in mistake.place
    assert '"mark-natur"' in mistake.place
    assert mistake.key == f"catalogue.{key}"


@pytest.mark.parametrize(
    ("level", "wrong"), [("country", 1), ("police_district", 1), ("municipality", 0)]
)
def test_what_is_no_towns_or_areas_names_its_goals(tmp_path: Path, level: str, wrong: int) -> None:
    path = tmp_path / "indicators.toml"
    text = INDICATOR.replace('goals = ["mark-2018/goal-1"]', "")
    path.write_text(text.replace('"municipality"', f'"{level}"'), encoding="utf-8")
    found = [(m.key, m.place) for m in told(path)]
    assert found == [("catalogue.list_empty", 'indicators[1].goals "mark-natur"')] * wrong


def test_an_indicator_without_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "indicators-mark.toml"
    path.write_text(INDICATOR, encoding="utf-8")
    assert told(path) == []
    path.write_text(INDICATOR + INDICATOR, encoding="utf-8")
    assert [m.key for m in told(path)] == ["catalogue.duplicate_indicator"]


plain = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip()) and text == text.strip()
)
local = st.builds(LocalText, plain, plain | st.just(""))
amounts = st.integers(0, 10**8)
DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    start, end = sorted((draw(DAYS), draw(DAYS)))
    when = draw(st.sampled_from([None, Period(start, end)]))
    series = "a-b/2"
    count, answered, asked = sorted(draw(st.tuples(amounts, amounts, amounts)))
    return Reading(
        f"{series}/{period_text(when)}",
        series,
        when,
        draw(st.none() | st.floats(-1e9, 1e9)),
        draw(st.sampled_from([None, count])),
        answered,
        draw(st.sampled_from([None, asked])),
        draw(st.none() | st.floats(0, 100)),
        draw(st.none() | local),
        draw(st.none() | local),
        Source(draw(local), draw(plain), draw(st.sampled_from([None, "https://example.org/a"]))),
    )


@settings(deadline=None, max_examples=60)
@given(readings())
def test_a_reading_that_is_written_is_read_as_it_was(reading: Reading) -> None:
    data = readings_text([reading_row(reading)]).encode("utf-8")
    content = read_content(file_called(Path("readings.csv")), data)
    # Signs that turn the reading direction are refused, as in every text.
    refused = [m for m in content.mistakes if m.key != "catalogue.control_character"]
    assert refused == []
    if not content.mistakes:
        assert [each for _, each in content.readings] == [reading]


# --- in the register ------------------------------------------------------------------------------


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service.open(Settings(f"sqlite:///{tmp_path}/r.db", ())) as opened:
        yield opened


def test_each_is_an_entry_of_its_own_and_taken_in_once(service: Service) -> None:
    ids = {e.id for e in service.register.catalogue_entries()}
    assert len([i for i in ids if i.startswith("readings-")]) == 35
    assert len([i for i in ids if i.startswith("indicators-")]) == 13
    assert "readings-boras-undvikit-1-2022-05--2022-07.csv" in ids
    shipped = load_catalogue([bundled_data()])
    assert set(service.catalogue.readings) == set(shipped.readings)
    assert set(service.catalogue.indicators) == set(shipped.indicators)
    again = [
        (name, (bundled_data() / name).read_bytes()) for name in ("indicators.toml", "readings.csv")
    ]
    assert propose(service, again).is_nothing


def test_a_file_adds_its_readings_and_leaves_the_others(service: Service, tmp_path: Path) -> None:
    changed = {**GOOD, "period": "2021", "value": "29"}
    path = csv_file(tmp_path / "nya.csv", GOOD, changed)
    before = {r.id: r for r in service.catalogue.readings}
    proposal = propose(service, [(path.name, path.read_bytes())])
    assert {r.id for r in proposal.found.new_readings} == {
        "ntu-otrygg-kvallstid/1/2019",
        "ntu-otrygg-kvallstid/1/2021",
    }
    take_in(service, proposal, by="planerare")
    after = {r.id: r for r in service.catalogue.readings}
    assert len(after) == len(before) + 1
    assert after["ntu-otrygg-kvallstid/1/2021"].value == 29
    assert before["ntu-otrygg-kvallstid/1/2021"].value == 28
    history = service.revisions("catalogue_entry", "readings-ntu-otrygg-kvallstid-1-2021.csv")
    assert [(r.number, r.by) for r in history] == [(1, "lofteskartan"), (2, "planerare")]


def test_an_identity_number_is_refused(service: Service, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "readings.csv", {**GOOD, "text": "Sade 19640823-3234"})
    with pytest.raises(CatalogueError) as refused:
        propose(service, [(path.name, path.read_bytes())])
    assert [m.key for m in refused.value.mistakes] == ["catalogue.identity_number"]


def test_a_goal_taken_away_in_the_form_leaves_the_others_their_numbers(service: Service) -> None:
    boras = service.catalogue.promise_by_id["boras-2018"]
    form = filled(service, "change", boras.id)
    values = {**form_values(boras), "goal1-dropped": ("dropped",), "by": "planerare"}
    assert values["goal"] == "1 2 3"
    saved = promises.save(service, form, values, draft=False)
    assert isinstance(saved, Saved), saved
    goals = service.catalogue.promise_by_id["boras-2018"].goals
    assert [goal.id for goal in goals] == ["boras-2018/goal-2", "boras-2018/goal-3"]
    # A new one takes no number that another has had, not even the last one's.
    for dropped, expected in ((3, (2,)), (None, (2, 4))):
        boras = service.catalogue.promise_by_id["boras-2018"]
        form = filled(service, "change", boras.id)
        values = {**form_values(boras), "by": "planerare"}
        if dropped:
            values |= {f"goal{dropped}-dropped": ("dropped",)}
        else:
            values |= {"goal": f"{values['goal']} 3", "goal3-text": "Ljusare"}
        assert isinstance(promises.save(service, form, values, draft=False), Saved)
        goals = service.catalogue.promise_by_id["boras-2018"].goals
        assert tuple(goal.number for goal in goals) == expected
    # The program still starts, with the indicators that named it.
    service.refresh()
    assert "boras-2018/goal-1" in {g for i in service.catalogue.indicators for g in i.goals}


# --- by hand --------------------------------------------------------------------------------------

TYPED = {
    "series": "ntu-otrygg-kvallstid/1",
    "period": "2019",
    "value": "28,5",
    "source": "NTU 2019",
    "publisher": "Brå",
    "by": "planerare",
}


def fields_of(answer: object) -> dict[str, str]:
    """The field of each problem, and its sentence's key, which has words in both languages."""
    assert isinstance(answer, Refused), answer
    assert all(words(language).error(p) for p in answer.problems for language in LANGUAGES)
    return {p.field: p.key for p in answer.problems}


def test_a_reading_is_written_changed_and_withdrawn_by_hand(service: Service) -> None:
    id_ = "ntu-otrygg-kvallstid/1/2019"
    assert isinstance(save(service, Begun("reading"), TYPED), Saved)
    made = {r.id: r for r in service.catalogue.readings}[id_]
    assert (made.value, made.source.publisher) == (28.5, "Brå")
    form = begun(service, "reading", id_)
    assert form.values["value"] == "28.5"
    # Its series and time stay, whatever is sent: at another time it would be another reading.
    changed = {**form.values, "value": "29", "period": "2001", "by": "planerare"}
    assert isinstance(save(service, form, changed), Saved)
    assert {r.id: r.value for r in service.catalogue.readings}[id_] == 29
    # Who has not seen that is told, and so is who writes the same time anew.
    assert isinstance(save(service, form, changed | {"value": "30"}), Conflict)
    again = TYPED | {"value": "31"}
    conflict = save(service, Begun("reading"), again)
    assert isinstance(conflict, Conflict)
    assert clashes(Begun("reading"), conflict.theirs, again) == {"value": ("29", "31")}
    assert isinstance(withdraw(service, form, {"by": "planerare"}), Conflict)
    assert isinstance(withdraw(service, begun(service, "reading", id_), {"by": "planerare"}), Saved)
    assert id_ not in {r.id for r in service.catalogue.readings}
    history = service.revisions("catalogue_entry", "readings-ntu-otrygg-kvallstid-1-2019.csv")
    assert [r.action for r in history] == ["create", "change", "void"]
    # Every version is told with what it changed, and each of them comes back.
    gone = begun(service, "reading", id_)
    assert gone.gone
    told = [(v.revision.number, v.changes) for v in versions(service, gone.kind, gone.base.id)]
    assert told == [(3, {}), (2, {"value": ("28.5", "29")}), (1, {})]
    assert isinstance(bring_back(service, gone, {"by": "planerare"}, 1), Saved)
    assert {r.id: r for r in service.catalogue.readings}[id_] == made


def test_a_shipped_reading_that_was_withdrawn_stays_so(tmp_path: Path) -> None:
    settings, id_ = Settings(f"sqlite:///{tmp_path}/r.db", ()), "boras-trygghetsindex/1/undated"
    with Service.open(settings) as service:
        answer = withdraw(service, begun(service, "reading", id_), {"by": "planerare"})
        assert isinstance(answer, Saved)
    with Service.open(settings) as service:
        assert id_ not in {r.id for r in service.catalogue.readings}
        assert service.left_out == ()


def test_the_readings_go_out_as_a_file_that_is_taken_in_again(
    service: Service, tmp_path: Path
) -> None:
    assert isinstance(save(service, Begun("reading"), TYPED), Saved)
    data = readings_file(service)
    assert data.startswith(b"\xef\xbb\xbf")  # or Excel would misread å, ä and ö
    assert propose(service, [("lofteskartan-readings.csv", data)]).is_nothing
    with Service.open(Settings(f"sqlite:///{tmp_path}/other.db", ())) as other:
        take_in(other, propose(other, [("lofteskartan-readings.csv", data)]), by="planerare")
        assert set(other.catalogue.readings) == set(service.catalogue.readings)


def test_definitions_and_readings_go_out_with_all_the_rest_and_come_in_again(
    service: Service, tmp_path: Path
) -> None:
    assert isinstance(save(service, Begun("indicator"), DEFINED | SECOND), Saved)
    row = {**TYPED, "series": "trygg-vid-resecentrum/2", "value": "7"}
    assert isinstance(save(service, Begun("reading"), row), Saved)
    catalogue = service.catalogue
    for suffix in (".zip", ".gpkg"):
        export_file(service, Wanted(), tmp_path / f"allt{suffix}")
    with zipfile.ZipFile(tmp_path / "allt.zip") as packed:
        files = [(name, packed.read(name)) for name in ("indicators.toml", "readings.csv")]
    assert files[0][1] == definitions_file(service)
    # The GeoPackage is added as it is, here and from the page.
    geopackage = tmp_path / "allt.gpkg"
    assert Offered(service.settings, (geopackage,)).solve(lambda _: None).is_nothing
    for name, parts in (("zip", files), ("gpkg", read_paths([geopackage]))):
        assert propose(service, parts).is_nothing
        with Service.open(Settings(f"sqlite:///{tmp_path}/{name}.db", ())) as other:
            take_in(other, propose(other, parts), by="planerare")
            assert set(other.catalogue.indicators) == set(catalogue.indicators)
            assert set(other.catalogue.readings) == set(catalogue.readings)
    # One without either says so.
    export_file(service, Wanted(kinds=("foot_patrol",)), tmp_path / "patrols.gpkg")
    with pytest.raises(CatalogueError) as nothing:
        propose(service, read_paths([tmp_path / "patrols.gpkg"]))
    assert [(Path(m.file).name, m.key) for m in nothing.value.mistakes] == [
        ("readings.csv", "catalogue.no_readings")
    ]
    # Of a promise, what stands beside its goals; with a filter on records, nothing.
    export_file(service, Wanted(promise="mark-2018"), tmp_path / "mark.gpkg")
    shown = pyogrio.read_dataframe(tmp_path / "mark.gpkg", layer="indicators", read_geometry=False)
    assert set(shown["indicator"]) == {
        *("mark-trygghet-webb", "ntu-otrygg-kvallstid", "ntu-fortroende-polisen")
    }
    one = next(i for i in catalogue.indicators if i.id == "mark-trygghet-webb")
    told = shown[shown["indicator"] == one.id]
    assert list(told["breaks"].fillna("")) == ["", one.series[1].breaks.sv]  # type: ignore[union-attr]
    file = file_called(Path("indicators.toml"))
    assert read_content(file, told["definition"].iloc[0].encode()).indicators == (one,)
    read = pyogrio.read_dataframe(tmp_path / "mark.gpkg", layer="readings", read_geometry=False)
    assert len(read) == 9
    assert sorted(read[read["indicator"] == one.id]["value"]) == [39, 57]
    assert gather(service, Wanted(kinds=("foot_patrol",))).indicators == ()


WRONG = [
    ({"series": ""}, {"series": "promises.blank"}),
    ({"series": "nothing/1"}, {"series": "catalogue.unknown_series"}),
    ({"period": ""}, {"period": "promises.blank"}),
    ({"period": "i våras"}, {"period": "catalogue.bad_period"}),
    ({"value": ""}, {"value": "catalogue.reading_empty"}),
    ({"value": "120"}, {"value": "catalogue.percent_outside"}),
    ({"source": "", "publisher": ""}, {"source": "promises.blank", "publisher": "promises.blank"}),
    ({"published": "i våras"}, {"published": "promises.not_day"}),
    ({"text": "Sade 19640823-3234"}, {"text": "catalogue.identity_number"}),
    ({"by": ""}, {"by": "form.by"}),
]


@pytest.mark.parametrize(("typed", "fields"), WRONG)
def test_what_is_wrong_stands_at_its_field(
    service: Service, typed: dict[str, str], fields: dict[str, str]
) -> None:
    before = service.register.version()
    assert fields_of(save(service, Begun("reading"), TYPED | typed)) == fields
    assert service.register.version() == before


# --- a definition's form -------------------------------------------------------------------------

DEFINED = {
    "name": "Trygg vid resecentrum",
    "level": "area",
    "area": "norrby",
    "method": "random_sample",
    "population": "Resande en vardag",
    "goals": ("boras-2018/goal-2",),
    "source_title": "Resvaneenkäten",
    "source_publisher": "Borås Stad",
    "series": "1",
    "series1-question": "Känner du dig trygg här?",
    "series1-unit": "percent",
    "by": "planerare",
}
SECOND = {
    "series": "1 2",
    "series2-question": "Hur trygg är du här?",
    "series2-unit": "index",
    "series2-scale": "1 till 10",
    "series2-breaks": "Frågan är en annan från 2020.",
}


@pytest.mark.parametrize("kept", [True, False])
def test_every_shipped_definition_is_the_same_after_its_form(service: Service, kept: bool) -> None:
    areas, today = service.catalogue.area_by_id, service.today()
    for one in service.catalogue.indicators:
        values, area = indicator_values(one), areas.get(one.area or "")
        form = read_indicator(values, one if kept else None, one.id, area, today)
        assert read_indicators("f.toml", form.tables) == ((one,), [])


def test_an_indicator_is_defined_changed_and_withdrawn_by_hand(service: Service) -> None:
    assert isinstance(save(service, Begun("indicator"), DEFINED), Saved)
    id_ = "trygg-vid-resecentrum"
    form = begun(service, "indicator", id_)
    made = {i.id: i for i in service.catalogue.indicators}[id_]
    assert form.base == made
    assert (made.place, made.area, made.goals) == ("Norrby", "norrby", ("boras-2018/goal-2",))
    row = {**SAID, "series": f"{id_}/1", "period": "2019", "value": "60", "by": "planerare"}
    assert isinstance(save(service, Begun("reading"), row), Saved)
    # Another question is a series of its own: the line breaks, and says why.
    values = {**form.values, **SECOND, "by": "planerare"}
    assert isinstance(save(service, form, values), Saved)
    assert isinstance(save(service, form, values), Conflict)
    later = {**row, "series": f"{id_}/2", "period": "2020", "value": "7"}
    assert isinstance(save(service, Begun("reading"), later), Saved)
    found = next(t for t in seen_in(service, "norrby") if t.indicator.id == id_)
    assert [[p.value for p in line.points] for line in found.lines] == [[60], [7]]
    assert found.lines[1].series.breaks == LocalText(SECOND["series2-breaks"])
    # A unit that its readings don't fit, and taking it back under them, are refused with a reason.
    form = begun(service, "indicator", id_)
    words_only = {**form.values, "series1-unit": "words", "by": "planerare"}
    assert fields_of(save(service, form, words_only)) == {"series": "catalogue.value_in_words"}
    assert fields_of(withdraw(service, form, {"by": "planerare"})) == {"by": "indicators.used"}
    # A series that is there stays, whatever is sent: readings name it by its place.
    sent = {**form.values, "series1-dropped": ("dropped",), "by": "planerare"}
    assert isinstance(save(service, form, sent), Saved)
    assert begun(service, "indicator", id_).base == form.base
    for period, series in (("2019", 1), ("2020", 2)):
        reading = begun(service, "reading", f"{id_}/{series}/{period}")
        assert isinstance(withdraw(service, reading, {"by": "planerare"}), Saved)
    now = begun(service, "indicator", id_)
    assert isinstance(withdraw(service, now, {"by": "planerare"}), Saved)
    assert id_ not in {i.id for i in service.catalogue.indicators}
    # Undone: what it was at first is what it is again.
    gone = begun(service, "indicator", id_)
    first = versions(service, gone.kind, gone.base.id)[-1].revision.number
    assert isinstance(bring_back(service, gone, {"by": "planerare"}, first), Saved)
    assert {i.id: i for i in service.catalogue.indicators}[id_] == made


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"name": ""}, {"name": "promises.blank"}),
        ({"level": "area", "area": "", "place": "Norrby"}, {"area": "promises.choose"}),
        ({"level": "municipality", "place": ""}, {"place": "promises.blank"}),
        ({"level": "country", "place": "Sverige", "goals": ()}, {"goals": "promises.choose"}),
        (
            {"method": "", "population": ""},
            {"method": "promises.choose", "population": "promises.blank"},
        ),
        ({"goals": ("boras-2018/goal-9",)}, {"goals": "catalogue.unknown_goal"}),
        ({**SECOND, "series2-breaks": " "}, {"series2-breaks": "promises.blank"}),
        ({"caution": "1", "caution1-text": ""}, {"caution1-text": "promises.blank"}),
        ({"series1-unit": "", "by": ""}, {"series1-unit": "promises.choose", "by": "form.by"}),
        ({"source_date": "i våras"}, {"source_date": "promises.not_day"}),
        ({"population": "19640823-3234"}, {"population": "catalogue.identity_number"}),
    ],
)
def test_what_is_wrong_with_a_definition_stands_at_its_field(
    service: Service, typed: dict[str, str], fields: dict[str, str]
) -> None:
    before = service.register.version()
    assert fields_of(save(service, Begun("indicator"), DEFINED | typed)) == fields
    assert service.register.version() == before
