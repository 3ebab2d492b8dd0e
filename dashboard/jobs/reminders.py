"""Reminding by mail while the server runs: of its register's servers, whichever comes first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Final

from geodata.errors import GeodataError
from geodata.service import Service
from geodata.service.reminders import remind
from geodata.texts import words

LOOK_S: Final = 60.0
"""How often is looked whether a reminder is due, in seconds."""

RETRY_S: Final = 600.0
"""After how long what failed is tried again, in seconds."""

LOG: Final = logging.getLogger("lofteskartan.reminders")


class Reminders:
    """Sends what is due, where the settings say by which mail server.

    Parameters
    ----------
    service : callable
        Gives the service whose register is asked.
    clock : callable, optional
        Gives the time, with zone.
    look_s, retry_s : float, optional
        How often is looked, and after how long tried again, in seconds.
    """

    def __init__(
        self,
        service: Callable[[], Service],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_s: float = LOOK_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._service, self._clock = service, clock
        self._look_s, self._retry_s = look_s, retry_s
        self._ended = Event()
        self._thread = Thread(target=self._run, daemon=True)
        if service().settings.mail is not None:
            self._thread.start()

    def close(self) -> None:
        """Stop looking; a mail that is being sent is sent first."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._ended.wait(wait_s):
            wait_s = self._look_s if self._remind() else self._retry_s

    def _remind(self) -> bool:
        """Send what is due; tell whether all of it went, and the log what did not."""
        try:
            done = remind(self._service(), self._clock())
        except GeodataError as error:
            LOG.warning("reminders: %s", words("en").error(error))
            return False
        if done.sent:
            LOG.info("reminders: %d sent", done.sent)
        for to, why in done.failed:
            LOG.warning("reminders: none to %s (%s), tried again: %s", to.party, to.when, why)
        return not done.failed
