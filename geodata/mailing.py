"""By which mail server parties are reminded, and whom: what the settings say of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal
from urllib.parse import urlsplit

_ADDRESS: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+", re.ASCII)
"""An e-mail address, and one alone."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is reminded of what a party is to do: a function's address, never a person's."""

    __pydantic_config__: ClassVar = {"extra": "forbid", "strict": False}

    email: str
    party: str
    # Only what this function of the party is to do, and what is no function's; empty for all.
    function: str = ""
    language: Literal["sv", "en"] = "sv"
    # All that is late or due within a week, once a week; or the day before what is due then.
    when: Literal["weekly", "day_before"] = "weekly"


@dataclass(frozen=True, slots=True)
class Mail:
    """By which mail server parties are reminded of what they are to do, and who is."""

    __pydantic_config__: ClassVar = {"extra": "forbid", "strict": False}

    server: str
    # Whom reminders come from: a function's address.
    sender: str
    to: tuple[Recipient, ...] = ()
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    # The dashboard's own address, for links; empty for none, or that of `SignIn`.
    address: str = ""
    # From when in the day, by Swedish time, and of weekly ones from which day: 1 is Monday.
    hour: int = 7
    weekday: int = 1

    def checks(self) -> Mapping[str, bool]:
        """Return whether what each setting says can be meant, by the setting."""
        return {
            "server": bool(self.server.strip()),
            "sender": _ADDRESS.fullmatch(self.sender) is not None,
            "to": bool(self.to) and all(_ADDRESS.fullmatch(one.email) for one in self.to),
            "port": 0 < self.port <= 65_535,
            # A password goes to nobody in between.
            "security": self.security != "none" or not self.password,
            "address": not self.address or urlsplit(self.address).scheme in ("http", "https"),
            "hour": self.hour in range(24),
            "weekday": self.weekday in range(1, 8),
        }
