"""The server's connections: how long one may take, how many there may be, how often one is told of.

What a connection holds is a descriptor and some memory, whether it asks anything or not. So who is
slow to ask makes room for who is not.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import Counter
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S: Final = 10.0
"""A request's head has to be whole by then."""

BODY_S: Final = 30.0
"""A body may take so long, and ..."""

BODY_BYTES_S: Final = 10_000
"""... a second more for so many bytes: 200 MB come as slowly as one phone sends them."""

UNREAD_S: Final = 60.0
"""Who takes nothing of an answer for so long is not waited for."""

AT_MOST: Final = 1_000
"""So many connections are open at once, of pages and of everything they ask for."""

EACH: Final = 4
"""So many descriptors a page's session takes."""

BESIDE: Final = 200
"""So many are kept for the register, files and processes."""

TOLD_A_MINUTE: Final = 20
"""So often one sentence is written to the log; whoever asks strangely must not fill the disk."""


class Connection(H11Protocol):
    """One connection; uvicorn makes it, and is told its name."""

    at_most = AT_MOST
    _is_socket = False
    _until: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    began_s = 0.0
    _taken_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it in, if there is room or room can be made."""
        if len(self.connections) >= self.at_most:
            slow = [one for one in self.connections if isinstance(one, Connection) and one.is_idle]
            if not slow:
                transport.abort()
            else:
                min(slow, key=lambda one: one.began_s).transport.abort()
        super().connection_made(transport)
        self._wait(HEAD_S)

    @property
    def is_idle(self) -> bool:
        """Whether nothing was asked through it that is still to be answered."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Take what comes, and give the rest its time."""
        before = self.conn.their_state
        super().data_received(data)
        now = self.conn.their_state
        if self._is_socket:
            return
        if now is h11.SEND_BODY:
            self._taken_bytes = self._taken_bytes + len(data) if before is now else 0
            self._wait(BODY_S + self._taken_bytes / BODY_BYTES_S, again=before is now)
        elif now is h11.IDLE and before is h11.IDLE:
            self._wait(HEAD_S, again=True)
        else:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Begin to wait for the next one; uvicorn ends it where nothing comes at all."""
        super().on_response_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand it over to what watches over sockets, by asking whether the other side is there."""
        self._is_socket = True
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Note that an answer is not taken, or not as fast as it is given."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that it is taken again."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _wait(self, seconds: float, *, again: bool = False) -> None:
        """End it so long after what is waited for began, `again` if that was before."""
        if self._until is None or not again:
            self.began_s = self.loop.time()
        if self._until is not None:
            self._until.cancel()
        self._until = self.loop.call_at(self.began_s + seconds, self._end)

    def _stop_waiting(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None

    def _end(self) -> None:
        if self.flow is not None and self.flow.read_paused:
            # It is not the other side that is slow.
            self._until = None
            self._wait(BODY_S)
            return
        self.transport.abort()


class _Seldom(logging.Filter):
    """Lets a sentence through so often in a minute, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self._minute = 0
        self._told: Counter[tuple[str, Any]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute = minute
            self._told.clear()
        self._told[record.name, record.lineno] += 1
        return self._told[record.name, record.lineno] <= TOLD_A_MINUTE


def prepare() -> None:
    """Let the process have as many descriptors as it may, and its log stay small."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = AT_MOST * EACH + BESIDE
        given = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        if soft != resource.RLIM_INFINITY and soft < given:
            resource.setrlimit(resource.RLIMIT_NOFILE, (given, hard))
        Connection.at_most = min(AT_MOST, max(EACH, (given - BESIDE) // EACH))
    seldom = _Seldom()
    for name in ("", *logging.Logger.manager.loggerDict):
        # One by one: what a logger is told goes past the filters of those above it.
        logging.getLogger(name).addFilter(seldom)
