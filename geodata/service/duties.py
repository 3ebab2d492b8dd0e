"""What the parties are to do, of all that a service tells."""

from __future__ import annotations

from collections import Counter
from datetime import date

from geodata.analysis.duties import Duty as Duty
from geodata.analysis.duties import concerning as concerning
from geodata.analysis.duties import duties as _duties
from geodata.service.core import Service


def duties(service: Service, day: date) -> tuple[Duty, ...]:
    """Return what is to be done as of the end of a day, by day; what has none comes last.

    Parameters
    ----------
    service : Service
        Whose register is asked; what it keeps back is not there.
    day : datetime.date
        The day told about.

    Returns
    -------
    tuple of Duty
        Open findings and decisions, and planned walks.
    """
    return _duties(service.findings(), service.decisions(), service.walks(), day)


def late_by_area(service: Service, day: date) -> Counter[str | None]:
    """Return how much is late in each area, as of the end of a day.

    Parameters
    ----------
    service : Service
        Whose register is asked.
    day : datetime.date
        The day told about.

    Returns
    -------
    collections.Counter
        By the area's id; None is outside every area.
    """
    return Counter(duty.record.area_id for duty in duties(service, day) if duty.late)
