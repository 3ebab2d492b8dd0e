from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.routes import documents
from dashboard.routes.answers import routes as routes_of
from dashboard.routes.documents import MEDIA_TYPES, ROUTES
from geodata.model import WalkStatus
from geodata.service import Service
from geodata.service.exporting import SUFFIXES


def client_of(service: Service, host: str = "localhost") -> TestClient:
    routes = routes_of(lambda _: service, ROUTES)
    return TestClient(Starlette(routes=routes), base_url=f"http://{host}")


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return client_of(service)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are made: each test sees that nothing is left there."""
    made = tmp_path / "made"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def table(body: bytes) -> list[dict[str, str]]:
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text, delimiter=";"))


def check(suffix: str, body: bytes, path: Path) -> None:
    """See that a file is what its name says."""
    if suffix == ".csv":
        assert table(body)
    elif suffix == ".geojson":
        assert json.loads(body)["features"]
    elif suffix == ".gpx":
        assert ET.fromstring(body).tag.endswith("gpx")
    elif suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            assert archive.testzip() is None
    else:
        path.write_bytes(body)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_comes_as_a_file_to_keep(
    client: TestClient, service: Service, folder: Path, tmp_path: Path, suffix: str
) -> None:
    name = "activities" if suffix == ".csv" else "all"
    answer = client.get(f"/export/{name}{suffix}", params={"area": "hedbo", "lang": "en"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPES[suffix]
    assert answer.headers["content-length"] == str(len(answer.content))
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment;")
    what = "lofteskartan" if name == "all" else name
    assert f'="{what}_hedbo_{service.today()}{suffix}"' in disposition
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    check(suffix, answer.content, tmp_path / "kept")
    assert list(folder.iterdir()) == []


def test_the_filter_is_the_pages_own(client: TestClient, service: Service) -> None:
    asked = {
        "commitment": "boras-2018/1",
        "area": "norrby",
        "as_of": "2018-06-30",
        "from": "2018-02-01",
        "to": "2018-12-31",
    }
    found = table(client.get("/export/activities.csv", params=asked).content)
    expected = {
        activity.id
        for activity in service.register.activities()
        if activity.area_id == "norrby"
        and "boras-2018/1" in activity.commitments
        and date(2018, 2, 1) <= activity.day <= date(2018, 6, 30)
    }
    assert {row["lofteskartan_id"] for row in found} == expected != set()


def test_several_kinds_may_be_asked_for(client: TestClient, service: Service) -> None:
    kinds = ["patrol", "residents_meeting"]
    found = table(client.get("/export/activities.csv", params={"kind": kinds}).content)
    expected = {a.id for a in service.register.activities() if a.kind in kinds}
    assert {row["lofteskartan_id"] for row in found} == expected != set()


def test_walks_on_the_map_are_those_in_the_file(client: TestClient, service: Service) -> None:
    params = {"promise": "mark-2018", "as_of": "2018-06-30"}
    found = json.loads(client.get("/export/walks.geojson", params=params).content)["features"]
    areas = {area.id for area in service.areas(service.promises("mark-2018"))}
    expected = {
        walk.id
        for walk in service.walks(tuple(areas))
        if walk.status is not WalkStatus.HELD or walk.day <= date(2018, 6, 30)
    }
    assert {feature["properties"]["lofteskartan_id"] for feature in found} == expected != set()


def test_hot_spots_are_a_file_of_their_own(client: TestClient, service: Service) -> None:
    spots = {spot.id for spot in service.hot_spots()}
    answer = client.get("/export/hot_spots.csv")
    assert {row["lofteskartan_id"] for row in table(answer.content)} == spots != set()
    assert f'="hot-spots_{service.today()}.csv"' in answer.headers["content-disposition"]
    found = json.loads(client.get("/export/hot_spots.geojson?area=norrby").content)["features"]
    assert {feature["properties"]["area"] for feature in found} == {"norrby"}
    everything = json.loads(client.get("/export/all.geojson").content)["features"]
    assert {f["properties"]["layer"] for f in everything} == {"activities", "walks", "findings"}


def test_the_readings_come_as_a_file_to_keep(client: TestClient, service: Service) -> None:
    answer = client.get("/export/readings.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPES[".csv"]
    assert f'="readings_{service.today()}.csv"' in answer.headers["content-disposition"]
    assert len(answer.text.splitlines()) > len(service.catalogue.readings)
    assert client_of(service, "evil.example").get("/export/readings.csv").status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "all.csv",
        "activities.csv?promise=atlantis",
        "activities.csv?area=atlantis",
        "activities.csv?commitment=boras-2018/99",
        "activities.csv?kind=flying",
        "activities.csv?as_of=yesterday",
        "activities.csv?from=2018-13-01",
        "activities.csv?from=2018-02-01&to=2018-01-01",
        "activities.csv?lang=no",
        "activities.csv?colour=red",
        "activities.csv?area=hulta&area=norrby",
        "activities.csv?area=",
    ],
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_makes_no_sense_is_told_in_a_sentence(
    client: TestClient, folder: Path, address: str, language: str
) -> None:
    if "lang=" not in address:
        address += ("&" if "?" in address else "?") + f"lang={language}"
    answer = client.get(f"/export/{address}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()["detail"]
    assert len(said) > 20
    assert "{" not in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "address", ["all.xls", "everything.gpkg", "all", ".csv", "../activities.csv", "all.gpkg/x"]
)
def test_other_names_are_not_found(client: TestClient, address: str) -> None:
    assert client.get(f"/export/{address}").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "192.168.0.7", "localhost.evil.example"])
def test_only_those_who_may_read_the_pages_may_take_out(
    service: Service, folder: Path, host: str
) -> None:
    answer = client_of(service, host).get("/export/all.gpkg")
    assert (answer.status_code, answer.content) == (403, b"")
    assert list(folder.iterdir()) == []


def test_nothing_can_be_posted(client: TestClient) -> None:
    assert client.post("/export/all.gpkg").status_code == 405


def test_a_lost_register_is_told(
    own_copy: Path, folder: Path, open_service: Callable[[Path], Service]
) -> None:
    opened = open_service(own_copy)
    client = client_of(opened)
    own_copy.unlink()
    answer = client.get("/export/all.gpkg")
    assert answer.status_code == 503
    assert answer.json()["detail"]
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on what a process may write")
@pytest.mark.parametrize("name", ["all.gpkg", "activities.csv", "all.zip"])
def test_a_full_disk_is_told_without_the_servers_folders(
    client: TestClient, folder: Path, name: str
) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    try:
        answer = client.get(f"/export/{name}?lang=en")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer.status_code == 503
    told = answer.json()["detail"]
    assert told.startswith(f"{name} can't be written.")
    assert "/" not in told
    assert list(folder.iterdir()) == []


@pytest.fixture
def open_service() -> Callable[[Path], Service]:
    from geodata.settings import NO_BASEMAP, Settings, register_url

    return lambda path: Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP))


def test_a_reader_who_goes_away_leaves_nothing(
    service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(self: object, *_: object) -> None:
        raise OSError("the reader went away")

    monkeypatch.setattr(documents.responses.FileResponse, "__call__", gone)
    client = TestClient(
        Starlette(routes=routes_of(lambda _: service, ROUTES)), base_url="http://localhost"
    )
    with pytest.raises(OSError, match="went away"):
        client.get("/export/walks.gpx")
    assert list(folder.iterdir()) == []
