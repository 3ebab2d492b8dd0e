"""What the page and its data tell: against a reader who has all of it, and case by case."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import combinations, product
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geodata.analysis.progress import assess_all
from geodata.model import (
    LANGUAGES,
    Activity,
    Area,
    Catalogue,
    Commitment,
    Count,
    Evidence,
    Finding,
    FindingStatus,
    LocalText,
    Milestone,
    Origin,
    Party,
    Period,
    Precision,
    Presence,
    Promise,
    Source,
    SourceKind,
    State,
    Step,
    Vocabulary,
)
from geodata.palette import STATE_COLOURS
from geodata.publish.public import AreaSums, Content, Gathered, content_of, public_files
from geodata.publish.public.metadata import OPEN_FILES
from geodata.publish.public.page import HERE, draw_areas
from geodata.publish.public.suppression import LEAST
from geodata.publish.public.write import open_data
from geodata.service import Service
from geodata.service.publishing import Publishing, public_content
from geodata.settings import Publisher
from geodata.texts import words
from tests.tallies import tallied

MADE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def text(value: str) -> LocalText:
    return LocalText(value, value)


def rows_of(files: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    table = io.StringIO(files[f"data/{name}.csv"].decode("utf-8-sig"), newline="")
    return list(csv.DictReader(table, delimiter=";"))


# --- a reader who has the page, its data and the promise -------------------------------------

MONTHS = tuple(date(2018, month, 1) for month in (1, 2, 3, 4))
AREAS = ("east", "west")
SPRING = date(2018, 2, 28)


def commitment(number: int, measure: object, areas: Sequence[str], **more: object) -> Commitment:
    return Commitment(
        id=f"p/{number}",
        promise_id="p",
        number=number,
        title=text("t"),
        summary=text("s"),
        owners=("party",),
        areas=tuple(areas),
        areas_where_needed=(),
        scope=None,
        measure=measure,  # type: ignore[arg-type]
        deadline=None,
        source_paragraph=text("p"),
        **more,  # type: ignore[arg-type]
    )


STEPS = tuple(Step(kind, text(kind), (kind,), SPRING) for kind in ("shown", "begun"))
PROMISE = Promise(
    id="p",
    short=text("P"),
    title=text("Promise"),
    municipality="M",
    parties=(Party("party", text("Party")),),
    period=Period(date(2018, 1, 1), date(2018, 4, 30)),
    signed=None,
    published=None,
    background=text("b"),
    goals=(),
    source=Source(text("s"), "M"),
    commitments=(
        replace(commitment(1, Count(("walk",), 2, "area"), AREAS), deadline=SPRING),
        commitment(2, Milestone(STEPS, "area"), AREAS),
        commitment(3, Presence(("patrol",)), ("east",)),
    ),
    outcomes=(),
)
KINDS = ("walk", "shown", "begun", "patrol", "other")
CATALOGUE = Catalogue(
    promises=(PROMISE,),
    areas=tuple(
        Area(id_, id_, "M", "district", box(12 + n, 57, 12.1 + n, 57.1), "nominal", 50, text("o"))
        for n, id_ in enumerate(AREAS)
    ),
    places=(),
    vocabulary=Vocabulary({}, {}, {}, {}),
    digest="d",
)
COUNTED_FOR = {"walk": "p/1", "shown": "p/2", "begun": "p/2", "patrol": "p/3"}


def content_with(done: Sequence[tuple[str, int, str]]) -> Content:
    """Return what is told of activities, each its area, the index of its month and its kind."""
    as_of = date(2018, 4, 30)
    evidence = [
        Evidence(str(n), COUNTED_FOR[kind], area, kind, MONTHS[month].replace(day=15), None)
        for n, (area, month, kind) in enumerate(done)
        if kind in COUNTED_FOR
    ]
    progress = assess_all([PROMISE], tallied(evidence), as_of)
    sums = Counter((area, month) for area, month, _ in done)
    return content_of(
        Gathered(
            catalogue=CATALOGUE,
            promises=(PROMISE,),
            as_of=as_of,
            made=MADE,
            version="1",
            progress=progress,
            states={("p", area): State.UNDER_WAY for area in AREAS},
            sums={
                area: AreaSums(MONTHS, tuple(sums[area, n] for n in range(len(MONTHS))))
                for area in AREAS
            },
        )
    )


@cache
def ways(months: int, total: int) -> tuple[tuple[int, ...], ...]:
    """Every way to lay a number out over some months."""
    if months == 1:
        return ((total,),)
    return tuple(
        (first, *rest) for first in range(total + 1) for rest in ways(months - 1, total - first)
    )


def possible(files: Mapping[str, bytes], area: str) -> list[tuple[int, ...]] | None:
    """Every row of months for which the published tables are all true, by trying them."""
    told = [row for row in rows_of(files, "activities") if row["area"] == area]
    if any(row["fewer_than_3"] == "yes" for row in told):
        return None
    months = [f"{month:%Y-%m}" for month in MONTHS]
    groups = []
    for row in told:
        length = months.index(row["last_month"]) - months.index(row["first_month"]) + 1
        groups.append(ways(length, int(row["activities"])))
    by_spring = 0
    for row in rows_of(files, "commitments-by-area"):
        # Both targets are to be reached by the end of February.
        if row["area"] == area and row["target"]:
            by_spring += int(row["delivered"])
    rows = (sum(parts, ()) for parts in product(*groups))
    return [row for row in rows if row[0] + row[1] >= by_spring]


DONE = st.lists(
    st.tuples(st.sampled_from(AREAS), st.integers(0, 3), st.sampled_from(KINDS)), max_size=12
)


@given(DONE)
@settings(max_examples=100, deadline=None)
def test_who_has_all_that_is_published_finds_no_small_number(
    done: list[tuple[str, int, str]],
) -> None:
    files = open_data(content_with(done))
    for area in AREAS:
        found = possible(files, area)
        if found is None:
            continue
        true = tuple(sum(a == area and m == n for a, m, _ in done) for n in range(4))
        assert true in found
        for month, count in enumerate(true):
            # One span for all: what is left to know is what the commitments tell by themselves.
            spans = len([r for r in rows_of(files, "activities") if r["area"] == area])
            if 0 < count < LEAST and spans > 1:
                assert len({row[month] for row in found}) > 1, (true, found)


def test_a_deadline_that_would_tell_a_month_hides_the_months() -> None:
    # East: one in January, two in February, five in March. By the end of February two steps and
    # a walk are told: with January and February told as three nothing is fixed ...
    early = [("east", 0, "walk"), ("east", 1, "shown"), ("east", 1, "begun")]
    later = [("east", 2, "other")] * 5
    told = [
        r["activities"] for r in rows_of(public_files(content_with(early + later)), "activities")
    ]
    assert told[:2] == ["3", "5"]
    # ... but where February and March are told as three, that two were done by then is.
    done = [("east", 1, "shown"), ("east", 1, "begun"), ("east", 2, "other")]
    done += [("east", 3, "other")] * 5
    rows = rows_of(public_files(content_with(done)), "activities")
    assert [r["activities"] for r in rows if r["area"] == "east"] == ["8"]


def test_what_an_area_did_of_a_target_for_all_is_not_told(example: Service) -> None:
    content = public_content(example, Publishing(), MADE)
    for row in rows_of(public_files(content), "commitments-by-area"):
        measure = content.gathered.catalogue.commitment_by_id[row["commitment"]].measure
        if getattr(measure, "per", "all") == "all":
            assert row["delivered"] == row["target"] == ""


# --- against the register --------------------------------------------------------------------


def activity(day: date, **more: object) -> Activity:
    made = Activity(
        id=str(uuid4()),
        kind="information",
        area_id="norrby",
        place=None,
        start=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        precision=Precision.DAY,
        day=day,
        origin=Origin(SourceKind.RECORDED),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def row_of(service: Service, as_of: date, area: str = "norrby") -> list[tuple[str, str, str]]:
    files = public_files(public_content(service, Publishing(as_of=as_of), MADE))
    return [
        (row["first_month"], row["last_month"], row["activities"])
        for row in rows_of(files, "activities")
        if row["area"] == area
    ]


def test_the_sums_are_those_of_the_register(example: Service) -> None:
    content = public_content(example, Publishing(), MADE)
    counted = Counter(
        (entry.area_id, f"{entry.day:%Y-%m}")
        for entry in example.register.entries()
        if entry.precision is not Precision.SEASON
    )
    rows = rows_of(public_files(content), "activities")
    assert len(rows) > 50
    for row in rows:
        if row["activities"]:
            months = [m for a, m in counted if a == row["area"]]
            inside = {m for m in months if row["first_month"] <= m <= row["last_month"]}
            assert int(row["activities"]) == sum(counted[row["area"], m] for m in inside)


def test_a_month_is_told_when_it_has_ended(own: Service) -> None:
    before = row_of(own, date(2018, 3, 30))
    assert before[-1][1] == "2018-02"
    assert row_of(own, date(2018, 3, 31))[-1][1] == "2018-03"
    # What was recorded in the month itself can't be told from what is written meanwhile.
    own.register.add([activity(date(2018, 3, 5))], by="test")
    assert row_of(own, date(2018, 3, 30)) == before


def test_withdrawn_later_and_planned_work_is_not_there(own: Service) -> None:
    day = date(2018, 3, 31)
    before = row_of(own, day)
    new = [activity(date(2018, 3, 5)) for _ in range(4)]
    new.append(activity(date(2018, 4, 1)))
    new.append(activity(date(2018, 5, 31), precision=Precision.SEASON))
    own.register.add(new, by="test")
    added = row_of(own, day)
    assert sum(int(n) for *_, n in added) == sum(int(n) for *_, n in before) + 4
    for record in new[:4]:
        own.register.void("activity", record.id, by="test", expected_number=1)
    assert row_of(own, day) == before


def test_internal_findings_are_not_counted(own: Service) -> None:
    def told(area: str) -> list[tuple[str, str, str]]:
        files = public_files(public_content(own, Publishing(), MADE))
        rows = [row for row in rows_of(files, "findings") if row["area"] == area]
        return [(row["category"], row["findings"], row["fewer_than_3"]) for row in rows]

    def findings(count: int, *, internal: bool) -> list[Finding]:
        day = date(2018, 6, 1)
        return [
            Finding(
                *(str(uuid4()), None, "hulta", None, "lighting", "x", None, None),
                *(FindingStatus.OPEN, day, day),
                internal=internal,
            )
            for _ in range(count)
        ]

    own.register.add(findings(9, internal=True), by="test")
    assert told("hulta") == []
    own.register.add(findings(2, internal=False), by="test")
    assert told("hulta") == [("other", "", "yes")]
    own.register.add(findings(2, internal=False), by="test")
    assert told("hulta") == [("lighting", "4", "no")]


# --- the page --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["index.html", "en.html"])
def test_every_link_within_leads_somewhere_and_no_id_stands_twice(
    example: Service, page: str
) -> None:
    files = public_files(public_content(example, Publishing(), MADE))
    html = files[page].decode()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    links = re.findall(r'\bhref="([^"]+)"', html)
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    beside = {x for x in links if not x.startswith(("#", "http", "data:"))}
    assert beside <= set(files)
    assert {"index.html", "en.html", *(file.path for file in OPEN_FILES)} <= beside
    assert len(re.findall("<h1", html)) == 1


def test_a_page_says_what_is_not_known(example: Service) -> None:
    sjobo = public_files(public_content(example, Publishing(promise="boras-2024-sjobo"), MADE))
    page = sjobo["index.html"].decode()
    assert "Inget område med känd gräns är utpekat, så inga områden är ritade." in page
    assert page.count('<li class="card"') == 6
    assert ">Ansvarig är inte känd</p>" in page
    assert json.loads(sjobo["data/areas.geojson"])["features"] == []
    first = public_files(public_content(example, Publishing(promise="mark-2017"), MADE))
    page = first["index.html"].decode()
    assert "Inga åtaganden är kända." in page
    for each in example.catalogue.promise_by_id["mark-2017"].unknown:
        assert each.sv in page
    # No heading without anything below it.
    assert "<h3>Löftets mål</h3>" not in page
    assert not re.search(r"<(ul|ol)[^>]*>\s*</", page)


@pytest.mark.parametrize("name", ["index.html", "en.html"])
def test_indicators_stand_beside_the_work_with_their_cautions(example: Service, name: str) -> None:
    w = words("sv" if name == "index.html" else "en")
    made = public_files(public_content(example, Publishing(promise="mark-2018"), MADE))
    page = made[name].decode().replace("&#39;", "\N{APOSTROPHE}")
    assert w("indicators.lead") in page
    assert page.count(w("indicators.self_selected")) == 1
    for indicator in example.catalogue.indicators:
        shown = indicator.id in ("mark-trygghet-webb", *NTU)
        assert (f"<h5>{indicator.name.to(w.language)}</h5>" in page) is shown
        assert all((c.to(w.language) in page) is shown for c in indicator.cautions)


NTU = ("ntu-fortroende-polisen", "ntu-otrygg-kvallstid")


def test_a_hostile_catalogue_stays_text() -> None:
    evil = '</script><script>alert("1")</script>'
    promise = replace(PROMISE, title=text(evil), short=text(evil), background=text(evil))
    areas = tuple(replace(area, name=evil) for area in CATALOGUE.areas)
    gathered = content_with([]).gathered
    catalogue = replace(CATALOGUE, promises=(promise,), areas=areas)
    told = content_of(
        replace(gathered, catalogue=catalogue, promises=(promise,), publisher=Publisher("=1+1"))
    )
    files = public_files(told)
    for page in ("index.html", "en.html"):
        assert files[page].decode().count("<script") == 1
        assert "alert(&#34;1&#34;)" in files[page].decode()
    # A formula in a name is text in a table.
    areas = tuple(replace(area, name="=1+1") for area in CATALOGUE.areas)
    told = content_of(replace(gathered, catalogue=replace(CATALOGUE, areas=areas)))
    rows = rows_of(public_files(told), "activities")
    assert {row["area_name"] for row in rows} == {"'=1+1"}


def test_examples_are_marked_on_every_page_and_in_every_file(
    example: Service, own: Service
) -> None:
    files = public_files(public_content(example, Publishing(), MADE))
    for name in ("index.html", "en.html", "data/README.md", "data/areas.geojson"):
        assert re.search("påhittade|made-up", files[name].decode()), name
    assert re.search("påhittade", files["data/dcat.jsonld"].decode())
    for name in ("commitments", "commitments-by-area", "activities", "findings"):
        assert {row["example_data"] for row in rows_of(files, name)} == {"yes"}
    gathered = replace(content_with([]).gathered, examples=False)
    for name, data in public_files(content_of(gathered)).items():
        assert not re.search("påhittade aktiviteter|made-up activities", data.decode()), name


def test_every_column_is_explained_in_both_languages(example: Service) -> None:
    files = public_files(public_content(example, Publishing(), MADE))
    readme = files["data/README.md"].decode()
    for name in ("commitments", "commitments-by-area", "activities", "findings", "outcomes"):
        for column in rows_of(files, name)[0]:
            for language in LANGUAGES:
                meaning = words(language)(f"public.column.{column}")
                assert f"- `{column}`: {meaning}" in readme
    areas = json.loads(files["data/areas.geojson"])
    for name in areas["features"][0]["properties"]:
        assert f"- `{name}`:" in readme


def test_publisher_and_licence_are_said_where_somebody_has_said_them(example: Service) -> None:
    bare = public_files(public_content(example, Publishing(), MADE))
    assert "Licens: inte angiven" in bare["index.html"].decode()
    assert "dcterms:license" not in bare["data/dcat.jsonld"].decode()
    assert "dcterms:publisher" not in bare["data/dcat.jsonld"].decode()
    terms = "http://creativecommons.org/publicdomain/zero/1.0/"
    told = Publishing(publisher="Marks kommun", licence=terms)
    files = public_files(public_content(example, told, MADE))
    data = json.loads(files["data/dcat.jsonld"])
    assert data["dcterms:publisher"]["foaf:name"] == "Marks kommun"
    given = data["dcat:dataset"]["dcat:distribution"]
    assert {d["dcterms:license"]["@id"] for d in given} == {terms}
    listed = {one["@id"].removeprefix("../") for d in given for one in d["dcat:downloadURL"]}
    assert listed < set(files)
    page = files["en.html"].decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    dataset = json.loads(found[1])
    assert (dataset["license"], dataset["publisher"]["name"]) == (terms, "Marks kommun")
    assert {part["contentUrl"] for part in dataset["distribution"]} < set(files)


def test_the_colours_are_the_screens() -> None:
    style = (HERE / "style.css").read_text(encoding="utf-8")
    for state, colours in STATE_COLOURS.items():
        wanted = f"--c: {colours.fill}; --s: {colours.stroke}; --i: {colours.sign}"
        assert f".s-{state} {{ {wanted}; }}".lower() in style.lower()


# --- the map ---------------------------------------------------------------------------------

KM2 = {
    "hassleholmen": 1.913,
    "hulta": 1.435,
    "norrby": 0.255,
    "kinna-centrum": 0.193,
    "hedbo": 0.194,
    "assberg": 0.193,
    "snickaren-muraren": 0.201,
}
"""From the table in data/README.md, which was made without the program."""


def area_of(ring: str) -> float:
    """Return the surface inside a path of one ring, by the shoelace formula."""
    points = [[float(v) for v in pair.split()] for pair in ring.strip("M").split("L")]
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2


def test_the_maps_are_true_to_scale_with_room_for_every_name(catalogue: Catalogue) -> None:
    placed = [promise for promise in catalogue.promises if promise.area_ids]
    assert {"boras-2018", "mark-2018"} < {promise.id for promise in placed}
    for promise in placed:
        areas = [catalogue.area_by_id[id_] for id_ in promise.area_ids]
        drawing = draw_areas([(area, State.BEHIND) for area in areas])
        assert drawing is not None
        metres, long_mm = drawing.scale
        for area, (path, shape, _) in zip(areas, drawing.areas, strict=True):
            drawn = sum(area_of(ring) for ring in path.split("Z") if ring)
            assert drawn * (metres / long_mm / 1_000) ** 2 == pytest.approx(KM2[area.id], rel=0.04)
            (name,) = [line for line in drawing.lines if line.about is shape]
            assert name.text == area.name
        assert len(drawing.marks) == len(areas)
        assert all(map(drawing.box.holds, drawing.labels))
        for one, other in combinations(drawing.labels, 2):
            assert not one.meets(other)


def test_there_is_no_map_without_areas() -> None:
    assert draw_areas([]) is None


def test_every_reading_goes_out_with_what_it_is_to_be_read_with(example: Service) -> None:
    content = public_content(example, Publishing(), MADE)
    text = open_data(content)["data/readings.csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    told = [
        (one.promise.id, point.reading)
        for one in content.promises
        for _, some in one.seen
        for each in some
        for point in each.points
    ]
    assert [(row["promise"], row["indicator"]) for row in rows] == [
        (promise, reading.indicator) for promise, reading in told
    ]
    # From data/readings.csv and data/indicators.toml: Mark's own form, asked otherwise in 2020.
    form = [row for row in rows if (row["promise"], row["place"]) == ("mark-2018", "Mark")]
    assert [(row["time"], row["value"].partition(",")[0], row["series"]) for row in form] == [
        ("2019-11", "39", "1"),
        ("2020-11", "57", "2"),
    ]
    assert {row["method"] for row in form} == {"open_web_form"}
    assert all("säger inget om Marks invånare i stort" in row["caution_sv"] for row in form)
    assert [bool(row["breaks_sv"]) for row in form] == [False, True]
