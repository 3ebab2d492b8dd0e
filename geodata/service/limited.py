"""The service as somebody has it who may not see or write all of the register.

One catalogue, one clock and one register stand behind all of them. What is worked out of all that
everybody may see is worked out once, for all; the rest once for those who see the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from geodata.analysis.location import Outlines
from geodata.model import Catalogue, Revision
from geodata.register.limited import LimitedRegister
from geodata.register.limited import Limits as Limits
from geodata.service.core import OF_WORK_ALONE, Service, register_says

FOR_READERS: Final = "readers/"
"""How the minutes are called that are kept for those who don't see internal findings."""


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


def own_minutes(service: Service, documents: Mapping[str, str]) -> dict[str, str]:
    """Return closed minutes' documents as they are kept for whom a service is, by name.

    Of minutes that were closed before readers had their own, they have none.
    """
    if isinstance(service, LimitedService) and not service.sees_internal:
        mine = [name for name in documents if name.startswith(FOR_READERS)]
        return {name.removeprefix(FOR_READERS): documents[name] for name in mine}
    return {name: d for name, d in documents.items() if not name.startswith(FOR_READERS)}
