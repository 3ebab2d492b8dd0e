"""A planning tool without Streamlit: what its panels are told, and where its forms lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from dashboard import panel, progress, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.state import FormState, Sent


@dataclass
class Screen:
    """What the page was told to show, and where it went; forms are kept as in a session."""

    forms: dict[str, FormState] = field(default_factory=dict)
    panels: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    html: str = ""
    went: list[ViewState] = field(default_factory=list)

    def submit(self, button: str, **values: str | tuple[str, ...]) -> None:
        sent = Sent("", values, frozenset(), button)
        self.panels["planning_panel"]["on_submit"](sent)


def stand_in(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Take the place of the session and of the panels; questions are solved on the spot."""
    shown = Screen()

    def show(context: Context, key: str, template: str, **values: Any) -> None:
        shown.panels[key] = values
        ours = {"view", "focus", "attempt", "on_ask", "on_submit"}
        named = {name: value for name, value in values.items() if name not in ours}
        shown.html = panel.templates().get_template(template).render(context.base() | named)

    monkeypatch.setattr(panel, "show", show)
    monkeypatch.setattr(state, "form", lambda draft: shown.forms.get(draft, FormState()))
    monkeypatch.setattr(state, "keep_form", shown.forms.__setitem__)
    monkeypatch.setattr(state, "write", shown.went.append)
    monkeypatch.setattr(state, "take_picked", lambda: None)
    monkeypatch.setattr(state, "session_mark", lambda: "mark")
    monkeypatch.setattr(progress, "answer", lambda _, question, __: question.solve(lambda _: None))
    return shown
