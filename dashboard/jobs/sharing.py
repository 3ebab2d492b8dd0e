"""Jobs that every server of a register may show, stop and go on with, by telling them in it.

The server that has a job does the work. It tells how far it has come, and hears what others ask of
it, as often as a page looks. One that ends without a word is gone a few seconds later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Annotated, Any, Final
from uuid import uuid4

from pydantic import PlainSerializer, PlainValidator

from geodata.errors import GeodataError, RegisterError
from geodata.service import JobBoard, JobRow, Service

BEAT_S: Final = 0.5
"""How often is told and heard, in seconds: as often as a page asks how far something has come."""

Told = tuple[str, Hashable, Callable[[], str]]
"""A job's id, what differs when there is something to tell, and how that is made."""

TellableError = Annotated[
    GeodataError | None,
    PlainValidator(lambda told: told and GeodataError(told[0], **told[1])),
    PlainSerializer(lambda error: error and (error.key, dict(error.values))),
]
"""An error, if any, that is told as its key and its values, and worded where it is shown."""


class Sharing:
    """What this server works on, for the others of its register; without a service, for none.

    Parameters
    ----------
    service : callable or None
        Gives the service whose register is shared.
    current : callable
        Gives every job that this server has.
    do : callable
        Does what another server asks of a job, by its id.
    lose : callable
        Takes note that another server has taken a job over.
    """

    def __init__(
        self,
        service: Callable[[], Service] | None,
        current: Callable[[], Sequence[Told]],
        do: Callable[..., None],
        lose: Callable[[str], None],
    ) -> None:
        self._service = service
        self._current, self._do, self._lose = current, do, lose
        self._server = uuid4().hex
        self._told: dict[str, Hashable] = {}
        self._done: list[tuple[str, str]] = []
        # What is told later has happened later.
        self._telling = Lock()
        self._following: Thread | None = None
        self._ended = Event()

    def find(self, job_id: str) -> JobRow | None:
        """Return another server's job, None where none is known by that id."""
        if self._service is None:
            return None
        row = self._service().register.jobs.find(job_id)
        return row if row is not None and row.server != self._server else None

    def tell(self, job_id: str, told: str, instead_of: JobRow | None = None) -> bool:
        """Tell of a job at once; return whether it is this server's to go on with."""
        if self._service is None:
            return True
        with self._telling:
            return self._service().register.jobs.put(job_id, self._server, told, instead_of)

    def ask(self, job_id: str, *asked: Any) -> None:
        """Ask something of another server's job."""
        if self._service is not None:
            self._service().register.jobs.ask(job_id, json.dumps(asked))

    def follow(self) -> None:
        """Tell of this server's jobs from now on."""
        if self._service is None or self._following is not None:
            return
        self._following = Thread(target=self._follow, args=(self._service,), daemon=True)
        self._following.start()

    def close(self) -> None:
        """Tell that this server ends."""
        self._ended.set()
        if self._following is not None and self._service is not None:
            self._following.join()
            with suppress(RegisterError):
                self._service().register.jobs.leave(self._server)

    def _follow(self, service: Callable[[], Service]) -> None:
        while not self._ended.wait(BEAT_S):
            # Without a register the work goes on; what there is to tell is told later.
            with suppress(RegisterError):
                if current := self._current():
                    self._beat(service().register.jobs, current)

    def _beat(self, board: JobBoard, current: Sequence[Told]) -> None:
        for job_id, mark, text in current:
            if self._told.get(job_id) == mark:
                continue
            with self._telling:
                is_own = board.put(job_id, self._server, text())
            self._told[job_id] = mark
            if not is_own:
                self._lose(job_id)
        asked = board.beat(self._server, self._done)
        for job_id, what in asked:
            self._do(job_id, *json.loads(what))
        self._done = asked
