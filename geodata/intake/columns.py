"""What columns and properties may be called: our name first, then what else is understood.

Names are compared without case; spaces, underscores and hyphens are the same, and full stops
and brackets are not seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from geodata.intake.report import What

Columns = Mapping[str, tuple[str, ...]]

_WHEN: Final[Columns] = {
    "date": (
        *("datum", "start", "startdatum", "start date", "starttid", "när", "dag", "day"),
        *("tidpunkt", "datum och tid", "datum tid", "date time", "datetime", "timestamp"),
    ),
    "time": ("tid", "klockslag", "kl", "klockan", "clock", "start time", "tid start"),
}
_AREA: Final[Columns] = {
    "area": ("område", "omrade", "area id", "stadsdel", "bostadsområde", "district"),
}
_PLACE: Final[Columns] = {
    "lat": (
        *("latitude", "latitud", "n", "north", "northing", "nord", "norr", "nordkoordinat"),
        *("nordlig koordinat", "sweref n", "n koordinat", "lat wgs84"),
    ),
    "lon": (
        *("lng", "long", "longitude", "longitud", "e", "east", "easting", "öst", "ost"),
        *("östkoordinat", "ostkoordinat", "östlig koordinat", "sweref e", "e koordinat"),
        *("lon wgs84",),
    ),
    "x": ("x koordinat", "x coordinate", "xkoord", "x koord", "coord x", "koordinat x", "rt90 x"),
    "y": ("y koordinat", "y coordinate", "ykoord", "y koord", "coord y", "koordinat y", "rt90 y"),
    "position": (
        *("koordinat", "koordinater", "coordinates", "coordinate", "lat lon", "lat long"),
        *("latlon", "latlong", "lat lng", "latitud longitud", "gps", "gps position"),
    ),
    "geometry": ("wkt", "geom", "geometri"),
}
_AMOUNTS: Final[Columns] = {
    "minutes": (
        *("minuter", "min", "antal minuter", "varaktighet", "duration", "tidsåtgång"),
        *("längd min", "minutes spent", "tid min", "tid minuter"),
    ),
    "participants": (
        *("deltagare", "antal deltagare", "antal", "attendees", "number of participants"),
    ),
}
_PARTIES: Final[Columns] = {"parties": ("party", "parter", "part", "aktör", "aktörer", "vilka")}
_COMMITMENTS: Final[Columns] = {
    "commitments": ("commitment", "åtaganden", "åtagande", "åtagande nr"),
}
_NOTE: Final[Columns] = {
    "note": (
        *("notes", "anteckning", "anteckningar", "kommentar", "kommentarer", "comment"),
        *("comments", "notering", "noteringar", "beskrivning", "description", "fritext"),
    ),
}
_REFERENCE: Final[Columns] = {"reference": ("referens", "source", "källa")}

OWN_ID: Final = "lofteskartan_id"
"""The column by which a table that the program itself wrote is known."""

_OWN: Final[Columns] = {
    OWN_ID: (),
    "source_kind": (),
    "source_file": (),
    "source_row": (),
    "source_reference": (),
}
_OWN_TIME: Final[Columns] = {"precision": (), "day": ()}

ACTIVITY_COLUMNS: Final[Columns] = {
    "id": (),
    **_WHEN,
    "kind": (
        *("slag", "typ", "type", "aktivitet", "activity", "aktivitetstyp", "typ av aktivitet"),
        *("activity type", "insats", "insatstyp"),
    ),
    **_AREA,
    **_PLACE,
    **_AMOUNTS,
    **_COMMITMENTS,
    **_PARTIES,
    **_NOTE,
    **_REFERENCE,
}
"""Columns of a table of activities; ``date`` and ``kind`` must be there.

In a table of published events a row's ``id`` keeps it the same record when its other cells are
reworded; in any other file ids are not looked at, since they may mean anything.
"""

WALK_COLUMNS: Final[Columns] = {
    "name": ("namn", "vandring", "trygghetsvandring", "walk"),
    "status": ("läge", "state"),
    **_WHEN,
    **_AREA,
    "meeting_point": ("samlingsplats", "mötesplats", "samling"),
    "invited": ("inbjudna", "inbjudan", "bjudna"),
    "route": ("rutt", "gpx", "gpx fil"),
    "geometry": ("wkt", "geom", "geometri"),
    **_AMOUNTS,
    **_COMMITMENTS,
    **_PARTIES,
    "followed_up": ("uppföljd", "uppföljning", "uppföljd den"),
    "repeats": ("upprepar", "går om", "tidigare vandring"),
    **_NOTE,
    **_REFERENCE,
}
"""Columns of a table of walks; ``date`` must be there, in the project's own files ``name`` and
``status`` as well."""

FINDING_COLUMNS: Final[Columns] = {
    "walk": ("vandring", "trygghetsvandring"),
    **_AREA,
    **_PLACE,
    "category": ("kategori", "typ av brist"),
    "text": (
        *("beskrivning", "iakttagelse", "finding", "observation", "brist", "description"),
        *("note", "anteckning", "kommentar"),
    ),
    "owner": ("ansvarig", "ansvarig part", "responsible"),
    "due": ("klart senast", "åtgärdas senast", "senast", "deadline", "due date", "förfaller"),
    "status": ("läge", "state"),
    "day": ("date", "dag", "datum"),
    "status_day": ("statusdag", "statusdatum", "status date", "åtgärdad den", "klar den"),
    "internal": ("intern", "internt"),
    **_REFERENCE,
}
"""Columns or properties of a finding; ``category`` and ``text`` must hold something."""

COLUMNS: Final[Mapping[What, Columns]] = MappingProxyType(
    {"activities": ACTIVITY_COLUMNS, "walks": WALK_COLUMNS, "findings": FINDING_COLUMNS}
)

OWN_COLUMNS: Final[Mapping[What, Columns]] = MappingProxyType(
    {
        "activities": {**_OWN, **_OWN_TIME, "verified_by": (), "walk_id": (), "times_s": ()},
        "walks": {**_OWN, **_OWN_TIME, "verified_by": ()},
        "findings": {**_OWN, "walk_id": ()},
    }
)
"""What a table that the program itself wrote has besides."""

OWN_NAMES: Final = frozenset(
    {
        *("kind name", "area name", "commitment titles", "party names", "status name"),
        *("category name", "owner name", "layer", "fid"),
    }
)
"""Columns of such a table that are there for people: ids say the same."""

TELLING: Final[Mapping[What, frozenset[str]]] = MappingProxyType(
    {
        "activities": frozenset({"kind"}),
        "walks": frozenset({"name", "meeting_point", "invited", "route", "followed_up", "repeats"}),
        "findings": frozenset({"category", "text", "owner", "due", "status_day"}),
    }
)
"""Columns that hardly any other sort of record has."""

YES_OR_NO: Final = {
    **dict.fromkeys(("yes", "ja", "true", "sant", "1", "x"), "yes"),
    **dict.fromkeys(("no", "nej", "false", "falskt", "0"), "no"),
}

WALK_STATUSES: Final = {
    "planned": "planned",
    "planerad": "planned",
    "held": "held",
    "genomförd": "held",
    "hållen": "held",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "inställd": "cancelled",
}

FINDING_STATUSES: Final = {
    "open": "open",
    "öppen": "open",
    "in progress": "in_progress",
    "pågår": "in_progress",
    "påbörjad": "in_progress",
    "done": "done",
    "åtgärdad": "done",
    "klar": "done",
    "dismissed": "dismissed",
    "avfärdad": "dismissed",
    "avskriven": "dismissed",
}

SWEREF_NAMED: Final = re.compile(r"sweref[ _-]?99[ _-]?(tm|\d\d[ _]?\d\d)\b")
"""A coordinate system as a column's name may give it besides what the column is."""

_UNSEEN: Final = re.compile(r"[_\-/.,:()\[\]\s]+")


@lru_cache(maxsize=4_096)
def plain_name(header: str) -> str:
    """Return a column's name as it is compared."""
    return _UNSEEN.sub(" ", unicodedata.normalize("NFC", header).casefold()).strip()


def ranks_of(columns: Columns) -> dict[str, tuple[str, int]]:
    """Return every name that is understood, with its field and how far down the list it stands."""
    found: dict[str, tuple[str, int]] = {}
    for field, others in columns.items():
        for rank, name in enumerate((field, *others)):
            found.setdefault(plain_name(name), (field, rank))
    return found
