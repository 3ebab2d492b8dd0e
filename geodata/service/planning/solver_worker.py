"""Solvers in a process of their own: the screen stays quick, and a stop is heard at once.

The process is started with a pipe. It is told a `Question` at a time, and tells ``("share",
share)``, then ``("answer", result)`` or ``("error", GeodataError)``. It ends when the pipe does,
and when nothing has been asked of it for long.
"""

from __future__ import annotations

import logging
import signal
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final, Protocol

from geodata.errors import GeodataError

IDLE_S: Final = 1_800.0
"""After this long without a question it ends, in seconds."""

TOLD_EVERY_S: Final = 0.1

Tell = Callable[[float], None]
"""Told now and then how great a share is done, 0-1."""


class Question(Protocol):
    """What can be asked: a frozen, hashable value that can be sent to another process."""

    def __hash__(self) -> int: ...

    def solve(self, tell: Tell) -> Any:
        """Return the answer; raises GeodataError where there is none."""


def serve(connection: Connection, idle_s: float = IDLE_S) -> None:
    """Answer questions until the pipe is closed, or nothing is asked for so long.

    Parameters
    ----------
    connection : multiprocessing connection
        To who asks.
    idle_s : float
        In seconds.
    """
    # Control-C in the server's terminal is for the server, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    _load()
    try:
        while connection.poll(idle_s):
            connection.send(_answered(connection.recv(), connection))
    except (EOFError, OSError):
        # The one who asked is gone, and with them whoever would hear an answer.
        return


def _load() -> None:
    """Load what every solver needs, before the first question comes."""
    import highspy  # noqa: F401
    import scipy.sparse.csgraph  # noqa: F401

    import geodata.service.streets  # noqa: F401


def _answered(question: Question, connection: Connection) -> tuple[str, Any]:
    told_at = 0.0

    def tell(share: float) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= TOLD_EVERY_S:
            told_at = now
            connection.send(("share", share))

    try:
        return "answer", question.solve(tell)
    except GeodataError as error:
        return "error", error
