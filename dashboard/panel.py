"""HTML panels: templates filled on the server, shown as they are, links and forms sent back.

Lists, cards, tables and forms are real HTML with real links and fields, so that they can be read
by a screen reader, stepped through by keyboard and opened in a new tab, and so that a form keeps
what is typed in the browser itself: a lost connection or a new run of the page can't take it.
Jinja escapes every value; nothing from data reaches the page unescaped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal

import jinja2

from dashboard import state
from dashboard.context import Context
from dashboard.host.insides import panel_component
from dashboard.look import STATE_TOKENS
from dashboard.state import Sent
from geodata.palette import FINDING_COLOURS, LAYER_COLOURS, STATE_ICONS

HERE: Final = Path(__file__).parent


OnSent = Callable[[Sent], object]


def _ignore(_sent: Sent) -> None:
    """Do nothing: the panel has no form."""


@cache
def templates() -> jinja2.Environment:
    """Return the template environment: escaping always on, a missing value is an error."""
    environment = jinja2.Environment(
        # A page's own templates stand beside it and go by their bare names; those of the planner's
        # tools are called alike, and go by their tool's: `loop/page.html`.
        loader=jinja2.FileSystemLoader([HERE / "planner", *_folders()]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        state_colours=STATE_TOKENS,
        state_icons=STATE_ICONS,
        finding_colours=FINDING_COLOURS,
        layer_colours=LAYER_COLOURS,
    )
    return environment


def _folders() -> list[Path]:
    """Return every folder that holds templates, but for the planner's tools' own."""
    folders = {path.parent for path in HERE.rglob("*.html")}
    return sorted(f for f in folders if "planner" not in f.relative_to(HERE).parts[:-1])


def show(
    context: Context,
    key: str,
    template: str,
    *,
    view: str = "",
    focus: bool = False,
    attempt: str = "",
    on_ask: OnSent = _ignore,
    on_submit: OnSent = _ignore,
    **values: Any,
) -> None:
    """Show a filled template as a panel.

    Parameters
    ----------
    context : Context
        What every template may name; its words set the panel's language.
    key : str
        The panel's own key.
    template : str
        A page's own by its bare name; a tool's by its folder and name.
    view : str
        Names what is shown; when it changes the panel starts from its top.
    focus : bool
        Whether the panel's heading takes the keyboard's focus when it is new.
    attempt : str
        Names the last refused save: when it is new, the first faulty field takes the focus.
    on_ask : callable, optional
        Told when a form's field was changed that others depend on, before the page is made anew.
    on_submit : callable, optional
        Told when a form was sent, likewise.
    **values
        What the template names besides.
    """
    w = context.words
    html = templates().get_template(template).render({**context.base(), **values})
    panel_component()(
        key=key,
        data={
            "html": html,
            "lang": w.language,
            "words": {"unanswered": w("form.unanswered"), "working": w("form.working")},
            "title": values.get("page_title", ""),
            "view": view,
            "focus": focus,
            "attempt": attempt,
            "session": state.session_mark(),
            "away": w("host.away"),
            # What was sent is answered also where nothing on the page changes by it.
            "heard": state.heard(key),
        },
        on_go_change=partial(state.follow, key),
        on_ask_change=partial(_sent, key, "ask", on_ask),
        on_submit_change=partial(_sent, key, "submit", on_submit),
    )


def _sent(key: str, trigger: Literal["ask", "submit"], told: OnSent) -> None:
    sent = state.sent_by(key, trigger)
    if sent is not None:
        state.note_heard(key)
        told(sent)
