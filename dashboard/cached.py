"""What outlives a run: one of each in the process, whatever a page or Streamlit's cache forgets."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from starlette.requests import HTTPConnection

from dashboard.access import OPEN, Account, right_of
from dashboard.jobs.imports import Jobs
from dashboard.jobs.processes import READING, SOLVING, Solvers, StreetJobs
from dashboard.jobs.reminders import Reminders
from dashboard.routes.meetings import Live
from dashboard.routes.uploads import Uploads
from dashboard.signin.entrance import Entrance
from geodata.errors import AccessError
from geodata.service import Service
from geodata.service.limited import LimitedService
from geodata.settings import read_settings

T = TypeVar("T")


class _One(Generic[T]):
    """Makes something at first use, and gives that one to all who ask."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._lock = Lock()

    def __call__(self) -> T:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def close(self) -> None:
        """End it in an orderly way if it was made; the next who asks gets a new one."""
        with self._lock:
            made, self._made = self._made, None
        close = getattr(made, "close", None)
        if close is not None:
            close()


service: Final = _One(lambda: Service.open(read_settings()))
"""The process's one service, opened at first use; the pages and the routes share it."""

entrance: Final = _One(lambda: Entrance(signin) if (signin := service().settings.signin) else None)
"""Where people sign in to this process; None where nobody has to."""


_limited: Final[WeakKeyDictionary[Service, dict[object, Any]]] = WeakKeyDictionary()


def service_for(account: Account) -> Service:
    """Return the service within an account's limits; AccessError for one that may see nothing."""
    whole, limits = service(), account.limits
    if not account.may("read"):
        raise AccessError("signin.first")
    # Takes note of what others have changed, in another process too: an address may name it.
    whole.version()
    if limits is None:
        return whole
    made = _limited.setdefault(whole, {})
    # What is worked out is shared by those who see the same, whatever each may write.
    shelves = made.setdefault((limits.sees_planning, limits.sees_internal), {})
    limited: Service = made.setdefault(limits, LimitedService(whole, limits, shelves))
    return limited


def served(request: HTTPConnection) -> Service:
    """Return the service of who asks, as the door has it."""
    is_open = right_of(request.scope["path"]) == OPEN
    return service() if is_open else service_for(request.scope["account"])


uploads: Final = _One(Uploads)
"""The files that were sent to this process."""

live: Final = _One(lambda: Live(service))
"""Where the meetings are that are held on this register's screens."""

jobs: Final = _One(lambda: Jobs(service=service, find_upload=lambda id_: uploads().find(id_)))
"""The imports of this process, and what is known of other servers'."""

solvers: Final = _One(lambda: Solvers(SOLVING))
"""The solvers that this process's planning tools ask."""

readers: Final = _One(lambda: Solvers(READING))
"""What reads single files from outside for this process's pages."""

street_jobs: Final = _One(lambda: StreetJobs(service))
"""What takes in streets, here or at another server."""


reminders: Final = _One(lambda: Reminders(service))
"""What reminds by mail, where the settings say how."""


def close() -> None:
    """End every process that was begun and remove what was sent: for the server's end."""
    for one in (reminders, jobs, solvers, readers, street_jobs, uploads, live):
        one.close()


atexit.register(close)
