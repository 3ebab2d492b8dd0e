"""The order of areas, worked by hand."""

from __future__ import annotations

from datetime import date

import pytest
from shapely import box

from geodata.analysis.progress import AreaAttention, rank_areas
from geodata.model import (
    Area,
    Catalogue,
    Commitment,
    CommitmentProgress,
    LocalText,
    Period,
    Presence,
    Progress,
    Promise,
    Source,
    State,
    Vocabulary,
)

TEXT = LocalText("ord", "word")
AS_OF = date(2018, 6, 30)
PERIOD = Period(date(2018, 1, 1), date(2018, 12, 31))
S = State

Promised = dict[str, dict[str, dict[str, State]]]
"""Promise id to commitment id to area id to the state there."""


def _commitment(promise_id: str, commitment_id: str, areas: tuple[str, ...]) -> Commitment:
    return Commitment(
        id=commitment_id, promise_id=promise_id, number=1, title=TEXT, summary=TEXT, owners=(),
        areas=areas, areas_where_needed=(), scope=None, measure=Presence(("walk",)), deadline=None,
        source_paragraph=TEXT,
    )  # fmt: skip


def _promise(promise_id: str, commitments: dict[str, dict[str, State]]) -> Promise:
    return Promise(
        promise_id, TEXT, TEXT, "Borås", (), PERIOD, None, None, TEXT, (), Source(TEXT, "police"),
        tuple(_commitment(promise_id, c, tuple(states)) for c, states in commitments.items()), (),
    )  # fmt: skip


def _catalogue(promised: Promised, names: dict[str, str] | None = None) -> Catalogue:
    ids = {
        a for commitments in promised.values() for states in commitments.values() for a in states
    }
    areas = tuple(
        Area(i, (names or {}).get(i, i), "Borås", "district", box(0, 0, 1, 1), "nominal", 50, TEXT)
        for i in sorted(ids | {"unpromised"})
    )
    promises = tuple(_promise(p, commitments) for p, commitments in promised.items())
    return Catalogue(promises, areas, (), Vocabulary({}, {}, {}, {}), "digest")


def _standing(state: State) -> Progress:
    return Progress(state, 0, None, None, "activities")


def _progress(promised: Promised) -> dict[str, CommitmentProgress]:
    return {
        c: CommitmentProgress(
            c, AS_OF, _standing(S.ON_TRACK), {a: _standing(s) for a, s in states.items()}
        )
        for commitments in promised.values()
        for c, states in commitments.items()
    }


def _rank(
    promised: Promised,
    latest: dict[str, date] | None = None,
    findings: dict[str, int] | None = None,
    names: dict[str, str] | None = None,
    chosen: tuple[str, ...] = ("p", "q"),
) -> tuple[AreaAttention, ...]:
    return rank_areas(
        _catalogue(promised, names),
        _progress(promised),
        latest or {},
        findings or {},
        AS_OF,
        chosen,
    )


def _ids(ranked: tuple[AreaAttention, ...]) -> list[str]:
    return [area.area_id for area in ranked]


def test_more_behind_comes_first_whatever_else() -> None:
    promised: Promised = {
        "p": {
            "p/1": {"a": S.NO_RECORDS, "b": S.BEHIND, "c": S.NOT_FULFILLED},
            "p/2": {"a": S.NO_RECORDS, "b": S.FULFILLED, "c": S.BEHIND},
        }
    }
    # c has two behind or failed, b one, a none although all of it is silent.
    ranked = _rank(promised, {"c": AS_OF, "b": AS_OF}, {"a": 99})
    assert _ids(ranked) == ["c", "b", "a"]
    assert [area.behind for area in ranked] == [2, 1, 0]
    assert [area.no_records for area in ranked] == [0, 0, 2]


def test_then_more_without_records() -> None:
    promised: Promised = {
        "p": {
            "p/1": {"a": S.ON_TRACK, "b": S.NO_RECORDS, "c": S.NO_RECORDS},
            "p/2": {"a": S.ON_TRACK, "b": S.ON_TRACK, "c": S.NO_RECORDS},
        }
    }
    assert _ids(_rank(promised, {"b": date(2018, 1, 1), "c": AS_OF})) == ["c", "b", "a"]


def test_then_the_longest_without_activity_never_first() -> None:
    promised: Promised = {"p": {"p/1": dict.fromkeys("abcd", S.UNDER_WAY)}}
    latest = {"a": AS_OF, "b": date(2018, 6, 1), "d": date(2018, 5, 31)}
    ranked = _rank(promised, latest, {"a": 7})
    assert _ids(ranked) == ["c", "d", "b", "a"]
    # From 31 May to 30 June are 30 days, from 1 June 29.
    assert [area.days_since for area in ranked] == [None, 30, 29, 0]
    assert [area.latest_day for area in ranked] == [None, latest["d"], latest["b"], latest["a"]]


def test_then_more_open_findings() -> None:
    promised: Promised = {"p": {"p/1": dict.fromkeys("abc", S.UNDER_WAY)}}
    ranked = _rank(promised, dict.fromkeys("abc", AS_OF), {"b": 2, "c": 1})
    assert _ids(ranked) == ["b", "c", "a"]
    assert [area.open_findings for area in ranked] == [2, 1, 0]


def test_then_the_name_in_swedish_order() -> None:
    promised: Promised = {"p": {"p/1": dict.fromkeys("abcd", S.UNDER_WAY)}}
    names = {"a": "Ödby", "b": "Äng", "c": "Åsen", "d": "zonen"}
    assert _ids(_rank(promised, names=names)) == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        ((S.BEHIND, S.NOT_FULFILLED), S.NOT_FULFILLED),
        ((S.NO_RECORDS, S.BEHIND), S.BEHIND),
        ((S.UNDER_WAY, S.NO_RECORDS), S.NO_RECORDS),
        ((S.ON_TRACK, S.UNDER_WAY), S.UNDER_WAY),
        ((S.FULFILLED, S.ON_TRACK), S.ON_TRACK),
        ((S.NOT_STARTED, S.FULFILLED), S.FULFILLED),
        ((S.NOT_STARTED, S.NOT_STARTED), S.NOT_STARTED),
    ],
)
def test_the_worst_of_two(states: tuple[State, State], worst: State) -> None:
    first, second = states
    (area,) = _rank({"p": {"p/1": {"a": first}, "p/2": {"a": second}}})
    assert area.worst is worst
    assert area.states == ({first: 1, second: 1} if first is not second else {first: 2})


def test_only_the_chosen_promises_count() -> None:
    promised: Promised = {
        "p": {"p/1": {"a": S.FULFILLED, "b": S.FULFILLED}},
        "q": {"q/1": {"a": S.BEHIND, "c": S.BEHIND}},
    }
    latest = dict.fromkeys("abc", AS_OF)
    ranked = _rank(promised, latest, chosen=("p",))
    assert _ids(ranked) == ["a", "b"]
    assert ranked[0].states == {S.FULFILLED: 1}
    assert _ids(_rank(promised, latest)) == ["a", "c", "b"]
    assert _rank(promised, chosen=()) == ()


def test_the_whole_stands_in_where_an_area_has_no_progress_of_its_own() -> None:
    promised: Promised = {"p": {"p/1": {"a": S.BEHIND}}}
    whole_only = {"p/1": CommitmentProgress("p/1", AS_OF, _standing(S.UNDER_WAY), {})}
    (area,) = rank_areas(_catalogue(promised), whole_only, {}, {}, AS_OF, ("p",))
    assert area.states == {S.UNDER_WAY: 1}


def test_an_activity_from_after_the_day_is_refused() -> None:
    promised: Promised = {"p": {"p/1": {"a": S.BEHIND}}}
    with pytest.raises(ValueError, match="as_of"):
        _rank(promised, {"a": date(2018, 7, 1)})
