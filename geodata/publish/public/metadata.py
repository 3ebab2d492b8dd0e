"""What a catalogue of open data wants to know: DCAT-AP-SE 3 as RDF/XML and JSON-LD, schema.org.

The JSON has a context of its own, so that nothing has to be fetched to read it. Addresses are
whole where it is said where the page is published; else the folder may lie anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import shapely

from geodata.model import LANGUAGES, Language
from geodata.publish.gpx import in_xml
from geodata.publish.public.content import Content
from geodata.texts import words


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file of open data: its path within the page's folder, its format, its title's key."""

    path: str
    media_type: str
    title: str

    @property
    def name(self) -> str:
        """Its name in its folder."""
        return self.path.removeprefix("data/")


CSV_TYPE: Final = "text/csv"
GEOJSON_TYPE: Final = "application/geo+json"

OPEN_FILES: Final = (
    OpenFile("data/commitments.csv", CSV_TYPE, "public.file.commitments"),
    OpenFile("data/commitments-by-area.csv", CSV_TYPE, "public.file.commitments_by_area"),
    OpenFile("data/activities.csv", CSV_TYPE, "public.file.activities"),
    OpenFile("data/findings.csv", CSV_TYPE, "public.file.findings"),
    OpenFile("data/outcomes.csv", CSV_TYPE, "public.file.outcomes"),
    OpenFile("data/readings.csv", CSV_TYPE, "public.file.readings"),
    OpenFile("data/areas.geojson", GEOJSON_TYPE, "public.file.areas"),
    OpenFile("data/README.md", "text/markdown", "public.file.readme"),
    OpenFile("data/dcat.rdf", "application/rdf+xml", "public.file.dcat"),
    OpenFile("data/dcat.jsonld", "application/ld+json", "public.file.dcat"),
)
"""Every file of open data, in the order they are listed."""

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "data/commitments.csv": (
        *("promise", "commitment", "number", "title_sv", "title_en", "owners", "as_of"),
        *("state", "state_sv", "state_en", "delivered", "target", "unit", "last_day"),
        "example_data",
    ),
    "data/commitments-by-area.csv": (
        *("promise", "commitment", "area", "area_name", "where_needed", "as_of"),
        *("state", "state_sv", "state_en", "delivered", "target", "unit", "example_data"),
    ),
    "data/activities.csv": (
        *("area", "area_name", "municipality", "first_month", "last_month"),
        *("activities", "fewer_than_3", "example_data"),
    ),
    "data/findings.csv": (
        *("area", "area_name", "category", "as_of", "findings", "fewer_than_3", "example_data"),
    ),
    "data/outcomes.csv": (
        *("promise", "commitment", "text_sv", "text_en", "amount", "period", "same_period"),
        *("caution_sv", "caution_en", "source", "source_url"),
    ),
    "data/readings.csv": (
        *("promise", "goal", "indicator", "name_sv", "name_en", "level", "place", "area", "method"),
        *("population_sv", "population_en", "series", "question_sv", "question_en", "value_unit"),
        *("breaks_sv", "breaks_en", "time", "value", "count", "answered", "asked"),
        *("response_stated", "said_sv", "said_en", "caution_sv", "caution_en"),
        *("source", "source_url"),
    ),
}
"""The columns of each table; what they mean is `public.column.` and their name."""

AREA_PROPERTIES: Final = (
    *("area", "area_name", "municipality", "area_kind", "promise", "as_of"),
    *("state", "state_sv", "state_en", "activities", "fewer_than_3"),
    *("outline_method", "outline_accuracy_m", "example_data"),
)


def _title(content: Content, language: Language) -> str:
    names = (
        content.gathered.catalogue.label_by_id[told.promise.id].to(language)
        for told in content.promises
    )
    return words(language)("public.dataset", names=", ".join(dict.fromkeys(names)))


def about(content: Content, language: Language) -> str:
    """Return what the data are, and that records in them are made up."""
    w = words(language)
    told = w("public.dataset_about", day=w.day(content.gathered.as_of))
    return f"{told} {w('public.example')}" if content.gathered.examples else told


def _bounds(content: Content) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of the areas, to two decimals, None without areas."""
    outlines = [told.area.outline for told in content.areas]
    if not outlines:
        return None
    west, south, east, north = (round(v, 2) for v in shapely.total_bounds(outlines).tolist())
    return west, south, east, north


def _period(content: Content) -> tuple[str, str]:
    periods = [told.promise.period for told in content.promises]
    last = min(max(p.end for p in periods), content.gathered.as_of)
    first = min(p.start for p in periods)
    return first.isoformat(), max(first, last).isoformat()


# --- DCAT ------------------------------------------------------------------------------------

Node = dict[str, Any]
"""A thing that is described, as JSON-LD has it: its address, its type, what is said of it."""

PROFILE: Final = "https://docs.dataportal.se/dcat/3.0.1/en/"
"""DCAT-AP-SE 3.0.1, by its own stable address."""

CC0: Final = "http://creativecommons.org/publicdomain/zero/1.0/"
"""The profile's only terms for a catalogue: its descriptions, not the data, are given away."""

PUBLISHER_TYPE: Final = "http://purl.org/adms/publishertype/"
PUBLISHER_TYPES: Final = (
    *("Academia-ScientificOrganisation", "Company", "IndustryConsortium", "LocalAuthority"),
    *("NationalAuthority", "NonGovernmentalOrganisation", "NonProfitOrganisation"),
    *("PrivateIndividual(s)", "RegionalAuthority", "StandardisationBody"),
    "SupraNationalAuthority",
)


def dcat(content: Content) -> Mapping[str, bytes]:
    """Return the catalogue's description by path: RDF/XML, which is harvested, and JSON-LD.

    It says that it follows the profile only where all is said that the profile asks for.
    """
    by = content.gathered.publisher
    (first, last), bounds = _period(content), _bounds(content)
    # Without an address of its own the folder may lie anywhere; this file lies a folder down.
    root = by.address or "../"
    node = _filled(
        _template(),
        root,
        {
            "catalogue": _both(lambda language: words(language)("public.eyebrow")),
            "about": _both(partial(about, content)),
            "title": _both(partial(_title, content)),
            "tables": _both(lambda language: words(language)("public.file.tables")),
            "areas": _both(lambda language: words(language)("public.file.areas")),
            "name": by.name,
            "type": by.type and PUBLISHER_TYPE + by.type,
            "publisher": by.name and f"{root}index.html#publisher",
            "contact": by.contact,
            "email": by.email and f"mailto:{by.email}",
            "licence": _licence(by.licence),
            "catalogue_licence": None if by.missing else CC0,
            "profile": None if by.missing else PROFILE,
            "made": content.gathered.made.isoformat(timespec="seconds"),
            "first": first,
            "last": last,
            "bbox": bounds and shapely.box(*bounds).wkt,
        },
    )
    return {
        "data/dcat.rdf": _rdf_xml(node),
        "data/dcat.jsonld": (json.dumps(node, ensure_ascii=False, indent=2) + "\n").encode(),
    }


@cache
def _template() -> Node:
    """Return the description, with ``$`` before what is to be said and ``~/`` for the folder."""
    text = Path(__file__).with_name("dcat.json").read_text(encoding="utf-8")
    template: Node = json.loads(text)
    return template


def _filled(part: Any, root: str, told: Mapping[str, Any]) -> Any:
    """Return a part of the description, None where nobody has said what it would say."""
    if isinstance(part, str):
        known = told[part[1:]] if part.startswith("$") else part
        return root + part[2:] if part.startswith("~/") else known
    if isinstance(part, list):
        return [_filled(one, root, told) for one in part]
    found = {name: value for name, one in part.items() if (value := _filled(one, root, told))}
    # A thing of which nothing is said but what sort of thing it is, or no more than a sort.
    return found if found.keys() - {"@id", "@type"} or found.keys() == {"@id"} else None


def _licence(address: str | None) -> str | None:
    """Return a licence by its address; Creative Commons' have one, whatever browsers show."""
    parts = urlsplit(address or "")
    if (parts.hostname or "").removeprefix("www.") == "creativecommons.org":
        return f"http://creativecommons.org{parts.path.rstrip('/')}/"
    return address


def _both(text: Callable[[Language], str]) -> list[Node]:
    return [{"@value": text(code), "@language": code} for code in LANGUAGES]


RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def _rdf_xml(node: Node) -> bytes:
    """Return a description as RDF/XML: a thing is an element, what is said of it those within."""
    names = {f"xmlns:{prefix}": iri for prefix, iri in node["@context"].items()}
    root = Element("rdf:RDF", {"xmlns:rdf": RDF, **names})
    _describe(root, node)
    indent(root)
    made: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def _describe(parent: Element, node: Node) -> None:
    element = SubElement(parent, node["@type"], {"rdf:about": node["@id"]})
    for name, told in node.items():
        if not name.startswith("@"):
            for value in told if isinstance(told, list) else [told]:
                _say(SubElement(element, name), value)


def _say(element: Element, value: Node | str) -> None:
    if isinstance(value, str):
        element.text = in_xml(value)
    elif "@value" in value:
        element.text = in_xml(value["@value"])
        if "@language" in value:
            element.set("xml:lang", value["@language"])
        else:
            prefix, _, name = value["@type"].partition(":")
            element.set("rdf:datatype", _template()["@context"][prefix] + name)
    elif "@type" in value:
        _describe(element, value)
    else:
        element.set("rdf:resource", value["@id"])


# --- schema.org ------------------------------------------------------------------------------


def schema_dataset(content: Content, language: Language) -> dict[str, object]:
    """Return the dataset's description as search engines read it in the page."""
    gathered = content.gathered
    found: dict[str, object] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": _title(content, language),
        "description": about(content, language),
        "inLanguage": language,
        "keywords": [
            word["@value"]
            for word in _template()["dcat:dataset"]["dcat:keyword"]
            if word["@language"] == language
        ],
        "isAccessibleForFree": True,
        "dateModified": gathered.made.isoformat(timespec="seconds"),
        "temporalCoverage": "/".join(_period(content)),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": words(language)(file.title),
                "encodingFormat": file.media_type,
                "contentUrl": file.path,
            }
            for file in OPEN_FILES
        ],
    }
    bounds = _bounds(content)
    if bounds is not None:
        west, south, east, north = bounds
        shape = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
        found["spatialCoverage"] = {"@type": "Place", "geo": shape}
    if gathered.publisher.name:
        found["publisher"] = {"@type": "Organization", "name": gathered.publisher.name}
    if gathered.publisher.licence:
        found["license"] = gathered.publisher.licence
    return found
