"""The columns of activities, walks, findings and hot spots, and what each may be called.

A column stands here once, and all that goes in and out follows it: what a file's header may say,
how a row and a form are read and the form is filled, what every format writes, and what two
records that say the same have in common. The columns' order is the files'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import Final, Literal

from geodata.model import Activity, Finding, HotSpot, Language, Precision, Walk, Work
from geodata.records.types import Column, Shown
from geodata.texts import SWEDISH_TIME

Sort = Literal["activities", "walks", "findings", "hot_spots"]
"""Which records: what is done and found, and the planner's hot spots."""

SORTS: Final[tuple[Sort, ...]] = ("activities", "walks", "findings")
"""What goes in and out together as one file. Hot spots are a file of their own, or a table beside
the others: in a zip file and a GeoPackage."""

OWN_ID: Final = "lofteskartan_id"
"""The column by which a table that the program itself wrote is known."""

MINUTES_HIGHEST: Final = 1_440
"""A day: what took longer was more than one activity."""

PARTICIPANTS_HIGHEST: Final = 100_000
"""More than live in either municipality's promised areas; anything above is a slip."""

LONGEST_NAME: Final = 80

_KEY: Final = Column(OWN_ID, "id", field="id", own=True)
_WHEN: Final = (
    Column(
        "date",
        "time",
        "datum, start, startdatum, start date, starttid, när, dag, day, "
        "tidpunkt, datum och tid, datum tid, date time, datetime, timestamp",
        field="start",
        # With the clock beside it.
        form="",
        same=True,
    ),
    Column(
        "time", "time", "tid, klockslag, kl, klockan, clock, start time, tid start", written=False
    ),
    Column("precision", "word", own=True, same=True, known="precisions"),
    Column("day", "day", own=True),
)
_AREA: Final = Column(
    "area",
    "area",
    "område, omrade, area id, stadsdel, bostadsområde, district",
    field="area_id",
    known="areas",
)
# The place as a whole is what two records have in common, and is compared by this column.
_LAT: Final = Column(
    "lat",
    "lat",
    "latitude, latitud, n, north, northing, nord, norr, nordkoordinat, "
    "nordlig koordinat, sweref n, n koordinat, lat wgs84",
    field="place",
    same=True,
)
_LON: Final = Column(
    "lon",
    "lon",
    "lng, long, longitude, longitud, e, east, easting, öst, ost, "
    "östkoordinat, ostkoordinat, östlig koordinat, sweref e, e koordinat, "
    "lon wgs84",
    field="place",
)
_GEOMETRY: Final = Column("geometry", "line", "wkt, geom, geometri", field="place", form="place")
_PLACE: Final = (
    _LAT,
    _LON,
    *(
        Column(
            axis,
            "text",
            f"{axis} koordinat, {axis} coordinate, {axis}koord, {axis} koord, coord {axis}, "
            f"koordinat {axis}, rt90 {axis}",
            written=False,
        )
        for axis in "xy"
    ),
    Column(
        "position",
        "text",
        "koordinat, koordinater, coordinates, coordinate, lat lon, lat long, latlon, latlong, "
        "lat lng, latitud longitud, gps, gps position",
        written=False,
    ),
)
_MINUTES: Final = Column(
    "minutes",
    "minutes",
    "minuter, min, antal minuter, varaktighet, duration, tidsåtgång, längd "
    "min, minutes spent, tid min, tid minuter",
    highest=MINUTES_HIGHEST,
    plain=True,
)
_PARTICIPANTS: Final = Column(
    "participants",
    "whole",
    "deltagare, antal deltagare, antal, attendees, number of participants",
    highest=PARTICIPANTS_HIGHEST,
    plain=True,
)
_COMMITMENTS: Final = Column(
    "commitments",
    "ids",
    "commitment, åtaganden, åtagande, åtagande nr",
    known="commitments",
    plain=True,
)
_PARTIES: Final = Column(
    "parties", "ids", "party, parter, part, aktör, aktörer, vilka", known="parties", plain=True
)
_NOTE: Final = Column(
    "note",
    "text",
    "notes, anteckning, anteckningar, kommentar, kommentarer, comment, "
    "comments, notering, noteringar, beskrivning, description, fritext",
    plain=True,
)
_VERIFIED_BY: Final = Column("verified_by", "id", own=True, known="parties", plain=True)
_REFERENCE: Final = Column("reference", "text", "referens, source, källa", written=False)
_SOURCE: Final = (
    Column("source_kind", "word", field="origin.kind", own=True, known="source_kinds"),
    Column("source_file", "text", field="origin.file", own=True),
    Column("source_row", "whole", field="origin.row", own=True),
    Column("source_reference", "text", field="origin.reference", own=True),
)

_ACTIVITIES: Final = (
    _KEY,
    # In a table of published events a row's id keeps it the same record when its other
    # cells are reworded; in any other file ids may mean anything, and are not looked at.
    Column("id", "text", written=False),
    *_WHEN,
    Column(
        "kind",
        "word",
        "slag, typ, type, aktivitet, activity, aktivitetstyp, typ av aktivitet, "
        "activity type, insats, insatstyp",
        same=True,
        known="kinds",
    ),
    replace(_AREA, same=True),
    *_PLACE,
    _GEOMETRY,
    replace(_MINUTES, same=True),
    _COMMITMENTS,
    _PARTIES,
    replace(_PARTICIPANTS, same=True),
    replace(_NOTE, same=True),
    _REFERENCE,
    *_SOURCE,
    _VERIFIED_BY,
    Column("walk_id", "id", own=True),
    Column("times_s", "times", own=True),
)
_WALKS: Final = (
    _KEY,
    Column("name", "text", "namn, vandring, trygghetsvandring, walk", written=False),
    Column("status", "word", "läge, state", known="walk_statuses"),
    *_WHEN,
    replace(_AREA, same=True),
    _MINUTES,
    Column(
        "meeting_point",
        "text",
        "samlingsplats, mötesplats, samling",
        same=True,
        longest_typed=200,
        plain=True,
    ),
    Column("invited", "text", "inbjudna, inbjudan, bjudna", longest_typed=500, plain=True),
    Column("route", "text", "rutt, gpx, gpx fil", written=False),
    replace(_GEOMETRY, holds="way", field="route", form="route", same=True),
    _PARTICIPANTS,
    _PARTIES,
    _COMMITMENTS,
    _NOTE,
    Column("followed_up", "day", "uppföljd, uppföljning, uppföljd den", plain=True),
    Column("repeats", "id", "upprepar, går om, tidigare vandring"),
    _REFERENCE,
    *_SOURCE,
    # Of the activity that a held walk is.
    replace(_VERIFIED_BY, plain=False),
)
_FINDINGS: Final = (
    _KEY,
    Column("walk_id", "id", own=True, same=True),
    Column("walk", "text", "vandring, trygghetsvandring", written=False),
    _AREA,
    *_PLACE,
    replace(_GEOMETRY, written=False),
    Column("category", "word", "kategori, typ av brist", same=True, known="categories"),
    Column(
        "text",
        "text",
        "beskrivning, iakttagelse, finding, observation, brist, description, "
        "note, anteckning, kommentar",
        same=True,
        plain=True,
    ),
    Column("owner", "id", "ansvarig, ansvarig part, responsible", known="parties", plain=True),
    Column("due", "day", "klart senast, åtgärdas senast, senast, deadline, due date, förfaller"),
    Column("status", "word", "läge, state", known="finding_statuses"),
    Column("day", "day", "date, dag, datum", same=True),
    Column("status_day", "day", "statusdag, statusdatum, status date, åtgärdad den, klar den"),
    # What is not understood is refused: taken for "no" it could be told to everybody.
    Column("internal", "yes", "intern, internt", known="yes_or_no", plain=True),
    _REFERENCE,
    *_SOURCE,
)
_HOT_SPOTS: Final = (
    _KEY,
    Column(
        "name", "text", "namn, plats, hot spot, place", same=True, longest=LONGEST_NAME, plain=True
    ),
    replace(_AREA, others="", own=True),
    replace(_LAT, others="latitude, latitud"),
    replace(_LON, others="lng, longitude, longitud"),
    # Nearer than that no receiver is exact; wider than that it is a district.
    Column(
        "radius_m",
        "decimal",
        "radius, radie, radie m, radie meter",
        lowest=25.0,
        highest=1_000.0,
        plain=True,
    ),
    Column("weight", "decimal", "vikt", highest=1_000.0, above=True, plain=True),
    Column("reason", "text", "skäl, anledning, orsak, varför", longest=500, plain=True),
    Column(
        "source",
        "text",
        "källa, underlag, reason source",
        field="reason_source",
        form="reason_source",
        longest=200,
        plain=True,
    ),
    Column(
        "valid_from", "day", "gäller från, gäller från och med, från, från och med, from", same=True
    ),
    Column("valid_to", "day", "gäller till, gäller till och med, till, till och med, to"),
    # One an hour.
    Column(
        "visits_a_week",
        "decimal",
        "besök i veckan, besök per vecka, besök vecka, visits per week, visits week",
        highest=168.0,
        above=True,
        plain=True,
    ),
    Column(
        "minutes_a_visit",
        "whole",
        ("minuter per besök, minuter besök, minuter varje besök, minutes per visit, minutes visit"),
        highest=240,
        above=True,
        plain=True,
    ),
    *_SOURCE,
)

TABLES: Final[Mapping[Sort, tuple[Column, ...]]] = {
    "activities": _ACTIVITIES,
    "walks": _WALKS,
    "findings": _FINDINGS,
    "hot_spots": _HOT_SPOTS,
}

NAME_COLUMNS: Final[Mapping[Sort, Mapping[str, str]]] = {
    "activities": {
        "kind_name": "kind",
        "area_name": "area",
        "commitment_titles": "commitments",
        "party_names": "parties",
    },
    "walks": {
        "status_name": "status",
        "area_name": "area",
        "commitment_titles": "commitments",
        "party_names": "parties",
    },
    "findings": {
        "category_name": "category",
        "area_name": "area",
        "owner_name": "owner",
        "status_name": "status",
    },
    "hot_spots": {"area_name": "area"},
}
"""Columns with names for people, in the reader's language, of what another column has as ids; the
import leaves them aside."""

Columns = Mapping[str, tuple[str, ...]]
"""Names of columns, and what else each may be called."""


def _names(sort: Sort, *, own: bool) -> Columns:
    return {
        column.name: tuple(filter(None, column.others.split(", ")))
        for column in TABLES[sort]
        if column.own is own
    }


COLUMNS: Final[Mapping[Sort, Columns]] = {sort: _names(sort, own=False) for sort in TABLES}
"""What is read of any file; the project's own need some of them, see `geodata.intake.importing`."""

OWN_COLUMNS: Final[Mapping[Sort, Columns]] = {sort: _names(sort, own=True) for sort in TABLES}
"""What a table that the program itself wrote has besides."""

WRITTEN: Final[Mapping[Sort, tuple[Column, ...]]] = {
    sort: tuple(column for column in TABLES[sort] if column.written) for sort in TABLES
}
PLAIN: Final[Mapping[Sort, tuple[Column, ...]]] = {
    sort: tuple(column for column in TABLES[sort] if column.plain) for sort in TABLES
}

TELLING: Final[Mapping[Sort, frozenset[str]]] = {
    "activities": frozenset({"kind"}),
    "walks": frozenset({"name", "meeting_point", "invited", "route", "followed_up", "repeats"}),
    "findings": frozenset({"category", "text", "owner", "due", "status_day"}),
}
"""Columns that hardly any other sort of record has."""

NEEDED: Final[Mapping[Sort, tuple[str, ...]]] = {
    "activities": ("date", "kind"),
    "walks": ("name", "status", "date"),
    "findings": (),
    "hot_spots": ("name", "valid_from"),
}
"""Columns that a folder's own files must have; of a hot spot's, every row holds something."""

GRID_NAMED: Final = re.compile(
    r"sweref[ _-]?99[ _-]?(?P<sweref99>tm|\d\d[ _]?\d\d)\b"
    r"|rt[ _-]?90[ _-]?(?P<rt90>\d(?:[ .,]?5)?) ?gon(?: ?(?P<side>[vo]))?\b"
)
"""A coordinate system as a column's name may give it besides what the column is."""

_UNSEEN: Final = re.compile(r"[_\-/.,:()\[\]\s]+")


@lru_cache(maxsize=4_096)
def plain_name(header: str) -> str:
    """Return a column's name as it is compared.

    Without case; spaces, underscores and hyphens are the same, and full stops and brackets are
    not seen.
    """
    return _UNSEEN.sub(" ", unicodedata.normalize("NFC", header).casefold()).strip()


OWN_NAMES: Final = frozenset(
    {"layer", "fid"}.union(*(map(plain_name, names) for names in NAME_COLUMNS.values()))
)
"""Columns of the program's own tables that are there for people: ids say the same."""

WHY_COLUMN: Final[Mapping[Language, str]] = {
    "sv": "Löfteskartan: att rätta",
    "en": "Löfteskartan: to correct",
}
"""What a file of refused rows says beside each row, in the reader's language; no reader sees it."""


def ranks_of(columns: Columns) -> dict[str, tuple[str, int]]:
    """Return every name that is understood, with its field and how far down the list it stands."""
    found: dict[str, tuple[str, int]] = {}
    for field, others in columns.items():
        for rank, name in enumerate((field, *others)):
            found.setdefault(plain_name(name), (field, rank))
    return found


_SORT_OF: Final[Mapping[type, Sort]] = {
    Activity: "activities",
    Walk: "walks",
    Finding: "findings",
    HotSpot: "hot_spots",
}


def column(sort: Sort, name: str) -> Column:
    """Return a column by its name."""
    return _BY_NAME[sort, name]


_BY_NAME: Final = {(sort, one.name): one for sort, table in TABLES.items() for one in table}

_COMPARED: Final = {
    sort: (
        attrgetter(*(one.attribute for one in table if one.same)),
        tuple(one.type.same for one in table if one.same),
    )
    for sort, table in TABLES.items()
}

Fingerprint = tuple[Hashable, ...]


def fingerprint(record: Work | HotSpot) -> Fingerprint:
    """Return what a record says, to find doubles by.

    It is equal for records of one sort that say the same, whoever wrote them and wherever they
    came from: what may change as work goes on (a walk's status and participants, a finding's
    status, owner and due day, how long a hot spot lasts and its dose) and what it is counted for
    are not in it.
    """
    sort = _SORT_OF[type(record)]
    values_in, compared = _COMPARED[sort]
    return (sort, *(same(one) for one, same in zip(values_in(record), compared, strict=True)))


def form_values(record: Work | HotSpot) -> dict[str, Shown]:
    """Return a record as its form shows it: reading it back gives the same record."""
    shown = {
        one.shown_as: one.type.show(attrgetter(one.attribute)(record))
        for one in TABLES[_SORT_OF[type(record)]]
        if one.shown_as
    }
    return shown if isinstance(record, Finding | HotSpot) else {**shown, **time_cells(record)}


def time_cells(record: Activity | Walk) -> dict[str, str]:
    """Return a record's time as a form's fields ``date`` and ``time`` hold it."""
    local = record.start.astimezone(SWEDISH_TIME)
    if record.precision is Precision.MINUTE:
        return {"date": local.date().isoformat(), "time": local.strftime("%H:%M")}
    if record.precision is Precision.DAY:
        return {"date": local.date().isoformat(), "time": ""}
    if record.precision is Precision.MONTH:
        return {"date": f"{local:%Y-%m}", "time": ""}
    return {"date": f"{local.year}-{20 + local.month // 3}", "time": ""}
