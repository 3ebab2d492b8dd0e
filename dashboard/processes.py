"""Processes of their own for long work: begun as fresh interpreters, ended for certain."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any, Final, Self

ENDED_S: Final = 5.0
"""How long a process that was told to end is waited for, in seconds."""


@dataclass(slots=True)
class Worker:
    """A process, and the pipe to it.

    Parameters
    ----------
    process : multiprocessing process
        Where the work is done.
    connection : multiprocessing connection
        This end of the pipe.
    """

    process: BaseProcess
    connection: Connection

    @classmethod
    def begin(cls, work: Callable[..., None], *given: Any) -> Self:
        """Begin work in a process of its own.

        Parameters
        ----------
        work : callable
            Of a module that can be imported; given the other end of the pipe first.
        *given
            What else it is given.

        Returns
        -------
        Worker
            At work; it ends with this process.
        """
        # A fresh interpreter: a copy of this one would take its threads' locks along.
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=work, args=(there, *given), daemon=True)
        with _no_main_module():
            process.start()
        there.close()
        return cls(process, here)

    def end(self, *, at_once: bool = False) -> None:
        """End it, once; `at_once` where it has nothing to put in order."""
        if self.connection.closed:
            return
        self.connection.close()
        if at_once:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.join(ENDED_S)


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep a new process from running this one's main module, as it otherwise would.

    Streamlit puts the page's script there, which would then be run where there is no page.
    """
    kept = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = kept
