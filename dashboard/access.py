"""Who is asking, and what they may do: one rule for the pages and for the routes beside them.

There is no sign-in yet, so the rule is about the address that was asked for: a server on this
machine answers to this machine's names only, which also keeps a page elsewhere from reading it
through a name of its own that points here (DNS rebinding). `--open` names others, or any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geodata.settings import Settings

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


def host_name(host: str) -> str:
    """Return a Host header's name without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


def may_read(headers: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether a request may see the register.

    Parameters
    ----------
    headers : mapping of str to str
        The request's headers, case-insensitive.
    settings : Settings
        Holds the names that the server was opened to.

    Returns
    -------
    bool
        True if the asked-for host is this machine's own or one that was opened.
    """
    name = host_name(headers.get("host", ""))
    return name in LOOPBACK_NAMES or name in settings.open_to or "*" in settings.open_to
