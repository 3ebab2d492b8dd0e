"""The form of an indicator's definition: its fields' texts to the tables of a file, and back."""

from __future__ import annotations

from datetime import date
from typing import Final

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.writing import Tables, indicator_tables
from geodata.intake.filled_form import (
    DROPPED,
    FilledForm,
    Path,
    Writer,
    marks,
    several,
    source_values,
    texts,
)
from geodata.intake.forms import FormValues
from geodata.model import Area, Indicator

PLAIN: Final = ("level", "place", "method")
"""Fields that hold a word."""


def indicator_values(indicator: Indicator | None) -> dict[str, str | tuple[str, ...]]:
    """Return what the fields show of an indicator; of none, what a new one begins with."""
    tables = indicator_tables(indicator) if indicator else {}
    cautions, series = tables.get("cautions", []), tables.get("series", [{}])
    values: dict[str, str | tuple[str, ...]] = {
        **texts("", tables, ("name", "population")),
        **{name: tables.get(name, "") for name in (*PLAIN, "area")},
        "goals": tuple(tables.get("goals", ())),
        **source_values(tables),
        "caution": marks(cautions),
        "series": marks(series),
    }
    for mark, caution in enumerate(cautions, start=1):
        values |= texts(f"caution{mark}-", {"text": caution}, ("text",))
    for mark, one in enumerate(series, start=1):
        values |= texts(f"series{mark}-", one, ("question", "scale", "breaks"))
        values[f"series{mark}-unit"] = one.get("unit", "")
    return values


def read_indicator(
    values: FormValues,
    base: Indicator | None,
    id_: str,
    area: Area | None,
    today: date,
) -> FilledForm:
    """Return what the fields say, as tables.

    Parameters
    ----------
    values : mapping
        The form's, by field.
    base : Indicator or None
        The indicator that is changed. Its series stay, in their order: readings name them by it.
    id_ : str
        The indicator's id.
    area : Area or None
        The one that was chosen; it is passed over where the level is another.
    today : datetime.date
        For days written without their year.

    Returns
    -------
    FilledForm
        With the field that each path comes from.
    """
    stays = {f"series{mark}-{DROPPED}" for mark, _ in enumerate(base.series if base else (), 1)}
    own = {name: value for name, value in values.items() if name not in stays}
    inner = _Writer(FilledForm(indicator_tables(base) if base else {}), own, today)
    inner.write(id_, area)
    fields = {key_path(["indicators", 0]) + f".{path}": f for path, f in inner.form.fields.items()}
    return FilledForm({"indicators": [inner.tables]}, fields=fields)


class _Writer(Writer):
    def write(self, id_: str, area: Area | None) -> None:
        tables = self.tables
        tables["id"] = id_
        for key in ("name", "population"):
            self.text(tables, (), key, key, needed=True)
        for key in PLAIN:
            tables[key] = self.cell(key)
            self.form.fields[key] = key
        about = area if self.cell("level") == "area" else None
        if about is not None:
            tables["place"] = about.name
        self.put(tables, (), "area", about.id if about else None, "area")
        tables["goals"] = list(several(self.values, "goals"))
        self.form.fields["goals"] = "goals"
        self.source()
        self.listed("caution", "cautions", self.caution)
        self.listed("series", "series", self.series)

    def caution(self, table: Tables, above: Path, at: str) -> None:
        table["sv"] = self.cell(f"{at}text")
        self.put(table, above, "en", self.cell(f"{at}text_en"), f"{at}text_en")
        self.form.fields[key_path(above)] = f"{at}text"

    def series(self, table: Tables, above: Path, at: str) -> None:
        self.text(table, above, "question", f"{at}question", needed=True)
        table["unit"] = self.cell(f"{at}unit")
        self.form.fields[key_path([*above, "unit"])] = f"{at}unit"
        self.text(table, above, "scale", f"{at}scale")
        # What can be compared with no series before it has nothing to say of that.
        if above[-1] != 0:
            self.text(table, above, "breaks", f"{at}breaks", needed=True)
