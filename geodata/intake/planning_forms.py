"""The form of a hot spot: from what was filled in to a draft."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Final

from geodata.intake.fields import Locate
from geodata.intake.form_records import read_form
from geodata.intake.forms import Draft, Form, FormValues
from geodata.model import HOT_SPOT_RADIUS_M, Catalogue, HotSpot

LONGEST_NAME: Final = 80
LONGEST_REASON: Final = 500
LONGEST_SOURCE: Final = 200
RADIUS_M: Final = (25.0, 1_000.0)
"""Nearer than that no receiver is exact; wider than that it is a district."""

WEIGHT_HIGHEST: Final = 1_000.0
VISITS_A_WEEK_HIGHEST: Final = 168.0
"""One an hour."""

MINUTES_A_VISIT_HIGHEST: Final = 240


def read_hot_spot(
    values: FormValues,
    *,
    catalogue: Catalogue,
    locate: Locate,
    today: date,
    base: HotSpot | None = None,
) -> Draft[HotSpot]:
    """Read the form of a hot spot.

    Parameters
    ----------
    values : mapping
        ``id`` (of a new one), ``name``, ``lat``, ``lon``, ``radius_m``, ``weight``, ``reason``,
        ``reason_source``, ``valid_from``, ``valid_to``, ``visits_a_week``, ``minutes_a_visit``.
    catalogue : Catalogue
        Unused but by the form's common checks.
    locate : callable
        From longitude and latitude to the area there.
    today : datetime.date
        The first day, where none is said.
    base : HotSpot, optional
        The hot spot that is changed.

    Returns
    -------
    Draft of HotSpot
        Its area is the one that its middle lies in.
    """

    def build(form: Form) -> HotSpot | None:
        told = form.told
        name = " ".join(form.text("name", LONGEST_NAME).split())
        if not name and not told.is_wrong("name"):
            told.error("name", "form.needed")
        place = form.point()
        if place is None and not form.cells.get("lat"):
            told.error("lat", "form.hot_spot_place")
        radius = _decimal(form, "radius_m", *RADIUS_M)
        weight = _decimal(form, "weight", 0.0, WEIGHT_HIGHEST, above=True)
        reason = form.text("reason", LONGEST_REASON)
        source = form.text("reason_source", LONGEST_SOURCE)
        first = form.day("valid_from") or (base.valid_from if base else today)
        last = form.day("valid_to", said_on=first, ahead=True)
        if last is not None and last < first:
            told.error("valid_to", "form.ends_before_it_begins")
        visits = _decimal(form, "visits_a_week", 0.0, VISITS_A_WEEK_HIGHEST, above=True)
        minutes = form.number("minutes_a_visit", MINUTES_A_VISIT_HIGHEST)
        if minutes == 0:
            told.error("minutes_a_visit", "form.above", above="0")
        if told.refused or place is None:
            return None
        made = HotSpot(
            id=form.record_id(base.id if base else None),
            name=name,
            place=place,
            valid_from=first,
            radius_m=HOT_SPOT_RADIUS_M if radius is None else radius,
            weight=1.0 if weight is None else weight,
            reason=reason,
            reason_source=source,
            valid_to=last,
            visits_a_week=visits,
            minutes_a_visit=minutes,
            area_id=form.area_of(None, place, derive=True),
        )
        return made if base is None else replace(made, origin=base.origin, void=base.void)

    return read_form(build, values, catalogue, locate, today)


def _decimal(
    form: Form, name: str, lowest: float, highest: float, *, above: bool = False
) -> float | None:
    """Return a number with a decimal comma or point, told of where it is none or out of range."""
    given = form.cells.get(name, "")
    if not given:
        return None
    try:
        value = float(given.replace(",", ".").replace("\N{NO-BREAK SPACE}", "").replace(" ", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        form.told.error(name, "intake.not_a_number", given)
        return None
    if value > highest or value < lowest or (above and value == lowest):
        key = "form.above_to" if above else "form.between"
        form.told.error(name, key, lowest=f"{lowest:g}", highest=f"{highest:g}")
        return None
    return value


def written(value: float | None) -> str:
    """Return a number as its field shows it."""
    return "" if value is None else f"{value:g}"
