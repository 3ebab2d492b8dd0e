"""Photos of activities, walks and findings: what is sent with a record, and what is shown of it.

They are kept with the record in one transaction, by `geodata.service.recording`, whose `save` and
`act` take them. Withdrawn and taken back they are as every record, by `act`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from geodata.errors import UnknownIdError
from geodata.intake.forms import FormValues, author
from geodata.intake.photos import BYTES_AT_MOST as BYTES_AT_MOST
from geodata.intake.photos import read_photo as read_photo
from geodata.model import Entity, NewPhoto, Photo, Photographed, PhotoRole
from geodata.register.disposals import REDACTED as REDACTED
from geodata.service.core import Service
from geodata.service.recording import Outcome, Refused, Saved, change, photos_of

AT_ONCE: Final = 10
"""How many photos come with a record at most."""


def attach(
    service: Service,
    entity: Entity,
    record_id: str,
    values: FormValues,
    photos: Sequence[NewPhoto],
) -> Outcome:
    """Add photos to a record that is there; `Saved` tells of the last. Sent twice, kept once.

    Raises UnknownIdError if there is no such record, and RegisterError as `save`.
    """
    by, problems = author(values)
    if problems:
        return Refused(problems)
    service.register.record(entity, record_id)
    own = photos_of(entity, record_id, photos)
    service.register.add(by=by, photos=own, skip_existing=True)
    return Saved("photo", own[-1][0], 1)


def publish(
    service: Service, photo_id: str, values: FormValues, *, expected_number: int, public: bool
) -> Outcome:
    """Say whether a photo may be shown to everybody; who may say so is for the caller to see to.

    Raises UnknownIdError if there is no such photo.
    """
    by, problems = author(values)
    if problems:
        return Refused(problems)
    shown = replace(service.register.photo(photo_id), public=public)
    return change(service, "photo", shown, by, expected_number)


def shown(
    service: Service, entity: Photographed, record_ids: Collection[str] | None = None
) -> dict[str, tuple[Photo, ...]]:
    """Return the photos of records of a kind by the record's id: before, others, then after.

    Parameters
    ----------
    service : Service
        Whose register is asked.
    entity : {"activity", "walk", "finding"}
        What the records are.
    record_ids : collection of str, optional
        Which; all that have photos without it.

    Returns
    -------
    dict of str to tuple of Photo
        A record without photos is not in it.
    """
    found: dict[str, list[Photo]] = {}
    for photo in service.register.photos(entity, record_ids):
        if photo.sha256 != REDACTED:
            found.setdefault(photo.record_id, []).append(photo)
    return {id_: tuple(sorted(some, key=_order)) for id_, some in found.items()}


def _order(photo: Photo) -> int:
    return list(PhotoRole).index(photo.role)


def jpeg(service: Service, photo_id: str, *, thumbnail: bool = False) -> bytes:
    """Return a photo's JPEG file, or its thumbnail's.

    Raises UnknownIdError, ``unknown.photo``, if there is none, it is withdrawn, or was redacted.
    """
    photo = service.register.photo(photo_id)
    digest = photo.thumbnail if thumbnail else photo.sha256
    body = None if photo.void else service.register.document(digest)
    if body is None:
        raise UnknownIdError("unknown.photo", id=photo_id)
    return body
