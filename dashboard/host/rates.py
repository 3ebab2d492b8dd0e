"""How often anybody may ask for what is dear: one table, by person, or by address where unknown.

No page of ours comes near it, and nor does a group that meets: it is there for programs that have
run wild. What is made at once is bounded elsewhere, for all together (`routes/answers.py`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many in a minute after that."""

    paths: re.Pattern[str]
    at_once: int
    a_minute: int


RATES: Final = (
    # A hundred people behind one address sign in at eight o'clock: each asks twice.
    Rate(re.compile(r"/inloggning/(start|svar)"), 200, 120),
    # Twelve of a session's files are kept, and a form takes a second to fill.
    Rate(re.compile(r"/uploads"), 60, 30),
    # Every document and export in both languages at the end of a meeting, then one every other
    # second for as long as anybody likes; the dearest takes a processor longer than that.
    Rate(re.compile(r"/(export|dokument|publicera|underlag)/.*"), 60, 30),
    # QGIS asks for several layers at each step of its map, and a whole country's million activities
    # are a thousand of GDAL's pages: it gives up where one is refused.
    Rate(re.compile(r"/ogc(/.*)?"), 3_000, 600),
    # A school's or a library's computers have one address.
    Rate(re.compile(r"/oppen-sida(/.*)?"), 300, 300),
    # A phone that has been without a network for weeks, and sends all at once.
    Rate(re.compile(r"/falt/ko"), 600, 120),
    # A program asks for its calendar every few minutes, and a town hall has one address.
    Rate(re.compile(r"/kalender/.*"), 120, 120),
    # Somebody types: a question at each pause of a tenth of a second, never for a minute.
    Rate(re.compile(r"/sok(/platser)?"), 120, 120),
    # A stairwell's residents have one address; each taps a few places, and sees a page for each.
    Rate(re.compile(r"/vandra/.*"), 60, 30),
    # A form of a few fields, filled in by hand.
    Rate(re.compile(r"/nycklar"), 60, 30),
)
"""What is limited; the first that fits counts. All else is made in milliseconds, or once."""

KNOWN_AT_MOST: Final = 10_000
"""So many askers are remembered before those are forgotten who have waited long enough."""


class Rates:
    """Who has asked for how much lately; `clock` counts seconds.

    Of each asker one number is kept, when all that they have asked for would have been their due
    (the generic cell rate algorithm, ITU-T I.371).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due_s: dict[tuple[Rate, str], float] = {}

    def wait_s(self, path: str, who: str) -> int:
        """Count a request; return how many seconds it comes too early, 0 for one that may come."""
        rate = next((rate for rate in RATES if rate.paths.fullmatch(path)), None)
        if rate is None:
            return 0
        now_s, each_s = self._clock(), 60 / rate.a_minute
        if len(self._due_s) >= KNOWN_AT_MOST:
            self._due_s = {key: due_s for key, due_s in self._due_s.items() if due_s > now_s}
        due_s = max(self._due_s.get((rate, who), now_s), now_s) + each_s
        # The last of those that may come at once comes at its very moment: sums of parts are off.
        early_s = round(due_s - now_s - rate.at_once * each_s, 3)
        if early_s > 0:
            return ceil(early_s)
        self._due_s[rate, who] = due_s
        return 0


SITE_BITS: Final = 64
"""One subscriber has all addresses of IPv6 that begin with the same bits (RFC 6177)."""

OWN_MACHINE: Final = "127.0.0.1"
"""How this machine is called, whichever of its addresses asks."""


def address_of(scope: Scope, proxies: Collection[str]) -> str:
    """Return the address that asks.

    Parameters
    ----------
    scope : starlette.types.Scope
        Of a request or a socket.
    proxies : collection of str
        Whose word on it is believed (``X-Forwarded-For``): each tells who was before it.
    """
    address = peer = str((scope.get("client") or ("",))[0])
    told = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    before = [hop.strip() for hop in told.split(",") if hop.strip()]
    while address in proxies and before:
        address = before.pop()
    try:
        known = ip_address(address)
    except ValueError:
        return peer
    if isinstance(known, IPv4Address):
        return OWN_MACHINE if known.is_loopback else str(known)
    if known.is_loopback:
        return OWN_MACHINE
    return str(known.ipv4_mapped or ip_network((known, SITE_BITS), strict=False))
