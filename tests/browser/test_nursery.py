"""No server outlives the tests, nor does what it has begun, however deaf it is."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from . import nursery

DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
begun = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(begun.pid, flush=True)
time.sleep(600)
"""


def test_a_server_that_does_not_end_is_ended_with_what_it_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nursery, "ENDED_S", 0.1)
    with subprocess.Popen(
        [sys.executable, "-c", DEAF], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        assert server.stdout is not None
        begun = psutil.Process(int(server.stdout.readline()))
        nursery._end([server.pid])
        assert server.wait(timeout=60) != 0
    _, still_there = psutil.wait_procs([begun], timeout=60)
    assert still_there == []
