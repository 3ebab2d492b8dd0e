"""What is wrong in a file: with one key's shape, and with what takes several keys to tell.

The checks of several keys pass over whatever has the wrong shape, so that one run reports both.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from itertools import islice
from types import UnionType
from typing import Final, Literal, TypeVar, Union, get_args, get_origin
from unicodedata import category

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geodata.catalogue.schema import ID_PATTERN, TextShape
from geodata.errors import Mistake, Value

Made = TypeVar("Made", bound=BaseModel)

_KINDS: Final[Mapping[str, str]] = {
    "catalogue.bad_address": "bad_address",
    "catalogue.bad_id": "string_pattern_mismatch string_too_long",
    "catalogue.bad_period": "bad_period",
    "catalogue.blank": "blank",
    "catalogue.control_character": "control_character",
    "catalogue.list_empty": "too_short",
    "catalogue.missing_key": "missing union_tag_not_found",
    "catalogue.not_date": "date_from_datetime_parsing date_parsing date_type",
    "catalogue.not_finite": "finite_number",
    "catalogue.not_list": "list_type",
    "catalogue.not_number": "float_parsing float_type",
    "catalogue.not_one_of": "literal_error union_tag_invalid",
    "catalogue.not_table": "dict_type model_attributes_type model_type",
    "catalogue.not_text": "string_type string_unicode",
    "catalogue.not_true_or_false": "bool_type",
    "catalogue.not_whole_number": "int_from_float int_parsing int_type",
    "catalogue.too_large": "less_than_equal",
    "catalogue.too_small": "greater_than_equal",
    "catalogue.unknown_key": "extra_forbidden",
}
"""Which of pydantic's errors each sentence is about."""
_KEYS: Final = {kind: key for key, kinds in _KINDS.items() for kind in kinds.split()}


LISTED_AT_MOST: Final = 60
"""Names that a sentence can hold: one is said for every row that is wrong."""


def shown(value: object) -> str:
    """Return a value as a sentence may show it: short, on one line, and without surprises."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Mapping | list):
        text = "{…}" if isinstance(value, Mapping) else "[…]"
    elif isinstance(value, int) and abs(value) > 10**15:
        text = "…"  # str() refuses a number of thousands of digits
    else:
        text = str(value)
    flat = "".join("?" if category(c) in ("Cc", "Cs") else c for c in " ".join(text.split()))
    return flat if len(flat) <= 60 else flat[:59] + "…"


def listed(names: Iterable[str]) -> str:
    """Return names with comma between, a dash for none; of very many only the first."""
    first = list(islice(names, LISTED_AT_MOST + 1))
    if len(first) > LISTED_AT_MOST:
        first[-1] = "…"
    return ", ".join(first) or "–"


def key_path(parts: Iterable[str | int]) -> str:
    """Return a key path such as ``commitments[3].measure.target``, positions from 1."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part + 1}]"
        else:
            bare = re.fullmatch(r"[\w-]+", part)
            name = part if bare else json.dumps(shown(part), ensure_ascii=False)
            path += f".{name}" if path else name
    return path


def unknown_name(name: str, known: Iterable[str]) -> tuple[str, dict[str, Value]]:
    """Return the key and values for an unknown key or column, with a near name where one is."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    values: dict[str, Value] = {"name": shown(name), "known": listed(names)}
    if near:
        return "catalogue.unknown_key_near", {**values, "near": near[0]}
    return "catalogue.unknown_key", values


def _shapes(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (list, dict, Union, UnionType) or hasattr(
        annotation, "__metadata__"
    ):
        return [shape for part in get_args(annotation) for shape in _shapes(part)]
    return []


def _tag(shape: type[BaseModel]) -> str | None:
    field = shape.model_fields.get("type")
    if field is None or get_origin(field.annotation) is not Literal:
        return None
    return str(get_args(field.annotation)[0])


def _walk(
    shape: type[BaseModel], loc: Iterable[str | int]
) -> tuple[list[type[BaseModel]], list[str | int]]:
    """Follow an error's location; return the shapes there and the location as a file has it.

    Pydantic puts the chosen measure's type into the location, where no file has a key.
    """
    here, path = [shape], list[str | int]()
    for part in loc:
        chosen = [each for each in here if len(here) > 1 and _tag(each) == part]
        if chosen:
            here = chosen
            continue
        if isinstance(part, str):
            fields = [each.model_fields[part] for each in here if part in each.model_fields]
            here = [found for field in fields for found in _shapes(field.annotation)] or here
        path.append(part)
    return here, path


Found = tuple[list[str | int], str, dict[str, Value]]
"""Where, as keys and positions from 0; the sentence's key; its values."""


def _as_mistake(shape: type[BaseModel], error: ErrorDetails) -> Found:
    kind, loc = error["type"], error["loc"]
    if kind == "extra_forbidden":
        owners, above = _walk(shape, loc[:-1])
        known = {name for owner in owners for name in owner.model_fields}
        return [*above, loc[-1]], *unknown_name(str(loc[-1]), known)
    if kind == "missing":
        owners, above = _walk(shape, loc[:-1])
        key = "catalogue.missing_language" if owners == [TextShape] else _KEYS[kind]
        return above, key, {"name": str(loc[-1])}
    if loc and loc[-1] == "[key]":  # pydantic's word for a table's own key
        return _walk(shape, loc[:-1])[1], "catalogue.bad_term", {"value": shown(error["input"])}
    return _wrong_value(shape, error)


def _wrong_value(shape: type[BaseModel], error: ErrorDetails) -> Found:
    kind, context = error["type"], error.get("ctx", {})
    here, path = _walk(shape, error["loc"])
    key = _KEYS.get(kind, "catalogue.unusable")
    values: dict[str, Value] = {"value": shown(error["input"])}
    if kind in ("blank", "control_character", "too_short"):
        values = {}
    elif kind == "union_tag_not_found":
        values = {"name": "type"}
    elif kind == "union_tag_invalid":
        path = [*path, "type"]
        values = {"value": shown(context["tag"]), "expected": _quoted(context["expected_tags"])}
    elif kind == "literal_error":
        values["expected"] = _quoted(context["expected"])
    elif kind in ("greater_than_equal", "less_than_equal"):
        values["limit"] = int(context["ge" if kind == "greater_than_equal" else "le"])
    elif here == [TextShape] and key == "catalogue.not_table":
        key = "catalogue.not_both_languages"
    return path, key, values


def _quoted(said: str) -> str:
    return listed(re.findall(r"'([^']*)'", said))


def fit(
    shape: type[Made], raw: object, *, file: str, where: Callable[[list[str | int]], str] = key_path
) -> tuple[Made | None, list[Mistake]]:
    """Fit what a file holds to a shape."""
    try:
        return shape.model_validate(raw), []
    except ValidationError as refused:
        errors = refused.errors(include_url=False)
    found = [_as_mistake(shape, error) for error in errors]
    return None, [Mistake(file, where(path), key, values) for path, key, values in found]


What = Literal[
    "promise",
    "area",
    "activity_kind",
    "area_kind",
    "place_kind",
    "indicator",
    "series",
    "reading",
    "layer",
]
Path = list[str | int]
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Name:
    """An id that a file gives to something, or that it refers to, and where."""

    what: What
    id: str
    place: str
    line: int | None = None


def table(value: object) -> Table:
    """Return a table as it is, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[tuple[int, Table]]:
    """Return a list's tables with their positions, from 0."""
    found = enumerate(value) if isinstance(value, list) else ()
    return [(n, row) for n, row in found if isinstance(row, Mapping)]


def strings(value: object) -> list[tuple[int, str]]:
    """Return a list's texts with their positions, from 0."""
    found = enumerate(value) if isinstance(value, list) else ()
    return [(n, text) for n, text in found if isinstance(text, str)]


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def is_id(value: object) -> bool:
    """Tell whether a value can be an id, and so be quoted in a mistake's place."""
    return isinstance(value, str) and re.fullmatch(ID_PATTERN.strip("^$"), value) is not None


def where_in(raw: Table, path: Path) -> str:
    """Return a place in a promise's file: its key path, then the id of the row it lies in."""
    place = key_path(path)
    if len(path) < 2 or not isinstance(path[1], int):
        return place
    found = raw.get(str(path[0]))
    row = table(found[path[1]]) if isinstance(found, list) and path[1] < len(found) else {}
    number = row.get("number")
    if path[0] == "commitments" and is_id(raw.get("id")) and type(number) is int:
        return f'{place} "{raw["id"]}/{shown(number)}"'
    return f'{place} "{row["id"]}"' if is_id(row.get("id")) else place


def fit_tables(
    shape: type[Made], raw: Table, file: str, faults: Iterable[Found]
) -> tuple[Made | None, list[Mistake]]:
    """Fit a TOML file's tables to a shape; what takes several keys to tell is a mistake as well."""
    value, mistakes = fit(shape, raw, file=file, where=lambda path: where_in(raw, path))
    mistakes += [
        Mistake(file, where_in(raw, path), f"catalogue.{key}", values)
        for path, key, values in faults
    ]
    return value, mistakes


def promise_faults(raw: Table) -> Iterator[Found]:
    """Yield what takes more than one key of a promise's raw file to tell."""
    commitments, period = rows(raw.get("commitments")), table(raw.get("period"))
    start, end = _day(period.get("start")), _day(period.get("end"))
    if start and end and end < start:
        yield ["period", "end"], "period_reversed", {"start": str(start), "end": str(end)}
    parties = [(n, row.get("id")) for n, row in rows(raw.get("parties"))]
    goals = ((n, row.get("number", n + 1)) for n, row in rows(raw.get("goals")))
    numbers = [(n, row.get("number")) for n, row in commitments]
    yield from _repeats(["parties"], "id", parties)
    yield from _repeats(["goals"], "number", goals)
    yield from _repeats(["commitments"], "number", numbers)
    # Said of an empty list only where the promise doesn't say that something of it is unknown.
    is_known = not raw.get("unknown")
    if is_known and raw.get("commitments") == []:
        yield ["commitments"], "list_empty", {}
    for n, row in commitments:
        above: Path = ["commitments", n]
        if is_known and row.get("owners") == []:
            yield [*above, "owners"], "list_empty", {}
        yield from _wrong_days(above, row, start, end)
        yield from _wrong_names(above, row, {str(id_) for _, id_ in parties})
    known = listed(shown(number) for _, number in numbers)
    for n, outcome in rows(raw.get("outcomes")):
        about = outcome.get("commitment")
        if type(about) is int and about not in [number for _, number in numbers]:
            values: dict[str, Value] = {"name": shown(about), "known": known}
            yield ["outcomes", n, "commitment"], "unknown_commitment", values


def _repeats(above: Path, name: str, found: Iterable[tuple[int, object]]) -> Iterator[Found]:
    seen = set[str | int]()
    for n, value in found:
        if isinstance(value, str | int):
            if value in seen:
                yield [*above, n, name], "repeated", {"name": shown(value)}
            seen.add(value)


def _wrong_days(above: Path, row: Table, start: date | None, end: date | None) -> Iterator[Found]:
    steps = rows(table(row.get("measure")).get("steps"))
    at: Path = [*above, "measure", "steps"]
    yield from _repeats(at, "id", ((k, step.get("id")) for k, step in steps))
    days = [([*above, "deadline"], row.get("deadline"))]
    days += [([*at, k, "due"], step.get("due")) for k, step in steps]
    for path, value in days:
        day = _day(value)
        if start and end and start <= end and day and not start <= day <= end:
            values: dict[str, Value] = {"start": str(start), "end": str(end), "value": str(day)}
            yield path, "outside_period", values


def _wrong_names(above: Path, row: Table, parties: set[str]) -> Iterator[Found]:
    owners = strings(row.get("owners"))
    areas = row.get("areas", []), row.get("areas_where_needed", [])
    named = {"owners": [*owners], "areas": [area for ids in areas for area in strings(ids)]}
    for key, names in named.items():
        for double, times in Counter(name for _, name in names).items():
            if times > 1:
                yield [*above, key], "repeated", {"name": shown(double)}
    known = listed(shown(party) for party in sorted(parties))
    for k, owner in owners:
        if parties and owner not in parties:
            yield [*above, "owners", k], "unknown_party", {"name": shown(owner), "known": known}
    if areas == ([], []) and "scope" not in row:
        yield above, "no_areas", {}


def names_in(raw: Table) -> Iterator[Name]:
    """Return every promise, area and activity kind that a promise's raw file refers to."""
    if isinstance(before := raw.get("predecessor"), str):
        yield Name("promise", before, "predecessor")
    for n, commitment in rows(raw.get("commitments")):
        above: Path = ["commitments", n]
        lists: list[tuple[What, Path, object]] = [
            ("area", [*above, key], commitment.get(key)) for key in ("areas", "areas_where_needed")
        ]
        measure = table(commitment.get("measure"))
        lists.append(("activity_kind", [*above, "measure", "kinds"], measure.get("kinds")))
        for k, step in rows(measure.get("steps")):
            path: Path = [*above, "measure", "steps", k, "kinds"]
            lists.append(("activity_kind", path, step.get("kinds")))
        for what, path, value in lists:
            for k, name in strings(value):
                yield Name(what, name, where_in(raw, [*path, k]))
