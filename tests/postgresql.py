"""The same tests with a register in PostgreSQL: a cluster of their own, a database for each path.

`pytest --register postgresql` puts it in place. Where a test names a register by a file's path, it
gets a database instead, and the file holds that database's name: a copy of the file is a copy of
the database.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pytest

TOOLS: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
"""Where Debian puts the newest server; elsewhere it is looked for on the path."""

OWNER: Final = "lofteskartan"
"""The role that the program signs in as. It owns its own schemas and nothing else."""

NOBODY_WAITS: Final = "-c fsync=off -c full_page_writes=off"
"""Safe when a process is killed, not when the power goes, which no test here does."""


class Cluster:
    """A PostgreSQL server for as long as the tests run."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="lofteskartan-postgresql-"))
        self.port = _free_port()
        if os.geteuid() == 0:
            os.chown(self._folder, pwd.getpwnam("postgres").pw_uid, -1)
        self._tool("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self.sql("postgres", f"CREATE ROLE {OWNER} LOGIN CREATEDB")

    def start(self) -> None:
        """Start it, or start it again."""
        listening = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c max_connections=300"
        options = f"{listening} -c unix_socket_directories={self._folder} {NOBODY_WAITS}"
        self._tool("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; ``immediate`` is what a crash leaves behind."""
        self._tool("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def address(self, database: str) -> str:
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{database}"

    def make(self, database: str, template: str = "template1") -> None:
        self.sql("postgres", f'CREATE DATABASE "{database}" OWNER {OWNER} TEMPLATE "{template}"')

    def sql(self, database: str, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as the server's administrator; return the rows of the last one."""
        import psycopg

        address = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursors = [connection.execute(one) for one in statements]
            return cursors[-1].fetchall() if cursors[-1].description else []

    def _tool(self, name: str, *arguments: str) -> None:
        command = [_found(name), "-D", str(self._folder / "data"), *arguments]
        if os.geteuid() == 0:  # the server refuses to be root
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
            cwd=self._folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


class Databases:
    """A database for each path that a test names a register by."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self._known: set[Path] = set()

    def register_url(self, register: str) -> str:
        """Stand in for `geodata.settings.register_url`."""
        if "://" in register:
            return register
        path = Path(register).expanduser().resolve()
        name = f"r{hashlib.sha256(bytes(path)).hexdigest()[:24]}"
        if path not in self._known:
            self._known.add(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            template = path.read_text() if path.exists() else ""
            self.cluster.make(name, template or "template1")
            path.write_text(name)
        return self.cluster.address(name)


def _found(tool: str) -> str:
    here = shutil.which(tool, path=os.pathsep.join([*map(str, TOOLS), os.environ["PATH"]]))
    if here is None:
        raise pytest.UsageError(f"PostgreSQL's {tool} is not installed")
    return here


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
