"""What a phone sends from the field: a record's form, the way walked, and the phone's own clock.

The fixes of a way are cleaned as a GPX file's are (`geodata.intake.tracks`). The record's id was
made on the phone, so that what is sent again is known again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from geodata import model
from geodata.errors import IntakeError
from geodata.intake.drafts import seconds_after
from geodata.intake.forms import thinned
from geodata.intake.report import RowNotes, RowProblem
from geodata.intake.tracks import Cleaned, Fix, cleaned
from geodata.model import Activity, Walk
from geodata.records import MINUTES_HIGHEST

FIXES_AT_MOST: Final = 20_000
"""Of one way: a day and night of one every five seconds."""

FIELDS_AT_MOST: Final = 40

_Name = Annotated[str, StringConstraints(max_length=40)]
_Text = Annotated[str, StringConstraints(max_length=5_000)]
_Ids = Annotated[list[_Name], Field(max_length=200)]
_Milliseconds = Annotated[int, Field(ge=1_000_000_000_000, le=9_000_000_000_000)]
_Fix = tuple[
    Annotated[float, Field(ge=-180, le=180)],
    Annotated[float, Field(ge=-90, le=90)],
    _Milliseconds,
]
"""Longitude and latitude in degrees, WGS 84, and when, in milliseconds since 1970."""

Sort = Literal["activity", "walk", "finding"]
"""What is written down in the field."""

W = TypeVar("W", bound=Activity | Walk)


class Planned(BaseModel):
    """A planned walk that was held: which, and the revision that the phone has seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: UUID
    number: Annotated[int, Field(ge=1, le=1_000_000)]


class Post(BaseModel):
    """One record as a phone sends it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    id: UUID
    entity: Sort
    # As `geodata.intake.form_records.read_form` takes them.
    values: Annotated[dict[_Name, _Text | _Ids], Field(max_length=FIELDS_AT_MOST)]
    # The way: parted where the phone knows that it was asleep.
    parts: Annotated[list[list[_Fix]], Field(max_length=1_000)] = []
    # The walk that a finding was made on, and the planned walk that a walk was.
    walk: UUID | None = None
    planned: Planned | None = None
    # Whether the rules choose the commitments, since nobody has.
    by_rule: bool = False
    # The id of the photo that comes with a finding.
    photo: UUID | None = None
    # What the phone's clock said when this was sent, and whether somebody has said that the
    # record's times are right as they stand.
    clock_ms: _Milliseconds
    clock_right: bool = False


def read_post(content: bytes) -> Post:
    """Read what a phone has sent, JSON in UTF-8.

    Raises IntakeError ``phone.unreadable`` where it is anything else, and ``phone.too_long``
    where the way has more fixes than are taken.
    """
    try:
        post = Post.model_validate_json(content)
    except ValidationError as error:
        raise IntakeError("phone.unreadable") from error
    strange = post.planned is not None and post.entity != "walk"
    if strange or (post.photo is not None and post.entity != "finding"):
        raise IntakeError("phone.unreadable")
    if sum(map(len, post.parts)) > FIXES_AT_MOST:
        raise IntakeError("phone.too_long", limit=FIXES_AT_MOST)
    return post


def with_way(record: W, parts: Sequence[Sequence[_Fix]]) -> tuple[W, tuple[RowProblem, ...]]:
    """Return an activity or a walk with the way that a phone has noted, cleaned.

    Parameters
    ----------
    record : Activity or Walk
        As its form says.
    parts : sequence of sequence of tuple
        The fixes.

    Returns
    -------
    record : Activity or Walk
        As it was where nothing of the way is left.
    notices : tuple of RowProblem
        What was left out of the way, and where nobody knows it.
    """
    clean = cleaned([[_fix(*fix) for fix in part] for part in parts], drawn=False)
    told = RowNotes("", None)
    left_out = {"points_dropped": clean.junk, "spikes_dropped": clean.spikes}
    # A part of its own is a gap as well: the phone was asleep in between.
    gaps = clean.gaps + max(0, sum(map(bool, parts)) - 1)
    for key, count in {**left_out, "track_gaps": gaps, "points_alone": clean.alone}.items():
        if count:
            told.notice("route", f"intake.{key}", count=count)
    if clean.line is None:
        return record, tuple(told.problems)
    if isinstance(record, Walk):
        return replace(record, route=thinned(clean.line)), tuple(told.problems)
    with_line = replace(record, place=clean.line, times_s=_times(record, clean, told))
    return with_line, tuple(told.problems)


def _fix(lon: float, lat: float, at_ms: int) -> Fix:
    return Fix(lon, lat, datetime.fromtimestamp(at_ms / 1000, UTC))


def _times(activity: Activity, clean: Cleaned, told: RowNotes) -> tuple[tuple[int, int], ...]:
    """Return when each point was reached, none and a notice where the form tells otherwise."""
    exact = activity.precision is model.Precision.MINUTE
    latest = activity.start + timedelta(minutes=MINUTES_HIGHEST)
    if exact and clean.stays and activity.start <= clean.stays[0][0] <= latest:
        return seconds_after(activity.start, clean.stays)
    told.notice("route", "phone.times_left_out")
    return ()
