"""The columns of each sort of record, in the order of the files: all that is told of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from geodata.model import DecisionStatus, PlanKind, Precision, SourceKind
from geodata.records.types import TYPES, Type

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "precisions": {str(one): str(one) for one in Precision},
    "source_kinds": {str(kind): str(kind) for kind in SourceKind},
    "decision_statuses": {str(one): one for one in DecisionStatus},
    "plan_kinds": {str(one): one for one in PlanKind},
    "yes_or_no": {
        **dict.fromkeys(("yes", "ja", "true", "sant", "1", "x"), "yes"),
        **dict.fromkeys(("no", "nej", "false", "falskt", "0"), "no"),
    },
    "walk_statuses": {
        **dict.fromkeys(("planned", "planerad"), "planned"),
        **dict.fromkeys(("held", "genomförd", "hållen"), "held"),
        **dict.fromkeys(("cancelled", "canceled", "inställd"), "cancelled"),
    },
    "finding_statuses": {
        **dict.fromkeys(("open", "öppen"), "open"),
        **dict.fromkeys(("in progress", "pågår", "påbörjad"), "in_progress"),
        **dict.fromkeys(("done", "åtgärdad", "klar"), "done"),
        **dict.fromkeys(("dismissed", "avfärdad", "avskriven"), "dismissed"),
    },
}
"""What may be written, to the word that is meant; other words are the catalogue's."""

_UNKNOWN: Final = {
    "kinds": "intake.unknown_kind",
    "areas": "intake.unknown_area",
    "parties": "intake.unknown_party",
    "categories": "intake.unknown_category",
    "commitments": "intake.unknown_commitment",
    "precisions": "intake.unknown_precision",
    "source_kinds": "intake.unknown_source_kind",
    "yes_or_no": "intake.unknown_yes_or_no",
    "promises": "intake.unknown_promise",
    "plan_kinds": "intake.unknown_plan_kind",
    **dict.fromkeys(
        ("walk_statuses", "finding_statuses", "decision_statuses"), "intake.unknown_status"
    ),
}
"""The sentence about what is none of the known."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sort of record: everything that is told of it."""

    # As the program's own files call it.
    name: str
    # Its type's name in `TYPES`.
    holds: str
    # What else a file may call it, with commas between; see `geodata.records.tables.plain_name`.
    others: str = ""
    # The record's attribute, as `operator.attrgetter` takes it; empty where it has the column's
    # name.
    field: str = ""
    # The form's field; None where it has the column's name, empty where no form shows it.
    form: str | None = None
    # Whether it is read only of files that the program itself wrote.
    own: bool = False
    # Whether files hold it that the program writes.
    written: bool = True
    # Whether two records that say the same have it in common.
    same: bool = False
    # Whether it is read by itself, as its type is; what goes with other columns isn't.
    plain: bool = False
    # Characters of a text, and of one that is typed in a form; 0 for any text's.
    longest: int = 0
    longest_typed: int = 0
    # Of a number.
    lowest: float = 0
    highest: float = 0
    # Whether the lowest number itself is none.
    above: bool = False
    # Which words it may hold: the catalogue's ``kinds``, ``areas``, ``parties``, ``categories`` or
    # ``commitments``, or those of `words`.
    known: str = ""

    @property
    def words(self) -> Mapping[str, str]:
        """What may be written, to the word that is meant; nothing where the catalogue knows."""
        return _WORDS.get(self.known, {})

    @property
    def unknown(self) -> str:
        """The sentence about what is none of the known, empty where anything may be written."""
        return _UNKNOWN.get(self.known, "")

    @property
    def type(self) -> Type:
        """What it holds."""
        return TYPES[self.holds]

    @property
    def attribute(self) -> str:
        """The record's attribute."""
        return self.field or self.name

    @property
    def shown_as(self) -> str:
        """The form's field, empty where no form shows it."""
        if self.own or not self.written:
            return ""
        return self.name if self.form is None else self.form


# --- which there are ------------------------------------------------------------------------------

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

ACTIVITIES: Final = (
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
WALKS: Final = (
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
FINDINGS: Final = (
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
HOT_SPOTS: Final = (
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

# Known by its id alone: two meetings on one day may say the same.
_OWN_KEY: Final = replace(_KEY, same=True)
MEETINGS: Final = (
    _OWN_KEY,
    Column("day", "day", plain=True),
    Column("since", "day", plain=True),
    Column("next_day", "day", plain=True),
    Column("promise", "id", field="promise_id", known="promises", plain=True),
    Column("ended", "yes", known="yes_or_no", plain=True),
    Column("present", "pairs", plain=True),
    Column("discussed", "names", plain=True),
    Column("notes", "pairs", plain=True),
    Column("reopened", "text", plain=True),
    Column("documents", "pairs", plain=True),
    *_SOURCE,
)
DECISIONS: Final = (
    _OWN_KEY,
    Column("meeting_id", "id"),
    Column("day", "day", plain=True),
    Column("text", "text", plain=True),
    replace(_AREA, plain=True),
    Column("commitment", "id", field="commitment_id", known="commitments", plain=True),
    Column("owner", "id", known="parties", plain=True),
    Column("function", "text", plain=True),
    Column("due", "day", plain=True),
    Column("status", "word", known="decision_statuses", plain=True),
    Column("status_day", "day", plain=True),
    Column("outcome", "text", plain=True),
    *_SOURCE,
)
PLANS: Final = (
    _OWN_KEY,
    Column("kind", "word", known="plan_kinds", plain=True),
    Column("name", "text", plain=True),
    Column("first_day", "day", plain=True),
    Column("last_day", "day", plain=True),
    Column("asked", "values", plain=True),
    Column("outcome", "values", plain=True),
    *_SOURCE,
)
