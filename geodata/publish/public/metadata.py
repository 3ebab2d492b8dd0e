"""What a catalogue of open data wants to know: DCAT-AP-SE 3 as JSON-LD, and schema.org.

Both are plain JSON with a context of their own, so that nothing has to be fetched to read them.
Addresses of files are relative: the folder may lie anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import shapely

from geodata.model import LANGUAGES, Language, LocalText
from geodata.publish.public.content import Content
from geodata.texts import words


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file of open data: its path within the page's folder, its format, and what it holds."""

    path: str
    media_type: str
    title: LocalText


CSV_TYPE: Final = "text/csv"

OPEN_FILES: Final = (
    OpenFile(
        "data/commitments.csv",
        CSV_TYPE,
        LocalText("Åtaganden och läge", "Commitments and how they stand"),
    ),
    OpenFile(
        "data/commitments-by-area.csv",
        CSV_TYPE,
        LocalText("Åtagandenas läge i varje område", "How the commitments stand in each area"),
    ),
    OpenFile(
        "data/activities.csv",
        CSV_TYPE,
        LocalText("Aktiviteter per område och månad", "Activities by area and month"),
    ),
    OpenFile(
        "data/findings.csv",
        CSV_TYPE,
        LocalText("Iakttagelser per område och slag", "Findings by area and kind"),
    ),
    OpenFile(
        "data/outcomes.csv",
        CSV_TYPE,
        LocalText("Vad parterna har rapporterat", "What the parties have reported"),
    ),
    OpenFile(
        "data/areas.geojson",
        "application/geo+json",
        LocalText("Områdenas gränser och läge", "The areas' outlines and how they stand"),
    ),
    OpenFile(
        "data/README.md",
        "text/markdown",
        LocalText("Vad kolumnerna betyder", "What the columns mean"),
    ),
    OpenFile(
        "data/dcat.jsonld",
        "application/ld+json",
        LocalText("Metadata (DCAT-AP-SE)", "Metadata (DCAT-AP-SE)"),
    ),
)
"""Every file of open data, in the order they are listed."""

COLUMNS: Final[Mapping[str, LocalText]] = {
    "promise": LocalText("löftets id", "the promise's id"),
    "commitment": LocalText("åtagandets id", "the commitment's id"),
    "number": LocalText("åtagandets nummer i löftet", "the commitment's number in the promise"),
    "title_sv": LocalText("åtagandet på svenska", "the commitment in Swedish"),
    "title_en": LocalText("åtagandet på engelska", "the commitment in English"),
    "owners": LocalText("de parter som ansvarar", "the parties responsible"),
    "area": LocalText("områdets id", "the area's id"),
    "area_name": LocalText("områdets namn", "the area's name"),
    "municipality": LocalText("kommun", "municipality"),
    "area_kind": LocalText("slag av område", "kind of area"),
    "as_of": LocalText("den dag som läget gäller", "the day that the state is of"),
    "state": LocalText("läget som nyckelord", "the state as a keyword"),
    "state_sv": LocalText("läget på svenska", "the state in Swedish"),
    "state_en": LocalText("läget på engelska", "the state in English"),
    "delivered": LocalText(
        "hur mycket som är levererat; tomt där området inte har något eget mål",
        "how much is delivered; empty where the area has no target of its own",
    ),
    "target": LocalText(
        "hur mycket som är utlovat; tomt där inget antal är utlovat",
        "how much was promised; empty where no number was",
    ),
    "unit": LocalText(
        "vad de räknar: activities, steps (steg) eller areas (områden)",
        "what they count: activities, steps or areas",
    ),
    "last_day": LocalText("åtagandets sista dag", "the commitment's last day"),
    "where_needed": LocalText(
        "yes där området bara ingår vid behov", "yes where the area is covered only if needed"
    ),
    "first_month": LocalText("första månaden", "the first month"),
    "last_month": LocalText("sista månaden", "the last month"),
    "activities": LocalText(
        "antal aktiviteter under månaderna tillsammans; tomt om de är färre än 3",
        "number of activities in these months together; empty if fewer than 3",
    ),
    "fewer_than_3": LocalText(
        "yes där antalet är ett eller två och inte visas",
        "yes where the number is one or two and is not shown",
    ),
    "category": LocalText(
        "slag; other är alla slag som inte står för sig",
        "kind; other is every kind that is not by itself",
    ),
    "findings": LocalText(
        "antal iakttagelser; tomt om de är färre än 3",
        "number of findings; empty if fewer than 3",
    ),
    "text_sv": LocalText("vad som rapporterades, på svenska", "what was reported, in Swedish"),
    "text_en": LocalText("vad som rapporterades, på engelska", "what was reported, in English"),
    "amount": LocalText("ett rapporterat antal", "a reported number"),
    "period": LocalText("den tid som uppgiften gäller", "the time that the report is of"),
    "same_period": LocalText(
        "no där det inte är löftets egen tid", "no where that is not the promise's own time"
    ),
    "caution_sv": LocalText("att tänka på, på svenska", "what to keep in mind, in Swedish"),
    "caution_en": LocalText("att tänka på, på engelska", "what to keep in mind, in English"),
    "source": LocalText("källa", "source"),
    "source_url": LocalText("källans adress", "the source's address"),
    "outline_method": LocalText(
        "hur gränsen är ritad; nominal är ungefärlig",
        "how the outline was drawn; nominal is approximate",
    ),
    "outline_accuracy_m": LocalText(
        "hur många meter den kan vara fel", "how many metres it may be off"
    ),
    "example_data": LocalText(
        "yes där registret innehåller påhittade uppgifter",
        "yes where the register holds made-up information",
    ),
}
"""Every column and property, in both languages."""

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
}
"""The columns of each table."""

AREA_PROPERTIES: Final = (
    *("area", "area_name", "municipality", "area_kind", "promise", "as_of"),
    *("state", "state_sv", "state_en", "activities", "fewer_than_3"),
    *("outline_method", "outline_accuracy_m", "example_data"),
)


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
