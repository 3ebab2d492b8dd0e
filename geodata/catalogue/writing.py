"""The way back: a promise's value, or its tables, as the text of a file.

What is written is what is read: `geodata.catalogue.content` makes the same value of the text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

import tomli_w

from geodata.model import (
    Commitment,
    Goal,
    Indicator,
    Measure,
    Outcome,
    Promise,
    Series,
    Vocabulary,
)

Tables = dict[str, Any]
"""A file's tables, as tomllib reads them."""

_DERIVED: Final[Mapping[type, tuple[str, ...]]] = {
    Commitment: ("id", "promise_id"),
    Goal: ("id",),
    Outcome: ("id", "promise_id", "commitment_id"),
    Series: ("id",),
}
"""What the reader works out from where a row stands."""

_NEVER_LEFT_OUT: Final = ("commitments", "owners")
"""Lists that have to be there, though nothing may be known of them."""


def promise_text(promise: Promise) -> str:
    """Return a promise as the text of its file.

    Parameters
    ----------
    promise : Promise
        Any that was read.

    Returns
    -------
    str
        TOML. Read again it is the same promise.
    """
    return toml_text(promise_tables(promise))


def promise_tables(promise: Promise) -> Tables:
    """Return a promise as its file's tables; what is empty is left out."""
    tables: Tables = _plain(promise)
    return tables


def indicator_tables(indicator: Indicator) -> Tables:
    """Return an indicator's definition as its tables in a file; what is empty is left out."""
    tables: Tables = _plain(indicator)
    return tables


def indicators_text(indicators: Iterable[Indicator]) -> str:
    """Return indicators' definitions as the text of a file; read again they are the same."""
    return toml_text({"indicators": [indicator_tables(each) for each in indicators]})


def terms_text(vocabulary: Vocabulary, promise: Promise) -> str:
    """Return the activity kinds that a promise names, as the text of a vocabulary's file."""
    kinds = dict.fromkeys(kind for each in promise.commitments for kind in each.kinds)
    terms = {kind: _plain(vocabulary.activity_kinds[kind].name) for kind in kinds}
    return toml_text({"activity_kinds": terms})


def toml_text(tables: Mapping[str, Any]) -> str:
    """Return tables as TOML: long texts on lines of their own, where nothing is lost by that."""
    text = tomli_w.dumps(tables, multiline_strings=True)
    # A line break of two characters becomes one of one between triple quotes.
    return text if tomllib.loads(text) == tables else tomli_w.dumps(tables)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if not is_dataclass(value):
        return value
    left_out = _DERIVED.get(type(value), ())
    named = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in left_out}
    if isinstance(value, Measure):
        named = {"type": value.name, **named}
    if isinstance(value, Goal):
        named["number"] = value.number
    if isinstance(value, Outcome) and value.commitment_id is not None:
        named["commitment"] = int(value.commitment_id.rpartition("/")[2])
    return {
        name: _plain(each)
        for name, each in named.items()
        if each not in (None, (), "") or name in _NEVER_LEFT_OUT
    }
