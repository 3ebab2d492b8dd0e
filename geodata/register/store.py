"""The register as its users see it: open it, add to it, change it; asking it is in `questions`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final, Self

from geodata.model import (
    Activity,
    Decision,
    Finding,
    HotSpot,
    Meeting,
    Plan,
    Record,
    Walk,
)
from geodata.register import history
from geodata.register.bulk import NOBODY, Prepared, Watch, batches
from geodata.register.engine import (
    bring_to_head,
    make_engine,
    parse_address,
    prepare_file,
    shown_address,
)
from geodata.register.problems import translate_errors
from geodata.register.questions import Questions
from geodata.register.schema import Entity

BUSY_TIMEOUT_S: Final = 20.0
"""How long a save waits for another's, such as an import, before it gives up."""

READY_SHARE: Final = 0.5
"""Making records ready takes about as long as writing them."""

_Groups = tuple[tuple[Entity, Iterable[Record]], ...]


class Register(Questions):
    """A record store behind one URL; threads may share it.

    Every method raises `RegisterError` with ``register.locked``, ``register.read_only``,
    ``register.disk_full``, ``register.damaged`` or ``register.unreachable`` where the database
    fails it. A write is one transaction: on any error nothing of it is left. When it returns,
    what it wrote is on disk.

    Use `Register.open`, and `close` it or use it in a ``with`` statement.
    """

    @classmethod
    def open(cls, url: str, *, create: bool = True, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """Open a register, made first or brought to this version where that is needed.

        Parameters
        ----------
        url : str
            SQLAlchemy URL. An SQLite file's folder is made too.
        create : bool, default True
            Whether to make one where there is none.
        busy_timeout_s : float, default 20
            How many seconds to wait for another's lock (SQLite).

        Returns
        -------
        Register
            Ready for use.

        Raises
        ------
        RegisterError
            ``register.missing`` (and `create` is False), ``register.newer`` (made by a newer
            version), ``register.not_a_register`` (something else is there),
            ``register.read_only``, ``register.disk_full``, ``register.locked``,
            ``register.damaged``, ``register.no_file`` (SQLite in memory),
            ``register.unreachable``. What was there is as it was.
        """
        address = parse_address(url)
        shown = shown_address(address)
        if address.get_backend_name() == "sqlite":
            prepare_file(address, create=create)
        engine = make_engine(address, busy_timeout_s)
        opened = False
        try:
            with translate_errors(shown):
                kept = bring_to_head(engine, shown, create=create)
            opened = True
        finally:
            if not opened:
                engine.dispose()
        register = cls(engine, shown)
        register.kept = kept
        return register

    # --- writing -----------------------------------------------------------------------------

    def add(
        self,
        activities: Iterable[Activity] = (),
        walks: Iterable[Walk] = (),
        findings: Iterable[Finding] = (),
        decisions: Iterable[Decision] = (),
        meetings: Iterable[Meeting] = (),
        hot_spots: Iterable[HotSpot] = (),
        plans: Iterable[Plan] = (),
        *,
        by: str,
        chunk: int = history.CHUNK,
        skip_existing: bool = False,
        watch: Watch | None = None,
        verified: Mapping[str, str] = NOBODY,
    ) -> int:
        """Add new records in one transaction. A held walk is added as an activity too.

        Parameters
        ----------
        activities, walks, findings, decisions, meetings, hot_spots, plans : iterables
            Read once, before the register is locked for writing; walks first.
        by : str
            Who adds them: a role, an office or a computer account.
        chunk : int, default 10000
            How many are held in memory at once.
        skip_existing : bool, default False
            Whether a record whose id is taken is passed over instead of refused; asked in the
            same transaction, so that two who add the same at once don't collide.
        watch : callable, optional
            Told now and then which share is done, 0-1. Whatever it raises passes through, and
            nothing is added. It should answer at once: others may wait for the lock.
        verified : mapping of str to str, optional
            Id of the party that has confirmed the activity that a held walk is, by the walk's
            id.

        Returns
        -------
        int
            How many were added; the activities of held walks aren't counted.

        Raises
        ------
        RegisterError
            ``register.duplicate_id``; ``register.follows_walk`` for an activity with a
            `walk_id`, since the walk itself is what is added.
        UnknownIdError
            ``unknown.walk`` for a finding on a walk that isn't there.
        """
        tell = watch or _untold
        with self._made_ready(
            _groups(activities, walks, findings, decisions, meetings, hot_spots, plans),
            chunk=chunk,
            skip_existing=skip_existing,
            watch=lambda share: tell(READY_SHARE * share),
            verified=verified,
        ) as prepared:
            return self.write(prepared, by=by, watch=lambda share: tell(_after_ready(share)))

    def make_ready(
        self,
        activities: Iterable[Activity] = (),
        walks: Iterable[Walk] = (),
        findings: Iterable[Finding] = (),
        decisions: Iterable[Decision] = (),
        meetings: Iterable[Meeting] = (),
        hot_spots: Iterable[HotSpot] = (),
        plans: Iterable[Plan] = (),
        *,
        chunk: int = history.CHUNK,
        skip_existing: bool = False,
        watch: Watch | None = None,
        verified: Mapping[str, str] = NOBODY,
    ) -> Prepared:
        """Do all of `add` that needs no lock, whose parameters and errors it has.

        Returns
        -------
        Prepared
            For `write`; to be closed by the caller.
        """
        return self._made_ready(
            _groups(activities, walks, findings, decisions, meetings, hot_spots, plans),
            chunk=chunk,
            skip_existing=skip_existing,
            watch=watch or _untold,
            verified=verified,
        )

    def _made_ready(
        self,
        groups: _Groups,
        *,
        chunk: int,
        skip_existing: bool,
        watch: Watch,
        verified: Mapping[str, str],
    ) -> Prepared:
        sizes = [len(records) for _, records in groups if isinstance(records, Sized)]
        total = sum(sizes) if len(sizes) == len(groups) else 0
        with ExitStack() as unless_ready:
            prepared = unless_ready.enter_context(
                Prepared(self._inserts, self._shown, skip_existing=skip_existing, verified=verified)
            )
            for entity, records in groups:
                for some in batches(records, chunk):
                    prepared.take(entity, some)
                    watch(min(prepared.count / total, 1) if total else 0)
            unless_ready.pop_all()
        return prepared

    def write(self, prepared: Prepared, *, by: str, watch: Watch | None = None) -> int:
        """Add what was made ready, as `add` does; return how many were added.

        `Prepared.passed_over` then holds the records that were there already.
        """
        with self._writing() as connection:
            return history.create(connection, prepared, _author(by), watch or _untold)

    def add_activities(
        self, activities: Iterable[Activity], *, by: str, chunk: int = history.CHUNK
    ) -> int:
        """Add activities in one transaction, as `add` does; return how many."""
        return self.add(activities=activities, by=by, chunk=chunk)

    def add_walks(self, walks: Iterable[Walk], *, by: str) -> int:
        """Add walks in one transaction, as `add` does; return how many."""
        return self.add(walks=walks, by=by)

    def add_findings(self, findings: Iterable[Finding], *, by: str) -> int:
        """Add findings in one transaction, as `add` does; return how many."""
        return self.add(findings=findings, by=by)

    def change(self, record: Record, *, by: str, expected_number: int) -> int:
        """Give a record new values; a walk's activity follows. See `history.change`."""
        with self._writing() as connection:
            return history.change(connection, record, _author(by), expected_number)

    def void(self, entity: Entity, record_id: str, *, by: str, expected_number: int) -> int:
        """Withdraw a record, and a walk's activity with it. See `history.set_void`."""
        with self._writing() as connection:
            author = _author(by)
            return history.set_void(
                connection, entity, record_id, author, expected_number, void=True
            )

    def restore(self, entity: Entity, record_id: str, *, by: str, expected_number: int) -> int:
        """Take a withdrawn record back, and a walk's activity. See `history.set_void`."""
        with self._writing() as connection:
            author = _author(by)
            return history.set_void(
                connection, entity, record_id, author, expected_number, void=False
            )

    def change_many(self, changes: Iterable[tuple[Record, int]], *, by: str) -> int:
        """Give many records new values in one transaction; return how many were changed.

        Each comes with the number to expect, as for `change`; none comes twice. On any error
        nothing is changed.
        """
        with self._writing() as connection:
            return history.change_many(connection, changes, _author(by))

    def void_many(
        self, ids: Iterable[tuple[Entity, str, int]], *, by: str, watch: Watch | None = None
    ) -> int:
        """Withdraw many records in one transaction; return how many were not void before.

        Each is its entity, its id and the number to expect, as for `void`; none comes twice.
        On any error nothing is changed. `watch` is as for `add`.
        """
        with self._writing() as connection:
            return history.void_many(connection, ids, _author(by), watch or _untold)

    def bring_back(
        self, entity: Entity, record_id: str, number: int, *, by: str, expected_number: int
    ) -> int:
        """Make an earlier revision's content the present one. See `history.bring_back`."""
        with self._writing() as connection:
            author = _author(by)
            return history.bring_back(
                connection, entity, record_id, number, author, expected_number
            )


def _groups(
    activities: Iterable[Record],
    walks: Iterable[Record],
    findings: Iterable[Record],
    decisions: Iterable[Record],
    meetings: Iterable[Record],
    hot_spots: Iterable[Record],
    plans: Iterable[Record],
) -> _Groups:
    # Walks first: others may be on them.
    return (
        ("walk", walks),
        ("activity", activities),
        ("finding", findings),
        ("decision", decisions),
        ("meeting", meetings),
        ("hot_spot", hot_spots),
        ("plan", plans),
    )


def _after_ready(share: float) -> float:
    return READY_SHARE + (1 - READY_SHARE) * share


def _untold(_share: float) -> None:
    """Watch nothing."""


def _author(by: str) -> history.Author:
    return history.Author(by, datetime.now(UTC))
