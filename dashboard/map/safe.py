"""The only way text and values get onto the map.

What folium writes ends up inside a script that the browser evaluates, so HTML escaping is not
enough: a template literal runs a ``${...}``, a ``</script>`` ends the element it stands in, and
streamlit-folium deletes whatever looks like ``_name`` or ``maps/name/`` before it decides whether
a script has changed. Everything goes through `script_value`, which leaves nothing of that kind;
the browser side (``assets/lofteskartan.js``) sets text as text, never as HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

_UNSAFE: Final = re.compile("[<>&'`$_{}/\u2028\u2029\\x7f-\\x9f]")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def script_value(value: Json) -> str:
    """Write a value as a JavaScript expression that can stand anywhere in a script."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _STRING.sub(lambda found: _UNSAFE.sub(_escape, found.group()), text)
