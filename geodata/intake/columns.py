"""What columns and properties may be called: our name first, then what else is understood.

Names are compared without case; spaces, underscores and hyphens are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Columns = Mapping[str, tuple[str, ...]]

_WHEN_AND_WHERE: Final[Columns] = {
    "date": ("datum", "start", "tid"),
    "area": ("område", "omrade"),
}
_AMOUNTS: Final[Columns] = {
    "minutes": ("minuter", "min"),
    "participants": ("deltagare", "antal deltagare"),
}
_LINKS: Final[Columns] = {
    "commitments": ("commitment", "åtaganden", "åtagande"),
    "parties": ("party", "parter", "part"),
    "note": ("notes", "anteckning", "anteckningar", "kommentar"),
    "reference": ("referens", "source", "källa"),
}

ACTIVITY_COLUMNS: Final[Columns] = {
    "id": (),
    **_WHEN_AND_WHERE,
    "kind": ("slag", "typ", "type", "aktivitet", "activity"),
    "lat": ("latitude", "latitud"),
    "lon": ("lng", "longitude", "longitud"),
    **_AMOUNTS,
    **_LINKS,
}
"""Columns of a table of activities; ``date`` and ``kind`` must be there.

In a table of published events a row's ``id`` keeps it the same record when its other cells are
reworded; in any other file ids are not looked at, since they may mean anything.
"""

WALK_COLUMNS: Final[Columns] = {
    "name": ("namn",),
    "status": ("läge",),
    **_WHEN_AND_WHERE,
    "meeting_point": ("samlingsplats",),
    "route": ("rutt", "gpx"),
    **_AMOUNTS,
    **_LINKS,
}
"""Columns of a table of walks; ``name``, ``status`` and ``date`` must be there."""

FINDING_PROPERTIES: Final[Columns] = {
    "walk": ("vandring", "trygghetsvandring"),
    "area": ("område", "omrade"),
    "category": ("kategori",),
    "text": ("beskrivning", "iakttagelse"),
    "owner": ("ansvarig",),
    "due": ("klart senast",),
    "status": ("läge",),
    "day": ("date", "dag", "datum"),
    "status_day": ("statusdag", "statusdatum"),
}
"""Properties of a finding; ``category`` and ``text`` must hold something."""

WALK_STATUSES: Final = {
    "planned": "planned",
    "planerad": "planned",
    "held": "held",
    "genomförd": "held",
    "hållen": "held",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "inställd": "cancelled",
}

FINDING_STATUSES: Final = {
    "open": "open",
    "öppen": "open",
    "in progress": "in_progress",
    "pågår": "in_progress",
    "påbörjad": "in_progress",
    "done": "done",
    "åtgärdad": "done",
    "klar": "done",
    "dismissed": "dismissed",
    "avfärdad": "dismissed",
    "avskriven": "dismissed",
}


def field_of(header: str, columns: Columns) -> str | None:
    """Return our name of a column, None if it is not known.

    Parameters
    ----------
    header : str
        As the file writes it.
    columns : mapping of str to tuple of str
        The names that are understood.

    Returns
    -------
    str or None
        A key of `columns`.
    """
    plain = " ".join(header.casefold().replace("_", " ").replace("-", " ").split())
    for field, others in columns.items():
        if plain == field.replace("_", " ") or plain in others:
            return field
    return None
