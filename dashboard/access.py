"""Who is asking, and what they may do: one rule for the pages and for the routes beside them.

There is no sign-in yet, so the rule is about the address that was asked for: a server on this
machine answers to this machine's names only, which also keeps a page elsewhere from reading it
through a name of its own that points here (DNS rebinding). `--open` names others, or any. What
changes something or is costly is asked by this server's own pages only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from geodata.settings import Settings

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:\s,]+)(:\d+)?")
"""A Host header: a name, or an IPv6 address in brackets, and perhaps a port (RFC 9110, 7.2)."""

USUAL_PORTS: Final = {"http": 80, "https": 443}


def host_name(host: str) -> str | None:
    """Return a Host header's name without its port, in lower case; None if it is malformed."""
    found = _HOST.fullmatch(host.lower())
    return found["name"] if found else None


def may_read(headers: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether a request may see the register."""
    name = host_name(headers.get("host", ""))
    opened = {known.lower() for known in settings.open_to}
    return "*" in opened or (name is not None and name in LOOPBACK_NAMES | opened)


def is_same_origin(origin: str, host: str) -> bool:
    """Tell whether an Origin, or another page's address, has the host and port asked for."""
    try:
        asking = urlsplit(origin.lower())
        usual = USUAL_PORTS[asking.scheme]
        asked = urlsplit(f"//{host.lower()}")
        same_port = (asking.port or usual) == (asked.port or usual)
    except (KeyError, ValueError):
        return False
    return asking.hostname is not None and asking.hostname == asked.hostname and same_port


def is_own_page(headers: Mapping[str, str]) -> bool:
    """Tell whether nothing says that a request comes from another site's page."""
    host = headers.get("host", "")
    asking = (headers.get("origin"), headers.get("referer"))
    if not all(is_same_origin(page, host) for page in asking if page is not None):
        return False
    return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
