"""Which files of open data there are, their columns, and what each means in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geodata.model import LocalText


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
