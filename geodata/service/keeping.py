"""Answers that are kept for each service, until the register or the catalogue changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from geodata.service.core import Service

KEPT: Final = 8
"""Answers that are kept for each service; beyond that the oldest is forgotten."""

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Kept(Generic[Question, Answer]):
    """What questions came to, kept for each version of the register."""

    def __init__(self, make: Callable[[Service, Question], Answer]) -> None:
        self._make = make
        self._answering = Lock()
        # Weak, or what is kept for a service would keep that service for ever.
        self._kept: WeakKeyDictionary[Service, dict[tuple[str, Question], Answer]]
        self._kept = WeakKeyDictionary()

    def answer(self, service: Service, question: Question) -> Answer:
        """Return the answer to a question, worked out or kept."""
        # One at a time: many who ask at once after a change would all do the same work.
        with self._answering:
            kept = self._kept.setdefault(service, {})
            key = service.version(), question
            if key not in kept:
                while len(kept) >= KEPT:
                    del kept[next(iter(kept))]
                kept[key] = self._make(service, question)
            return kept[key]
