"""Who is asking, and what they may do: one rule for the pages and for the routes beside them.

There is no sign-in yet, so the rule is about the address that was asked for: a server on this
machine answers to this machine's names only, which also keeps a page elsewhere from reading it
through a name of its own that points here (DNS rebinding). `--open` names others, or any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from geodata.settings import Settings

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:\s,]+)(:\d+)?")
"""A Host header: a name, or an IPv6 address in brackets, and perhaps a port (RFC 9110, 7.2)."""


def host_name(host: str) -> str | None:
    """Return a Host header's name without its port, in lower case; None if it is malformed."""
    found = _HOST.fullmatch(host.lower())
    return found["name"] if found else None


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
    opened = {known.lower() for known in settings.open_to}
    return "*" in opened or (name is not None and name in LOOPBACK_NAMES | opened)
