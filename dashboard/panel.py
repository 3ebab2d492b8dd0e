"""HTML panels: templates filled on the server, shown as they are, links sent back.

Streamlit's widgets serve forms; lists, cards and tables here are real HTML with real links, so
that they can be read by a screen reader, stepped through by keyboard and opened in a new tab.
Jinja escapes every value; nothing from data reaches the page unescaped.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import jinja2
import streamlit as st

from dashboard import state
from dashboard.look import FINDING_COLOURS, LIGHT_ICONS, STATE_COLOURS, STATE_ICONS

HERE: Final = Path(__file__).parent


@cache
def templates() -> jinja2.Environment:
    """Return the template environment: escaping always on, a missing value is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        state_colours=STATE_COLOURS,
        state_icons=STATE_ICONS,
        light_icons=LIGHT_ICONS,
        finding_colours=FINDING_COLOURS,
    )
    return environment


@cache
def _script() -> str:
    return (HERE / "panel.js").read_text(encoding="utf-8")


def show(key: str, template: str, *, view: str = "", focus: bool = False, **context: Any) -> None:
    """Show a filled template as a panel.

    Parameters
    ----------
    key : str
        The panel's own key.
    template : str
        File in ``templates``.
    view : str
        Names what is shown; when it changes the panel starts from its top.
    focus : bool
        Whether the panel's heading takes the keyboard's focus when it is new.
    **context
        What the template names; `w`, the words, sets the page's language.
    """
    html = templates().get_template(template).render(**context)
    # Registered in every run, as Streamlit asks for: a run may be the session's first.
    mount = st.components.v2.component("lofteskartan_panel", js=_script(), isolate_styles=False)
    mount(
        key=key,
        data={
            "html": html,
            "lang": context["w"].language,
            "title": context.get("page_title", ""),
            "view": view,
            "focus": focus,
        },
        on_go_change=partial(state.follow, key),
    )
