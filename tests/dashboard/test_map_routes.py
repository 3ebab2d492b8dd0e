from __future__ import annotations

import json
import random
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import shapely
from shapely import Point
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import pane
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.routes.answers import routes as routes_of
from dashboard.routes.map_data import map_routes
from dashboard.server import OPERATION
from geodata.crs import in_sweden
from geodata.model import Activity, FindingStatus, Origin, Precision, SourceKind
from geodata.palette import FINDING_COLOURS, LAYER_COLOURS
from geodata.register import Register
from geodata.service import Service, entries
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

LAYERS = ("areas", "activities", "walks", "findings", "places")
EVERYWHERE = {"bbox": "10.5,55,24.3,69.2", "zoom": "10"}
STOPPED = date(2026, 1, 1)
NEAR_EDGE_DEG = 5e-5
"""About 3 m: within a cell of the map's grid either answer about an edge is right."""


def client_of(service: Service, host: str = "localhost") -> TestClient:
    routes = [*map_routes(lambda _: service), *routes_of(lambda _: service, OPERATION)]
    return TestClient(Starlette(routes=routes), base_url=f"http://{host}")


def service_at(path: Path) -> Service:
    settings = Settings(register_url(str(path)), basemap=NO_BASEMAP)
    return Service.open(settings, today=lambda: STOPPED)


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return client_of(service)


@pytest.fixture(scope="module")
def recorded(service: Service) -> list[Activity]:
    """Everything that the register holds, read once."""
    return service.register.activities()


@pytest.fixture
def own_service(own_copy: Path) -> Iterator[Service]:
    opened = service_at(own_copy)
    yield opened
    opened.close()


def params(layer: str, **given: str) -> dict[str, str]:
    return {**(EVERYWHERE if layer == "activities" else {}), **given}


def features(client: TestClient, layer: str, **given: str) -> list[dict[str, Any]]:
    answer = client.get(f"/layers/{layer}", params=params(layer, **given))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    told = json.loads(answer.text, parse_constant=pytest.fail)
    assert told.keys() == {"type", "features"}
    assert told["type"] == "FeatureCollection"
    found: list[dict[str, Any]] = told["features"]
    return found


def ids(found: list[dict[str, Any]]) -> set[str]:
    told = [feature["properties"]["id"] for feature in found]
    assert len(told) == len(set(told))
    return set(told)


# --- what each layer answers -----------------------------------------------------------------


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_valid_geojson_in_sweden(
    client: TestClient, layer: str, language: str
) -> None:
    found = features(client, layer, lang=language)
    assert found
    for feature in found:
        assert feature.keys() == {"type", "geometry", "properties"}
        assert feature["type"] == "Feature"
        shape = shapely.from_geojson(json.dumps(feature["geometry"]), on_invalid="raise")
        assert shape.is_valid
        assert not shape.is_empty
        west, south, east, north = shape.bounds
        assert in_sweden(west, south)
        assert in_sweden(east, north)


def test_areas_are_the_promises_own(client: TestClient) -> None:
    mark = {"kinna-centrum", "hedbo", "assberg", "snickaren-muraren"}
    boras = {"hassleholmen", "hulta", "norrby"}
    assert ids(features(client, "areas")) == mark | boras
    assert ids(features(client, "areas", promise="mark-2018")) == mark
    found = features(client, "areas", promise="boras-2018")
    assert ids(found) == boras
    assert [feature["properties"]["order"] for feature in found] == [0, 1, 2]
    assert not any(feature["properties"]["nominal"] for feature in found)


def test_nobody_published_a_boundary_in_mark(client: TestClient) -> None:
    found = features(client, "areas", promise="mark-2018")
    assert all(feature["properties"]["nominal"] for feature in found)


def test_places_are_those_of_the_file(client: TestClient) -> None:
    lines = (bundled_data() / "places.csv").read_text(encoding="utf-8").splitlines()
    assert len(features(client, "places")) == len(lines) - 1
    in_boras = features(client, "places", promise="boras-2018")
    assert len(in_boras) == sum(
        any(f",{area}," in line for area in ("hassleholmen", "hulta", "norrby")) for line in lines
    )


# --- filters, against a count of the register's own ----------------------------------------------


def told_about(as_of: date | None, promise: str | None) -> date:
    ends = {"boras-2018": date(2019, 1, 31), "mark-2018": date(2018, 12, 31)}
    return as_of or (ends[promise] if promise else min(ends.values()))


@pytest.mark.parametrize("as_of", [None, "2017-12-31", "2018-06-30", "2018-12-31", "2022-01-01"])
@pytest.mark.parametrize("promise", [None, "boras-2018", "mark-2018"])
@pytest.mark.parametrize("commitment", [None, "boras-2018/1", "mark-2018/1"])
@pytest.mark.parametrize("area", [None, "norrby", "hedbo"])
def test_activities_are_those_that_a_plain_count_finds(
    client: TestClient,
    service: Service,
    recorded: list[Activity],
    as_of: str | None,
    promise: str | None,
    commitment: str | None,
    area: str | None,
) -> None:
    asked = {"as_of": as_of, "promise": promise, "commitment": commitment, "area": area}
    day = told_about(date.fromisoformat(as_of) if as_of else None, promise)
    named = service.catalogue.promise_by_id[promise].area_ids if promise else None
    expected = {
        a.id
        for a in recorded
        if a.place is not None
        and a.day <= day
        and (commitment is None or commitment in a.commitments)
        # An area is narrower than a promise, and says it all.
        and (a.area_id == area if area else named is None or a.area_id in named)
    }
    given = {name: value for name, value in asked.items() if value}
    assert ids(features(client, "activities", **given)) == expected


def on_map(activity: Activity) -> Point:
    assert activity.place is not None
    if isinstance(activity.place, Point):
        return activity.place
    return shapely.line_interpolate_point(activity.place, 0.5, normalized=True)


@pytest.mark.parametrize(
    "bbox",
    [
        (12.92, 57.71, 12.94, 57.74),
        (12.9296, 57.70, 13.1, 57.7249),
        (12.0, 57.4, 12.6935, 57.6),
        (12.6, 57.4838, 12.65, 57.52),
        (13.5, 57.0, 14.0, 57.2),
        (12.93, 57.72, 12.93, 57.72),
    ],
)
def test_activities_are_those_in_view(
    client: TestClient, recorded: list[Activity], bbox: tuple[float, float, float, float]
) -> None:
    found = ids(features(client, "activities", bbox=",".join(map(str, bbox))))
    surely, perhaps = set(), set()
    for activity in recorded:
        if activity.place is None or activity.day > date(2018, 12, 31):
            continue
        at = on_map(activity)
        if shapely.box(*bbox).buffer(-NEAR_EDGE_DEG).contains(at):
            surely.add(activity.id)
        if shapely.box(*bbox).buffer(NEAR_EDGE_DEG).contains(at):
            perhaps.add(activity.id)
    assert surely <= found <= perhaps


@pytest.mark.parametrize("bbox", ["-500,-90,500,90", "-180,-90,180,90"])
def test_a_view_of_the_whole_world_shows_everything(client: TestClient, bbox: str) -> None:
    assert features(client, "activities", bbox=bbox) == features(client, "activities")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_kinds_are_named_in_the_asked_language(
    client: TestClient, recorded: list[Activity], language: str
) -> None:
    with (bundled_data() / "vocabulary.toml").open("rb") as file:
        kinds = tomllib.load(file)["activity_kinds"]
    kind_of = {activity.id: activity.kind for activity in recorded}
    for feature in features(client, "activities", lang=language):
        kind = kind_of[feature["properties"]["id"]]
        assert feature["properties"]["title"] == kinds[kind][language]


@pytest.mark.parametrize("as_of", [None, "2018-04-24", "2018-04-23", "2018-12-31"])
@pytest.mark.parametrize("promise", [None, "boras-2018", "mark-2018"])
def test_walks_held_later_are_not_yet_there(
    client: TestClient, service: Service, as_of: str | None, promise: str | None
) -> None:
    day = told_about(date.fromisoformat(as_of) if as_of else None, promise)
    named = service.catalogue.promise_by_id[promise].area_ids if promise else None
    expected = {
        walk.id
        for walk in service.register.walks()
        if walk.route is not None
        and (walk.day <= day or walk.status != "held")
        and (named is None or walk.area_id in named)
    }
    given = {k: v for k, v in {"as_of": as_of, "promise": promise}.items() if v}
    assert ids(features(client, "walks", **given)) == expected


@pytest.mark.parametrize("as_of", ["2018-04-23", "2018-06-30", "2018-12-31", "2026-01-01"])
@pytest.mark.parametrize("area", [None, "hedbo", "norrby", "hulta"])
def test_findings_stand_as_they_did_on_the_day(
    client: TestClient, service: Service, as_of: str, area: str | None
) -> None:
    day = date.fromisoformat(as_of)
    # The promises told about on the last of the days, Sjöbo's and Mark's of 2023, name no area.
    named = {area} if area else set(service.catalogue.area_by_id) if day.year == 2018 else set()
    expected = {
        f.id: FINDING_COLOURS[f.status if f.status_day <= day else FindingStatus.OPEN]
        for f in service.register.findings()
        if f.place is not None and f.day <= day and f.area_id in named
    }
    found = features(client, "findings", as_of=as_of, **({"area": area} if area else {}))
    assert {f["properties"]["id"]: f["properties"]["colour"] for f in found} == expected


# --- more than a map can show ----------------------------------------------------------------

FIRST = date(2018, 3, 1)
BORAS, MARK = (12.90, 57.70, 13.00, 57.75), (12.60, 57.45, 12.75, 57.55)


def made(chance: random.Random, box: tuple[float, float, float, float], day: date) -> Activity:
    west, south, east, north = box
    return Activity(
        id=str(uuid4()),
        kind="foot_patrol",
        area_id="norrby" if box is BORAS else "hedbo",
        place=Point(chance.uniform(west, east), chance.uniform(south, north)),
        start=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        precision=Precision.DAY,
        day=day,
        origin=Origin(SourceKind.RECORDED),
    )


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Exactly 2,000 points by the first day, one more on the second, 300 in Mark on the third."""
    service = service_at(tmp_path_factory.mktemp("crowded") / "register.sqlite")
    chance = random.Random(7)
    records = [made(chance, BORAS, FIRST) for _ in range(2_000)]
    records.append(made(chance, BORAS, FIRST + timedelta(days=1)))
    records += [made(chance, MARK, FIRST + timedelta(days=2)) for _ in range(300)]
    service.register.add(records, by="test")
    yield service
    service.close()


def counted(found: list[dict[str, Any]]) -> list[int]:
    assert {feature["properties"]["layer"] for feature in found} == {"bin"}
    return [feature["properties"]["count"] for feature in found]


def day_after(days: int) -> str:
    return (FIRST + timedelta(days=days)).isoformat()


def test_two_thousand_are_points_and_one_more_makes_squares(crowded: Service) -> None:
    client = client_of(crowded)
    found = features(client, "activities", as_of=day_after(0), zoom="12")
    assert len(ids(found)) == 2_000
    assert {feature["properties"]["layer"] for feature in found} == {"activity"}
    assert sum(counted(features(client, "activities", as_of=day_after(1), zoom="12"))) == 2_001


@pytest.mark.parametrize("zoom", range(0, 21, 4))
def test_squares_add_up_to_what_they_stand_for(crowded: Service, zoom: int) -> None:
    found = features(client_of(crowded), "activities", as_of=day_after(2), zoom=str(zoom))
    counts = counted(found)
    assert sum(counts) == 2_301
    assert min(counts) >= 1
    at = [tuple(feature["geometry"]["coordinates"]) for feature in found]
    assert len(at) == len(set(at))


def test_nearer_by_there_are_more_squares_and_then_points(crowded: Service) -> None:
    client, day = client_of(crowded), day_after(2)
    far = features(client, "activities", as_of=day, zoom="6")
    near = features(client, "activities", as_of=day, zoom="13")
    assert 1 < len(far) < len(near) <= 2_301
    bbox = ",".join(str(edge) for edge in MARK)
    assert len(ids(features(client, "activities", as_of=day, zoom="13", bbox=bbox))) == 300
    assert len(ids(features(client, "activities", as_of=day, promise="mark-2018"))) == 300


def test_squares_lie_where_their_points_are(crowded: Service) -> None:
    # At zoom 13 a square is 32 of the 256 * 2**13 pixels round the earth: 0.0055 degrees wide.
    points = shapely.MultiPoint(
        [a.place for a in crowded.register.activities() if isinstance(a.place, Point)]
    )
    half_diagonal_deg = 360 * 32 / (256 * 2**13) * 0.75
    for feature in features(client_of(crowded), "activities", as_of=day_after(2), zoom="13"):
        at = Point(feature["geometry"]["coordinates"])
        assert at.distance(points) <= half_diagonal_deg


# --- what makes no sense ---------------------------------------------------------------------

BAD = [
    ("areas", {"colour": "red"}, "colour"),
    ("areas", {"bbox": "12,57,13,58"}, "bbox"),
    ("places", {"area": "norrby"}, "area"),
    ("walks", {"zoom": "10"}, "zoom"),
    ("areas", {"as_of": "2018-02-30"}, "as_of"),
    ("areas", {"as_of": "30 juni"}, "as_of"),
    ("areas", {"as_of": ""}, "as_of"),
    ("areas", {"promise": "boras-2017"}, "promise"),
    ("areas", {"promise": ""}, "promise"),
    ("walks", {"area": "centrum"}, "area"),
    ("activities", {"commitment": "boras-2018/99"}, "commitment"),
    ("activities", {"bbox": ""}, "bbox"),
    ("activities", {"bbox": "12,57,13"}, "bbox"),
    ("activities", {"bbox": "12,57,13,58,59"}, "bbox"),
    ("activities", {"bbox": "12,57,13,x"}, "bbox"),
    ("activities", {"bbox": "nan,57,13,58"}, "bbox"),
    ("activities", {"bbox": "12,NaN,13,58"}, "bbox"),
    ("activities", {"bbox": "-inf,57,13,58"}, "bbox"),
    ("activities", {"bbox": "12,57,1e999,58"}, "bbox"),
    ("activities", {"bbox": "13,57,12,58"}, "bbox"),
    ("activities", {"bbox": "12,58,13,57"}, "bbox"),
    ("activities", {"bbox": "12,57,13,90.1"}, "bbox"),
    ("activities", {"bbox": "12,-91,13,58"}, "bbox"),
    ("activities", {"zoom": ""}, "zoom"),
    ("activities", {"zoom": "99"}, "zoom"),
    ("activities", {"zoom": "21"}, "zoom"),
    ("activities", {"zoom": "-1"}, "zoom"),
    ("activities", {"zoom": "1.5"}, "zoom"),
    ("activities", {"zoom": "٣"}, "zoom"),
    ("activities", {"zoom": "²"}, "zoom"),
    ("activities", {"zoom": "0010"}, "zoom"),
]


def sentence_of(answer: Any) -> str:
    assert answer.status_code == 400
    told = answer.json()
    assert told.keys() == {"type", "title", "status", "detail"}
    sentence: str = told["detail"]
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "{" not in sentence
    return sentence


@pytest.mark.parametrize(("layer", "given", "name"), BAD)
def test_a_bad_parameter_is_told_in_one_sentence(
    client: TestClient, layer: str, given: dict[str, str], name: str
) -> None:
    def asked(language: str) -> str:
        query = params(layer, lang=language, **given)
        return sentence_of(client.get(f"/layers/{layer}", params=query))

    swedish, english = asked("sv"), asked("en")
    assert swedish.startswith((f"Parametern {name} går inte", f"Okänd parameter: {name}."))
    assert name in english
    assert not english.startswith(("Parametern", "Okänd"))
    # Swedish where no language is asked for.
    query = params(layer, **given)
    assert sentence_of(client.get(f"/layers/{layer}", params=query)) == swedish


@pytest.mark.parametrize("missing", ["bbox", "zoom"])
def test_activities_need_a_view(client: TestClient, missing: str) -> None:
    query = {name: value for name, value in EVERYWHERE.items() if name != missing}
    assert missing in sentence_of(client.get("/layers/activities", params=query))


def test_an_unknown_language_is_told_in_swedish(client: TestClient) -> None:
    told = sentence_of(client.get("/layers/areas?lang=no"))
    assert told.startswith("Parametern lang")


@pytest.mark.parametrize(
    "repeated",
    ["lang=sv&lang=en", "as_of=2018-06-30&as_of=2018-07-30", "promise=mark-2018&promise=mark-2018"],
)
def test_a_repeated_parameter_is_refused_and_not_guessed_at(
    client: TestClient, repeated: str
) -> None:
    assert repeated.partition("=")[0] in sentence_of(client.get(f"/layers/areas?{repeated}"))


@pytest.mark.parametrize("path", ["/layers/unknown", "/layers/", "/layers", "/layers/areas/1"])
def test_an_unknown_layer_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_layers_can_only_be_read(client: TestClient, method: str) -> None:
    assert client.request(method, "/layers/areas").status_code == 405


# --- answers that are kept -------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_what_has_not_changed_is_not_sent_again(client: TestClient, layer: str) -> None:
    first = client.get(f"/layers/{layer}", params=params(layer))
    again = client.get(
        f"/layers/{layer}",
        params=params(layer),
        headers={"If-None-Match": first.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get(
        f"/layers/{layer}", params=params(layer), headers={"If-None-Match": '"something-else"'}
    )
    assert (other.status_code, other.json()) == (200, first.json())


def test_a_browser_asks_every_time_and_keeps_the_answer_to_itself(client: TestClient) -> None:
    told = client.get("/layers/areas").headers["cache-control"]
    assert {part.strip() for part in told.split(",")} == {"private", "no-cache"}


def test_other_parameters_are_another_answer(client: TestClient) -> None:
    queries: list[dict[str, str]] = [{}, {"lang": "en"}, {"as_of": "2018-06-30"}]
    queries.append({"promise": "mark-2018"})
    tags = [client.get("/layers/areas", params=query).headers["etag"] for query in queries]
    tags += [client.get(f"/layers/{layer}").headers["etag"] for layer in ("walks", "findings")]
    assert len(set(tags)) == len(tags)


def test_a_new_record_is_another_answer(own_service: Service) -> None:
    client = client_of(own_service)
    before = client.get("/layers/activities", params=EVERYWHERE)
    new = made(random.Random(1), BORAS, date(2018, 5, 1))
    own_service.register.add([new], by="test")
    headers = {"If-None-Match": before.headers["etag"]}
    after = client.get("/layers/activities", params=EVERYWHERE, headers=headers)
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert ids(after.json()["features"]) == ids(before.json()["features"]) | {new.id}


def test_a_withdrawn_record_is_gone_and_back_when_restored(own_service: Service) -> None:
    client = client_of(own_service)
    before = ids(features(client, "activities"))
    some = sorted(before)[0]
    number = own_service.register.void("activity", some, by="test", expected_number=1)
    assert ids(features(client, "activities")) == before - {some}
    own_service.register.restore("activity", some, by="test", expected_number=number)
    assert ids(features(client, "activities")) == before


def test_without_a_date_the_answer_follows_the_calendar(own_copy: Path) -> None:
    day = [date(2018, 6, 30)]
    settings = Settings(register_url(str(own_copy)), basemap=NO_BASEMAP)
    service = Service.open(settings, today=lambda: day[0])
    try:
        client = client_of(service)
        first = client.get("/layers/activities", params=EVERYWHERE)
        day[0] = date(2018, 9, 30)
        headers = {"If-None-Match": first.headers["etag"]}
        later = client.get("/layers/activities", params=EVERYWHERE, headers=headers)
        assert later.status_code == 200
        assert ids(first.json()["features"]) < ids(later.json()["features"])
    finally:
        service.close()


@pytest.mark.parametrize("layer", LAYERS)
def test_compressed_and_plain_say_the_same(client: TestClient, layer: str) -> None:
    def asked(encoding: str) -> Any:
        headers = {"Accept-Encoding": encoding}
        answer = client.get(f"/layers/{layer}", params=params(layer), headers=headers)
        assert answer.status_code == 200
        assert "accept-encoding" in answer.headers["vary"].lower()
        return answer

    packed, plain = asked("gzip, deflate, br"), asked("identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert int(plain.headers["content-length"]) == len(plain.content)


# --- who may ask, and how the server is ----------------------------------------------------------


@pytest.mark.parametrize("host", ["example.com", "localhost.example.com", "192.168.1.10:8501"])
@pytest.mark.parametrize("layer", [*LAYERS, "unknown"])
def test_another_name_gets_nothing(service: Service, layer: str, host: str) -> None:
    answer = client_of(service, host).get(f"/layers/{layer}", params=params(layer))
    assert (answer.status_code, answer.content) == (403, b"")
    assert "etag" not in answer.headers


def test_health_is_guarded_as_the_layers_are(service: Service) -> None:
    assert client_of(service, "example.com").get("/healthz").status_code == 403


def test_health_tells_nothing_but_version_and_counts(client: TestClient) -> None:
    told = client.get("/healthz")
    assert told.status_code == 200
    assert told.json().keys() == {"version", "register", "counts"}
    assert all(isinstance(count, int) for count in told.json()["counts"].values())


def test_health_counts_what_is_there(client: TestClient, example_file: Path) -> None:
    with closing(sqlite3.connect(example_file)) as connection:
        rows = {
            f"{name}s" if name != "activity" else "activities": connection.execute(
                f"SELECT count(*) FROM {name} WHERE NOT void"
            ).fetchone()[0]
            for name in ("activity", "walk", "finding")
        }
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "version": version("lofteskartan"),
        "register": "reachable",
        "counts": {"promises": 10, "areas": 7, "places": 74, **rows},
    }


def assert_out_of_reach(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["register"] == "unreachable"
    assert answer.json()["counts"] == {"promises": 10, "areas": 7, "places": 74}
    told = set()
    for language in ("sv", "en"):
        layer = client.get("/layers/activities", params={**EVERYWHERE, "lang": language})
        assert layer.status_code == 503
        assert layer.headers["content-type"] == "application/problem+json"
        assert "regist" in layer.json()["detail"].lower()
        told.add(layer.json()["detail"])
    assert len(told) == 2


def damage(path: Path, table: str) -> None:
    """Overwrite the first page of a table and of each of its indexes."""
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        pages = connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = ?", [table])
        roots = [row[0] for row in pages]
    assert roots
    with path.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * size)
            file.write(b"\xff" * size)


def test_a_damaged_register_is_told(own_copy: Path, service: Service) -> None:
    damage(own_copy, "activity")
    with Register.open(register_url(str(own_copy))) as register:
        damaged = Service(service.settings, service.catalogue, register, lambda: STOPPED)
        assert_out_of_reach(client_of(damaged))


@pytest.mark.parametrize("asked_before", [True, False], ids=["after use", "before use"])
def test_a_register_whose_file_is_gone_is_told_and_not_made_anew(
    own_copy: Path, service: Service, *, asked_before: bool
) -> None:
    with Register.open(register_url(str(own_copy))) as register:
        lost = Service(service.settings, service.catalogue, register, lambda: STOPPED)
        client = client_of(lost)
        if asked_before:
            assert client.get("/healthz").status_code == 200
        else:
            register._engine.dispose()
        for file in own_copy.parent.glob("own.sqlite*"):
            file.unlink()
        assert_out_of_reach(client)
        assert not own_copy.exists()


# --- reference layers --------------------------------------------------------------------------


def test_a_reference_layers_shapes_come_in_its_colour_and_only_where_asked_for(
    own_service: Service, tmp_path: Path
) -> None:
    lamp, said = Point(12.9264, 57.7218), {"source": "A", "licence": "CC0", "date": "2025-09-01"}
    path = tmp_path / "a.geojson"
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": shapely.geometry.mapping(lamp),
                    }
                ],
            }
        )
    )
    for name, colour in (("Ett", "teal"), ("Två", "olive")):
        values = {**said, "name": name, "colour": colour, "by": "planerare"}
        read = entries.read_shapes(path, STOPPED)
        entries.save_layer(own_service, entries.Begun("layer"), values, read)
    asked = client_of(own_service)
    assert features(asked, "references") == []
    (one,) = features(asked, "references", shown="tva")
    assert one["geometry"] == {"type": "Point", "coordinates": [12.9264, 57.7218]}
    assert one["properties"] == {"layer": "reference", "colour": LAYER_COLOURS["olive"]}
    assert len(features(asked, "references", shown="ett.tva")) == 2
    assert asked.get("/layers/references", params={"shown": "ett.tre"}).status_code == 400
    # Who may not see the pages may not see them either.
    assert client_of(own_service, "elsewhere.example").get("/layers/references").status_code >= 400


def test_a_layer_that_is_gone_is_asked_for_no_more_and_a_record_fetches_none_anew(
    own_service: Service, tmp_path: Path
) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "Point", "coordinates": [12.9264, 57.7218]}')
    said = {"source": "A", "licence": "CC0", "date": "2025-09-01", "colour": "teal"}
    read = entries.read_shapes(path, STOPPED)
    values = {**said, "name": "Ett", "by": "planerare"}
    entries.save_layer(own_service, entries.Begun("layer"), values, read)

    def asked(*ids: str) -> list[str]:
        state = ViewState(layers=ids)
        scope = own_service.scope(None, None)
        day = scope.as_of.day
        progress = own_service.progress(day)
        ranked = own_service.attention(scope.promises, day)
        context = Context(
            own_service, state, (), scope.promises, scope.as_of, progress, ranked, None
        )
        return [layer.url for layer in pane.scene(context).layers if layer.name == "references"]

    assert asked() == asked("two") == []
    (before,) = asked("ett", "two")
    assert "shown=ett&" in before
    some = own_service.register.activities()[0].id
    own_service.register.void("activity", some, by="test", expected_number=1)
    assert asked("ett") == [before]
