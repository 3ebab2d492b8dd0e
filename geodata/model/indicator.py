"""What can be seen beside the work: indicators, and what was read of them. Never its effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from geodata.model.promise import Period, Source
from geodata.model.text import LocalText

Level = Literal["area", "police_district", "municipality", "country"]

Method = Literal["random_sample", "open_web_form", "register", "judgement", "not_stated"]
"""How an indicator comes about: ``open_web_form`` is answered by who wants to, and says nothing of
others; ``not_stated`` is what nobody has told."""

Unit = Literal["percent", "index", "per_1000", "number", "words"]

UNDATED: Final = "undated"
"""What stands for a reading's time where nobody has told it."""


@dataclass(frozen=True, slots=True)
class Series:
    """An indicator's readings that can be compared: one question on one scale.

    Parameters
    ----------
    id : str
        ``<indicator>/<number>``.
    question : LocalText
        The question that was asked, or what is counted.
    unit : {"percent", "index", "per_1000", "number", "words"}
        What a value is.
    scale : LocalText or None
        The answers to choose from, or the index's ends.
    breaks : LocalText or None
        Why it can't be compared with the series before; of the first there is none.
    """

    id: str
    question: LocalText
    unit: Unit
    scale: LocalText | None = None
    breaks: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that is measured, and what has to be known to read it.

    Parameters
    ----------
    id : str
        Within the catalogue.
    name : LocalText
        What it is called.
    level : {"area", "police_district", "municipality", "country"}
        What it is about: a municipality's figure is never an area's.
    place : str
        The name of the area, district, municipality or country.
    area : str or None
        The area's id where the level is an area.
    method : {"random_sample", "open_web_form", "register", "judgement", "not_stated"}
        How it comes about.
    population : LocalText
        Who or what is described.
    goals : tuple of str
        Ids of the goals beside which it is shown; one that no promise has is passed over.
    cautions : tuple of LocalText
        What may not be concluded.
    source : Source
        Who measures, and where that is published.
    series : tuple of Series
        In order of time, at least one.
    """

    id: str
    name: LocalText
    level: Level
    place: str
    area: str | None
    method: Method
    population: LocalText
    goals: tuple[str, ...]
    cautions: tuple[LocalText, ...]
    source: Source
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an indicator was at some time.

    Parameters
    ----------
    id : str
        ``<series>/<time>``, such as ``ntu-trust/1/2018``.
    series : str
        The series' id.
    period : Period or None
        When, no more exact than it is known; None where nobody has told.
    value : float or None
        In the series' unit; None where only words are known, or counts.
    count, answered, asked : int or None
        How many answered so, how many answered, and how many were asked.
    response_stated : float or None
        The share that answered, in per cent, as the source says it: it may have another base than
        `asked`.
    text : LocalText or None
        What is told in words.
    caution : LocalText or None
        What to keep in mind beside it.
    source : Source
        Where it was published.
    """

    id: str
    series: str
    period: Period | None
    value: float | None
    count: int | None
    answered: int | None
    asked: int | None
    response_stated: float | None
    text: LocalText | None
    caution: LocalText | None
    source: Source

    @property
    def indicator(self) -> str:
        """The indicator's id."""
        return self.series.rpartition("/")[0]

    @property
    def share_percent(self) -> float | None:
        """The value, or what the counts make in per cent; None where neither is known."""
        if self.value is None and self.count is not None and self.answered:
            return 100 * self.count / self.answered
        return self.value

    @property
    def response_percent(self) -> float | None:
        """How many of those asked answered, worked out; None where that can't be."""
        return 100 * self.answered / self.asked if self.asked and self.answered else None
