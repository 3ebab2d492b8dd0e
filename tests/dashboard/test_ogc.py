"""OGC API Features, Part 1 (17-069r4) and 2 (18-058r1): every requirement by its name, and GDAL.

The abstract tests of the standards are held here against the routes as they are mounted, behind
the door; `REQUIREMENTS` lists them all, and that none is left out is a test too.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import uuid4

import html5rdf
import numpy as np
import pytest
import shapely
import uvicorn
from openapi_spec_validator import validate
from pyproj import Transformer
from shapely.geometry import shape
from sqlalchemy import Engine, event
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.host.door import Door
from dashboard.routes.answers import routes
from dashboard.routes.collections import LONGEST_PAGE, ROUTES
from geodata.crs import quadrangle
from geodata.model import Activity, Origin, Precision, SourceKind
from geodata.register import queries
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Publisher, Settings, register_url
from geodata.texts import words

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG3006: Final = "http://www.opengis.net/def/crs/EPSG/0/3006"
GEOJSON: Final = "application/geo+json"
COLLECTIONS: Final = ("areas", "commitments", "activities", "walks", "findings", "hot_spots")
WITH_PLACE: Final = tuple(name for name in COLLECTIONS if name != "commitments")

REQUIREMENTS: Final = {
    "core": """root-op root-success api-definition-op api-definition-success conformance-op
        conformance-success http query-param-unknown query-param-invalid crs84 fc-md-op
        fc-md-success fc-md-links fc-md-items fc-md-items-links fc-md-extent fc-md-extent-multi
        sfc-md-op sfc-md-success fc-op fc-limit-definition fc-limit-response-1 fc-bbox-definition
        fc-bbox-response fc-time-definition fc-time-response fc-response fc-links fc-rel-type
        fc-timeStamp fc-numberMatched fc-numberReturned f-op f-success f-links""",
    "geojson": "definition content",
    "html": "definition content",
    "oas30": "oas-definition-1 oas-definition-2 oas-impl completeness exception-codes security",
    "crs": """crs-uri fc-md-crs-list fc-md-storageCrs fc-md-storageCrs-valid-value
        fc-md-crs-list-global fc-bbox-crs-definition fc-bbox-crs-valid-value
        fc-bbox-crs-default-value fc-bbox-crs-action bbox-crs-exception fc-crs-definition
        fc-crs-valid-value fc-crs-default-value fc-crs-action crs-exception ogc-crs-header
        ogc-crs-header-value geojson""",
}
"""The requirements of each class that is said to be conformed to, by their own names."""

HELD: Final[set[str]] = set()

Test = TypeVar("Test", bound=Callable[..., Any])


def holds(class_: str, names: str) -> Callable[[Test], Test]:
    """Say which requirements a test holds the server to."""
    HELD.update(f"/req/{class_}/{name}" for name in names.split())
    return lambda test: test


def app_of(service: Service) -> Door:
    return Door(Starlette(routes=routes(lambda _: service, ROUTES)), lambda: service)


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return TestClient(app_of(service), base_url="http://localhost", client=("127.0.0.1", 1))


def got(client: TestClient, path: str, media_type: str = "application/json") -> dict[str, Any]:
    answer = client.get(path if path.startswith("http") else f"/ogc{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";charset")[0] == media_type
    found: dict[str, Any] = answer.json()
    return found


def items(client: TestClient, name: str, query: str = "") -> dict[str, Any]:
    return got(client, f"/collections/{name}/items?{query}", GEOJSON)


def every(client: TestClient, name: str, query: str = "limit=1000") -> list[dict[str, Any]]:
    """Return all of a collection's features, page by page as its own links lead."""
    page, found = items(client, name, query), []
    while True:
        found += page["features"]
        following = [one["href"] for one in page["links"] if one["rel"] == "next"]
        if not following:
            return found
        page = got(client, following[0], GEOJSON)


def refs(body: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [one for one in body["links"] if one["rel"] == rel]


def operation(client: TestClient, path: str) -> dict[str, Any]:
    api = got(client, "/api", "application/vnd.oai.openapi+json;version=3.0")
    found: dict[str, Any] = api["paths"][path]["get"]
    return found


def parameter(client: TestClient, name: str, path: str = "/collections/activities/items") -> Any:
    (found,) = [one for one in operation(client, path)["parameters"] if one["name"] == name]
    assert found["in"] == "query"
    assert found["required"] is False
    assert (found["style"], found["explode"]) == ("form", False)
    return found["schema"]


# --- the API: landing page, its description, what it conforms to ---------------------------------


@holds("core", "root-op root-success")
@pytest.mark.parametrize("path", ["/ogc", "/ogc/"])
def test_the_landing_page_leads_to_all_else(client: TestClient, path: str) -> None:
    body = client.get(path).json()
    assert (body["title"], bool(body["description"])) == ("Löfteskartan", True)
    assert {link["rel"] for link in body["links"]} == {
        *("self", "alternate", "service-desc", "service-doc", "conformance", "data")
    }
    for link in body["links"]:
        answer = client.get(link["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].removesuffix("; charset=utf-8") == link["type"]


@holds("core", "api-definition-op api-definition-success")
@holds("oas30", "oas-definition-1 oas-definition-2 completeness exception-codes security")
def test_the_description_is_openapi_and_tells_of_every_path(client: TestClient) -> None:
    api = got(client, "/api", "application/vnd.oai.openapi+json;version=3.0")
    assert api["openapi"].startswith("3.0.")
    validate(api)
    told = set(api["paths"])
    assert {"/", "/api", "/conformance", "/collections"} < told
    for name in COLLECTIONS:
        one = f"/collections/{name}"
        assert {one, f"{one}/items", f"{one}/items/{{featureId}}"} < told
    # Nobody signs in: there is nothing to say of how.
    assert "security" not in api
    for path in told:
        answers = api["paths"][path]["get"]["responses"]
        assert {"200", "400", "403", "404"} <= set(answers)


def test_the_description_follows_the_swedish_profile(service: Service, client: TestClient) -> None:
    """Hold it to the national REST API profile 1.2, as its own checker reads those rules."""
    said = Publisher(
        "Borås Stad", None, "Trygghet", "t@boras.se", "https://boras.se/", "https://l/"
    )
    with Service.open(replace(service.settings, publisher=said)) as theirs:
        other = TestClient(app_of(theirs), base_url="http://localhost")
        info = other.get("/ogc/api").json()["info"]
    # DOK.03, DOK.07, DOK.09, DOK.11; as far as it is said.
    assert info["contact"] == {
        "name": "Trygghet",
        "email": "t@boras.se",
        "url": "https://boras.se/",
    }
    assert info["license"]["url"] == "https://l/"
    assert all(info[key].strip() for key in ("title", "version", "description", "x-limitations"))
    api = client.get("/ogc/api").json()
    assert not {"contact", "license"} & set(api["info"])
    # DOK.17, DOK.19, DOK.20, RES.02.
    assert api["openapi"].startswith("3.")
    for path in api["paths"].values():
        assert path["get"]["description"].strip()
        assert all(one["description"].strip() for one in path["get"]["responses"].values())
        names = {one["name"].lower() for one in path["get"]["parameters"]}
        assert not names & {"pnr", "personnr", "personnummer", "ssn"}


@holds("oas30", "oas-impl")
def test_what_the_description_tells_is_there(client: TestClient) -> None:
    api = got(client, "/api", "application/vnd.oai.openapi+json;version=3.0")
    (server,) = api["servers"]
    for path, told in api["paths"].items():
        name = path.split("/")[2] if path.count("/") > 1 else ""
        id_ = quote(every(client, name)[0]["id"], safe="") if "{featureId}" in path else ""
        answer = client.get(server["url"] + path.replace("{featureId}", id_))
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] in told["get"]["responses"]["200"]["content"]


@holds("core", "conformance-op conformance-success")
def test_what_is_conformed_to_is_said(client: TestClient) -> None:
    assert set(got(client, "/conformance")["conformsTo"]) == {
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
        "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    }


# --- pages to read -------------------------------------------------------------------------------

BROWSER: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""What browsers say that they would rather have."""


def read(client: TestClient, path: str, accept: str = BROWSER, status: int = 200) -> Any:
    """Return a page as an HTML 5 parser that lets nothing pass has it."""
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)


def leaves(value: Any) -> Iterator[str]:
    """Yield every value in a JSON answer but for its links, which are compared as links."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each) if key not in ("links", "timeStamp") else ()
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif value not in (None, "", "Feature", "FeatureCollection"):
        yield str(value)


@holds("html", "definition content")
@pytest.mark.parametrize("lang", ["", "lang=en"])
@pytest.mark.parametrize(
    "path",
    [
        *("", "/conformance", "/collections", "/collections/walks"),
        *(f"/collections/{name}/items" for name in COLLECTIONS),
        "/collections/activities/items?offset=150&limit=20",
        "/collections/areas/items/norrby",
        "/collections/commitments/items/boras-2018%2F1",
    ],
)
def test_a_page_tells_all_that_the_data_do(client: TestClient, path: str, lang: str) -> None:
    at = f"/ogc{path}{'&' if '?' in path else '?'}{lang}"
    data = client.get(at).json()
    page = read(client, at)
    assert page.get("lang") == (lang.partition("=")[2] or "sv")
    text = " ".join(" ".join(page.find("body").itertext()).split())
    numbers = set(re.split(r"[^\d.-]+", text))
    for told in leaves(data):
        assert " ".join(told.split()) in text or told in numbers
    links = {link.get("href"): link for link in page.iter("a")}
    # The same links as in the data, and as many again as lead to the data instead.
    for link in [*data["links"], *(one for c in data.get("collections", ()) for one in c["links"])]:
        if "f=html" in link["href"]:
            continue
        there = client.get(link["href"], headers={"Accept": BROWSER})
        assert there.headers["content-type"].startswith("text/html")
        assert link["href"] in links
    for link in page.iter("a"):
        if link.get("type"):
            answer = client.get(link.get("href"), headers={"Accept": BROWSER})
            assert answer.headers["content-type"] == link.get("type")
    for feature in data.get("features", ())[:3]:
        (row,) = [a for a in page.iter("a") if a.text == feature["id"]]
        assert read(client, row.get("href")).find(".//h1").text == feature["id"]


def test_the_description_as_a_page_names_every_path_and_parameter(client: TestClient) -> None:
    api, page = client.get("/ogc/api").json(), read(client, "/ogc/api")
    titles = [title.text for title in page.iter("h2")]
    assert titles == list(api["paths"])
    refusal = api["paths"]["/"]["get"]["responses"]["404"]["description"]
    assert refusal == words("sv")("ogc.refused")
    for section, told in zip(page.iter("section"), api["paths"].values(), strict=True):
        names = [one["name"] for one in told["get"]["parameters"]]
        assert [row.text for row in section.iter("th") if row.get("scope") == "row"] == names


@pytest.mark.parametrize(
    ("query", "accept", "is_page"),
    [
        ("", BROWSER, True),
        ("f=json", BROWSER, False),
        ("f=html", "*/*", True),
        ("f=html", "application/geo+json", True),
        ("", "*/*", False),
        ("", "application/geo+json, application/json", False),
        ("", "application/json;q=0.5, TEXT/HTML; q=0.6", True),
        ("", "text/html;q=0.5, application/geo+json;q=0.6", False),
        ("", "text/html, application/json", False),
        ("", "text/html;q=0", False),
        ("", "text/html;q=x,;;,", True),
    ],
)
def test_who_asks_gets_what_they_can_read(
    client: TestClient, query: str, accept: str, is_page: bool
) -> None:
    for path in EVERYWHERE:
        answer = client.get(f"/ogc{path}?{query}", headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html") is is_page
        assert answer.headers["vary"].startswith("Accept")


def test_what_is_asked_wrongly_is_told_on_a_page(client: TestClient) -> None:
    for query, status in (("/nothing", 404), ("/areas/items?limit=0", 400), ("?f=xml", 400)):
        page = read(client, f"/ogc/collections{query}", status=status)
        data = client.get(f"/ogc/collections{query}").json()
        assert data["detail"] in [told.text for told in page.iter("p")]


def test_what_somebody_has_written_is_only_text(own: Service) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)> {{ 7*7 }} javascript:alert(3)'
    own.register.add([replace(a_track((13, 58), (13.1, 58)), note=evil)], by="test")
    client = TestClient(app_of(own), base_url="http://localhost")
    found = client.get("/ogc/collections/activities/items?limit=1&datetime=2018-05-17").json()
    (id_,) = [one["id"] for one in every(client, "activities") if one["properties"]["note"] == evil]
    assert found["numberMatched"] >= 1
    for path in ("items?datetime=2018-05-17", f"items/{id_}"):
        page = read(client, f"/ogc/collections/activities/{path}")
        assert evil in [part.strip() for part in page.itertext()]
        assert [tag for tag in page.iter() if tag.tag in ("script", "img")] == []
    wrong = quote('"><script>x</script>', safe="")
    for path in (f"{wrong}/items", f"areas/items/{wrong}", f"areas?{wrong}=1", f"areas?f={wrong}"):
        page = client.get(f"/ogc/collections/{path}", headers={"Accept": BROWSER})
        assert page.status_code in (400, 404)
        assert "<script" not in page.text


# --- what it holds to ----------------------------------------------------------------------------


@holds("core", "http")
def test_it_is_only_read(client: TestClient) -> None:
    path = "/ogc/collections/activities/items"
    assert client.head(path).status_code == 200
    assert client.head(path).content == b""
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, path).status_code == 404
    for lost in (
        "/collections/nothing",
        "/collections/nothing/items",
        "/collections/walks/items/x",
    ):
        answer = client.get(f"/ogc{lost}?lang=en")
        assert answer.status_code == 404
        assert answer.json()["detail"].endswith(".")
    other = client.get("/ogc", headers={"Host": "evil.example"})
    assert other.status_code == 403


EVERYWHERE = (
    *("", "/api", "/conformance", "/collections", "/collections/areas"),
    *("/collections/areas/items", "/collections/areas/items/norrby"),
)


@holds("core", "query-param-unknown")
@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("query", ["nothing=1", "f=json&f=json", "f=xml", "lang=de"])
def test_an_unknown_parameter_is_refused(client: TestClient, path: str, query: str) -> None:
    assert client.get(f"/ogc{path}?f=json&lang=en").status_code == 200
    answer = client.get(f"/ogc{path}?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"]


@holds("core", "query-param-invalid")
@holds("crs", "crs-exception bbox-crs-exception")
@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=-1", "limit=ten", "limit=1.5", "limit=", "limit=²", "offset=-1"),
        *(
            "bbox=1,2,3",
            "bbox=1,2,3,4,5",
            "bbox=a,b,c,d",
            "bbox=1,3,2,2",
            "bbox=",
            "bbox=1,2,3,nan",
        ),
        *("bbox=0,0,181,1", "bbox=0,-91,1,1", "bbox=1,2,3,inf", "bbox=1,2,3,4,5,6,7"),
        *("datetime=yesterday", "datetime=2018-06-30T12:00:00", "datetime=../..", "datetime=/"),
        *("datetime=2018-07-01T00:00:00Z/2018-06-01T00:00:00Z", "datetime=", "datetime=.."),
        *("datetime=2018-06-01T00:00:00Z/2018-06-02T00:00:00Z/x", "datetime=2018"),
        f"crs={EPSG3006}0",
        *("crs=3006", "bbox-crs=EPSG:3006", "crs="),
        f"bbox-crs={quote(EPSG3006)}&bbox=6398000,377000,0,6401000,379500,0",
        f"bbox-crs={quote(EPSG3006)}&bbox=6398000,379500,6401000,377000",
    ],
)
def test_a_value_that_makes_no_sense_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/ogc/collections/activities/items?{query}&lang=en")
    assert answer.status_code == 400
    assert answer.json()["detail"]


# --- the collections -----------------------------------------------------------------------------


@holds("core", "fc-md-op fc-md-success fc-md-links fc-md-items fc-md-items-links sfc-md-op")
@holds("core", "sfc-md-success")
def test_the_collections_are_listed_and_each_is_told_of(client: TestClient) -> None:
    body = got(client, "/collections")
    assert refs(body, "self")[0]["href"] == "http://localhost/ogc/collections"
    assert tuple(one["id"] for one in body["collections"]) == COLLECTIONS
    for one in body["collections"]:
        assert got(client, f"/collections/{one['id']}") == one
        assert one["title"]
        assert one["description"]
        assert one["itemType"] == "feature"
        link, page = refs(one, "items")
        assert (link["type"], page["type"]) == (GEOJSON, "text/html")
        assert got(client, link["href"], GEOJSON)["type"] == "FeatureCollection"


@holds("core", "fc-md-extent fc-md-extent-multi crs84")
@pytest.mark.parametrize("name", WITH_PLACE)
def test_an_extent_holds_every_feature(client: TestClient, name: str) -> None:
    extent = got(client, f"/collections/{name}")["extent"]
    (bbox,) = extent["spatial"]["bbox"]
    assert extent["spatial"]["crs"] == CRS84
    shapes = [shape(one["geometry"]) for one in every(client, name) if one["geometry"]]
    assert bbox == pytest.approx(shapely.total_bounds(shapes).tolist())
    # Longitude before latitude: Sweden.
    assert 10 < bbox[0] < 25
    assert 55 < bbox[1] < 70
    if name in ("activities", "walks", "findings"):
        days = sorted(one["properties"]["day"] for one in every(client, name))
        ((first, last),) = extent["temporal"]["interval"]
        assert (first[:10], last[:10]) == (days[0], days[-1])
        assert datetime.fromisoformat(first).tzinfo is not None


# --- features ------------------------------------------------------------------------------------


@holds("core", "fc-op fc-response fc-links fc-rel-type fc-timeStamp fc-numberMatched")
@holds("core", "fc-numberReturned")
@holds("geojson", "definition content")
@pytest.mark.parametrize("name", COLLECTIONS)
def test_features_come_in_pages_that_lead_to_each_other(client: TestClient, name: str) -> None:
    whole = items(client, name, "limit=1000")
    assert whole["type"] == "FeatureCollection"
    assert whole["numberMatched"] == whole["numberReturned"] == len(whole["features"]) > 5
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", whole["timeStamp"])
    assert refs(whole, "next") == refs(whole, "prev") == []
    pages = [items(client, name, "limit=4")]
    while following := refs(pages[-1], "next"):
        pages.append(got(client, following[0]["href"], GEOJSON))
    assert [one for page in pages for one in page["features"]] == whole["features"]
    assert {page["numberMatched"] for page in pages} == {whole["numberMatched"]}
    assert all(page["numberReturned"] == len(page["features"]) for page in pages)
    back = got(client, refs(pages[1], "prev")[0]["href"], GEOJSON)
    assert back["features"] == pages[0]["features"]
    for page in pages:
        assert refs(page, "self")[0]["type"] == GEOJSON
        assert all(link["rel"] and link["type"] for link in page["links"])
    for one in whole["features"]:
        assert one["type"] == "Feature"
        assert set(one) == {"type", "id", "geometry", "properties"}
        if one["geometry"]:
            assert shape(one["geometry"]).is_valid


def test_what_is_asked_goes_along_to_the_next_page(client: TestClient) -> None:
    asked = {"kind": "foot_patrol", "limit": "2", "lang": "en", "crs": EPSG3006}
    answer = client.get("/ogc/collections/activities/items", params=asked).json()
    (link,) = refs(answer, "next")
    assert dict(parse_qsl(urlsplit(link["href"]).query)) == {**asked, "offset": "2"}


@holds("core", "f-op f-success f-links")
@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_feature_is_there_by_its_id(client: TestClient, name: str) -> None:
    for one in every(client, name)[:5]:
        path = f"/collections/{name}/items/{quote(one['id'], safe='')}"
        found = got(client, path, GEOJSON)
        assert refs(found, "self")[0]["href"].endswith(path)
        about, _ = refs(found, "collection")
        assert got(client, about["href"])["id"] == name
        assert {key: found[key] for key in one} == one


@holds("core", "fc-limit-definition fc-limit-response-1")
def test_a_page_is_no_longer_than_asked_nor_than_is_given(client: TestClient) -> None:
    limit = parameter(client, "limit")
    assert limit == {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": 100}
    assert len(items(client, "activities")["features"]) == 100
    assert len(items(client, "activities", "limit=7")["features"]) == 7
    # More than the most is not refused.
    assert len(items(client, "activities", "limit=99999")["features"]) == 423
    beyond = items(client, "activities", "offset=423")
    assert (beyond["numberMatched"], beyond["features"]) == (423, [])


@pytest.mark.parametrize("asked", ["", "bbox=12.9,57.7,13,57.75&", "kind=foot_patrol&"])
def test_a_page_far_in_is_what_stands_there(client: TestClient, asked: str) -> None:
    whole = items(client, "activities", f"{asked}limit=99999")
    found = whole["features"]
    assert len(found) > 20
    # In the middle of a day, at its edge, at both ends, and past the last.
    for offset in (*range(len(found) + 2), 9_999):
        page = items(client, "activities", f"{asked}limit=2&offset={offset}")
        assert page["numberMatched"] == len(found)
        assert page["features"] == found[offset : offset + 2]


BOXES: Final = {
    "Norrby": (12.92, 57.715, 12.95, 57.73),
    "Kinna": (12.65, 57.49, 12.72, 57.52),
    "the south": (12.0, 57.0, 14.0, 57.6),
    "nowhere": (0.0, 0.0, 1.0, 1.0),
    "all but a strip, round the globe": (12.93, 50.0, 12.5, 60.0),
}


@holds("core", "fc-bbox-definition fc-bbox-response")
@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_box_gives_what_has_a_part_in_it_or_no_place(
    client: TestClient, name: str, box: tuple[float, ...]
) -> None:
    west, south, east, north = box
    parts = [(west, east)] if west < east else [(west, 180), (-180, east)]
    region = shapely.union_all([shapely.box(a, south, b, north) for a, b in parts])
    features = every(client, name)
    wanted = {
        one["id"]
        for one in features
        if one["geometry"] is None or shape(one["geometry"]).intersects(region)
    }
    text = ",".join(map(str, box))
    found = every(client, name, f"bbox={text}&limit=1000")
    assert {one["id"] for one in found} == wanted
    assert items(client, name, f"bbox={text}&limit=1")["numberMatched"] == len(wanted)
    # With heights as well.
    high = f"{west},{south},-100,{east},{north},100"
    assert items(client, name, f"bbox={high}&limit=1")["numberMatched"] == len(wanted)
    if name == "activities":
        schema = parameter(client, "bbox")
        assert schema["items"] == {"type": "number"}
        assert [one["minItems"] for one in schema["oneOf"]] == [4, 6]


@holds("core", "fc-time-definition fc-time-response")
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("2018-05-17T12:00:00Z", "2018-05-17", "2018-05-17"),
        ("2018-05-17", "2018-05-17", "2018-05-17"),
        # An hour before midnight in Greenwich it is the next day in Sweden.
        ("2018-05-16T23:00:00Z", "2018-05-17", "2018-05-17"),
        ("2018-05-01T00:00:00+02:00/2018-05-31T23:59:59+02:00", "2018-05-01", "2018-05-31"),
        ("../2018-03-31T12:00:00Z", "0001-01-01", "2018-03-31"),
        ("/2018-03-31T12:00:00Z", "0001-01-01", "2018-03-31"),
        ("2018-10-01t00:00:00z/..", "2018-10-01", "9999-12-31"),
        ("2018-10-01T00:00:00Z/", "2018-10-01", "9999-12-31"),
    ],
)
@pytest.mark.parametrize("name", ["activities", "walks", "findings", "areas"])
def test_a_time_gives_what_was_then_or_has_no_time(
    client: TestClient, name: str, asked: str, first: str, last: str
) -> None:
    assert parameter(client, "datetime") == {"type": "string"}
    wanted = [
        one["id"]
        for one in every(client, name)
        if first <= one["properties"].get("day", first) <= last
    ]
    found = every(client, name, f"datetime={quote(asked)}&limit=1000")
    assert [one["id"] for one in found] == wanted


def test_a_hot_spot_is_there_as_long_as_it_holds(client: TestClient) -> None:
    spots = every(client, "hot_spots")
    wanted = {
        one["id"]
        for one in spots
        if one["properties"]["valid_from"] <= "2018-06-15"
        and (one["properties"]["valid_to"] or "9999") >= "2018-06-15"
    }
    found = every(client, "hot_spots", "datetime=2018-06-15T12:00:00Z")
    assert {one["id"] for one in found} == wanted


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *(("activities", key) for key in ("kind", "area", "commitments")),
        *(("walks", key) for key in ("status", "area", "commitments")),
        *(("findings", key) for key in ("category", "status", "area", "owner")),
        *(("areas", key) for key in ("municipality", "area_kind", "state")),
        *(("commitments", key) for key in ("promise", "state")),
        ("hot_spots", "area"),
    ],
)
def test_a_property_gives_those_that_have_it(client: TestClient, name: str, key: str) -> None:
    features = every(client, name)
    told = [(one["id"], (one["properties"][key] or "").split()) for one in features]
    if key == "municipality":
        told = [(one["id"], [one["properties"][key]]) for one in features]
    values = sorted({value for _, values in told for value in values})
    assert values
    for value in (*values[:3], "nothing"):
        wanted = [id_ for id_, values in told if value in values]
        found = every(client, name, f"{key}={quote(value)}&limit=1000")
        assert [one["id"] for one in found] == wanted
    assert parameter(client, key, f"/collections/{name}/items") == {"type": "string"}


def test_languages_name_the_same_things(client: TestClient) -> None:
    names = {
        language: {
            one["properties"]["kind_name"]
            for one in every(client, "activities", f"lang={language}")
        }
        for language in ("sv", "en")
    }
    assert "Fotpatrull" in names["sv"]
    assert not names["sv"] & names["en"]


# --- another coordinate system -------------------------------------------------------------------

TO_3006: Final = Transformer.from_crs("OGC:CRS84", "EPSG:3006")
"""North before east, as both systems themselves have their axes."""


def in_3006(geometry: Any) -> Any:
    """Bring GeoJSON to SWEREF 99 TM by pyproj alone, east before north."""
    flat = shapely.transform(shape(geometry), lambda at: np.column_stack(TO_3006.transform(*at.T)))
    return shapely.transform(flat, lambda at: at[:, ::-1])


@holds("crs", "crs-uri fc-md-crs-list fc-md-storageCrs fc-md-storageCrs-valid-value")
@holds("crs", "fc-md-crs-list-global")
def test_the_systems_are_said(client: TestClient) -> None:
    body = got(client, "/collections")
    assert body["crs"] == [CRS84, EPSG3006]
    for one in body["collections"]:
        assert one["crs"] == [CRS84, EPSG3006]
        assert one["storageCrs"] in one["crs"]


@holds("crs", "fc-crs-definition fc-crs-valid-value fc-crs-default-value fc-crs-action geojson")
@holds("crs", "ogc-crs-header ogc-crs-header-value")
@pytest.mark.parametrize("name", WITH_PLACE)
def test_features_come_in_the_system_that_is_asked_for(client: TestClient, name: str) -> None:
    path = f"/ogc/collections/{name}/items"
    plain, same = client.get(path), client.get(path, params={"crs": CRS84})
    assert plain.headers["content-crs"] == same.headers["content-crs"] == f"<{CRS84}>"
    assert plain.json()["features"] == same.json()["features"]
    other = client.get(path, params={"crs": EPSG3006})
    assert other.headers["content-crs"] == f"<{EPSG3006}>"
    for one, told in zip(plain.json()["features"], other.json()["features"], strict=True):
        assert one["id"] == told["id"]
        if one["geometry"] is None:
            assert told["geometry"] is None
            continue
        found = shapely.transform(shape(told["geometry"]), lambda at: at[:, ::-1])
        assert found.equals_exact(in_3006(one["geometry"]), 0.002)
        item = client.get(f"{path}/{quote(one['id'], safe='')}", params={"crs": EPSG3006})
        assert item.headers["content-crs"] == f"<{EPSG3006}>"
        assert item.json()["geometry"] == told["geometry"]
    schema = parameter(client, "crs", f"/collections/{name}/items")
    assert (schema["enum"], schema["default"]) == ([CRS84, EPSG3006], CRS84)
    assert parameter(client, "crs", f"/collections/{name}/items/{{featureId}}") == schema


@holds("crs", "fc-bbox-crs-definition fc-bbox-crs-valid-value fc-bbox-crs-default-value")
@holds("crs", "fc-bbox-crs-action")
@pytest.mark.parametrize("name", WITH_PLACE)
@pytest.mark.parametrize(
    "box",
    [
        (6_398_000, 377_000, 6_401_000, 379_500),
        (6_374_000, 359_000, 6_377_000, 362_000),
        (6_100_000, 250_000, 7_700_000, 950_000),
        (6_400_000, 378_000, 6_400_000, 378_000),
        (-1e9, -1e9, 6_390_000, 1e9),
        (7_000_000, 377_000, 7_100_000, 379_500),
    ],
)
def test_a_box_can_be_in_metres(client: TestClient, name: str, box: tuple[float, ...]) -> None:
    south, west, north, east = box
    region = shapely.box(west, south, east, north)
    wanted = {
        one["id"]
        for one in every(client, name)
        if one["geometry"] is None or in_3006(one["geometry"]).intersects(region)
    }
    text = ",".join(map(str, box))
    found = every(client, name, f"bbox={text}&bbox-crs={quote(EPSG3006)}&limit=1000")
    assert {one["id"] for one in found} == wanted
    schema = parameter(client, "bbox-crs", f"/collections/{name}/items")
    assert (schema["enum"], schema["default"]) == ([CRS84, EPSG3006], CRS84)
    same = f"bbox=12.92,57.715,12.95,57.73&limit=1000&bbox-crs={quote(CRS84)}"
    assert every(client, name, same) == every(client, name, same.partition("&bbox-crs")[0])


@pytest.mark.parametrize(
    "box",
    [
        (250_000.0, 6_100_000.0, 950_000.0, 7_700_000.0),
        (377_000.0, 6_398_000.0, 379_500.0, 6_401_000.0),
        (378_000.0, 6_399_000.0, 378_000.5, 6_399_000.5),
        (-200_000.0, 5_800_000.0, 1_400_000.0, 8_000_000.0),
    ],
)
def test_a_side_in_degrees_lies_where_it_does_in_metres(box: tuple[float, ...]) -> None:
    bent, (west, south, east, north) = quadrangle(*box), box
    along = np.linspace(0, 1, 1_001)
    to_84 = Transformer.from_crs("EPSG:3006", "OGC:CRS84")
    back = Transformer.from_crs("OGC:CRS84", "EPSG:3006")
    northing, easting = south + along * (north - south), west + along * (east - west)
    for at, (n, e) in enumerate(
        [(northing, west), (northing, east), (south, easting), (north, easting)]
    ):
        lon, lat = to_84.transform(np.broadcast_to(n, 1_001), np.broadcast_to(e, 1_001))
        x, y = lon - bent.middle[0], lat - bent.middle[1]
        if at < 2:
            lon = bent.middle[0] + np.polyval(bent.sides[at], y)
        else:
            lat = bent.middle[1] + np.polyval(bent.sides[at], x)
        n_there, e_there = back.transform(lon, lat)
        off = np.abs(e_there - e) if at < 2 else np.abs(n_there - n)
        assert off.max() < 0.001
    # What it lies within, and what lies within it.
    lon, lat = to_84.transform(*np.meshgrid(northing[::50], easting[::50]))
    w, s, e, n = bent.outer
    slack = 1e-9
    assert (lon >= w - slack).all() and (lon <= e + slack).all()  # noqa: PT018
    assert (lat >= s - slack).all() and (lat <= n + slack).all()  # noqa: PT018
    w, s, e, n = bent.inner
    if w < e and s < n:
        corners = back.transform(*np.array([(w, s), (w, n), (e, s), (e, n)]).T)
        assert (corners[0] >= south - 0.1).all() and (corners[0] <= north + 0.1).all()  # noqa: PT018
        assert (corners[1] >= west - 0.1).all() and (corners[1] <= east + 0.1).all()  # noqa: PT018


# --- what is given, and what it takes ------------------------------------------------------------

ORIGIN: Final = Origin(SourceKind.RECORDED)
MAY: Final = datetime(2018, 5, 17, 10, 0, tzinfo=UTC)


@pytest.fixture
def own(own_copy: Path) -> Iterator[Service]:
    with Service.open(Settings(register_url(str(own_copy)), basemap=NO_BASEMAP)) as opened:
        yield opened


def a_track(*at: tuple[float, float]) -> Activity:
    return Activity(
        id=str(uuid4()),
        kind="foot_patrol",
        area_id=None,
        place=shapely.LineString(at),
        start=MAY,
        day=MAY.date(),
        precision=Precision.MINUTE,
        origin=ORIGIN,
    )


def test_a_line_whose_box_alone_touches_is_not_in_it(own: Service) -> None:
    corner = a_track((13.0, 58.0), (13.1, 58.0), (13.1, 58.1))
    across = a_track((12.9, 58.05), (13.2, 58.05))
    within = a_track((13.02, 58.04), (13.03, 58.05))
    own.register.add([corner, across, within], by="test")
    client = TestClient(app_of(own), base_url="http://localhost")
    places = {one["id"] for one in every(client, "activities") if one["geometry"]}
    wanted = {across.id, within.id}
    for asked in ("13.01,58.02,13.05,58.08", None):
        if asked is None:
            # The same in metres, a little turned: neither of them reaches the corner's line.
            at = TO_3006.transform([13.01, 13.05], [58.02, 58.08])
            box = f"{at[0][0]},{at[1][0]},{at[0][1]},{at[1][1]}&bbox-crs={quote(EPSG3006)}"
        else:
            box = asked
        found = {one["id"] for one in every(client, "activities", f"bbox={box}&limit=1000")}
        assert found & places == wanted


def test_what_is_internal_or_withdrawn_is_never_given(own: Service) -> None:
    client = TestClient(app_of(own), base_url="http://localhost")
    finding, activity = own.findings()[0], own.activities()[0]
    before = {one["id"] for one in every(client, "findings")}
    assert finding.id in before
    number = own.newest_number("finding", finding.id)
    own.register.change(replace(finding, internal=True), by="test", expected_number=number)
    assert {one["id"] for one in every(client, "findings")} == before - {finding.id}
    path = f"/ogc/collections/findings/items/{finding.id}"
    assert client.get(path).status_code == 404
    number = own.newest_number("activity", activity.id)
    own.register.void("activity", activity.id, by="test", expected_number=number)
    assert activity.id not in {one["id"] for one in every(client, "activities")}
    assert client.get(f"/ogc/collections/activities/items/{activity.id}").status_code == 404


@pytest.mark.parametrize("asked", ["", "&bbox=12,57,14,58", "&kind=foot_patrol&offset=20"])
def test_a_page_of_ten_reads_ten(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    items(client, "activities", f"limit=10{asked}")
    read: list[int] = []
    real = queries.from_rows

    def counting(connection: Any, entity: Any, rows: Any) -> Any:
        read.append(len(rows))
        return real(connection, entity, rows)

    monkeypatch.setattr(queries, "from_rows", counting)
    assert len(items(client, "activities", f"limit=10{asked}")["features"]) == 10
    assert read == [10]


PLANNED: Final = {
    "activity.id IN": "sqlite_autoindex_activity_1 (id=?)",
    "grid_x >=": "ix_activity_grid (void=? AND grid_x>? AND grid_x<?)",
    "min_lon <> max_lon": "ix_activity_no_point (void=?",
}
"""What a statement names, and how SQLite has to go about it: any other way reads the register."""

OF_ITS_DAYS: Final = "ix_activity_newest (void=? AND day>? AND day<?)"
"""Or so, where a page looks only at the days that it holds."""


@pytest.mark.parametrize("asked", ["", "&bbox=12.92,57.715,12.95,57.73"])
def test_no_page_reads_the_whole_register(client: TestClient, service: Service, asked: str) -> None:
    plans: list[tuple[str, str]] = []

    def explain(_c: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "FROM activity" in statement and not statement.startswith("EXPLAIN"):
            told = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append((statement, " | ".join(row[3] for row in told.fetchall())))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        items(client, "activities", f"limit=10&kind=foot_patrol{asked}")
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
    assert len(plans) >= 3
    for statement, plan in plans:
        assert "SCAN activity" not in plan
        for named, way in PLANNED.items():
            if named in statement:
                assert way in plan or OF_ITS_DAYS in plan, statement


# --- the independent answer: GDAL's own reader ---------------------------------------------------


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(app_of(service), port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{port}/ogc"
    server.should_exit = True
    thread.join()


READ_BY_GDAL: Final = """
import json, sys, pyogrio
address, system = sys.argv[1:]
told = {"layers": [name for name, _ in pyogrio.list_layers("OAPIF:" + address).tolist()]}
for name in told["layers"]:
    told[name] = len(pyogrio.read_dataframe("OAPIF:" + address, layer=name, force_2d=True))
areas = pyogrio.read_dataframe("OAPIF:" + address, layer="areas", CRS=system)
told["areas_crs"] = areas.crs.to_epsg()
told["areas_bounds"] = areas.total_bounds.tolist()
box = (377000, 6398000, 379500, 6401000)
near = pyogrio.read_dataframe("OAPIF:" + address, layer="activities", CRS=system, bbox=box)
told["near"] = sorted(near["id"])
print(json.dumps(told))
"""
"""In a process of its own: GDAL waits for answers with Python's lock in its hand."""


def test_gdal_reads_it_as_it_is(address: str, service: Service) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_BY_GDAL, address, EPSG3006],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert tuple(told["layers"]) == COLLECTIONS
    register = service.register
    assert told["activities"] == register.count_activities()
    assert told["walks"] == len(register.walks())
    assert told["findings"] == len([one for one in register.findings() if not one.internal])
    assert told["hot_spots"] == len(register.hot_spots())
    assert told["areas"] == len(service.areas(service.promises()))
    assert told["areas_crs"] == 3006
    outlines = [in_3006(shapely.geometry.mapping(area.outline)) for area in service.catalogue.areas]
    assert told["areas_bounds"] == pytest.approx(shapely.total_bounds(outlines).tolist(), abs=0.01)
    region = shapely.box(377_000, 6_398_000, 379_500, 6_401_000)
    near = [
        one.id
        for one in register.activities()
        if one.place is not None and in_3006(shapely.geometry.mapping(one.place)).intersects(region)
    ]
    assert len(near) > 20
    assert told["near"] == sorted(near)


def test_no_requirement_is_left_out() -> None:
    known = {f"/req/{of}/{name}" for of, names in REQUIREMENTS.items() for name in names.split()}
    assert known == HELD
