"""A process that has imported what a server needs, and starts servers as copies of itself.

Reading the program's libraries takes most of a server's start, and the tests start a dozen. Each
copy then runs `lofteskartan` from its command line, in a session of its own, with nothing opened
before. What is asked for comes on standard input, a JSON object a line; when that ends, however
the tests have ended, every server and every process that one has begun is ended, too.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

ENDED_S: Final = 10.0
READ_BEFOREHAND: Final = (
    "folium",
    "geodata.cli",
    "geodata.service",
    "google.protobuf.json_format",
    "matplotlib",
    "pyarrow",
    "starlette.applications",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""Nothing of Streamlit's: it takes note of settings and of where it runs as it is read."""


def main() -> None:
    """Start what is asked for until nobody can ask any more; then end it."""
    for name in READ_BEFOREHAND:
        import_module(name)
    for module in iter_modules(import_module("geodata.service").__path__):
        import_module(f"geodata.service.{module.name}")
    # Not looked through by each of the servers for what nobody uses.
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    # The system takes note of what has ended, so that a server's number is free at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    started: list[int] = []
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run(**asked)
        started.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    _end(started)


def _run(home: str, log: str, environment: dict[str, str], arguments: list[str]) -> Any:
    """Become the program, as if it had been called by its name in that folder."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, kept in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(descriptor, kept)
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    sys.exit(import_module("geodata.cli").main())


def _end(started: list[int]) -> None:
    # Each leads a group, in which its own processes are: also those that it could not end.
    groups = [pid for pid in started if _sent(pid, signal.SIGTERM)]
    deadline = time.monotonic() + ENDED_S
    while time.monotonic() < deadline and any(_sent(pid, 0) for pid in groups):
        time.sleep(0.05)
    for pid in groups:
        _sent(pid, signal.SIGKILL)


def _sent(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
