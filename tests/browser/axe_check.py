"""axe on a page as it stands, in both themes: for any test that has brought a page to a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")

if TYPE_CHECKING:
    from .conftest import Screen

SERIOUS: Final = ("serious", "critical")

EXCEPTIONS: Final[tuple[tuple[str, str, str], ...]] = ()
"""Rule, start of the selector, and why it can't be changed: only what Streamlit itself renders."""

BY_THEME: Final = ("color-contrast", "link-in-text-block")
"""All that a theme can change; the other rules are asked once."""

_FULLY_SHOWN: Final = """() => {
  // What Streamlit fades while it works is not what is read; who measured then, saw pale text.
  const still = document.createElement("style");
  still.textContent = '[data-stale] { opacity: 1 !important; transition: none !important; }';
  document.head.append(still);
  const ends = a => Number.isFinite(a.effect.getComputedTiming().endTime);
  return Promise.allSettled(document.getAnimations().filter(ends).map(a => a.finished));
}"""
"""Keep Streamlit's fading away from the page, and wait until nothing moves or fades in it."""

RUN: Final = """([rules, enabled]) => axe.run({
  resultTypes: ['violations'], preload: false,
  rules: Object.fromEntries(rules.map(rule => [rule, { enabled }]))})"""

CONTRAST: Final = """rules => {
  // Of forty rows one is looked at, once: what is drawn alike, within what is drawn alike.
  const seen = window.contrastSeen ??= new Set(), include = [], alike = new WeakMap();
  const drawn = n => {
    if (!alike.has(n)) {
      const s = getComputedStyle(n);
      const own = [n.tagName, s.color, s.backgroundColor, s.backgroundImage, s.opacity, s.fontSize,
        s.fontWeight, s.position, s.textDecorationLine, n.getAttribute("class")].join("|");
      alike.set(n, `${n.parentNode === document ? "" : drawn(n.parentNode)}>${own}`);
    }
    return alike.get(n);
  };
  for (const n of document.body.querySelectorAll("*")) {
    const hasText = [...n.childNodes].some(c => c.nodeType === 3 && c.data.trim());
    if (!hasText && !n.matches("input, textarea, select")) continue;
    if (!n.getClientRects().length || seen.has(drawn(n))) continue;
    seen.add(drawn(n));
    include.push(n);
  }
  return include.length ? axe.run({ include }, { resultTypes: ["violations"], preload: false,
    iframes: false, runOnly: { type: "rule", values: rules } }) : { violations: [] };
}"""
"""Contrast is nine tenths of axe's work."""


def violations(screen: Screen, shown: str) -> list[str]:
    """Run axe on the page and its frames, light and dark; return what it finds, a line an element.

    The page is left in the light theme. `shown` says in the lines what was looked at.
    """
    if screen.page.locator(".stApp").count():
        screen.wait_until_still()
    for frame in screen.page.frames:
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(axe.AXE_SCRIPT)
        frame.evaluate(_FULLY_SHOWN)
    found = _told(screen.page.evaluate(RUN, [BY_THEME, False]), shown)
    found += _contrast(screen, f"{shown}, light")
    screen.page.emulate_media(color_scheme="dark")
    # All of it, and not what is drawn halfway.
    screen.page.evaluate("() => new Promise(r => requestAnimationFrame(() => setTimeout(r, 50)))")
    found += _contrast(screen, f"{shown}, dark")
    screen.page.emulate_media(color_scheme="light")
    return found


def _contrast(screen: Screen, shown: str) -> list[str]:
    found = [frame.evaluate(CONTRAST, BY_THEME) for frame in screen.page.frames]
    return [line for each in found for line in _told(each, shown)]


def _told(found: dict[str, Any], shown: str) -> list[str]:
    return [
        f"{shown}: {violation['id']} ({violation['impact']}) {node['target']}: "
        f"{node['failureSummary']} | {node['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
        if not _excepted(violation["id"], str(node["target"][0]))
    ]


def _excepted(rule: str, selector: str) -> bool:
    return any(rule == known and selector.startswith(start) for known, start, _ in EXCEPTIONS)
