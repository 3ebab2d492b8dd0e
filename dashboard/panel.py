"""HTML panels: templates filled on the server, shown as they are, links and forms sent back.

Lists, cards, tables and forms are real HTML with real links and fields, so that they can be read
by a screen reader, stepped through by keyboard and opened in a new tab, and so that a form keeps
what is typed in the browser itself: a lost connection or a new run of the page can't take it.
Jinja escapes every value; nothing from data reaches the page unescaped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from dashboard import state
from dashboard.access import FORMS, PAGES
from dashboard.context import Context
from dashboard.host.insides import panel_component
from dashboard.look import templates
from dashboard.signin import log
from dashboard.state import Sent
from geodata.errors import GeodataError

OnSent = Callable[[Sent], object]


def _ignore(_sent: Sent) -> None:
    """Do nothing: the panel has no form."""


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
            **_signed_in(context),
            # What was sent is answered also where nothing on the page changes by it.
            "heard": state.heard(key),
        },
        on_go_change=partial(state.follow, key),
        on_ask_change=partial(_sent, context, key, "ask", on_ask),
        on_submit_change=partial(_sent, context, key, "submit", on_submit),
    )


def _signed_in(context: Context) -> dict[str, Any]:
    """Return what a page is told of who is signed in; `out` is said when they no longer are."""
    w, account = context.words, context.account
    said = [w("host.signed_out"), w("host.sign_in_again")] if account.session else []
    return {"proof": account.proof, "who": account.mark, "out": said}


def _version(context: Context) -> str:
    """Return the register's version, empty where it can't be reached: what is sent says so."""
    try:
        return context.service.version()
    except GeodataError:
        return ""


def _sent(context: Context, key: str, trigger: Literal["ask", "submit"], told: OnSent) -> None:
    settings, page = context.service.settings, context.page
    account = state.account(settings)
    if not account.may(FORMS[page] if trigger == "submit" else PAGES[page]):
        log.note(settings.signin, "refused", account, f"{page}: {key}")
        return
    sent = state.sent_by(key, trigger, account.function)
    if sent is None:
        return
    state.note_heard(key)
    before = _version(context)
    told(sent)
    # What is imported is written by another process, later.
    if _version(context) != before or (page == "importing" and trigger == "submit"):
        log.note(settings.signin, "changed", account, f"{page}: {sent.draft}")
