"""The service as somebody has it who may not see or write all of the register.

One catalogue, one clock and one register stand behind all of them. What is worked out of all that
everybody may see is worked out once, for all; the rest once for those who see the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geodata.analysis.location import Outlines
from geodata.model import Catalogue, Revision
from geodata.register.limited import FOR_READERS as FOR_READERS
from geodata.register.limited import LimitedRegister
from geodata.register.limited import Limits as Limits
from geodata.register.limited import own_minutes as own_minutes
from geodata.service.core import OF_WORK_ALONE, Service, register_says


class LimitedService(Service):
    """A service, within limits.

    Parameters
    ----------
    whole : Service
        The one that sees all; it is not closed with this one.
    limits : Limits
        What is kept from whom this one is for.
    shelves : dict
        Where those who see the same keep what is worked out.
    """

    def __init__(self, whole: Service, limits: Limits, shelves: dict[Any, Any]) -> None:
        register = LimitedRegister(whole.register, limits)
        self._whole = whole
        super().__init__(whole.settings, whole.catalogue, register, whole.today)
        self._shelves = shelves
        self.sees_internal = limits.sees_internal

    def _use(self, *_catalogue: object) -> None:
        """Keep no catalogue of its own."""

    @property
    def catalogue(self) -> Catalogue:
        """The checked promises and areas."""
        return self._whole.catalogue

    @property
    def outlines(self) -> Outlines:
        """The catalogue's outlines."""
        return self._whole.outlines

    def version(self) -> str:
        """Return a mark that changes whenever the catalogue or a record does."""
        return self._whole.version()

    def refresh(self) -> None:
        """Take note of promises and areas that were changed."""
        self._whole.refresh()

    def _shelf(self, make: Callable[..., Any], asked: tuple[object, ...]) -> Any:
        # Made of activities, promises and decisions, which are kept from nobody.
        is_of_all = make is register_says and asked[0] in ("decisions", "evidence", "walks")
        if is_of_all or make in OF_WORK_ALONE:
            return self._whole._shelf(make, asked)  # noqa: SLF001 (its own kind)
        return super()._shelf(make, asked)

    def revisions(self, *which: Any, **named: Any) -> list[Revision]:
        """Return revisions, as the limited register has them."""
        return self.register.revisions(*which, **named)


def for_readers(service: Service) -> Service:
    """Return the service of those who see the least."""
    return LimitedService(service, Limits(sees_planning=False, sees_internal=False), {})


def sees_internal(service: Service) -> bool:
    """Tell whether internal findings are told to whom a service is for."""
    return not isinstance(service, LimitedService) or service.sees_internal
