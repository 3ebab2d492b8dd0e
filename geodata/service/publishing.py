"""Makes the citizens' page: gathers sums from the register, and nothing else from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from geodata import __version__, model
from geodata.analysis.rhythm import TO_THE_MONTH, Span, months
from geodata.errors import ExportError
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import Promise
from geodata.publish import public
from geodata.publish.public.metadata import OPEN_FILES, PUBLISHER_TYPES
from geodata.publish.public.page import PAGES
from geodata.service.core import Service
from geodata.service.paper_maps import backdrop_of
from geodata.settings import Publisher, is_web_address
from geodata.texts import SWEDISH_TIME

PUBLISHER_LETTERS: Final = 120

PHOTOS_AT_MOST: Final = 6
"""Of an area on the page: each weighs some 15 kB."""
"""A publisher's name is no longer than this."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What to publish, and what its publisher says of it."""

    # Only this promise; None for all.
    promise: str | None = None
    # The day to tell of; None for the one that the screen starts with.
    as_of: date | None = None
    # The organisation that publishes, the address of the terms, and where; None takes the settings'
    # (`geodata.settings.Publisher`).
    publisher: str | None = None
    licence: str | None = None
    address: str | None = None

    def by(self, known: Publisher) -> Publisher:
        """Return who publishes, checked: what is said here goes before what is known.

        Raises
        ------
        ExportError
            ``public.`` and what can't stand on a page.
        """
        said = {"name": self.publisher, "address": self.address, "licence": self.licence}
        by = replace(known, **{name: value for name, value in said.items() if value is not None})
        for name in (by.name, by.contact):
            if name is not None and not _is_name(name):
                raise ExportError("public.publisher", limit=PUBLISHER_LETTERS)
        for key, address in (("public.licence", by.licence), ("public.address", by.address)):
            if address is not None and not (_IRI.fullmatch(address) and is_web_address(address)):
                raise ExportError(key, value=address)
        if by.email is not None and not _EMAIL.fullmatch(by.email):
            raise ExportError("public.email", value=by.email)
        if by.type is not None and by.type not in PUBLISHER_TYPES:
            raise ExportError("public.type", value=by.type, expected=", ".join(PUBLISHER_TYPES))
        return replace(
            by,
            name=by.name and by.name.strip(),
            address=by.address and f"{by.address.removesuffix('index.html').rstrip('/')}/",
        )


_IRI: Final = re.compile(r"""[^\s<>"{}|\\^`?#\x00-\x20\x7f-\xa0]+""")
"""An address of the web as RDF takes it (RFC 3987), of a file or a folder."""

_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)


def _is_name(name: str) -> bool:
    fits = name.strip() != "" and len(name) <= PUBLISHER_LETTERS
    return fits and name.isprintable() and not holds_identity_number(name)


def public_content(
    service: Service, publishing: Publishing, made: datetime | None = None
) -> public.Content:
    """Gather what the page tells."""
    by = publishing.by(service.settings.publisher)
    scope = service.scope(publishing.promise, publishing.as_of)
    promises, as_of = scope.promises, scope.as_of.day
    today = service.today()
    if as_of > today:
        raise ExportError("public.future", day=as_of.isoformat(), today=today.isoformat())
    return public.content_of(
        public.Gathered(
            catalogue=service.catalogue,
            promises=promises,
            as_of=as_of,
            made=(made or datetime.now(SWEDISH_TIME)).astimezone(SWEDISH_TIME),
            version=__version__,
            progress=service.progress(as_of),
            states={
                (promise.id, row.area_id): row.worst
                for promise in promises
                for row in service.attention((promise,), as_of)
            },
            sums=_sums(service, promises, as_of),
            examples=service.has_examples(),
            backdrop=backdrop_of(
                service, [each.id for each in service.catalogue.layers if each.seen_by == "public"]
            ),
            publisher=by,
        )
    )


def publish_folder(service: Service, publishing: Publishing, folder: Path) -> public.Gathered:
    """Write the page as a folder, whole or not at all.

    Parameters
    ----------
    service : Service
        Where the records are.
    publishing : Publishing
        What to publish.
    folder : pathlib.Path
        A new or empty folder, or one that this program wrote before.

    Returns
    -------
    Gathered
        What the page was made from: its day, and what its publisher has not said.

    Raises
    ------
    ExportError, UnknownIdError
        What `public_content` and `write_folder` raise; what was there is as it was.
    """
    content = public_content(service, publishing)
    public.write_folder(public.public_files(content), folder)
    return content.gathered


def publish_zip(service: Service, publishing: Publishing) -> tuple[bytes, date]:
    """Return the page's folder as a zip file, and the day that it tells of.

    Parameters
    ----------
    service : Service
        Where the records are.
    publishing : Publishing
        What to publish.

    Raises
    ------
    ExportError, UnknownIdError
        What `public_content` raises.
    """
    content = public_content(service, publishing)
    return public.zipped(content), content.gathered.as_of


def page_files(service: Service) -> Mapping[str, tuple[bytes, str]]:
    """Return the page's files as a server sends them: each with its media type, by path.

    Raises
    ------
    ExportError
        What `public_content` raises.
    """
    types = {file.path: file.media_type for file in OPEN_FILES}
    types |= dict.fromkeys(PAGES.values(), "text/html")
    files = public.public_files(public_content(service, Publishing()))
    return {path: (data, types.get(path, "application/json")) for path, data in files.items()}


# --- sums ------------------------------------------------------------------------------------


def _sums(
    service: Service, promises: Sequence[Promise], as_of: date
) -> Mapping[str, public.AreaSums]:
    """Return what is recorded in each area, void and planned left out, by the end of a day."""
    counted: Counter[tuple[str, date]] = Counter(
        (entry.area_id, entry.day.replace(day=1))
        for entry in service.register.entries()
        if entry.area_id is not None and entry.precision in TO_THE_MONTH and entry.day <= as_of
    )
    findings: dict[str, Counter[str]] = {}
    for finding in service.register.findings():
        if finding.area_id is not None and finding.day <= as_of and not finding.internal:
            findings.setdefault(finding.area_id, Counter())[finding.category] += 1
    photos = _photos(service, as_of)
    sums = {}
    for area in service.areas(promises):
        starts = tuple(span.first for span in _ended(area.id, promises, as_of))
        sums[area.id] = public.AreaSums(
            starts,
            tuple(counted[area.id, start] for start in starts),
            findings.get(area.id, {}),
            tuple(photos.get(area.id, ()))[:PHOTOS_AT_MOST],
        )
    return sums


def _photos(service: Service, as_of: date) -> Mapping[str, Sequence[tuple[model.PhotoRole, bytes]]]:
    """Return the small pictures that all may see, by the area that they are of."""
    public_ones = [one for one in service.register.photos() if one.public]
    named = {one.record_id for one in public_ones if one.entity == "activity"}
    records: list[model.Work] = [
        *(one for one in service.register.findings() if not one.internal),
        *service.register.walks(),
        *service.register.activities_by_id(sorted(named)),
    ]
    told = {one.id: one for one in records if one.day <= as_of and one.area_id is not None}
    found: dict[str, list[tuple[model.PhotoRole, bytes]]] = {}
    for photo in public_ones:
        record = told.get(photo.record_id)
        is_later = photo.role == model.PhotoRole.AFTER and (
            isinstance(record, model.Finding) and record.status_day > as_of
        )
        body = service.register.document(photo.thumbnail)
        if record is not None and body is not None and not is_later:
            found.setdefault(record.area_id or "", []).append((photo.role, body))
    return found


def _ended(area_id: str, promises: Sequence[Promise], as_of: date) -> tuple[Span, ...]:
    """Return the months of the promises that name an area, those that have ended."""
    periods = [promise.period for promise in promises if area_id in promise.area_ids]
    first = min(period.start for period in periods)
    last = min(max(period.end for period in periods), as_of)
    # A month that the day is the last of has ended: what is told is the end of the day.
    after = as_of + timedelta(days=1)
    return tuple(span for span in months(first, last) if span.last < after)
