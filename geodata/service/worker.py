"""The inside of a process of its own: quiet, within limits, and speaking one protocol.

What takes long, and whatever reads a file from outside, is done in such a process. It is told
tuples, a name first, and tells tuples back: ``("share", share, part)`` now and then, and at the
end of what was asked ``(name, value)``, as ``("answer", value)``, or ``("error", GeodataError)``.
What is wrong beyond words, such as a crash of a library, ends the process; who asked sees that.

The limits are set before anything is read. The one on memory makes an allocation fail, in
Python with a MemoryError that is told; the one on time ends the process from within, also in the
middle of C code that would hear nothing else.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, Protocol

from geodata.errors import GeodataError, IntakeError

IDLE_S: Final = 1_800.0
"""After this long without a question a process ends, in seconds."""

TOLD_EVERY_S: Final = 0.1
"""Nobody can look more often at how far something has come."""

ENDED_FIRST: Final = 500
"""How readily the system ends the process for want of memory, of 1,000: before the server."""

ROOMS: Final = (
    "geodata.service.adding",
    "geodata.service.imports",
    "geodata.service.recording",
    "geodata.service.streets",
    "scipy.optimize",
    "scipy.sparse.csgraph",
)
"""What is asked of such a process needs these, which take seconds to load."""

Part = tuple[int, int, str]
"""Which part is worked on, of how many, and its name."""


class Tell(Protocol):
    """Told now and then how great a share is done, 0-1, and which part is worked on."""

    def __call__(self, share: float, part: Part | None = None, /) -> None:
        """Tell it."""


class Question(Protocol):
    """What can be asked: a frozen, hashable value that can be sent to another process."""

    def __hash__(self) -> int: ...

    def solve(self, tell: Tell, /) -> Any:
        """Return the answer; raises GeodataError where there is none."""


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """What a function reads of a file that somebody sent, as a question."""

    read: Callable[..., Any]
    # Under its owner's name.
    path: Path
    # What the function is given besides.
    rest: tuple[Any, ...] = ()

    def solve(self, tell: Tell, /) -> Any:
        """Return what is read."""
        tell(0.0)
        return self.read(self.path, *self.rest)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a process may use."""

    # Beyond what the program itself and its libraries take.
    memory_bytes: int
    # For each thing that it is asked, in seconds by the clock on the wall.
    time_s: float
    # How much it gives way to other processes, as the system's ``nice`` counts it.
    giving_way: int = 0

    def set(self) -> None:
        """Set the limits of this process that hold until it ends; where the system has such."""
        if sys.platform == "win32":
            return
        os.nice(self.giving_way)
        import resource

        # What it held would otherwise be written to disk when a library crashes.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(ENDED_FIRST), encoding="ascii")
        mapped_bytes = _mapped_bytes()
        if mapped_bytes is not None:
            limit = mapped_bytes + self.memory_bytes
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    @contextmanager
    def running(self) -> Iterator[None]:
        """End this process where what is done within takes longer than it may."""
        if sys.platform == "win32":
            yield
            return
        signal.setitimer(signal.ITIMER_REAL, self.time_s)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _mapped_bytes() -> int | None:
    """Return how large this process's address space is; None where the system doesn't say.

    Libraries map much that they never use, more the more cores there are, so that a limit means
    something only on top of it.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def run(connection: Connection, limits: Limits, work: Callable[[], None]) -> None:
    """Run a process from its beginning to its end."""
    # What a library says of a file may repeat what stands in it, and is nothing for a log.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    if sys.platform != "win32":
        # The end of its time ends the process at once, whatever it is doing.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # Ctrl-C in a terminal is meant for the server, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits.set()
    try:
        work()
    except (EOFError, ConnectionError):
        # The one who asked is gone, and with them whoever would hear an answer.
        return
    except GeodataError as error:
        connection.send(("error", error))
    except Exception as error:  # noqa: BLE001 (left alone, Python would print the error's own text)
        sys.stderr.write(_where(error))
        raise SystemExit(1) from None


def answer(connection: Connection, limits: Limits, do: Callable[[], None]) -> None:
    """Do what was asked within the time there is; tell what is wrong where it has words."""
    wrong: GeodataError
    try:
        with limits.running():
            do()
    except GeodataError as error:
        wrong = error
    except MemoryError:
        wrong = IntakeError("intake.too_much_memory")
    else:
        return
    # Not before here: what was read so far is held as long as the error is handled.
    connection.send(("error", wrong))


def serve(connection: Connection, limits: Limits, idle_s: float) -> None:
    """Answer questions until the pipe is closed, or nothing is asked for long.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
        To who asks.
    limits : Limits
        How much may be used.
    idle_s : float
        In seconds.
    """
    tell = Telling(connection)

    def solve(question: Question) -> None:
        connection.send(("answer", question.solve(tell)))

    def work() -> None:
        while connection.poll(idle_s):
            _, question = connection.recv()
            answer(connection, limits, partial(solve, question))

    run(connection, limits, work)


class Telling:
    """Tells how far something has come, as often as somebody can look."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._told_at = 0.0
        self._part: Part | None = None

    def __call__(self, share: float, part: Part | None = None, /) -> None:
        """Tell it."""
        now = time.monotonic()
        if now - self._told_at > TOLD_EVERY_S or part != self._part:
            self._told_at, self._part = now, part
            self._connection.send(("share", share, part))


def _where(error: BaseException) -> str:
    """Return where something went wrong, and not with what: that may be a file's own words."""
    lines = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return "".join(["The work went wrong:\n", *lines, f"{type(error).__name__}\n"])
