"""A record's photos on its card: shown, added, withdrawn, and shown to everybody or not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, get_args

from dashboard import cached, state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError, IntakeError
from geodata.model import (
    Finding,
    FindingStatus,
    NewPhoto,
    Photo,
    Photographed,
    PhotoRole,
    Picture,
)
from geodata.service import photos, recording
from geodata.service.recording import Refused, RowProblem, Saved
from geodata.service.worker import FileQuestion


def _about(entity: str, record_id: str) -> str:
    return f"photos/{entity}/{record_id}"


def values(context: Context, entity: Photographed, record_id: str) -> dict[str, Any]:
    """Return what a card needs for a record's photos."""
    service, w = context.service, context.words
    found = photos.shown(service, entity, [record_id]).get(record_id, ())
    answer = state.form(_about(entity, record_id)).answer
    refused = answer.problems[0] if isinstance(answer, Refused) else None
    failure = w.error(refused) if refused else draft.failure(w, answer)
    return {
        "photos": [(photo, service.newest_number("photo", photo.id)) for photo in found],
        "photos_about": f"{entity}/{record_id}",
        "photo_saved": answer if isinstance(answer, Saved) else None,
        "photo_frozen": _frozen_since(context, answer),
        "photo_failure": w("photo.changed") if isinstance(answer, recording.Conflict) else failure,
    }


def _frozen_since(context: Context, answer: object) -> list[str]:
    """Return the days of meetings whose frozen minutes may hold what was just removed for good."""
    photo = answer.record if isinstance(answer, Saved) else None
    if not isinstance(photo, Photo) or photo.sha256 != photos.REDACTED:
        return []
    record: Any = context.service.register.record(photo.entity, photo.record_id)
    since = context.service.register.minutes_since(record.day)
    return [context.words.day(meeting.day) for meeting in since]


def asked(context: Context, sent: Sent) -> None:
    """Keep the photos that were sent to a record; a finding may be settled by it."""
    about, _, record_id = str(sent.values.get("about", "")).partition("/")
    entity = next((known for known in get_args(Photographed) if known == about), None)
    pressed, _, uploads = sent.button.partition(":")
    if entity is None or pressed != "uploaded":
        return
    if sent.values.get("settle"):
        answer = draft.tried(partial(_settle, context, record_id, sent, uploads.split(",")))
        state.keep_form(versions.draft_of(entity, record_id), FormState(answer=answer))
        # What was told of the photo before is no news beside it.
        state.keep_form(_about(entity, record_id), FormState())
        return
    answer = draft.tried(partial(_attach, context, entity, record_id, sent, uploads.split(",")))
    state.keep_form(_about(entity, record_id), FormState(answer=answer))


def submitted(context: Context, sent: Sent) -> None:
    """Do what a photo's own button says, or what a record's card does otherwise."""
    about, _, photo_id = str(sent.values.get("about", "")).partition("/")
    if about != "photo":
        versions.submitted(context, sent)
        return
    service = context.service
    with suppress(GeodataError):
        photo = service.register.photo(photo_id)
        if sent.button in ("publish", "unpublish"):
            answer = draft.tried(partial(_publish, context, photo_id, sent))
        else:
            answer = versions.submitted(context, sent)
        state.keep_form(_about(photo.entity, photo.record_id), FormState(answer=answer))


def _publish(context: Context, photo_id: str, sent: Sent) -> object:
    if not context.account.may("publish"):
        return None
    expected, public = whole_number(sent.values.get("expected"), -1), sent.button == "publish"
    return photos.publish(
        context.service, photo_id, sent.values, expected_number=expected, public=public
    )


def _attach(
    context: Context, entity: Photographed, record_id: str, sent: Sent, uploads: Sequence[str]
) -> object:
    record = context.service.register.record(entity, record_id)
    role = PhotoRole.OTHER
    if isinstance(record, Finding):
        done = record.status is FindingStatus.DONE
        role = PhotoRole.AFTER if done else PhotoRole.BEFORE
    said = str(sent.values.get("taken") or "").strip()
    taken = recording.day_said(said, context.service.today()) if said else None
    if said and (taken is None or taken > context.service.today()):
        key = "form.future" if taken else "photo.day"
        return Refused((RowProblem("", None, "taken", said, key, {"value": said}),))
    new = [NewPhoto(picture, role=role, taken=taken) for picture in _pictures(uploads)]
    return photos.attach(context.service, entity, record_id, sent.values, new)


def _settle(context: Context, finding_id: str, sent: Sent, uploads: Sequence[str]) -> object:
    return recording.act(
        context.service,
        "settle",
        "finding",
        finding_id,
        sent.values,
        expected_number=whole_number(sent.values.get("expected"), -1),
        photos=[NewPhoto(one, role=PhotoRole.AFTER) for one in _pictures(uploads)],
    )


def _pictures(uploads: Sequence[str]) -> list[Picture]:
    """Return the photos that were sent, made anew; their files are kept no longer."""
    found = [cached.uploads().find(id_) for id_ in uploads[: photos.AT_ONCE]]
    files = [upload for upload in found if upload is not None]
    if not files or len(files) < len(uploads):
        raise IntakeError("reading.gone" if len(uploads) <= photos.AT_ONCE else "photo.too_many")
    try:
        return [cached.readers().answer(FileQuestion(photos.read_photo, u.path)) for u in files]
    finally:
        for upload in files:
            cached.uploads().drop(upload)
