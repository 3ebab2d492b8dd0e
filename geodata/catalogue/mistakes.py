"""From pydantic's errors to the catalogue's mistakes: a key path, a key, and what was expected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from types import UnionType
from typing import Final, Literal, TypeVar, Union, get_args, get_origin
from unicodedata import category

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geodata.catalogue.schema import TextShape
from geodata.errors import Mistake, Value

Made = TypeVar("Made", bound=BaseModel)

_KEYS: Final[Mapping[str, str]] = {
    "bad_address": "catalogue.bad_address",
    "bad_period": "catalogue.bad_period",
    "blank": "catalogue.blank",
    "bool_type": "catalogue.not_true_or_false",
    "control_character": "catalogue.control_character",
    "date_from_datetime_parsing": "catalogue.not_date",
    "date_parsing": "catalogue.not_date",
    "date_type": "catalogue.not_date",
    "dict_type": "catalogue.not_table",
    "extra_forbidden": "catalogue.unknown_key",
    "finite_number": "catalogue.not_finite",
    "float_parsing": "catalogue.not_number",
    "float_type": "catalogue.not_number",
    "greater_than_equal": "catalogue.too_small",
    "int_from_float": "catalogue.not_whole_number",
    "int_parsing": "catalogue.not_whole_number",
    "int_type": "catalogue.not_whole_number",
    "less_than_equal": "catalogue.too_large",
    "list_type": "catalogue.not_list",
    "literal_error": "catalogue.not_one_of",
    "missing": "catalogue.missing_key",
    "model_attributes_type": "catalogue.not_table",
    "model_type": "catalogue.not_table",
    "string_pattern_mismatch": "catalogue.bad_id",
    "string_too_long": "catalogue.bad_id",
    "string_type": "catalogue.not_text",
    "string_unicode": "catalogue.not_text",
    "too_short": "catalogue.list_empty",
    "union_tag_invalid": "catalogue.not_one_of",
    "union_tag_not_found": "catalogue.missing_key",
}


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
