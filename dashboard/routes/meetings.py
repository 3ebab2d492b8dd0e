"""Which step each meeting is at right now, for every screen that follows it.

A step is where a finger points, not a record: it is told at once on this server's screens, and
other servers hear of it through the register as soon as nobody there is saving. What was said,
decided and discussed is a record.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from geodata.errors import RegisterError
from geodata.service import Service

MEETINGS_AT_MOST: Final = 200
"""How many meetings' steps are remembered; the one moved longest ago is forgotten first."""

REMEMBERED: Final = "meeting_at/"
"""Under which name, and the meeting's id, the register has it."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a meeting is: the step's name, and a number that grows with every move."""

    step: str
    turn: int


class Live:
    """The meetings that are held; other servers hear of them through the service's register."""

    def __init__(self, service: Callable[[], Service] | None = None) -> None:
        self._service = service
        self._at: OrderedDict[str, At] = OrderedDict()
        self._untold: dict[str, At] = {}
        self._lock = Lock()
        self._telling = ThreadPoolExecutor(1)

    def close(self) -> None:
        """Let what others are being told come to its end."""
        self._telling.shutdown()

    def at(self, meeting_id: str) -> At | None:
        """Return where a meeting is, None if it has not been moved."""
        told = self._told(meeting_id)
        with self._lock:
            own = self._at.get(meeting_id)
            # Of two who moved it at once, the one that the register heard last is right.
            if told is None or (own and (told.turn < own.turn or meeting_id in self._untold)):
                return own
            self._put(meeting_id, told)
            return told

    def move(self, meeting_id: str, step: str) -> At:
        """Bring a meeting to a step, for all who follow it."""
        self.at(meeting_id)
        with self._lock:
            before = self._at.get(meeting_id)
            moved = (
                before
                if before and before.step == step
                else At(step, before.turn + 1 if before else 1)
            )
            self._put(meeting_id, moved)
            if self._service is not None and moved is not before:
                self._untold[meeting_id] = moved
                self._telling.submit(self._tell, meeting_id, moved)
        return moved

    def _put(self, meeting_id: str, at: At) -> None:
        self._at[meeting_id] = at
        self._at.move_to_end(meeting_id)
        while len(self._at) > MEETINGS_AT_MOST:
            self._at.popitem(last=False)

    def _told(self, meeting_id: str) -> At | None:
        if self._service is None:
            return None
        # Without a register the step that is known here is still where the meeting is.
        with suppress(RegisterError):
            turn, _, step = (
                self._service().register.remembered(f"{REMEMBERED}{meeting_id}") or ""
            ).partition(" ")
            return At(step, int(turn)) if turn.isdecimal() else None
        return None

    def _tell(self, meeting_id: str, moved: At) -> None:
        with self._lock:
            if self._untold.get(meeting_id) is not moved:
                return  # it has been moved on since
        if self._service is not None:
            with suppress(RegisterError):
                register = self._service().register
                register.remember(f"{REMEMBERED}{meeting_id}", f"{moved.turn} {moved.step}")
        with self._lock:
            if self._untold.get(meeting_id) is moved:
                del self._untold[meeting_id]


def where(live: Callable[[], Live], service: Service, request: Request) -> Response:
    """Answer at which step a meeting is, and what the register's version is."""
    at = live().at(request.query_params.get("meeting", ""))
    return JSONResponse(
        {
            "step": at.step if at else None,
            "turn": at.turn if at else 0,
            "version": service.version(),
        },
        headers={"Cache-Control": "no-store"},
    )
