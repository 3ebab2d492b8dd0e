"""Promises, records and progress: everything Löfteskartan knows without a screen."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Any

__version__ = metadata.version("lofteskartan")


def open(register: Any, **given: Any) -> Any:  # noqa: A001 (as a file is: ``geodata.open``)
    """Open a register for analysis; see `geodata.frames.Frames`.

    Parameters
    ----------
    register : str or pathlib.Path
        The file, or an SQLAlchemy URL.
    **given
        ``catalogue`` and ``language``.

    Returns
    -------
    geodata.frames.Frames
        Its records, promises and progress as tables; close it, or use it in a ``with``.
    """
    # Takes pandas and GDAL: loaded by an analyst, not by every process of the server.
    return import_module("geodata.frames").Frames(register, **given)
