"""What is asked of Streamlit itself beyond its documented commands, or once for all sessions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit import config, net_util

STATIC: Final = Path(st.__file__).parent / "static"
"""Where the files stand that Streamlit's own page is made of."""

FONT: Final = "SourceSansVF-Upright*.woff2"

DASHBOARD: Final = Path(__file__).parents[1]


@cache
def panel_component() -> Callable[..., Any]:
    """Return what mounts a panel, registered once in the process.

    Streamlit 1.67 registers it again by itself where another runtime mounts it, as in a test.
    """
    # One module: a panel without a form costs nothing for knowing how to keep one.
    first = DASHBOARD / "static" / "panel.js"
    scripts = sorted(set(DASHBOARD.rglob("*.js")) - {first, *DASHBOARD.glob("map/**/*.js")})
    text = "\n".join(path.read_text(encoding="utf-8") for path in (*scripts, first))
    mount: Callable[..., Any] = st.components.v2.component(
        "lofteskartan_panel", js=text, isolate_styles=False
    )
    return mount


def font() -> Path | None:
    """Return the font that Streamlit's pages are set in, None where it is named otherwise.

    The map's frame is set in it too; without it the map has the system's font.
    """
    return next((STATIC / "static" / "media").glob(FONT), None)


def ask_nobody() -> None:
    """Keep Streamlit from asking other hosts for anything, whatever this user has set for it."""
    # It would ask who this machine is to the outside, and count pages that are opened.
    net_util.get_external_ip = lambda: None
    config.set_option("browser.gatherUsageStats", False)  # noqa: FBT003 (Streamlit's own)
