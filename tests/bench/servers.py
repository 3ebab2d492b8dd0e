"""The two servers that are measured: started on free ports, waited for, always stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

HOST = "127.0.0.1"
START_WITHIN_S = 120
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Server:
    """A running server.

    Parameters
    ----------
    url : str
        Its address without a slash at the end.
    process_id : int
        Of the one process that it is.
    """

    url: str
    process_id: int

    def memory_mb(self) -> float:
        """Return the resident memory of the server and of whatever it has started, in MB."""
        process = psutil.Process(self.process_id)
        family = [process, *process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in family)) / 1e6


@contextmanager
def bare_app(folder: Path) -> Iterator[Server]:
    """Run the bare app."""
    port = _free_port()
    run = ("-c", f"import bare_server; bare_server.serve({HOST!r}, {port})")
    with _running(run, port, "/_stcore/health", folder) as server:
        yield server


@contextmanager
def dashboard(register: str, folder: Path, *more: str) -> Iterator[Server]:
    """Run Löfteskartan with a register and more options, as its command line does."""
    port = _free_port()
    run = ("-c", "from geodata.cli import main; main()", "run", "--register", register)
    options = ("--no-browser", "--basemap", "none", "--host", HOST, "--port", str(port))
    with _running((*run, *options, *more), port, "/healthz", folder) as server:
        yield server


@contextmanager
def _running(arguments: Sequence[str], port: int, health: str, folder: Path) -> Iterator[Server]:
    url = f"http://{HOST}:{port}"
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(folder),
            cwd=folder,
        )
        try:
            _wait_until_up(process, url + health, log)
            yield Server(url, process.pid)
        finally:
            _stop(process)


def _environment(folder: Path) -> dict[str, str]:
    # This user's own settings and catalogue must not take part.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LOFTESKARTAN_")}
    settings = folder / "settings.toml"
    settings.touch()
    own = {"LOFTESKARTAN_SETTINGS": str(settings), "XDG_DATA_HOME": str(folder)}
    return kept | own | {"PYTHONPATH": str(HERE)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            pass
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"{url} does not answer:\n{log.read_text(encoding='utf-8')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
