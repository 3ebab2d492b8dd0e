"""The shapes of the catalogue's files, and what is wrong with a file that has another shape.

Each shape knows the value it stands for. Only what can be told from one key alone is checked
here; what needs two keys or two files is checked in `geodata.catalogue`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from geodata.model import (
    Appointment,
    Commitment,
    Count,
    LocalText,
    Measure,
    Milestone,
    Outcome,
    Party,
    Period,
    Presence,
    Promise,
    Source,
    Step,
    reads_as_written,
)

ID_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""Ids stand in links, file names and URLs, so they hold nothing that needs escaping there."""

LARGEST_NUMBER: Final = 1_000_000
"""No target, number or reported amount is larger; a larger one is a slip of the key."""


def _text(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "blank")
    if not reads_as_written(value):
        raise PydanticCustomError("control_character", "control character")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    proper = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", value)
    if not proper or not reads_as_written(value):
        raise PydanticCustomError("bad_address", "bad address")
    return value


Text = Annotated[str, AfterValidator(_text)]
Address = Annotated[str, AfterValidator(_address)]
Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=64)]
Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Kinds = Annotated[list[str], Field(min_length=1)]
Per = Literal["area", "all"]
Day = date  # under a name that no field has: a field `date` would hide it from pydantic


class Shape(BaseModel):
    """Parent of all shapes: no conversion between types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TextShape(Shape):
    """A text in both languages."""

    sv: Text
    en: Text

    def value(self) -> LocalText:
        """Return the text."""
        return LocalText(self.sv, self.en)


def _optional(text: TextShape | None) -> LocalText | None:
    return None if text is None else text.value()


class SourceShape(Shape):
    """A document or page."""

    title: TextShape
    publisher: Text
    url: Address | None = None
    date: Day | None = None

    def value(self) -> Source:
        """Return the source."""
        return Source(self.title.value(), self.publisher, self.url, self.date)


class PartyShape(Shape):
    """One of those who made the promise."""

    id: Id
    name: TextShape


class PeriodShape(Shape):
    """First and last day."""

    start: date
    end: date
    precision: Literal["day", "month"] = "day"


class CountShape(Shape):
    """At least `target` activities."""

    type: Literal["count"]
    kinds: Kinds
    target: Number
    per: Per
    reading: TextShape | None = None

    def value(self) -> Measure:
        """Return the measure."""
        return Count(tuple(self.kinds), self.target, self.per, _optional(self.reading))


class StepShape(Shape):
    """One step of a milestone."""

    id: Id
    title: TextShape
    kinds: Kinds
    due: date | None = None

    def value(self) -> Step:
        """Return the step."""
        return Step(self.id, self.title.value(), tuple(self.kinds), self.due)


class MilestoneShape(Shape):
    """Steps to reach."""

    type: Literal["milestone"]
    steps: Annotated[list[StepShape], Field(min_length=1)]
    per: Per
    reading: TextShape | None = None

    def value(self) -> Measure:
        """Return the measure."""
        steps = tuple(step.value() for step in self.steps)
        return Milestone(steps, self.per, _optional(self.reading))


class PresenceShape(Shape):
    """Work without a promised number."""

    type: Literal["presence"]
    kinds: Kinds
    reading: TextShape | None = None

    def value(self) -> Measure:
        """Return the measure."""
        return Presence(tuple(self.kinds), _optional(self.reading))


class AppointmentShape(Shape):
    """Somebody is appointed."""

    type: Literal["appointment"]
    kinds: Kinds
    reading: TextShape | None = None

    def value(self) -> Measure:
        """Return the measure."""
        return Appointment(tuple(self.kinds), _optional(self.reading))


MeasureShape = Annotated[
    CountShape | MilestoneShape | PresenceShape | AppointmentShape, Field(discriminator="type")
]


class CommitmentShape(Shape):
    """One numbered point."""

    number: Number
    title: TextShape
    summary: TextShape
    owners: Annotated[list[str], Field(min_length=1)]
    areas: list[str] = []
    areas_where_needed: list[str] = []
    scope: TextShape | None = None
    measure: MeasureShape
    deadline: date | None = None
    source_paragraph: TextShape
    note: TextShape | None = None

    def value(self, promise_id: str) -> Commitment:
        """Return the commitment as a point of a promise."""
        return Commitment(
            id=f"{promise_id}/{self.number}",
            promise_id=promise_id,
            number=self.number,
            title=self.title.value(),
            summary=self.summary.value(),
            owners=tuple(self.owners),
            areas=tuple(self.areas),
            areas_where_needed=tuple(self.areas_where_needed),
            scope=_optional(self.scope),
            measure=self.measure.value(),
            deadline=self.deadline,
            source_paragraph=self.source_paragraph.value(),
            note=_optional(self.note),
        )


class OutcomeShape(Shape):
    """What the parties reported, about a commitment's number or the promise as a whole."""

    commitment: int | None = None
    text: TextShape
    amount: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None
    period: TextShape
    same_period: bool
    caution: TextShape | None = None
    source: SourceShape

    def value(self, promise_id: str, position: int) -> Outcome:
        """Return the outcome at a position, from 1, in a promise."""
        about = None if self.commitment is None else f"{promise_id}/{self.commitment}"
        return Outcome(
            id=f"{promise_id}/outcome-{position}",
            promise_id=promise_id,
            commitment_id=about,
            text=self.text.value(),
            amount=self.amount,
            period=self.period.value(),
            same_period=self.same_period,
            caution=_optional(self.caution),
            source=self.source.value(),
        )


class PromiseShape(Shape):
    """A promise's file."""

    id: Id
    short: TextShape
    title: TextShape
    municipality: Text
    parties: Annotated[list[PartyShape], Field(min_length=1)]
    period: PeriodShape
    signed: date | None = None
    published: date | None = None
    background: TextShape
    goals: list[TextShape] = []
    source: SourceShape
    commitments: Annotated[list[CommitmentShape], Field(min_length=1)]
    outcomes: list[OutcomeShape] = []

    def value(self) -> Promise:
        """Return the promise."""
        return Promise(
            id=self.id,
            short=self.short.value(),
            title=self.title.value(),
            municipality=self.municipality,
            parties=tuple(Party(party.id, party.name.value()) for party in self.parties),
            period=Period(self.period.start, self.period.end, self.period.precision),
            signed=self.signed,
            published=self.published,
            background=self.background.value(),
            goals=tuple(goal.value() for goal in self.goals),
            source=self.source.value(),
            commitments=tuple(c.value(self.id) for c in self.commitments),
            outcomes=tuple(o.value(self.id, n) for n, o in enumerate(self.outcomes, start=1)),
        )


Terms = dict[Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=64)], TextShape]


class VocabularyShape(Shape):
    """A vocabulary file: kinds of its own, beside the project's."""

    activity_kinds: Terms = {}
    area_kinds: Terms = {}
    place_kinds: Terms = {}
    finding_categories: Terms = {}


class AreaShape(Shape):
    """An area's properties; its outline is the feature's geometry."""

    id: Id
    name: Text
    municipality: Text
    kind: str
    outline_method: Literal["surveyed", "generalised", "nominal"]
    outline_accuracy_m: Annotated[float, Field(ge=0, le=LARGEST_NUMBER, allow_inf_nan=False)]
    outline_source: Text
    outline_source_en: Text
    residents: Number | None = None
    residents_source: Text | None = None
    residents_source_en: Text | None = None


class PlaceShape(Shape):
    """A row of a places file; everything in it is text, so numbers are read from text."""

    model_config = ConfigDict(strict=False)

    name: Text
    kind: str
    lon: Annotated[float, Field(allow_inf_nan=False)]
    lat: Annotated[float, Field(allow_inf_nan=False)]
    area: str
    distance_m: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    source: Text
