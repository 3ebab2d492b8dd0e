"""Indicators and their readings as files hold them: their shapes, and their own mistakes."""

from __future__ import annotations

import calendar
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from geodata import model
from geodata.catalogue.mistakes import Found, Name, Table, fit, fit_tables, rows, shown, where_in
from geodata.catalogue.schema import Address, Day, Id, IndicatorsShape, Number, Text
from geodata.errors import Mistake, Value


def read_indicators(file: str, raw: Table) -> tuple[tuple[model.Indicator, ...], list[Mistake]]:
    """Return a file's indicators, none where one of them has a mistake."""
    shape, mistakes = fit_tables(IndicatorsShape, raw, file, _wrong(raw))
    found = shape.indicators if shape and not mistakes else []
    return tuple(each.value() for each in found), mistakes


def _wrong(raw: Table) -> Iterator[Found]:
    for n, indicator in rows(raw.get("indicators")):
        level = indicator.get("level")
        if (level == "area") != ("area" in indicator):
            yield ["indicators", n, "area"], "indicator_area", {"level": shown(level)}
        if level in ("country", "police_district") and not indicator.get("goals"):
            # It would be shown nowhere: no town's or area's it is.
            yield ["indicators", n, "goals"], "list_empty", {}
        for k, series in rows(indicator.get("series")):
            if (k > 0) != ("breaks" in series):
                yield ["indicators", n, "series", k, "breaks"], "series_breaks", {}


def indicator_names(raw: Table) -> Iterator[Name]:
    """Return the indicators and series that a file gives, and the areas that it refers to."""
    for n, row in rows(raw.get("indicators")):
        place, id_, area = where_in(raw, ["indicators", n]), row.get("id"), row.get("area")
        if isinstance(id_, str):
            yield Name("indicator", id_, place)
            for number, _ in enumerate(rows(row.get("series")), start=1):
                yield Name("series", f"{id_}/{number}", place)
        if isinstance(area, str):
            yield Name("area", area, where_in(raw, ["indicators", n, "area"]))


# --- when -----------------------------------------------------------------------------------------

_WRITTEN: Final = re.compile(r"(?P<first>\d{4}(-\d\d){0,2})(/(?P<last>\d{4}(-\d\d){0,2}))?", re.A)
_PRECISIONS: Final[Mapping[int, Literal["day", "month", "year"]]] = {
    4: "year",
    7: "month",
    10: "day",
}
"""By how many characters say it."""


def period_written(text: str) -> model.Period:
    """Return the time that a text says, no more exact than it is said.

    It is a year, a month or a day, or two of them: ``2018``, ``2018-11``,
    ``2018-05-20/2018-06-15``. ValueError if it is none, or ends before it begins.
    """
    found = _WRITTEN.fullmatch(text)
    first, last = (found["first"], found["last"] or found["first"]) if found else ("", "")
    if not first or len(first) != len(last):
        raise ValueError(text)
    start, end = (
        date.fromisoformat(f"{said}{'-01-01'[len(said) - 4 :]}") for said in (first, last)
    )
    if len(last) == 4:
        end = end.replace(month=12)
    if len(last) < 10:
        end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    if end < start:
        raise ValueError(text)
    return model.Period(start, end, _PRECISIONS[len(first)])


def period_text(period: model.Period | None) -> str:
    """Return a time as files write it, the way back from `period_written`."""
    if period is None:
        return model.UNDATED
    length = next(length for length, name in _PRECISIONS.items() if name == period.precision)
    said = (day.isoformat()[:length] for day in (period.start, period.end))
    return "/".join(dict.fromkeys(said))


# --- readings -------------------------------------------------------------------------------------


def _as_number(value: object) -> object:
    """Return a number that is written with a decimal comma or spaces as one with neither."""
    return re.sub(r"\s", "", value).replace(",", ".") if isinstance(value, str) else value


def _time(text: str) -> str:
    try:
        is_dated = text.casefold() not in (model.UNDATED, "okänd", "unknown")
        return period_text(period_written(text) if is_dated else None)
    except ValueError:
        raise PydanticCustomError("bad_period", "bad period") from None


Amount = Annotated[int | None, BeforeValidator(_as_number), Field(ge=0, le=10**8)]
Percent = Annotated[float | None, BeforeValidator(_as_number), Field(ge=0, le=100)]


_AS_IT_IS: Final = ("value", "count", "answered", "asked", "response_stated")
"""What a row and a reading have alike."""


class ReadingShape(BaseModel):
    """A row of a readings file; everything in it is text, so numbers are read from text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicator: Id
    series: Number = 1
    period: Annotated[str, AfterValidator(_time)]
    value: Annotated[
        float | None, BeforeValidator(_as_number), Field(allow_inf_nan=False, ge=-1e9, le=1e9)
    ] = None
    count: Amount = None
    answered: Amount = None
    asked: Amount = None
    response_stated: Percent = None
    text: Text | None = None
    text_en: Text | None = None
    caution: Text | None = None
    caution_en: Text | None = None
    source: Text
    source_en: Text | None = None
    publisher: Text
    url: Address | None = None
    published: Day | None = None

    def reading(self) -> model.Reading:
        """Return the reading."""

        def local(swedish: str | None, english: str | None) -> model.LocalText | None:
            return model.LocalText(swedish, english or "") if swedish else None

        title = model.LocalText(self.source, self.source_en or "")
        series = f"{self.indicator}/{self.series}"
        own: dict[str, Any] = {name: getattr(self, name) for name in _AS_IT_IS}
        return model.Reading(
            id=f"{series}/{self.period}",
            series=series,
            period=None if self.period == model.UNDATED else period_written(self.period),
            **own,
            text=local(self.text, self.text_en),
            caution=local(self.caution, self.caution_en),
            source=model.Source(title, self.publisher, self.url, self.published),
        )


COLUMNS: Final = tuple(ReadingShape.model_fields)
NEEDED: Final = tuple(n for n, field in ReadingShape.model_fields.items() if field.is_required())


def read_reading(
    file: str, line: int, row: Mapping[str, str], mistakes: list[Mistake]
) -> model.Reading | None:
    """Return what a row says; what is wrong with it is added to the mistakes."""
    said = {name: cell.strip() for name, cell in row.items() if cell.strip()}
    shape, wrong = fit(ReadingShape, said, file=file)
    wrong = [Mistake(m.file, m.place, m.key, m.values, line) for m in wrong]
    if shape is not None:
        wrong += [
            Mistake(file, name, f"catalogue.{key}", values, line)
            for name, key, values in _wrong_counts(shape)
        ]
    mistakes += wrong
    return shape.reading() if shape is not None and not wrong else None


def _wrong_counts(row: ReadingShape) -> Iterator[tuple[str, str, dict[str, Value]]]:
    if row.value is None and row.count is None and row.answered is None and row.text is None:
        yield "value", "reading_empty", {}
    if row.count is not None and row.answered is None:
        yield "answered", "count_alone", {}
    for part, whole in (("count", "answered"), ("answered", "asked")):
        fewer, more = getattr(row, part), getattr(row, whole)
        if fewer is not None and more is not None and fewer > more:
            yield part, "too_large", {"value": fewer, "limit": more}


def wrong_for(reading: model.Reading, series: model.Series) -> Iterator[tuple[str, str, Value]]:
    """Yield what a reading says that its series can't hold: column, key, and what would fit."""
    value, is_percent = reading.value, series.unit == "percent"
    if series.unit == "words" and value is not None:
        yield "value", "value_in_words", series.id
    if is_percent and value is not None and not 0 <= value <= 100:
        yield "value", "percent_outside", f"{value:g}"
    if reading.count is not None and not is_percent:
        yield "count", "count_not_percent", series.id
    elif reading.count is not None and reading.answered and value is not None:
        # As exact as it is written: 40.9 may be off by half a tenth.
        decimals = len(f"{value:.6f}".rstrip("0").partition(".")[2])
        worked_out = 100 * reading.count / reading.answered
        if abs(value - worked_out) > 0.5 * 10**-decimals + 1e-9:
            yield "value", "value_not_counts", f"{worked_out:.{decimals + 1}f}"


def readings_text(readings: Iterable[Mapping[str, str]]) -> str:
    """Return rows of readings as the text of a file, with every column."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(readings)
    return text.getvalue()


def reading_row(reading: model.Reading) -> dict[str, str]:
    """Return a reading as a file's row holds it; read again it is the same."""
    named = {
        **{name: getattr(reading, name) for name in _AS_IT_IS},
        "indicator": reading.indicator,
        "series": reading.series.rpartition("/")[2],
        "period": period_text(reading.period),
        "publisher": reading.source.publisher,
        "url": reading.source.url,
        "published": reading.source.date,
    }
    texts = {"text": reading.text, "caution": reading.caution, "source": reading.source.title}
    for name, text in texts.items():
        if text is not None:
            named |= {name: text.sv, f"{name}_en": text.en}
    return {name: _cell(said) for name, said in named.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    # 40 and not 40.0; in full, or it would come back as another number.
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
