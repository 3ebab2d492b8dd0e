"""Importing: told first, saved once and whole or not at all, and taken back exactly."""

from __future__ import annotations

import csv
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from shapely import Point

from geodata.errors import IntakeError
from geodata.model import ActivityFilter, Language, WalkStatus
from geodata.service import Service
from geodata.service.import_report import (
    SHOWN_PLACES,
    SHOWN_PROBLEMS,
    Examined,
    ReadOptions,
    write_rest,
)
from geodata.service.imports import Stopped, Taken, examine, take_back, take_in
from geodata.service.recording import FormValues, Saved, save
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import Words

TODAY = date(2019, 1, 15)
BY = "Kansliet"
NUMBER = "811218-9876"
"""The example that Skatteverket itself gives of a personal identity number."""

HEADER = "datum;slag;område;lat;lon;minuter;anteckning"
GOOD = "2018-03-07 18:00;Fotpatrull;Norrby;57,7243;12,9266;45;Lugnt."
OTHER = "2018-03-08 19:30;Patrullering;Hulta;57,71;12,98;30;Genomgång."
THIRD = "2018-04-02;Informationsmöte;Hedbo;;;60;"
BAD_KIND = "2018-03-09 20:00;Gudstjänst;Norrby;57,7243;12,9266;20;=1+1"


def opened(path: Path) -> Service:
    given_ = Settings(register_url(str(path)), basemap=NO_BASEMAP)
    return Service.open(given_, today=lambda: TODAY)


@pytest.fixture
def service(blank_file: Path, tmp_path: Path) -> Iterator[Service]:
    shutil.copyfile(blank_file, tmp_path / "register.sqlite")
    service = opened(tmp_path / "register.sqlite")
    yield service
    service.close()


Write = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Write:
    """Write a table as Swedish Excel does."""

    def write(*rows: str, header: str = HEADER, name: str = "pass.csv") -> Path:
        path = tmp_path / name
        path.write_text("\r\n".join([header, *rows, ""]), encoding="utf-8-sig", newline="")
        return path

    return write


def tally(examined: Examined) -> tuple[int, int, int]:
    """Return how many are new, doubles and refused."""
    report = examined.report
    return report.new, report.doubles, report.refused


def imported(service: Service, path: Path, options: ReadOptions | None = None) -> Taken:
    return take_in(service, examine(service, path, options), by=BY, good_only=True)


def notes(service: Service) -> list[str]:
    return [one.note for one in service.register.activities(ActivityFilter()) if one.note]


def size(service: Service) -> int:
    return sum(service.register.counts().values())


def typed(service: Service, **values: object) -> Saved:
    form = {
        "id": str(uuid4()),
        "by": "Områdespolis Norrby",
        "kind": "foot_patrol",
        "area": "norrby",
        "date": "2018-03-07",
        "time": "18:00",
        "minutes": "45",
        "commitments": (),
        "parties": (),
        "participants": "",
        "note": "Lugnt.",
        "lat": "57.7243",
        "lon": "12.9266",
        **values,
    }
    outcome = save(service, "activity", _values(form))
    assert isinstance(outcome, Saved), outcome
    return outcome


def _values(form: dict[str, object]) -> FormValues:
    return form  # type: ignore[return-value]


# --- told first ------------------------------------------------------------------------------


def test_examining_writes_nothing(service: Service, table: Write) -> None:
    before = service.register.version(), size(service)
    examined = examine(service, table(GOOD, OTHER, THIRD, BAD_KIND))
    assert tally(examined) == (3, 0, 1)
    assert (service.register.version(), size(service)) == before


def test_a_problem_names_row_column_value_and_reason(service: Service, table: Write) -> None:
    (problem,) = examine(service, table(GOOD, BAD_KIND)).report.problems
    assert (problem.row, problem.field, problem.value) == (3, "slag", "Gudstjänst")
    assert problem.key == "intake.unknown_kind"


def test_an_identity_number_is_in_nothing_that_is_told(service: Service, table: Write) -> None:
    hidden = GOOD.replace("Lugnt.", f"Talade med {NUMBER}")
    examined = examine(service, table(hidden, OTHER))
    assert tally(examined) == (1, 0, 1)
    assert NUMBER not in repr(examined)


def test_a_report_crosses_to_another_process(service: Service, table: Write) -> None:
    report = examine(service, table(GOOD, BAD_KIND, OTHER)).report
    assert pickle.loads(pickle.dumps(report)) == report


def test_a_report_is_bounded_and_counts_all(service: Service, table: Write) -> None:
    good = [GOOD.replace("Lugnt.", f"Nummer {n}.") for n in range(SHOWN_PLACES + 50)]
    bad = [BAD_KIND] * (SHOWN_PROBLEMS + 25)
    report = examine(service, table(*good, *bad)).report
    assert (report.new, report.refused) == (SHOWN_PLACES + 50, SHOWN_PROBLEMS + 25)
    assert len(report.problems) == SHOWN_PROBLEMS == 500
    assert len(report.places) == SHOWN_PLACES == 2_000
    assert report.problem_counts[0] == ("intake.unknown_kind", "error", SHOWN_PROBLEMS + 25)
    assert len(pickle.dumps(report)) < 1_000_000


def test_errors_are_told_before_notices(service: Service, table: Write) -> None:
    wide = f"{HEADER};okänd"
    report = examine(service, table(f"{GOOD};x", f"{BAD_KIND};x", header=wide)).report
    severities = [problem.severity for problem in report.problems]
    assert severities == sorted(severities)
    assert {"error", "notice"} == set(severities)


# --- doubles ---------------------------------------------------------------------------------


def test_the_same_file_twice_adds_nothing(service: Service, table: Write) -> None:
    path = table(GOOD, OTHER, THIRD)
    assert imported(service, path).count == 3
    before = service.register.version()
    again = examine(service, path)
    assert tally(again) == (0, 3, 0)
    assert take_in(service, again, by=BY, good_only=False).count == 0
    assert service.register.version() == before


def test_the_same_rows_in_another_dress_are_doubles(service: Service, table: Write) -> None:
    imported(service, table(GOOD, OTHER))
    dressed = table(
        "Hulta,2018-03-08,19:30,Patrullering,57.71,12.98,30,Genomgång.",
        "Norrby,2018-03-07,18:00,foot_patrol,57.7243,12.9266,45,  Lugnt. ",
        header="Area,Date,Time,Kind,Lat,Lon,Minutes,Note",
        name="other.csv",
    )
    assert tally(examine(service, dressed)) == (0, 2, 0)


def test_two_equal_rows_against_one_that_is_there(service: Service, table: Write) -> None:
    imported(service, table(GOOD))
    examined = examine(service, table(GOOD, GOOD))
    assert tally(examined) == (1, 1, 0)
    assert take_in(service, examined, by=BY, good_only=False).count == 1
    assert tally(examine(service, table(GOOD, GOOD))) == (0, 2, 0)


def test_what_was_typed_by_hand_is_a_double(service: Service, table: Write) -> None:
    typed(service)
    examined = examine(service, table(GOOD, OTHER))
    assert tally(examined) == (1, 1, 0)
    imported(service, table(GOOD, OTHER))
    assert notes(service).count("Lugnt.") == 1


def test_one_that_says_otherwise_is_new(service: Service, table: Write) -> None:
    typed(service, minutes="40")
    assert tally(examine(service, table(GOOD))) == (1, 0, 0)


def test_withdrawn_ones_are_told_and_stay_withdrawn(service: Service, table: Write) -> None:
    taken = imported(service, table(GOOD, OTHER))
    (_, first), _ = taken.ids
    service.register.void("activity", first, by="Polisen", expected_number=1)
    examined = examine(service, table(GOOD, OTHER))
    assert tally(examined) == (0, 2, 0)
    assert examined.report.withdrawn == 1
    take_in(service, examined, by=BY, good_only=False)
    assert service.register.activity(first).void


def test_findings_of_a_walk_that_is_there_already(service: Service, tmp_path: Path) -> None:
    """The same walk from two sources: the second file's findings are the first one's."""
    walk = "namn;läge;datum;område;samlingsplats\nVårens;held;2018-05-03 18:00;Hedbo;Torget\n"
    first = tmp_path / "walk.csv"
    first.write_text(walk, encoding="utf-8")
    (_, walk_id), *_ = imported(service, first).ids
    found = f"vandring;kategori;iakttagelse\n{walk_id};Belysning;Trasig lykta\n"
    second = tmp_path / "found.csv"
    second.write_text(found, encoding="utf-8")
    examined = examine(service, second)
    assert tally(examined) == (1, 0, 0), examined.report.problems
    (finding,) = examined.new
    # Day and area are the walk's, since the row gives none.
    assert (finding.walk_id, finding.day, finding.area_id) == (
        walk_id,
        date(2018, 5, 3),
        "hedbo",
    )
    assert imported(service, second).count == 1


# --- all or nothing, or the good ones --------------------------------------------------------


def test_all_or_nothing_refuses_when_a_row_is_refused(service: Service, table: Write) -> None:
    before = service.register.version()
    with pytest.raises(IntakeError) as caught:
        take_in(service, examine(service, table(GOOD, BAD_KIND, BAD_KIND)), by=BY, good_only=False)
    assert caught.value.key == "intake.not_all_good"
    assert caught.value.values["count"] == 2
    assert service.register.version() == before


def test_the_rest_once_corrected_imports_what_was_left(
    service: Service, table: Write, tmp_path: Path
) -> None:
    path = table(GOOD, BAD_KIND, OTHER)
    examined = examine(service, path)
    assert take_in(service, examined, by=BY, good_only=True).count == 2
    rest = tmp_path / "rest.csv"
    write_rest(examined, rest, Words("sv"), service.catalogue)
    text = rest.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == f"{HEADER};Löfteskartan: att rätta"
    # A spreadsheet that opens it must not run what stands in it.
    assert ";'=1+1" in text
    assert ";=1+1" not in text
    rest.write_text(text.replace("Gudstjänst", "Fotpatrull"), encoding="utf-8-sig")
    corrected = examine(service, rest)
    assert tally(corrected) == (1, 0, 0)
    take_in(service, corrected, by=BY, good_only=False)
    assert sorted(notes(service))[:1] == ["=1+1"]
    # And the whole file, corrected at its source, has nothing new to tell.
    whole = table(GOOD, BAD_KIND.replace("Gudstjänst", "Fotpatrull"), OTHER)
    assert tally(examine(service, whole)) == (0, 3, 0)


@pytest.mark.parametrize(
    ("language", "title", "why"),
    [
        (
            "sv",
            "Löfteskartan: att rätta",
            "”Fotpatrul” är inget känt slag av aktivitet. Skriv något av: {kinds}. "
            "Menade du ”Fotpatrull”? "
            "”Norby” är inget känt område. Skriv något av: {areas}. Menade du ”Norrby”?",
        ),
        (
            "en",
            "Löfteskartan: to correct",
            "“Fotpatrul” is no known kind of activity. Write one of: {kinds}. "
            "Did you mean “Fotpatrull”? "
            "“Norby” is no known area. Write one of: {areas}. Did you mean “Norrby”?",
        ),
    ],
)
def test_a_rest_says_why_beside_each_row(
    service: Service, table: Write, tmp_path: Path, language: Language, title: str, why: str
) -> None:
    wrong = GOOD.replace("Fotpatrull", "Fotpatrul").replace("Norrby", "Norby")
    # What stands beyond the header stays beyond it.
    examined = examine(service, table(wrong, f"{BAD_KIND};för mycket", OTHER))
    rest = tmp_path / "rest.csv"
    write_rest(examined, rest, Words(language), service.catalogue)
    with rest.open(encoding="utf-8-sig", newline="") as file:
        header, first, second = csv.reader(file, delimiter=";")
    assert header == [*HEADER.split(";"), title]
    assert first[:-1] == wrong.split(";")
    kinds = [t.name.to(language) for t in service.catalogue.vocabulary.activity_kinds.values()]
    areas = [area.name for area in service.catalogue.areas]
    assert first[-1] == why.format(kinds=", ".join(kinds), areas=", ".join(areas))
    assert second[8:] == ["för mycket"]
    # The column is nobody's: neither read, nor asked about, nor written once more.
    again = examine(service, rest)
    assert again.reading.header == tuple(HEADER.split(";"))
    assert again.reading.rest == examined.reading.rest
    assert [use.header for use in again.report.columns] == HEADER.split(";")


def test_a_rest_holds_no_identity_number(service: Service, table: Write, tmp_path: Path) -> None:
    examined = examine(service, table(GOOD.replace("Lugnt.", NUMBER), OTHER))
    write_rest(examined, tmp_path / "rest.csv", Words("sv"), service.catalogue)
    text = (tmp_path / "rest.csv").read_text(encoding="utf-8-sig")
    assert "2018-03-07" in text
    assert NUMBER not in text
    assert NUMBER.replace("-", "") not in text


# What a person may write in a cell: no control characters, which a table can't hold.
CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    note=st.one_of(CELL, CELL.map("={}".format), st.sampled_from(["'=1", "@x", "-2+3", '"a";b']))
)
def test_a_rest_says_what_the_file_said(service: Service, tmp_path: Path, note: str) -> None:
    """Of the refused rows the cells are what the file's were, read by another reader."""
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER.split(";"))
        writer.writerow([*BAD_KIND.split(";")[:-1], note])
    examined = examine(service, path)
    write_rest(examined, tmp_path / "rest.csv", Words("sv"), service.catalogue)
    again = examine(service, tmp_path / "rest.csv")
    assert again.reading.rest == examined.reading.rest
    with (tmp_path / "rest.csv").open(encoding="utf-8-sig", newline="") as file:
        _, row = list(csv.reader(file, delimiter=";"))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row[-2:])


def test_a_rest_that_cannot_be_written_is_told(service: Service, table: Write) -> None:
    examined = examine(service, table(BAD_KIND))
    with pytest.raises(IntakeError) as caught:
        write_rest(
            examined, table().parent / "no-such-folder" / "rest.csv", Words("sv"), service.catalogue
        )
    assert caught.value.key == "import.rest_failed"


# --- taken back ------------------------------------------------------------------------------


def test_taking_back_withdraws_exactly_what_came_in(service: Service, table: Write) -> None:
    typed(service)
    before = size(service)
    taken = imported(service, table(GOOD, OTHER, THIRD))
    assert taken.count == 2
    assert size(service) == before + 2
    assert take_back(service, taken, by=BY) == 2
    assert size(service) == before
    assert notes(service).count("Lugnt.") == 1
    # It is withdrawn with its history, and once only.
    actions = [one.action for one in service.register.revisions("activity", taken.ids[0][1])]
    assert actions == ["create", "void"]
    assert take_back(service, taken, by=BY) == 0


def test_what_was_changed_since_stays(service: Service, table: Write) -> None:
    taken = imported(service, table(GOOD, OTHER, THIRD))
    changed, withdrawn, untouched = (id_ for _, id_ in taken.ids)
    record = service.register.activity(changed)
    service.register.change(replace(record, minutes=50), by="Polisen", expected_number=1)
    service.register.void("activity", withdrawn, by="Polisen", expected_number=1)
    assert take_back(service, taken, by=BY) == 1
    assert not service.register.activity(changed).void
    assert service.register.newest_number("activity", withdrawn) == 2
    assert service.register.activity(untouched).void


def test_a_walk_goes_with_its_activity(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "walks.csv"
    path.write_text(
        "namn;läge;datum;område;samlingsplats;minuter\n"
        "Vårens;held;2018-05-03 18:00;Hedbo;Torget;60\n"
        "Höstens;planned;2019-09-03 18:00;Hedbo;Torget;\n",
        encoding="utf-8",
    )
    before = service.register.counts()
    taken = imported(service, path)
    now = service.register.counts()
    assert taken.count == 2
    assert now["walks"] - before["walks"] == 2
    # A held walk is an activity as well, once.
    assert now["activities"] - before["activities"] == 1
    assert take_back(service, taken, by=BY) == 2
    assert service.register.counts() == before


def test_what_somebody_else_added_meanwhile_is_not_taken_back(
    service: Service, table: Write
) -> None:
    mine = examine(service, table(GOOD, OTHER))
    imported(service, table(GOOD, name="theirs.csv"))
    taken = take_in(service, mine, by=BY, good_only=False)
    assert (taken.count, len(taken.ids)) == (1, 1)
    assert take_back(service, taken, by=BY) == 1
    assert notes(service).count("Lugnt.") == 1
    assert "Genomgång." not in notes(service)


# --- columns that nobody knows -----------------------------------------------------------------

STRANGE = "När var det;Vad gjordes;Trakt"
STRANGE_ROW = "2018-03-07 18:00;Fotpatrull;Norrby"
MAPPING = {"När var det": "date", "Vad gjordes": "kind", "Trakt": "area"}


def test_a_mapping_is_remembered_for_the_same_columns_only(service: Service, table: Write) -> None:
    path = table(STRANGE_ROW, header=STRANGE)
    assert examine(service, path).report.new == 0
    chosen = examine(service, path, ReadOptions(fields=MAPPING))
    assert chosen.report.new == 1
    # Not before it is saved: trying something out is not deciding it.
    assert examine(service, path).report.new == 0
    take_in(service, chosen, by=BY, good_only=False)
    following = STRANGE_ROW.replace("03-07", "03-14")
    watch = Stopping(2.0)
    assert tally(examine(service, table(following, header=STRANGE), watch=watch)) == (1, 0, 0)
    # The rows are read once, and nobody sees the work begin anew.
    assert watch.told == sorted(watch.told)
    other_order = table(
        "Norrby;2018-03-21 18:00;Fotpatrull", header="TRAKT;när var  det;Vad gjordes"
    )
    assert tally(examine(service, other_order)) == (1, 0, 0)
    one_more = table(f"{following};x", header=f"{STRANGE};Övrigt")
    assert examine(service, one_more).report.new == 0


def test_a_remembered_mapping_holds_beside_other_choices(service: Service, table: Write) -> None:
    fields = {"När var det": "date", "Trakt": "area"}
    row = "2018-03-07 18:00;Norrby"
    path = table(row, header="När var det;Trakt")
    options = ReadOptions(fields=fields, kind="foot_patrol")
    take_in(service, examine(service, path, options), by=BY, good_only=False)
    following = table(row.replace("03-07", "03-08"), header="När var det;Trakt")
    assert examine(service, following).report.needs == ("kind",)
    again = examine(service, following, ReadOptions(kind="foot_patrol"))
    assert tally(again) == (1, 0, 0)


def test_what_a_person_says_now_comes_before_what_is_remembered(
    service: Service, table: Write
) -> None:
    path = table(f"{STRANGE_ROW};Hulta", header=f"{STRANGE};Ort")
    first = ReadOptions(fields={**MAPPING, "Ort": ""})
    take_in(service, examine(service, path, first), by=BY, good_only=False)
    other = ReadOptions(fields={**MAPPING, "Trakt": "", "Ort": "area"})
    (record,) = examine(service, path, other).new
    assert record.area_id == "hulta"


# --- stopped ---------------------------------------------------------------------------------


class Stopping:
    """A watch that stops once a share has been reached."""

    def __init__(self, at: float) -> None:
        self._at = at
        self.told: list[float] = []

    def __call__(self, share: float) -> None:
        self.told.append(share)
        if share >= self._at:
            raise Stopped


@pytest.mark.parametrize("at", [0.0, 0.3, 0.9, 1.0])
def test_a_stop_while_reading_or_comparing_leaves_nothing(
    service: Service, table: Write, at: float
) -> None:
    before = service.register.version()
    with pytest.raises(Stopped):
        examine(service, table(GOOD, OTHER, THIRD), watch=Stopping(at))
    assert service.register.version() == before


@pytest.mark.parametrize("at", [0.0, 0.4, 0.7, 1.0])
def test_a_stop_while_saving_leaves_nothing_half(service: Service, table: Write, at: float) -> None:
    before = service.register.version(), size(service)
    examined = examine(service, table(GOOD, OTHER, THIRD))
    with pytest.raises(Stopped):
        take_in(service, examined, by=BY, good_only=False, watch=Stopping(at))
    assert (service.register.version(), size(service)) == before
    assert take_in(service, examined, by=BY, good_only=False).count == 3


def test_whoever_watches_hears_it_grow(service: Service, table: Write) -> None:
    rows = [GOOD.replace("Lugnt.", f"Nummer {n}.") for n in range(5_000)]
    watch = Stopping(2.0)
    examined = examine(service, table(*rows), watch=watch)
    assert watch.told == sorted(watch.told)
    assert len(watch.told) > 4
    assert watch.told[-1] == 1.0
    saving = Stopping(2.0)
    take_in(service, examined, by=BY, good_only=False, watch=saving)
    assert saving.told == sorted(saving.told)
    assert saving.told[-1] == 1.0


def test_undoing_is_watched_and_can_be_stopped(service: Service, table: Write) -> None:
    before = size(service)
    rows = [GOOD.replace("Lugnt.", f"Nummer {n}.") for n in range(2_500)]
    taken = take_in(service, examine(service, table(*rows)), by=BY, good_only=False)
    version, held = service.register.version(), size(service)
    for at in (0.0, 0.3):
        with pytest.raises(Stopped):
            take_back(service, taken, by=BY, watch=Stopping(at))
        assert (service.register.version(), size(service)) == (version, held)
    watch = Stopping(2.0)
    assert take_back(service, taken, by=BY, watch=watch) == 2_500
    assert size(service) == before
    assert watch.told == sorted(watch.told)
    assert len(watch.told) > 2


# --- formats ---------------------------------------------------------------------------------

GPX = """<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<rte><name>Rundan</name><rtept lat="57.7243" lon="12.9266"/><rtept lat="57.7250" lon="12.9280"/>
<rtept lat="57.7257" lon="12.9290"/></rte></gpx>"""


def test_what_was_done_nobody_says_where_fulfils_nothing_that_names_areas(
    service: Service, table: Write
) -> None:
    path = table("2018-06-01;Fotpatrull;;;;60;", "2018-06-02;Fotpatrull;Norrby;;;60;")
    found = examine(service, path)
    assert found.report.arealess == 1
    assert [bool(record.commitments) for record in found.new] == [False, True]
    said = examine(service, path, ReadOptions(area="hulta"))
    assert said.report.arealess == 0
    assert all(record.commitments for record in said.new)
    # A place that lies in no area is told as that, and fulfils no more.
    outside = table("2018-06-01;Fotpatrull;;57,9;12,1;60;")
    report = examine(service, outside).report
    assert (report.arealess, report.whereabouts.outside, report.linked) == (0, 1, 0)


def test_a_drawn_route_needs_kind_and_day(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "rundan.gpx"
    path.write_text(GPX, encoding="utf-8")
    bare = examine(service, path)
    assert (bare.report.new, bare.report.refused) == (0, 1)
    assert "kind" in bare.report.needs
    assert examine(service, path, ReadOptions(kind="foot_patrol")).report.needs == ("day",)
    options = ReadOptions(kind="foot_patrol", day=date(2018, 3, 7))
    examined = examine(service, path, options)
    assert tally(examined) == (1, 0, 0)
    (record,) = examined.new
    assert (record.kind, record.day, record.area_id) == (
        "foot_patrol",
        date(2018, 3, 7),
        "norrby",
    )
    assert record.place is not None
    assert record.place.geom_type == "LineString"
    assert examined.report.options == options
    imported(service, path, options)
    assert tally(examine(service, path, options)) == (0, 1, 0)


def test_columns_tell_what_the_rows_are(service: Service, table: Write) -> None:
    walks = table(
        "Vårens;Genomförd;2018-05-03 18:00;Hedbo;Torget",
        header="namn;läge;datum;område;samlingsplats",
        name="walks.csv",
    )
    examined = examine(service, walks)
    assert (examined.report.what, tally(examined)) == ("walks", (1, 0, 0))
    assert examined.new[0].status is WalkStatus.HELD
    findings = table(
        "Belysning;Trasig lykta;2018-05-03;57,483;12,642",
        header="kategori;iakttagelse;dag;lat;lon",
        name="findings.csv",
    )
    examined = examine(service, findings)
    assert (examined.report.what, tally(examined)) == ("findings", (1, 0, 0))
    assert examined.new[0].area_id == "hedbo"


def test_a_workbook(service: Service, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Datum", "Slag", "Område", "Lat", "Lon", "Minuter"])
    sheet.append([date(2018, 3, 7), "Fotpatrull", "Norrby", 57.7243, 12.9266, 45])
    book.save(tmp_path / "pass.xlsx")
    examined = examine(service, tmp_path / "pass.xlsx")
    assert tally(examined) == (1, 0, 0)
    (record,) = examined.new
    assert (record.day, record.minutes, record.area_id) == (date(2018, 3, 7), 45, "norrby")


def test_a_geopackage_in_metres(service: Service, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"datum": ["2018-03-07 18:00"], "slag": ["Fotpatrull"], "minuter": [45]},
        geometry=[Point(12.9266, 57.7243)],
        crs="EPSG:4326",
    )
    frame.to_crs("EPSG:3006").to_file(tmp_path / "pass.gpkg", layer="pass")
    examined = examine(service, tmp_path / "pass.gpkg")
    assert tally(examined) == (1, 0, 0)
    (record,) = examined.new
    assert isinstance(record.place, Point)
    assert (record.place.x, record.place.y) == pytest.approx((12.9266, 57.7243), abs=1e-6)
    assert record.area_id == "norrby"
    grid = examined.report.grid
    assert grid is not None
    assert grid.declared
