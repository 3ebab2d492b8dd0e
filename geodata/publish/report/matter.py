"""What a report is made from: how things stand, what is new and due, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from geodata.analysis.agenda import Due, News, Standing
from geodata.model import (
    Activity,
    Area,
    Catalogue,
    CommitmentProgress,
    Decision,
    Finding,
    Language,
    Promise,
    State,
    Walk,
)
from geodata.texts import Words, words


@dataclass(frozen=True, slots=True)
class AreaMatter:
    """What is told of an area.

    Parameters
    ----------
    area : Area
        Which one.
    worst : State
        The state that most needs attention among its commitments'.
    standings : tuple of Standing
        Its commitments.
    news : News
        What happened there since the meeting before.
    activities : tuple of Activity
        Those of them that are listed, the newest first.
    walks : tuple of Walk
        All that are planned, and those held or cancelled since the meeting before.
    findings : tuple of Finding
        Open ones, and those settled since the meeting before.
    decisions : tuple of Decision
        Open ones about it, and those settled since the meeting before.
    open_findings : int
        How many findings are open.
    """

    area: Area
    worst: State
    standings: tuple[Standing, ...]
    news: News
    activities: tuple[Activity, ...]
    walks: tuple[Walk, ...]
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    open_findings: int


@dataclass(frozen=True, slots=True)
class Matter:
    """All that a report tells.

    Parameters
    ----------
    catalogue : Catalogue
        Promises, areas and names.
    language : {"sv", "en"}
        The reader's.
    promises : tuple of Promise
        Those told about.
    as_of, since, horizon : datetime.date
        The day told about, the day since when something is new, and until when is told what is
        due.
    made : datetime.datetime
        When the report is made, in Swedish time.
    examples : bool
        Whether the register holds made-up records.
    progress : mapping of str to CommitmentProgress
        By commitment id.
    news : News
        In all areas and outside them.
    behind : tuple of Standing
        Commitments that as a whole are behind or not fulfilled.
    coming : tuple of Due
        What is late or due, late ones first.
    areas : tuple of AreaMatter
        Those that need attention first.
    open, decided, settled : tuple of Decision
        Open after the day, decided that day, and settled since the meeting before.
    walks : mapping of str to Walk
        Those that `coming` names, by id.
    findings : mapping of str to Finding
        Likewise.
    decisions : mapping of str to Decision
        Likewise.
    place_sources : tuple of str
        Who must be named where known places are shown.
    """

    catalogue: Catalogue
    language: Language
    promises: tuple[Promise, ...]
    as_of: date
    since: date
    horizon: date
    made: datetime
    examples: bool
    progress: Mapping[str, CommitmentProgress]
    news: News
    behind: tuple[Standing, ...]
    coming: tuple[Due, ...]
    areas: tuple[AreaMatter, ...]
    open: tuple[Decision, ...]
    decided: tuple[Decision, ...]
    settled: tuple[Decision, ...]
    walks: Mapping[str, Walk]
    findings: Mapping[str, Finding]
    decisions: Mapping[str, Decision]
    place_sources: tuple[str, ...]

    @property
    def words(self) -> Words:
        """The reader's words."""
        return words(self.language)
