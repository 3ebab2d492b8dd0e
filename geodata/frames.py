"""The register as tables for an analyst: what goes out as files, with pandas' own types.

Columns have the names that files have (``data/README.md``). What a column holds decides its type:

======================================  ===================================
whole numbers, minutes                  ``Int64``
numbers, shares, metres                 ``Float64``
a time (``date``)                       ``datetime64[us, Europe/Stockholm]``
a day                                   ``datetime64[s]``
several ids (``commitments``, …)        a tuple, ready for ``explode``
words, ids, names, notes                ``string``
======================================  ===================================

What nobody has told is missing (``NA``, ``NaT``), never a nought. Geometry is in WGS 84
(EPSG:4326); measure after ``to_crs(3006)``, SWEREF 99 TM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

import geopandas as gpd
import pandas as pd

from geodata.crs import WGS84
from geodata.model import Progress
from geodata.publish import Export, Sort
from geodata.publish.surroundings import area_values, commitment_values
from geodata.publish.values import GEOMETRY, columns_of, records_of, shape_of, values_maker
from geodata.records import WRITTEN
from geodata.service.exporting import Wanted, gather, open_existing
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

Values = Sequence[Any]

_TYPES: Final[Mapping[str, Callable[[Values], Any]]] = {
    "whole": lambda values: pd.array(values, dtype="Int64"),
    "minutes": lambda values: pd.array(values, dtype="Int64"),
    "decimal": lambda values: pd.array(values, dtype="Float64"),
    "time": lambda values: (
        pd.to_datetime(values, utc=True, format="ISO8601").tz_convert(SWEDISH_TIME).as_unit("us")
    ),
    "day": lambda values: pd.to_datetime(values, format="ISO8601").as_unit("s"),
    "ids": lambda values: pd.Series([tuple((v or "").split()) for v in values], dtype=object),
}
"""A column's values as pandas has them, by what it holds; anything else is text."""

_PROGRESS: Final = (
    *("commitment", "area", "as_of", "state", "delivered", "target", "expected", "unit"),
    *("minutes", "minutes_unknown"),
)

_STANDING: Final = {"delivered": "whole", "target": "whole", "expected": "decimal", "as_of": "day"}


def _typed(values: Values, holds: str) -> Any:
    typed = _TYPES.get(holds)
    return typed(list(values)) if typed else pd.array(list(values), dtype="string")


def _table(rows: Sequence[Mapping[str, Any]], holds: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: _typed([r[name] for r in rows], of) for name, of in holds.items()})


class Frames:
    """A register's records, promises and progress as tables; nothing in it is changed.

    It is a file or an SQLAlchemy URL; `catalogue` has folders of one's own, as the program is given
    them, and `language` is that of names. A RegisterError if there is no such register, or it can't
    be opened; a CatalogueError if a folder's file holds mistakes.
    """

    def __init__(
        self, register: str | Path, *, catalogue: Iterable[Path] = (), language: Any = "sv"
    ) -> None:
        settings = Settings(register_url(str(register)), tuple(catalogue), basemap=NO_BASEMAP)
        self._service = open_existing(settings)
        self._language = language

    def close(self) -> None:
        """Close the register."""
        self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- records -----------------------------------------------------------------------------

    def activities(self, **wanted: Any) -> gpd.GeoDataFrame:
        """Return activities, a row each.

        Parameters
        ----------
        **wanted
            Which, as `geodata.service.exporting.Wanted` has them: ``promise``, ``area``,
            ``commitment``, ``kinds``, ``first_day``, ``last_day``.

        Returns
        -------
        geopandas.GeoDataFrame
            Points, tracks, or no geometry; WGS 84.
        """
        return self._records("activities", wanted)

    def walks(self, **wanted: Any) -> gpd.GeoDataFrame:
        """Return safety walks, planned and cancelled ones too, with their routes (WGS 84)."""
        return self._records("walks", wanted)

    def findings(self, **wanted: Any) -> gpd.GeoDataFrame:
        """Return what was found on walks or reported, with its place (WGS 84)."""
        return self._records("findings", wanted)

    def hot_spots(self, **wanted: Any) -> gpd.GeoDataFrame:
        """Return hot spots, with their middles (WGS 84) and ``radius_m``."""
        return self._records("hot_spots", wanted)

    def _records(self, sort: Sort, wanted: Mapping[str, Any]) -> gpd.GeoDataFrame:
        asked = Wanted((sort,), **{"language": self._language, **wanted})
        export = gather(self._service, asked, standing=False)
        values_of = values_maker(export, sort)
        known = {one.name: one.holds for one in WRITTEN[sort]}
        holds = {c: known.get(c, "text") for c in columns_of(sort) if c not in GEOMETRY}
        records = records_of(export, sort)
        shapes: Any = [shape_of(record) for record in records]
        table = _table([values_of(record) for record in records], holds)
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=WGS84))

    # --- promises ----------------------------------------------------------------------------

    def areas(self, as_of: date | None = None) -> gpd.GeoDataFrame:
        """Return areas with their outlines (WGS 84), and the state that most needs attention.

        Parameters
        ----------
        as_of : datetime.date, optional
            The end of which day; without it the day that the start page tells about.
        """
        export = self._standing(as_of)
        rows = [area_values(area, export) for area in export.areas]
        holds = {"outline_accuracy_m": "decimal", "as_of": "day"}
        table = _table(rows, {name: holds.get(name, "text") for name in rows[0]} if rows else {})
        shapes = gpd.GeoSeries([area.outline for area in export.areas], crs=WGS84)
        return gpd.GeoDataFrame(table, geometry=shapes)

    def commitments(self) -> pd.DataFrame:
        """Return every promise's commitments in our own words, with owners, areas and measure."""
        export = self._standing(None)
        known = self._service.catalogue.commitment_by_id.values()
        rows = [commitment_values(commitment, export) for commitment in known]
        holds = {"number": "whole", "last_day": "day"}
        holds |= dict.fromkeys(("owners", "areas", "areas_where_needed"), "ids")
        return _table(rows, {name: holds.get(name, "text") for name in rows[0]} if rows else {})

    def progress(self, as_of: date) -> pd.DataFrame:
        """Return how every commitment stands at the end of a day, as a whole and in each area.

        Parameters
        ----------
        as_of : datetime.date
            Which day.

        Returns
        -------
        pandas.DataFrame
            A row for each commitment with ``area`` missing, and one for each area that it names.
            ``target`` is missing where no number is promised. The rules stand in
            `geodata.analysis.progress`.
        """
        rows = []
        for id_, told in self._service.progress(as_of).items():
            parts: list[tuple[str | None, Progress]] = [(None, told.overall), *told.by_area.items()]
            for area, part in parts:
                row = {name: getattr(part, name) for name in ("delivered", "target", "expected")}
                row |= {"unit": part.unit, "minutes": part.minutes, "state": str(part.state)}
                row |= {"minutes_unknown": part.minutes_unknown, "as_of": as_of.isoformat()}
                rows.append({"commitment": id_, "area": area, **row})
        holds = {**_STANDING, "minutes": "whole", "minutes_unknown": "whole"}
        return _table(rows, {name: holds.get(name, "text") for name in _PROGRESS})

    def indicators(self) -> pd.DataFrame:
        """Return the indicators' readings, a row each: what was seen, never an effect of the work.

        Returns
        -------
        pandas.DataFrame
            A new ``series`` of an indicator can't be compared with the one before; ``level``
            says what a figure is about: a municipality's is never an area's.
        """
        catalogue, to = self._service.catalogue, self._language
        known = {indicator.id: indicator for indicator in catalogue.indicators}
        rows = []
        for reading in catalogue.readings:
            indicator = known[reading.indicator]
            period = reading.period
            rows.append(
                {
                    "indicator": indicator.id,
                    "name": indicator.name.to(to),
                    "series": reading.series,
                    "level": indicator.level,
                    "place": indicator.place,
                    "method": indicator.method,
                    "start": period and period.start.isoformat(),
                    "end": period and period.end.isoformat(),
                    "value": reading.share_percent,
                    "count": reading.count,
                    "answered": reading.answered,
                    "asked": reading.asked,
                    "text": reading.text and reading.text.to(to),
                    "caution": reading.caution and reading.caution.to(to),
                    "source_url": reading.source.url,
                }
            )
        holds = {"start": "day", "end": "day", "value": "decimal"}
        holds |= dict.fromkeys(("count", "answered", "asked"), "whole")
        return _table(rows, {name: holds.get(name, "text") for name in rows[0]} if rows else {})

    def _standing(self, as_of: date | None) -> Export:
        return gather(self._service, Wanted((), as_of=as_of, language=self._language))
