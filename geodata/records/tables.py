"""The columns of activities, walks, findings and hot spots, and what each may be called.

A column stands here once, and all that goes in and out follows it: what a file's header may say,
how a row and a form are read and the form is filled, what every format writes, and what two
records that say the same have in common. The columns' order is the files'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal

from geodata.model import Precision, SourceKind
from geodata.records.types import (
    AREA,
    DAY,
    DECIMAL,
    ID,
    IDS,
    LAT,
    LINE,
    LON,
    MINUTES,
    TEXT,
    TIME,
    TIMES,
    WAY,
    WHOLE,
    WORD,
    YES,
    Column,
)

Sort = Literal["activities", "walks", "findings", "hot_spots"]
"""Which records: what is done and found, and the planner's hot spots."""

SORTS: Final[tuple[Sort, ...]] = ("activities", "walks", "findings")
"""What goes in and out together as one file. Hot spots are a file of their own, and a layer of a
GeoPackage."""

OWN_ID: Final = "lofteskartan_id"
"""The column by which a table that the program itself wrote is known."""

MINUTES_HIGHEST: Final = 1_440
"""A day: what took longer was more than one activity."""

PARTICIPANTS_HIGHEST: Final = 100_000
"""More than live in either municipality's promised areas; anything above is a slip."""

LONGEST_NAME: Final = 80

YES_OR_NO: Final = {
    **dict.fromkeys(("yes", "ja", "true", "sant", "1", "x"), "yes"),
    **dict.fromkeys(("no", "nej", "false", "falskt", "0"), "no"),
}

WALK_STATUSES: Final = {
    **dict.fromkeys(("planned", "planerad"), "planned"),
    **dict.fromkeys(("held", "genomförd", "hållen"), "held"),
    **dict.fromkeys(("cancelled", "canceled", "inställd"), "cancelled"),
}

FINDING_STATUSES: Final = {
    **dict.fromkeys(("open", "öppen"), "open"),
    **dict.fromkeys(("in progress", "pågår", "påbörjad"), "in_progress"),
    **dict.fromkeys(("done", "åtgärdad", "klar"), "done"),
    **dict.fromkeys(("dismissed", "avfärdad", "avskriven"), "dismissed"),
}

_KEY: Final = Column(OWN_ID, ID, field="id", own=True, plain=False)
_WHEN: Final = (
    Column(
        "date",
        TIME,
        (
            *("datum", "start", "startdatum", "start date", "starttid", "när", "dag", "day"),
            *("tidpunkt", "datum och tid", "datum tid", "date time", "datetime", "timestamp"),
        ),
        field="start",
        # With the clock beside it.
        form="",
        same=True,
        plain=False,
    ),
    Column(
        "time",
        TIME,
        ("tid", "klockslag", "kl", "klockan", "clock", "start time", "tid start"),
        written=False,
        plain=False,
    ),
    Column(
        "precision",
        WORD,
        own=True,
        same=True,
        plain=False,
        words={str(one): str(one) for one in Precision},
        unknown="intake.unknown_precision",
    ),
    Column("day", DAY, own=True, plain=False),
)
_AREA: Final = Column(
    "area",
    AREA,
    ("område", "omrade", "area id", "stadsdel", "bostadsområde", "district"),
    field="area_id",
    plain=False,
    known="areas",
    unknown="intake.unknown_area",
)
# The place as a whole is what two records have in common, and is compared by this column.
_LAT: Final = Column(
    "lat",
    LAT,
    (
        *("latitude", "latitud", "n", "north", "northing", "nord", "norr", "nordkoordinat"),
        *("nordlig koordinat", "sweref n", "n koordinat", "lat wgs84"),
    ),
    field="place",
    same=True,
    plain=False,
)
_LON: Final = Column(
    "lon",
    LON,
    (
        *("lng", "long", "longitude", "longitud", "e", "east", "easting", "öst", "ost"),
        *("östkoordinat", "ostkoordinat", "östlig koordinat", "sweref e", "e koordinat"),
        *("lon wgs84",),
    ),
    field="place",
    plain=False,
)
_GEOMETRY: Final = Column(
    "geometry", LINE, ("wkt", "geom", "geometri"), field="place", form="place", plain=False
)
_PLACE: Final = (
    _LAT,
    _LON,
    *(
        Column(name, TEXT, others, written=False, plain=False)
        for name, others in (
            (
                "x",
                (
                    *("x koordinat", "x coordinate", "xkoord", "x koord", "coord x", "koordinat x"),
                    *("rt90 x",),
                ),
            ),
            (
                "y",
                (
                    *("y koordinat", "y coordinate", "ykoord", "y koord", "coord y", "koordinat y"),
                    *("rt90 y",),
                ),
            ),
            (
                "position",
                (
                    *(
                        "koordinat",
                        "koordinater",
                        "coordinates",
                        "coordinate",
                        "lat lon",
                        "lat long",
                    ),
                    *("latlon", "latlong", "lat lng", "latitud longitud", "gps", "gps position"),
                ),
            ),
        )
    ),
)
_MINUTES: Final = Column(
    "minutes",
    MINUTES,
    (
        *("minuter", "min", "antal minuter", "varaktighet", "duration", "tidsåtgång"),
        *("längd min", "minutes spent", "tid min", "tid minuter"),
    ),
    highest=MINUTES_HIGHEST,
)
_PARTICIPANTS: Final = Column(
    "participants",
    WHOLE,
    ("deltagare", "antal deltagare", "antal", "attendees", "number of participants"),
    highest=PARTICIPANTS_HIGHEST,
)
_COMMITMENTS: Final = Column(
    "commitments",
    IDS,
    ("commitment", "åtaganden", "åtagande", "åtagande nr"),
    known="commitments",
    unknown="intake.unknown_commitment",
)
_PARTIES: Final = Column(
    "parties",
    IDS,
    ("party", "parter", "part", "aktör", "aktörer", "vilka"),
    known="parties",
    unknown="intake.unknown_party",
)
_NOTE: Final = Column(
    "note",
    TEXT,
    (
        *("notes", "anteckning", "anteckningar", "kommentar", "kommentarer", "comment"),
        *("comments", "notering", "noteringar", "beskrivning", "description", "fritext"),
    ),
)
_VERIFIED_BY: Final = Column(
    "verified_by", ID, own=True, known="parties", unknown="intake.unknown_party"
)
_REFERENCE: Final = Column(
    "reference", TEXT, ("referens", "source", "källa"), written=False, plain=False
)
_SOURCE: Final = (
    Column(
        "source_kind",
        WORD,
        field="origin.kind",
        own=True,
        plain=False,
        words={str(kind): str(kind) for kind in SourceKind},
        unknown="intake.unknown_source_kind",
    ),
    Column("source_file", TEXT, field="origin.file", own=True, plain=False),
    Column("source_row", WHOLE, field="origin.row", own=True, plain=False),
    Column("source_reference", TEXT, field="origin.reference", own=True, plain=False),
)

TABLES: Final[Mapping[Sort, tuple[Column, ...]]] = MappingProxyType(
    {
        "activities": (
            _KEY,
            # In a table of published events a row's id keeps it the same record when its other
            # cells are reworded; in any other file ids may mean anything, and are not looked at.
            Column("id", TEXT, written=False, plain=False),
            *_WHEN,
            Column(
                "kind",
                WORD,
                (
                    *("slag", "typ", "type", "aktivitet", "activity", "aktivitetstyp"),
                    *("typ av aktivitet", "activity type", "insats", "insatstyp"),
                ),
                same=True,
                plain=False,
                known="kinds",
                unknown="intake.unknown_kind",
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
            Column("walk_id", ID, own=True, plain=False),
            Column("times_s", TIMES, own=True, plain=False),
        ),
        "walks": (
            _KEY,
            Column(
                "name",
                TEXT,
                ("namn", "vandring", "trygghetsvandring", "walk"),
                written=False,
                plain=False,
            ),
            Column(
                "status",
                WORD,
                ("läge", "state"),
                plain=False,
                words=WALK_STATUSES,
                unknown="intake.unknown_status",
            ),
            *_WHEN,
            replace(_AREA, same=True),
            _MINUTES,
            Column(
                "meeting_point",
                TEXT,
                ("samlingsplats", "mötesplats", "samling"),
                same=True,
                longest_typed=200,
            ),
            Column("invited", TEXT, ("inbjudna", "inbjudan", "bjudna"), longest_typed=500),
            Column("route", TEXT, ("rutt", "gpx", "gpx fil"), written=False, plain=False),
            replace(_GEOMETRY, type=WAY, field="route", form="route", same=True),
            _PARTICIPANTS,
            _PARTIES,
            _COMMITMENTS,
            _NOTE,
            Column("followed_up", DAY, ("uppföljd", "uppföljning", "uppföljd den")),
            Column("repeats", ID, ("upprepar", "går om", "tidigare vandring"), plain=False),
            _REFERENCE,
            *_SOURCE,
            # Of the activity that a held walk is.
            replace(_VERIFIED_BY, plain=False),
        ),
        "findings": (
            _KEY,
            Column("walk_id", ID, own=True, same=True, plain=False),
            Column("walk", TEXT, ("vandring", "trygghetsvandring"), written=False, plain=False),
            _AREA,
            *_PLACE,
            replace(_GEOMETRY, written=False),
            Column(
                "category",
                WORD,
                ("kategori", "typ av brist"),
                same=True,
                plain=False,
                known="categories",
                unknown="intake.unknown_category",
            ),
            Column(
                "text",
                TEXT,
                (
                    *("beskrivning", "iakttagelse", "finding", "observation", "brist"),
                    *("description", "note", "anteckning", "kommentar"),
                ),
                same=True,
            ),
            Column(
                "owner",
                ID,
                ("ansvarig", "ansvarig part", "responsible"),
                known="parties",
                unknown="intake.unknown_party",
            ),
            Column(
                "due",
                DAY,
                (
                    *("klart senast", "åtgärdas senast", "senast", "deadline", "due date"),
                    *("förfaller",),
                ),
                plain=False,
            ),
            Column(
                "status",
                WORD,
                ("läge", "state"),
                plain=False,
                words=FINDING_STATUSES,
                unknown="intake.unknown_status",
            ),
            Column("day", DAY, ("date", "dag", "datum"), same=True, plain=False),
            Column(
                "status_day",
                DAY,
                ("statusdag", "statusdatum", "status date", "åtgärdad den", "klar den"),
                plain=False,
            ),
            # What is not understood is refused: taken for "no" it could be told to everybody.
            Column(
                "internal",
                YES,
                ("intern", "internt"),
                words=YES_OR_NO,
                unknown="intake.unknown_yes_or_no",
            ),
            _REFERENCE,
            *_SOURCE,
        ),
        "hot_spots": (
            _KEY,
            Column(
                "name",
                TEXT,
                ("namn", "plats", "hot spot", "place"),
                same=True,
                longest=LONGEST_NAME,
            ),
            replace(_AREA, others=(), own=True),
            replace(_LAT, others=("latitude", "latitud")),
            replace(_LON, others=("lng", "longitude", "longitud")),
            # Nearer than that no receiver is exact; wider than that it is a district.
            Column(
                "radius_m",
                DECIMAL,
                ("radius", "radie", "radie m", "radie meter"),
                lowest=25.0,
                highest=1_000.0,
            ),
            Column("weight", DECIMAL, ("vikt",), highest=1_000.0, above=True),
            Column("reason", TEXT, ("skäl", "anledning", "orsak", "varför"), longest=500),
            Column(
                "source",
                TEXT,
                ("källa", "underlag", "reason source"),
                field="reason_source",
                form="reason_source",
                longest=200,
            ),
            Column(
                "valid_from",
                DAY,
                ("gäller från", "gäller från och med", "från", "från och med", "from"),
                same=True,
                plain=False,
            ),
            Column(
                "valid_to",
                DAY,
                ("gäller till", "gäller till och med", "till", "till och med", "to"),
                plain=False,
            ),
            # One an hour.
            Column(
                "visits_a_week",
                DECIMAL,
                (
                    *("besök i veckan", "besök per vecka", "besök vecka", "visits per week"),
                    "visits week",
                ),
                highest=168.0,
                above=True,
            ),
            Column(
                "minutes_a_visit",
                WHOLE,
                (
                    *("minuter per besök", "minuter besök", "minuter varje besök"),
                    *("minutes per visit", "minutes visit"),
                ),
                highest=240,
                above=True,
            ),
            *_SOURCE,
        ),
    }
)
