"""The field: what a phone is given to work with, and what it sends, each thing kept exactly once.

A record has the id that was made on the phone. Whatever is sent again finds it there, also through
another server of the same register, and also where somebody has changed the record meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import shapely
from shapely import LineString, MultiLineString

from geodata import model
from geodata.analysis.visits import find_visits
from geodata.errors import IntakeError, RegisterError
from geodata.intake.forms import FormValues, author
from geodata.intake.phone import Post, with_way
from geodata.intake.phone import read_post as read_post
from geodata.intake.report import RowProblem
from geodata.register.encoding import entity_of, from_content
from geodata.service.core import Service
from geodata.service.limited import parties_of
from geodata.service.recording import (
    Conflict,
    Refused,
    change,
    differences,
    form_values,
    read_draft,
    suggestions,
)
from geodata.service.reporting import walk_sheet

CLOCK_MIN: Final = 5
"""A phone's clock that is farther from the server's is asked about, in minutes."""

DECIMALS: Final = 5
"""Of a degree, a metre: an outline on a phone's screen needs no more."""

SAFETY_WALK: Final = "safety_walk"

Json = dict[str, Any]


# --- what a phone is given ------------------------------------------------------------------------


def bundle(service: Service) -> Json:
    """Return what a phone keeps, as JSON values: all that somebody may see and needs to record.

    Names stand in both languages; positions are WGS 84, longitude first. The commitments are
    those of promises that are in force, the walks those that are planned and theirs to write down.
    """
    found, own = service.kept(_bundle, service.today()), parties_of(service)
    if own is None:
        return found
    return {**found, "walks": [one for one in found["walks"] if own & {*one["parties"]}]}


def _bundle(service: Service, today: date) -> Json:
    catalogue = service.catalogue
    promises = service.promises()
    labels = catalogue.label_by_id
    areas = service.areas(promises)
    vocabulary = catalogue.vocabulary
    return {
        "today": today.isoformat(),
        "areas": [_area(area) for area in areas],
        "kinds": _terms({k: t for k, t in vocabulary.activity_kinds.items() if k != SAFETY_WALK}),
        "categories": _terms(vocabulary.finding_categories),
        "parties": [
            {"id": id_, "name": _both(party.name), "areas": _areas_of(id_, promises)}
            for id_, party in catalogue.party_by_id.items()
        ],
        "example": service.has_examples(),
        "commitments": [
            {
                "id": one.id,
                "name": _both(one.title),
                "promise": _both(labels[promise.id]),
                "kinds": one.kinds,
                "areas": one.all_areas,
            }
            for promise in promises
            if promise.period.start <= today <= promise.period.end
            for one in promise.commitments
        ],
        "places": [
            {"name": place.name, "lon": place.lon, "lat": place.lat, "area": place.nearest_area}
            for place in catalogue.places
        ],
        "hot_spots": [_hot_spot(spot) for spot in service.hot_spots() if spot.valid_on(today)],
        "walks": [
            _walk(service, walk)
            for walk in service.walks([area.id for area in areas])
            if walk.status is model.WalkStatus.PLANNED and not walk.void
        ],
    }


def _areas_of(party_id: str, promises: Iterable[model.Promise]) -> list[str]:
    """Return where a party has promised something, alone or with others."""
    own = (p for p in promises if any(party.id == party_id for party in p.parties))
    return sorted({area for p in own for one in p.commitments for area in one.all_areas})


def _both(text: model.LocalText) -> Json:
    return {"sv": text.sv, "en": text.to("en")}


def _terms(terms: Mapping[str, model.Term]) -> list[Json]:
    return [{"id": term.id, "name": _both(term.name)} for term in terms.values()]


def _positions(shape: Any) -> list[Any]:
    found: list[Any] = shapely.get_coordinates(shape).round(DECIMALS).tolist()
    return found


def _area(area: model.Area) -> Json:
    polygons = shapely.get_parts(area.outline).tolist()
    return {
        "id": area.id,
        "name": area.name,
        "rings": [
            [_positions(ring) for ring in (one.exterior, *one.interiors)] for one in polygons
        ],
        "nominal": area.outline_method == "nominal",
    }


def _hot_spot(spot: model.HotSpot) -> Json:
    lon, lat = spot.place.x, spot.place.y
    return {"id": spot.id, "name": spot.name, "lon": lon, "lat": lat, "radius_m": spot.radius_m}


def _walk(service: Service, walk: model.Walk) -> Json:
    sheet = walk_sheet(service, walk.id)
    route = [] if walk.route is None else shapely.get_parts(walk.route).tolist()
    return {
        "id": walk.id,
        "number": service.newest_number("walk", walk.id),
        "area": walk.area_id,
        "day": walk.day.isoformat(),
        "meeting_point": walk.meeting_point,
        "note": walk.note,
        "minutes": walk.minutes,
        "parties": walk.parties,
        "commitments": walk.commitments,
        "route": [_positions(part) for part in route],
        "stops": [stop.name for stop in sheet.drawing.stops],
        # Findings from before that are to be looked at again.
        "before": [finding.text for finding in sheet.before],
    }


# --- what it sends --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """What was sent is in the register; `again` if it was there already."""

    entity: model.Entity
    record_id: str
    again: bool
    notices: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What a record would say, before it is saved."""

    length_m: float | None
    # By hot spot: its name, and minutes.
    visits: tuple[tuple[str, float | None], ...]
    # Ids of the commitments that it counts for by the rules.
    counts: tuple[str, ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A post as a record, None where something is wrong, and who wrote it."""

    record: model.Record | None
    by: str
    problems: tuple[RowProblem, ...]

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")


def keep(
    service: Service,
    post: Post,
    now: datetime,
    *,
    who: str = "",
    picture: Callable[[], model.Picture] | None = None,
) -> Kept | Refused:
    """Keep what a phone has sent, unless it is kept already.

    Parameters
    ----------
    service : Service
        Whose register is written to, within what the sender may write.
    post : Post
        What was sent.
    now : datetime.datetime
        The server's clock, with zone.
    who : str
        Who is signed in, whatever the phone says; empty where nobody has to be.
    picture : callable, optional
        Reads the photo that came along; only asked where the record is to be written. Record and
        photo are kept together or not at all.

    Returns
    -------
    Kept or Refused
        Everything that is wrong at once, by field.

    Raises
    ------
    UnknownIdError
        If the walk that it belongs to isn't there.
    IntakeError
        If the photo can't be read, or only one of the two came.
    AccessError
        If the sender may not write it.
    RegisterError
        If the register can't be written to: it is to be sent again.
    """
    if post.planned is None and service.register.existing_ids(post.entity, [str(post.id)]):
        return Kept(post.entity, str(post.id), again=True)
    if (minutes := _clock_min(post, now)) is not None:
        key = "phone.clock_ahead" if minutes > 0 else "phone.clock_behind"
        return Refused((RowProblem("", None, "time", "", key, {"minutes": abs(minutes)}),))
    read = _read(service, post, who)
    if read.record is None or read.errors:
        return Refused(read.errors)
    notices = tuple(p for p in read.problems if p.severity == "notice")
    if post.planned is not None:
        return _held(service, read.record, read.by, post.planned.number, notices)
    if (post.photo is None) is not (picture is None):
        raise IntakeError("phone.photo_missing")
    photos = [_photo(read.record, str(post.photo), picture())] if picture else []
    return _added(service, post.entity, read.record, read.by, photos, notices)


def _added(
    service: Service,
    entity: model.Entity,
    record: model.Record,
    by: str,
    photos: model.Photographs,
    notices: tuple[RowProblem, ...],
) -> Kept:
    try:
        service.register.add([record], by=by, photos=photos)
    except RegisterError as error:
        # The same thing came twice at once, by two servers.
        taken = service.register.existing_ids(entity, [record.id])
        if error.key != "register.duplicate_id" or not taken:
            raise
        return Kept(entity, record.id, again=True)
    return Kept(entity, record.id, again=False, notices=notices)


def _photo(
    record: model.Record, id_: str, picture: model.Picture
) -> tuple[model.Photo, model.Picture]:
    """Return a finding's photo as the register keeps it: of how it was when it was found."""
    taken = record.day if isinstance(record, model.Finding) else None
    return model.NewPhoto(picture, id_, model.PhotoRole.BEFORE, taken).of("finding", record.id)


def review(service: Service, post: Post, *, who: str = "") -> Review:
    """Return what a record would say; nothing is written, and the parameters are as for `keep`."""
    read = _read(service, post, who)
    record = read.record
    if not isinstance(record, model.Activity | model.Walk):
        return Review(None, (), (), read.problems)
    way = record.route if isinstance(record, model.Walk) else record.place
    length_m = service.length_m(way) if isinstance(way, LineString | MultiLineString) else None
    activities = [record] if isinstance(record, model.Activity) else []
    names = {spot.id: spot.name for spot in service.hot_spots()}
    found = find_visits(service.hot_spots(), activities).visits
    return Review(
        length_m,
        tuple((names[visit.hot_spot_id], visit.minutes) for visit in found),
        _by_rule(service, record),
        read.problems,
    )


def _clock_min(post: Post, now: datetime) -> int | None:
    """Return by how many minutes a phone's clock is wrong, None where nobody need be asked."""
    if post.clock_right or post.entity == "finding":
        return None
    minutes = round((post.clock_ms / 1000 - now.timestamp()) / 60)
    return minutes if abs(minutes) > CLOCK_MIN else None


def _read(service: Service, post: Post, who: str) -> _Read:
    values: FormValues = {**post.values, "id": str(post.id)}
    base: model.Record | None = None
    if post.planned is not None:
        base = service.walk(str(post.planned.id))
        values = {**form_values(base), **post.values, "status": model.WalkStatus.HELD.value}
    by, unsigned = author({"by": who} if who else values)
    walk_id = None if post.walk is None else str(post.walk)
    draft = read_draft(service, post.entity, values, base, walk_id)
    record: model.Record | None = draft.record
    problems = (*draft.problems, *unsigned)
    if isinstance(record, model.Activity | model.Walk):
        record, told = with_way(record, post.parts)
        problems += told
        if post.by_rule:
            record = replace(record, commitments=_by_rule(service, record))
    return _Read(record, by, problems)


def _by_rule(service: Service, record: model.Activity | model.Walk) -> tuple[str, ...]:
    kind = record.kind if isinstance(record, model.Activity) else SAFETY_WALK
    found = suggestions(service, kind, record.area_id, record.day)
    return tuple(one.commitment.id for one in found if one.counts)


def _held(
    service: Service,
    record: model.Record,
    by: str,
    number: int,
    notices: tuple[RowProblem, ...],
) -> Kept | Refused:
    """Write down that a planned walk was held, unless that is written already.

    What somebody else has changed since the phone was given it stays, where the phone says
    nothing else of the same.
    """
    entity = entity_of(record)
    outcome = change(service, entity, record, by, number)
    if not isinstance(outcome, Conflict):
        return Kept(entity, record.id, again=False, notices=notices)
    theirs = outcome.theirs
    versions = {r.number: r.content for r in service.revisions(entity, record.id)}
    given = versions.get(number, {})
    mine = service.register.content(record)

    def other(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
        return {one.field for one in differences(before, after)}

    said = other(given, mine) & mine.keys()
    if any(not said & other(content, mine) for n, content in versions.items() if n > number):
        return Kept(entity, record.id, again=True, notices=notices)
    is_there = given and not service.walk(record.id).void
    if is_there and not said & other(given, theirs.content) & other(theirs.content, mine):
        merged = from_content(entity, {**theirs.content, **{name: mine[name] for name in said}})
        outcome = change(service, entity, merged, by, theirs.number)
        if not isinstance(outcome, Conflict):
            return Kept(entity, record.id, again=False, notices=notices)
    told = {"by": outcome.theirs.by}
    return Refused((RowProblem("", None, "", "", "phone.walk_changed", told),))
