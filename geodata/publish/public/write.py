"""The page and its open data as files: a folder, whole or not there, or a zip file.

A folder is only written over where everything in it was written by this program and has not been
changed since: a list of its files with their digests lies beside them.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from shapely.geometry import mapping

from geodata.catalogue.readings import period_text
from geodata.errors import ExportError
from geodata.model import LANGUAGES, Area, Indicator, LocalText, Reading, Series, name_of
from geodata.publish.public.content import AreaTold, CommitmentTold, Content
from geodata.publish.public.metadata import AREA_PROPERTIES, OPEN_FILES, TABLES, about, dcat
from geodata.publish.public.page import PAGES, render
from geodata.publish.values import Value, Values, csv_bytes
from geodata.texts import words


def open_data(content: Content) -> dict[str, bytes]:
    """Return the tables, the areas and the README by path."""
    rows: Mapping[str, Iterator[Values]] = {
        "data/commitments.csv": _commitments(content),
        "data/commitments-by-area.csv": _by_area(content),
        "data/activities.csv": _activities(content),
        "data/findings.csv": _findings(content),
        "data/outcomes.csv": _outcomes(content),
        "data/readings.csv": _readings(content),
    }
    found = {
        path: csv_bytes(columns, ([row[column] for column in columns] for row in rows[path]))
        for path, columns in TABLES.items()
    }
    found["data/areas.geojson"] = _areas(content)
    found["data/README.md"] = _readme(content).encode()
    return found


# --- rows ------------------------------------------------------------------------------------


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _common(content: Content) -> Values:
    gathered = content.gathered
    return {"as_of": gathered.as_of.isoformat(), "example_data": _yes(gathered.examples)}


def _state(state: str) -> Values:
    return {
        "state": str(state),
        "state_sv": words("sv")(f"state.{state}"),
        "state_en": words("en")(f"state.{state}"),
    }


def _named(area: Area) -> Values:
    return {"area": area.id, "area_name": area.name, "municipality": area.municipality}


def _commitments(content: Content) -> Iterator[Values]:
    parties = content.gathered.catalogue.party_by_id
    for promise in content.promises:
        for told in promise.commitments:
            c = told.commitment
            yield {
                **_ids(told),
                "number": c.number,
                "title_sv": c.title.sv,
                "title_en": c.title.en,
                "owners": " | ".join(parties[id_].name.sv for id_ in c.owners if id_ in parties),
                **_state(told.state),
                "delivered": told.delivered,
                "target": told.target,
                "unit": told.unit,
                "last_day": told.last_day.isoformat(),
                **_common(content),
            }


def _ids(told: CommitmentTold) -> Values:
    return {"promise": told.commitment.promise_id, "commitment": told.commitment.id}


def _by_area(content: Content) -> Iterator[Values]:
    for promise in content.promises:
        for told in promise.commitments:
            # What an area's own target counts.
            unit = "steps" if told.commitment.measure.named_steps else "activities"
            for here in told.areas:
                yield {
                    **_ids(told),
                    **_named(here.area),
                    "where_needed": _yes(here.where_needed),
                    **_state(here.state),
                    "delivered": here.delivered,
                    "target": here.target,
                    "unit": None if here.target is None else unit,
                    **_common(content),
                }


def _activities(content: Content) -> Iterator[Values]:
    for told in content.areas:
        named = {**_named(told.area), **_common(content)}
        if told.months and told.row.total is None:
            first, last = told.months[0], told.months[-1]
            yield {**named, **_months(first, last), "activities": None, "fewer_than_3": "yes"}
        for first, last, count in told.spans():
            yield {**named, **_months(first, last), "activities": count, "fewer_than_3": "no"}


def _months(first: object, last: object) -> Values:
    return {"first_month": f"{first:%Y-%m}", "last_month": f"{last:%Y-%m}"}


def _findings(content: Content) -> Iterator[Values]:
    for area in content.areas:
        named = {**_named(area.area), **_common(content)}
        if area.findings.total is None:
            yield {**named, "category": "other", "findings": None, "fewer_than_3": "yes"}
        told = dict(area.findings.told)
        if area.findings.rest:
            told["other"] = told.get("other", 0) + area.findings.rest
        for category, count in told.items():
            yield {**named, "category": category, "findings": count, "fewer_than_3": "no"}


def _outcomes(content: Content) -> Iterator[Values]:
    for promise in content.promises:
        for commitment, outcome in promise.outcomes:
            caution = outcome.caution or LocalText("", "")
            yield {
                "promise": outcome.promise_id,
                "commitment": None if commitment is None else commitment.id,
                "text_sv": outcome.text.sv,
                "text_en": outcome.text.en,
                "amount": outcome.amount,
                "period": outcome.period.sv,
                "same_period": _yes(outcome.same_period),
                "caution_sv": caution.sv,
                "caution_en": caution.en,
                "source": f"{outcome.source.title.sv}, {outcome.source.publisher}",
                "source_url": outcome.source.url,
            }


def _readings(content: Content) -> Iterator[Values]:
    """Yield what was read beside each promise's goals, each row with its whole definition."""
    for promise in content.promises:
        for goal, some in promise.seen:
            for told in some:
                for line in told.lines:
                    for point in line.points:
                        yield {
                            "promise": promise.promise.id,
                            "goal": goal.id if goal else None,
                            **_reading(told.indicator, line.series, point.reading),
                        }


def _reading(indicator: Indicator, series: Series, reading: Reading) -> Values:
    cautions = [*indicator.cautions, *([reading.caution] if reading.caution else [])]
    texts = {
        "name": indicator.name,
        "population": indicator.population,
        "question": series.question,
        "breaks": series.breaks or LocalText(""),
        "said": reading.text or LocalText(""),
    }
    return {
        **{f"{name}_sv": text.sv for name, text in texts.items()},
        **{f"{name}_en": text.en for name, text in texts.items()},
        "indicator": indicator.id,
        "level": indicator.level,
        "place": indicator.place,
        "area": indicator.area,
        "method": indicator.method,
        "series": int(series.id.rpartition("/")[2]),
        "value_unit": series.unit,
        "time": period_text(reading.period),
        "value": reading.value,
        "count": reading.count,
        "answered": reading.answered,
        "asked": reading.asked,
        "response_stated": reading.response_stated,
        "caution_sv": " ".join(each.sv for each in cautions),
        "caution_en": " ".join(each.en for each in cautions),
        "source": f"{reading.source.title.sv}, {reading.source.publisher}",
        "source_url": reading.source.url,
    }


# --- areas -----------------------------------------------------------------------------------


def _areas(content: Content) -> bytes:
    collection = {
        "type": "FeatureCollection",
        "name": "areas",
        "description": about(content, "sv"),
        "features": [
            {
                "type": "Feature",
                "id": f"{promise.promise.id}/{area.area.id}",
                "geometry": mapping(area.area.outline),
                "properties": _properties(area, promise.promise.id, str(state), content),
            }
            for promise in content.promises
            for area, state in promise.areas
        ],
    }
    return (json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _properties(told: AreaTold, promise_id: str, state: str, content: Content) -> dict[str, Value]:
    area, few = told.area, bool(told.months) and told.row.total is None
    kinds = content.gathered.catalogue.vocabulary.area_kinds
    values: Values = {
        **_named(area),
        "area_kind": name_of(kinds, area.kind).sv,
        "promise": promise_id,
        **_state(state),
        "activities": told.row.total if told.months else None,
        "fewer_than_3": _yes(few),
        "outline_method": area.outline_method,
        "outline_accuracy_m": area.outline_accuracy_m,
        **_common(content),
    }
    return {name: values[name] for name in AREA_PROPERTIES}


# --- what the columns mean -------------------------------------------------------------------


def _readme(content: Content) -> str:
    gathered = content.gathered
    by = gathered.publisher
    parts: list[str] = []
    for language in LANGUAGES:
        w = words(language)
        parts += [
            f"# {w('public.data')}",
            w("public.dataset_about", day=w.day(gathered.as_of)),
            *([f"**{w('example.title')}.** {w('public.example')}"] if gathered.examples else []),
            w("public.data_lead"),
            " ".join(w(f"public.{name}") for name in SMALL_NUMBERS),
            f"{w('public.publisher')}: {by.name}." if by.name else "",
            f"{w('public.licence')}: {by.licence or w('public.licence_none')}",
        ]
        described = {**TABLES, "data/areas.geojson": AREA_PROPERTIES}
        for file in OPEN_FILES:
            if file.path in described:
                columns = (f"- `{c}`: {w(f'public.column.{c}')}" for c in described[file.path])
                parts += [f"## {file.name}: {w(file.title)}", "\n".join(columns)]
    return "\n\n".join(part for part in parts if part) + "\n"


SMALL_NUMBERS: Final = (
    *("small_why", "small_months", "small_area", "small_sums", "small_commitments"),
    *("small_ended", "small_findings"),
)
"""The sentences that tell the rule for small numbers, by the end of their keys."""


MANIFEST: Final = "lofteskartan.json"
"""The list of a folder's own files: SHA-256 by path."""

ZIP_FOLDER: Final = "oppen-sida"
"""The folder that a zip file unpacks to."""

Files = Mapping[str, bytes]
"""What is written, by path within the folder."""


def public_files(content: Content) -> dict[str, bytes]:
    """Return every file of the page and of the data beside it.

    Parameters
    ----------
    content : Content
        What is told.

    Returns
    -------
    dict of str to bytes
        By path within the folder, in order. The same content gives the same bytes.
    """
    found = {PAGES[language]: render(content, language).encode() for language in LANGUAGES}
    found |= open_data(content)
    found |= dcat(content)
    digests = {path: hashlib.sha256(found[path]).hexdigest() for path in sorted(found)}
    found[MANIFEST] = (json.dumps({"files": digests}, indent=1) + "\n").encode()
    return found


def zipped(content: Content) -> bytes:
    """Return the same files as a zip file, dated when the page was made.

    Parameters
    ----------
    content : Content
        What is told.
    """
    made = content.gathered.made
    at = (made.year, made.month, made.day, made.hour, made.minute, 0)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in public_files(content).items():
            entry = zipfile.ZipInfo(f"{ZIP_FOLDER}/{path}", date_time=at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return packed.getvalue()


def write_folder(files: Files, folder: Path) -> None:
    """Write files as a folder, whole or not at all.

    Parameters
    ----------
    files : mapping of str to bytes
        From `public_files`.
    folder : pathlib.Path
        A new or empty folder, or one that was written before: that is replaced.

    Raises
    ------
    ExportError
        ``public.not_folder``; ``public.occupied`` or ``public.changed`` where something in it is
        not what this program wrote; ``public.unwritable``. What was there is as it was.
    """
    target = folder.resolve()
    refuse_foreign(target, str(folder))
    try:
        beside = Path(tempfile.mkdtemp(prefix=".lofteskartan-", dir=target.parent))
        try:
            new = beside / "new"
            for path, data in files.items():
                file = new / path
                # With the usual rights: the folder that it is made in is this user's alone.
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            refuse_foreign(target, str(folder))
            _exchange(target, new, beside / "old")
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise ExportError("public.unwritable", folder=str(folder)) from error


def _exchange(target: Path, new: Path, old: Path) -> None:
    """Put a folder in another's place; on any error the other one is back where it was."""
    if target.exists():
        target.rename(old)
    done = False
    try:
        new.rename(target)
        done = True
    finally:
        if not done and old.exists():
            old.rename(target)


def refuse_foreign(target: Path, shown: str) -> None:
    """Refuse a folder that holds anything that this program did not write."""
    if not target.exists():
        return
    if not target.is_dir():
        raise ExportError("public.not_folder", folder=shown)
    try:
        known = _written_before(target)
        for path in _paths(target):
            name = path.relative_to(target).as_posix()
            if name == MANIFEST and known:
                continue
            if name not in known:
                raise ExportError("public.occupied", folder=shown, name=name)
            if hashlib.sha256(path.read_bytes()).hexdigest() != known[name]:
                raise ExportError("public.changed", folder=shown, name=name)
    except OSError as error:
        raise ExportError("public.unwritable", folder=shown) from error


def _paths(folder: Path) -> Iterator[Path]:
    """Give every file in a folder, and folders that are links or empty, which aren't ours."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir()):
            yield path


def _written_before(target: Path) -> Mapping[str, str]:
    """Return a folder's own list of files, empty where there is none that can be read."""
    manifest = target / MANIFEST
    if not manifest.is_file() or manifest.is_symlink():
        return {}
    try:
        found = json.loads(manifest.read_bytes())
    except ValueError:
        return {}
    files = found.get("files") if isinstance(found, dict) else None
    return files if isinstance(files, dict) else {}
