"""Which step each meeting is at right now, for every screen that follows it.

It is this process's and no more: a step is where a finger points, not a record. What was said,
decided and discussed is in the register.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.routes.answers import Served, guarded, told
from geodata.errors import GeodataError

MEETINGS_AT_MOST: Final = 200
"""How many meetings' steps are remembered; the one moved longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a meeting is: the step's name, and a number that grows with every move."""

    step: str
    turn: int


class Live:
    """The meetings that are held."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, At] = OrderedDict()
        self._lock = Lock()

    def at(self, meeting_id: str) -> At | None:
        """Return where a meeting is, None if it has not been moved since the server started."""
        with self._lock:
            return self._at.get(meeting_id)

    def move(self, meeting_id: str, step: str) -> At:
        """Bring a meeting to a step, for all who follow it."""
        with self._lock:
            before = self._at.pop(meeting_id, None)
            moved = before if before and before.step == step else At(step, _after(before))
            self._at[meeting_id] = moved
            while len(self._at) > MEETINGS_AT_MOST:
                self._at.popitem(last=False)
            return moved


def _after(before: At | None) -> int:
    return before.turn + 1 if before else 1


def meeting_routes(service: Served, live: Callable[[], Live]) -> list[Route]:
    """Return the route that tells where a meeting is."""

    def where(request: Request) -> Response:
        at = live().at(request.query_params.get("meeting", ""))
        try:
            version = service(request).version()
        except GeodataError as error:
            return told(error, request, 503)
        return JSONResponse(
            {"step": at.step if at else None, "turn": at.turn if at else 0, "version": version},
            headers={"Cache-Control": "no-store"},
        )

    return [Route("/mote/lage", guarded(where, service))]
