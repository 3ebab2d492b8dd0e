"""What a catalogue of open data wants to know: DCAT-AP-SE 3 as JSON-LD, and schema.org.

Both are plain JSON with a context of their own, so that nothing has to be fetched to read them.
Addresses of files are relative: the folder may lie anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

import shapely

from geodata.model import LANGUAGES, Language
from geodata.publish.public.columns import OPEN_FILES, OpenFile
from geodata.publish.public.content import Content
from geodata.texts import words

CONTEXT: Final[Mapping[str, object]] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
}

LANGUAGE_IRI: Final[Mapping[Language, str]] = {
    "sv": "http://publications.europa.eu/resource/authority/language/SWE",
    "en": "http://publications.europa.eu/resource/authority/language/ENG",
}
THEMES: Final = (
    "http://publications.europa.eu/resource/authority/data-theme/JUST",
    "http://publications.europa.eu/resource/authority/data-theme/GOVE",
)
MEDIA_TYPE_IRI: Final = "http://www.iana.org/assignments/media-types/"
PUBLIC_IRI: Final = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
SWEDEN_IRI: Final = "http://publications.europa.eu/resource/authority/country/SWE"

KEYWORDS: Final[Mapping[Language, tuple[str, ...]]] = {
    "sv": ("medborgarlöfte", "trygghet", "uppföljning"),
    "en": ("citizen promise", "safety", "follow-up"),
}


def _names(content: Content, language: Language) -> str:
    names = (told.promise.short.to(language) for told in content.promises)
    return ", ".join(dict.fromkeys(names))


def _title(content: Content, language: Language) -> str:
    return words(language)("public.dataset", names=_names(content, language))


def _about(content: Content, language: Language) -> str:
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


def dcat(content: Content) -> bytes:
    """Return the dataset's description as a harvester reads it."""
    gathered = content.gathered
    first, last = _period(content)
    dataset: dict[str, object] = {
        "@context": CONTEXT,
        "@id": "../index.html#dataset",
        "@type": "dcat:Dataset",
        "dcterms:title": _both(content, _title),
        "dcterms:description": _both(content, _about),
        "dcat:keyword": [
            {"@value": word, "@language": language}
            for language in LANGUAGES
            for word in KEYWORDS[language]
        ],
        "dcat:theme": [{"@id": theme} for theme in THEMES],
        "dcterms:language": [{"@id": LANGUAGE_IRI[language]} for language in LANGUAGES],
        "dcterms:accessRights": {"@id": PUBLIC_IRI},
        "dcterms:modified": _typed(gathered.made.isoformat(timespec="seconds"), "dateTime"),
        "dcterms:temporal": {
            "@type": "dcterms:PeriodOfTime",
            "dcat:startDate": _typed(first, "date"),
            "dcat:endDate": _typed(last, "date"),
        },
        "dcterms:spatial": _place(content),
        "dcat:landingPage": {"@id": "../index.html", "@type": "foaf:Document"},
        "dcat:distribution": [
            _distribution(file, content) for file in OPEN_FILES if not file.path.endswith(".jsonld")
        ],
    }
    if gathered.publisher:
        dataset["dcterms:publisher"] = {"@type": "foaf:Agent", "foaf:name": gathered.publisher}
    return (json.dumps(dataset, ensure_ascii=False, indent=2) + "\n").encode()


def _both(content: Content, told: Callable[[Content, Language], str]) -> list[dict[str, str]]:
    return [{"@value": told(content, code), "@language": code} for code in LANGUAGES]


def _typed(value: str, type_: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{type_}"}


def _place(content: Content) -> dict[str, object]:
    bounds = _bounds(content)
    if bounds is None:
        return {"@id": SWEDEN_IRI, "@type": "dcterms:Location"}
    return {
        "@type": "dcterms:Location",
        "dcat:bbox": {"@value": shapely.box(*bounds).wkt, "@type": "geosparql:wktLiteral"},
    }


def _distribution(file: OpenFile, content: Content) -> dict[str, object]:
    name = file.path.removeprefix("data/")
    found: dict[str, object] = {
        "@type": "dcat:Distribution",
        "dcterms:title": [{"@value": file.title.to(code), "@language": code} for code in LANGUAGES],
        "dcat:accessURL": {"@id": name},
        "dcat:downloadURL": {"@id": name},
        "dcat:mediaType": {"@id": MEDIA_TYPE_IRI + file.media_type},
    }
    if content.gathered.licence:
        found["dcterms:license"] = {"@id": content.gathered.licence}
    return found


# --- schema.org ------------------------------------------------------------------------------


def schema_dataset(content: Content, language: Language) -> dict[str, object]:
    """Return the dataset's description as search engines read it in the page."""
    gathered = content.gathered
    found: dict[str, object] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": _title(content, language),
        "description": _about(content, language),
        "inLanguage": language,
        "keywords": list(KEYWORDS[language]),
        "isAccessibleForFree": True,
        "dateModified": gathered.made.isoformat(timespec="seconds"),
        "temporalCoverage": "/".join(_period(content)),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.title.to(language),
                "encodingFormat": file.media_type,
                "contentUrl": file.path,
            }
            for file in OPEN_FILES
        ],
    }
    bounds = _bounds(content)
    if bounds is not None:
        west, south, east, north = bounds
        box = f"{south} {west} {north} {east}"
        found["spatialCoverage"] = {
            "@type": "Place",
            "geo": {"@type": "GeoShape", "box": box},
        }
    if gathered.publisher:
        found["publisher"] = {"@type": "Organization", "name": gathered.publisher}
    if gathered.licence:
        found["license"] = gathered.licence
    return found
