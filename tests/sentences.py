"""Whether sentences stand apart: a stop with a letter right behind it is two that were joined."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_JOINED: Final = re.compile(r".{0,40}[a-zåäö0-9)%”][.!?][A-ZÅÄÖ][a-zåäö].{0,20}")
_BESIDE: Final = re.compile(r"</?(?:a|abbr|em|i|strong)\b[^>]*>")
"""Tags that leave what is before and after them in one line of text."""
_TAG: Final = re.compile(r"<[^>]*>", re.DOTALL)
_UNSEEN: Final = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)


def joined(text: str) -> list[str]:
    """Return where in a text one sentence begins right behind another."""
    return _JOINED.findall(text)


def joined_in_html(html: str) -> list[str]:
    """Return the same of a page's text, as a reader sees it in one line."""
    return joined(unescape(_TAG.sub("\n", _BESIDE.sub("", _UNSEEN.sub("", html)))))
