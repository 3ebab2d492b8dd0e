"""The register and the service as somebody has them who may not see or write all of the register.

What is kept from them is nowhere in it: asked for, it isn't there, so that nothing made of the
register (a layer, a document, a file, a sum, an error) can tell of it.

One catalogue, one clock and one register stand behind all of them. What is worked out of all that
everybody may see is worked out once, for all; the rest once for those who see the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from operator import attrgetter
from typing import Any, Final, NoReturn

from geodata import model
from geodata.analysis.outlines import Outlines
from geodata.errors import AccessError, UnknownIdError
from geodata.register import Register, history
from geodata.register.bulk import files_of
from geodata.register.encoding import entity_of
from geodata.register.hints import Hint
from geodata.register.search import INTERNAL, Alternatives, Found
from geodata.service.core import OF_WORK_ALONE, Service, register_says

PLANNING: Final[frozenset[model.Entity]] = frozenset({"hot_spot", "plan"})


FOR_READERS: Final = "readers/"
"""How the minutes are called that are kept for those who don't see internal findings."""


def own_minutes(documents: Mapping[str, str], *, sees_internal: bool) -> dict[str, str]:
    """Return which of closed minutes' documents are somebody's, by the names that all have.

    Of minutes that were closed before readers had their own, they have none.
    """
    if sees_internal:
        return {name: d for name, d in documents.items() if not name.startswith(FOR_READERS)}
    mine = [name for name in documents if name.startswith(FOR_READERS)]
    return {name.removeprefix(FOR_READERS): documents[name] for name in mine}


@dataclass(frozen=True, slots=True)
class Limits:
    """What somebody may not."""

    # Whether they see hot spots and plans.
    sees_planning: bool
    # Whether they see internal findings.
    sees_internal: bool
    # The parties whose activities, walks and findings they may write down. None of all else is
    # theirs to write.
    parties: frozenset[str] = frozenset()


class LimitedRegister(Register):
    """A register, within limits; the whole one is not closed with this one."""

    def __init__(self, whole: Register, limits: Limits) -> None:
        self.__dict__ |= whole.__dict__
        self._limits = limits

    def close(self) -> None:
        """Leave the connections to the whole one."""

    # --- asking ------------------------------------------------------------------------------

    def _is_shown(self, record: model.Record) -> bool:
        if isinstance(record, model.HotSpot | model.Plan):
            return self._limits.sees_planning
        if isinstance(record, model.Photo):
            return self._shows(record.entity, record.record_id)
        return self._limits.sees_internal or not (
            isinstance(record, model.Finding) and record.internal
        )

    def _shows(self, entity: model.Entity, record_id: str) -> bool:
        try:
            return bool(self.record(entity, record_id))
        except UnknownIdError:
            return False

    def _is_told(self, revision: model.Revision) -> bool:
        if revision.entity in PLANNING:
            return self._limits.sees_planning
        if revision.entity == "photo":
            return self._shows("photo", revision.entity_id)
        return self._limits.sees_internal or not revision.content.get("internal")

    def record(self, entity: model.Entity, record_id: str) -> model.Record:
        """Return a record by its id; one that is kept back is not there."""
        found: model.Record = super().record(entity, record_id)
        if not self._is_shown(found):
            raise UnknownIdError(f"unknown.{entity}", id=record_id)
        return self._with_own_minutes(found) if isinstance(found, model.Meeting) else found

    def revisions(self, *which: Any, **named: Any) -> list[model.Revision]:
        """Return revisions, oldest first, without what they hold that is kept back."""
        return [one for one in super().revisions(*which, **named) if self._is_told(one)]

    def changed_after(
        self, sequence: int, entities: Collection[model.Entity]
    ) -> list[model.RecordChange]:
        """Return the records changed after a revision."""
        return [
            change
            for change in super().changed_after(sequence, entities)
            if all(one is None or self._is_shown(one) for one in (change.before, change.after))
        ]

    def findings(self, *which: Any, **named: Any) -> list[model.Finding]:
        """Return findings, without internal ones if they are kept back."""
        return [one for one in super().findings(*which, **named) if self._is_shown(one)]

    def photos(self, *which: Any, **named: Any) -> list[model.Photo]:
        """Return photos, without those of what is kept back."""
        return [one for one in super().photos(*which, **named) if self._is_shown(one)]

    def find_texts(
        self, groups: Sequence[str], words: Sequence[Alternatives], limit: int
    ) -> list[Found]:
        """Return records by their words, of what is kept back none."""
        hidden = {*(() if self._limits.sees_planning else PLANNING)}
        hidden |= {*(() if self._limits.sees_internal else (INTERNAL,))}
        return super().find_texts([one for one in groups if one not in hidden], words, limit)

    def _with_own_minutes(self, meeting: model.Meeting) -> model.Meeting:
        own = own_minutes(dict(meeting.documents), sees_internal=self._limits.sees_internal)
        return replace(meeting, documents=tuple(own.items()))

    def meetings(self) -> list[model.Meeting]:
        """Return the meetings, each with those of its minutes that are for whom this one is."""
        return [self._with_own_minutes(one) for one in super().meetings()]

    def minutes_since(self, day: date) -> list[model.Meeting]:
        """Return the meetings, held on a day or later, with such minutes."""
        return [self._with_own_minutes(one) for one in super().minutes_since(day)]

    def disposals(self) -> list[model.Disposal]:
        """Return what was disposed of and redacted, of what is kept back nothing."""
        found = super().disposals()
        return [one for one in found if self._tells(one)]

    def _tells(self, disposal: model.Disposal) -> bool:
        if disposal.entity in PLANNING:
            return self._limits.sees_planning
        # What was redacted is still there, and may be kept back as it is.
        return disposal.before is not None or self._shows(disposal.entity, disposal.entity_id)

    def numbered(self) -> list[tuple[model.Record, int]]:
        """Return activities and findings with the number to expect when changing each."""
        return [pair for pair in super().numbered() if self._is_shown(pair[0])]

    def dated(self, entity: model.Entity) -> list[tuple[model.Record, int, datetime]]:
        """Return a kind's records, withdrawn too, each with its newest number and time."""
        return [one for one in super().dated(entity) if self._is_shown(one[0])]

    def hot_spots(self, *which: Any, **named: Any) -> list[model.HotSpot]:
        """Return the hot spots, none if they are kept back."""
        return super().hot_spots(*which, **named) if self._limits.sees_planning else []

    def plans(self, *which: Any, **named: Any) -> list[model.Plan]:
        """Return the plans, none if they are kept back."""
        return super().plans(*which, **named) if self._limits.sees_planning else []

    def walk_hints(self, *which: Any, **named: Any) -> list[Hint]:
        """Return what residents pointed out for a walk, nothing if planning is kept back."""
        return super().walk_hints(*which, **named) if self._limits.sees_planning else []

    def counts(self) -> dict[str, int]:
        """Return how many activities, walks and findings there are here."""
        return super().counts() | {"findings": len(self.findings())}

    # --- writing -----------------------------------------------------------------------------

    def _require_own(self, record: model.Record, beside: Sequence[model.Record] = ()) -> None:
        """Raise AccessError unless a record is of a party whose records these are.

        A photo is whose its record is, which may be a new one beside it.
        """
        if isinstance(record, model.Photo):
            named = record.entity, record.record_id
            new = [one for one in beside if (entity_of(one), one.id) == named]
            is_taken = not new or self.existing_ids(named[0], [named[1]])
            record = self.record(*named) if is_taken else new[0]
        parties = self._limits.parties
        if not parties:
            raise AccessError("access.no_writing")
        if isinstance(record, model.Activity | model.Walk):
            own = parties & {*record.parties}
        elif isinstance(record, model.Finding):
            # Whoever finds something says who is to mend it: another party, more often than not.
            on_walk = record.walk_id and self.record("walk", record.walk_id)
            walked = parties & {*on_walk.parties} if isinstance(on_walk, model.Walk) else parties
            own = walked | (parties & {record.owner or ""})
        else:
            own = frozenset()
        if not own:
            raise AccessError("access.not_yours")

    def _before(self, entity: model.Entity, record_id: str) -> None:
        self._require_own(self.record(entity, record_id))

    def _require_leave(self, record: model.Record, beside: Sequence[model.Record] = ()) -> None:
        """Raise AccessError unless a record may be as they leave it."""
        self._require_own(record, beside)
        if isinstance(record, model.Photo) and record.public:
            raise AccessError("access.no_writing")

    def add(
        self,
        *groups: Iterable[model.Record],
        by: str,
        photos: model.Photographs = (),
        **how: Any,
    ) -> int:
        """Add records that are theirs, and photos of such; see `Register.add`."""
        records = [*chain.from_iterable(groups), *(photo for photo, _ in photos)]
        for record in records:
            self._require_leave(record, records)
        with Register.make_ready(self, records, **how) as prepared:
            return Register.write(self, prepared, by=by, documents=files_of(photos))

    def change(
        self,
        record: model.Record,
        *,
        by: str,
        expected_number: int,
        photos: model.Photographs = (),
    ) -> int:
        """Change a record that is theirs, and stays so."""
        self._before(entity_of(record), record.id)
        for one in (record, *(photo for photo, _ in photos)):
            self._require_leave(one)
        return super().change(record, by=by, expected_number=expected_number, photos=photos)

    def void(self, entity: model.Entity, record_id: str, *, by: str, expected_number: int) -> int:
        """Withdraw a record that is theirs."""
        self._before(entity, record_id)
        return super().void(entity, record_id, by=by, expected_number=expected_number)

    def restore(
        self, entity: model.Entity, record_id: str, *, by: str, expected_number: int
    ) -> int:
        """Take a record back that is theirs, and is for all where they may say so."""
        self._before(entity, record_id)
        newest = max(self.revisions(entity, record_id), key=attrgetter("number"))
        if entity == "photo" and newest.content.get("public"):
            raise AccessError("access.no_writing")
        return super().restore(entity, record_id, by=by, expected_number=expected_number)

    def bring_back(
        self, entity: model.Entity, record_id: str, number: int, *, by: str, expected_number: int
    ) -> int:
        """Make what a record once was present again, if that is theirs too."""
        self._before(entity, record_id)
        told = {one.number: one for one in self.revisions(entity, record_id)}
        if number not in told:
            raise AccessError("access.not_yours")
        with self._writing(by) as writer:
            done = history.bring_back(writer, entity, record_id, number, expected_number)
            # In the same transaction: where it isn't theirs, nothing has been done.
            self._require_leave(history.read(writer.connection, entity, record_id))
        return done

    def _refused(self, *_what: Any, **_how: Any) -> NoReturn:
        raise AccessError("access.no_writing")

    _refuse: Any = _refused
    make_ready = write = freeze = put = change_many = void_many = _refuse
    keep_opening = add_hint = remember = remember_mapping = due = dispose = redact = _refuse


class LimitedService(Service):
    """A service, within limits; the whole one is not closed with this one.

    The shelves are where those who see the same keep what is worked out.
    """

    def __init__(self, whole: Service, limits: Limits, shelves: dict[Any, Any]) -> None:
        register = LimitedRegister(whole.register, limits)
        self._whole = whole
        super().__init__(whole.settings, whole.catalogue, register, whole.today)
        self._shelves = shelves
        self.sees_internal, self.parties = limits.sees_internal, limits.parties

    def _use(self, *_catalogue: object) -> None:
        """Keep no catalogue of its own."""

    @property
    def catalogue(self) -> model.Catalogue:
        """The checked promises and areas."""
        return self._whole.catalogue

    @property
    def outlines(self) -> Outlines:
        """The catalogue's outlines."""
        return self._whole.outlines

    def version(self) -> str:
        """Return a mark that changes whenever the catalogue or a record does."""
        return self._whole.version()

    def refresh(self) -> None:
        """Take note of promises and areas that were changed."""
        self._whole.refresh()

    def _shelf(self, make: Callable[..., Any], asked: tuple[object, ...]) -> Any:
        # Made of activities, promises and decisions, which are kept from nobody.
        is_of_all = make is register_says and asked[0] in ("decisions", "evidence", "walks")
        if is_of_all or make in OF_WORK_ALONE:
            return self._whole._shelf(make, asked)  # noqa: SLF001 (its own kind)
        return super()._shelf(make, asked)

    def revisions(self, *which: Any, **named: Any) -> list[model.Revision]:
        """Return revisions, as the limited register has them."""
        return self.register.revisions(*which, **named)


def for_readers(service: Service) -> Service:
    """Return the service of those who see the least."""
    return LimitedService(service, Limits(sees_planning=False, sees_internal=False), {})


def sees_internal(service: Service) -> bool:
    """Tell whether internal findings are told to whom a service is for."""
    return not isinstance(service, LimitedService) or service.sees_internal


def parties_of(service: Service) -> frozenset[str] | None:
    """Return the parties whose records are for whom a service is for to write; None for any."""
    return service.parties if isinstance(service, LimitedService) else None
