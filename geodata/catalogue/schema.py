"""The shapes of the catalogue's files, and what is wrong with a file that has another shape.

Each shape knows the value it stands for. Only what can be told from one key alone is checked
here; what needs two keys or two files is checked in `geodata.catalogue`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from geodata import model

ID_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""Ids stand in links, file names and URLs, so they hold nothing that needs escaping there."""

LARGEST_NUMBER: Final = 1_000_000
"""No target, number or reported amount is larger; a larger one is a slip of the key."""


def _text(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "blank")
    if not model.reads_as_written(value):
        raise PydanticCustomError("control_character", "control character")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    proper = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", value)
    if not proper or not model.reads_as_written(value):
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
    stands_for: ClassVar[Any]

    def value(self, **more: Any) -> Any:
        """Return the value that it stands for, whose other fields are given."""
        named = {each.name for each in fields(self.stands_for)} - more.keys()
        own = {name: _plain(getattr(self, name)) for name in named & type(self).model_fields.keys()}
        return self.stands_for(**own, **more)


def _plain(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_plain, value))
    return value.value() if isinstance(value, Shape) else value


class TextShape(Shape):
    """A text in Swedish, and in English where somebody has given it."""

    stands_for = model.LocalText
    sv: Text
    en: Text | None = None

    def value(self, **more: Any) -> model.LocalText:
        """Return the text."""
        text: model.LocalText = super().value(en=self.en or "", **more)
        return text


class GoalShape(TextShape):
    """What should come of the promise."""

    stands_for = model.Goal
    number: Number | None = None
    forerunner: Text | None = None


class SourceShape(Shape):
    """A document or page."""

    stands_for = model.Source
    title: TextShape
    publisher: Text
    url: Address | None = None
    date: Day | None = None


class PartyShape(Shape):
    """One of those who made the promise."""

    stands_for = model.Party
    id: Id
    name: TextShape


class PeriodShape(Shape):
    """First and last day."""

    stands_for = model.Period
    start: date
    end: date
    precision: Literal["day", "month", "year"] = "day"


class CountShape(Shape):
    """At least `target` activities."""

    stands_for = model.Count
    type: Literal["count"]
    kinds: Kinds
    target: Number
    per: Per
    reading: TextShape | None = None


class StepShape(Shape):
    """One step of a milestone."""

    stands_for = model.Step
    id: Id
    title: TextShape
    kinds: Kinds
    due: date | None = None


class MilestoneShape(Shape):
    """Steps to reach."""

    stands_for = model.Milestone
    type: Literal["milestone"]
    steps: Annotated[list[StepShape], Field(min_length=1)]
    per: Per
    reading: TextShape | None = None


class PresenceShape(Shape):
    """Work without a promised number."""

    stands_for = model.Presence
    type: Literal["presence"]
    kinds: Kinds
    reading: TextShape | None = None


class AppointmentShape(Shape):
    """Somebody is appointed."""

    stands_for = model.Appointment
    type: Literal["appointment"]
    kinds: Kinds
    reading: TextShape | None = None


MeasureShape = Annotated[
    CountShape | MilestoneShape | PresenceShape | AppointmentShape, Field(discriminator="type")
]


class CommitmentShape(Shape):
    """One numbered point."""

    stands_for = model.Commitment
    number: Number
    title: TextShape
    summary: TextShape
    owners: list[str]
    areas: list[str] = []
    areas_where_needed: list[str] = []
    scope: TextShape | None = None
    measure: MeasureShape
    deadline: date | None = None
    source_paragraph: TextShape
    note: TextShape | None = None
    forerunner: Text | None = None


class OutcomeShape(Shape):
    """What the parties reported, about a commitment's number or the promise as a whole."""

    stands_for = model.Outcome
    commitment: int | None = None
    text: TextShape
    amount: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None
    period: TextShape
    same_period: bool
    caution: TextShape | None = None
    source: SourceShape

    def value(self, **more: Any) -> model.Outcome:
        """Return the outcome of a promise."""
        about = None if self.commitment is None else f"{more['promise_id']}/{self.commitment}"
        found: model.Outcome = super().value(commitment_id=about, **more)
        return found


class PromiseShape(Shape):
    """A promise's file."""

    stands_for = model.Promise
    id: Id
    short: TextShape
    title: TextShape
    municipality: Text
    parties: Annotated[list[PartyShape], Field(min_length=1)]
    period: PeriodShape
    signed: date | None = None
    published: date | None = None
    background: TextShape
    goals: list[GoalShape] = []
    source: SourceShape
    commitments: list[CommitmentShape]
    outcomes: list[OutcomeShape] = []
    predecessor: Id | None = None
    unknown: list[TextShape] = []
    draft: bool = False
    archived: bool = False

    def value(self, **more: Any) -> model.Promise:
        """Return the promise."""

        def points(name: str, shapes: Iterable[tuple[object, Shape]]) -> tuple[Any, ...]:
            return tuple(
                shape.value(id=f"{self.id}/{name}{number}", promise_id=self.id)
                for number, shape in shapes
            )

        promise: model.Promise = super().value(
            goals=tuple(
                each.value(id=f"{self.id}/goal-{each.number or at}")
                for at, each in enumerate(self.goals, start=1)
            ),
            commitments=points("", ((each.number, each) for each in self.commitments)),
            outcomes=points("outcome-", enumerate(self.outcomes, start=1)),
            **more,
        )
        return promise


Terms = dict[Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=64)], TextShape]


class VocabularyShape(Shape):
    """A vocabulary file: kinds of its own, beside the project's."""

    activity_kinds: Terms = {}
    area_kinds: Terms = {}
    place_kinds: Terms = {}
    finding_categories: Terms = {}


class AreaShape(Shape):
    """An area's properties; its outline is the feature's geometry."""

    stands_for = model.Area
    id: Id
    name: Text
    municipality: Text
    kind: str
    outline_method: Literal["surveyed", "generalised", "nominal"]
    outline_accuracy_m: Annotated[float, Field(ge=0, le=LARGEST_NUMBER, allow_inf_nan=False)]
    outline_source: Text
    outline_source_en: Text | None = None
    residents: Number | None = None
    residents_source: Text | None = None
    residents_source_en: Text | None = None

    def value(self, **more: Any) -> model.Area:
        """Return the area of an outline; residents only where their source is told."""
        count, sv, en = self.residents, self.residents_source, self.residents_source_en or ""
        residents = model.Residents(count, model.LocalText(sv, en)) if count and sv else None
        source = model.LocalText(self.outline_source, self.outline_source_en or "")
        area: model.Area = super().value(outline_source=source, residents=residents, **more)
        return area


class MapServiceShape(Shape):
    """A WMS that draws a reference layer."""

    stands_for = model.MapService
    address: Address
    layers: Text
    format: Literal["image/png", "image/jpeg"]


class LayerShape(Shape):
    """What a reference layer says of itself; its shapes are the file's features."""

    stands_for = model.ReferenceLayer
    model_config = ConfigDict(strict=False)
    id: Id
    name: TextShape
    source: Text
    licence: Text
    date: Day
    colour: Literal["purple", "teal", "olive"]
    seen_by: Literal["inside", "public"] = "inside"
    wms: MapServiceShape | None = None


class PlaceShape(Shape):
    """A row of a places file; everything in it is text, so numbers are read from text."""

    stands_for = model.Place
    model_config = ConfigDict(strict=False)

    name: Text
    kind: str
    lon: Annotated[float, Field(allow_inf_nan=False)]
    lat: Annotated[float, Field(allow_inf_nan=False)]
    area: str
    distance_m: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    source: Text


GoalId = Annotated[str, Field(pattern=f"{ID_PATTERN[:-1]}/goal-[1-9][0-9]*$")]


class SeriesShape(Shape):
    """An indicator's readings that can be compared."""

    stands_for = model.Series
    question: TextShape
    unit: model.Unit
    scale: TextShape | None = None
    breaks: TextShape | None = None


class IndicatorShape(Shape):
    """An indicator's definition."""

    stands_for = model.Indicator
    id: Id
    name: TextShape
    level: model.Level
    place: Text
    area: str | None = None
    method: model.Method
    population: TextShape
    goals: list[GoalId] = []
    cautions: list[TextShape] = []
    source: SourceShape
    series: Annotated[list[SeriesShape], Field(min_length=1)]

    def value(self, **more: Any) -> model.Indicator:
        """Return the indicator."""
        series = tuple(
            each.value(id=f"{self.id}/{number}") for number, each in enumerate(self.series, start=1)
        )
        indicator: model.Indicator = super().value(series=series, **more)
        return indicator


class IndicatorsShape(Shape):
    """A file of indicators."""

    indicators: Annotated[list[IndicatorShape], Field(min_length=1)]
