"""A made-up village near Borås, as OSM XML, with positions in degrees: answers are worked by hand.

A step is 0.0002° of longitude and 0.0001° of latitude, about 12 by 11 metres.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

WEST: Final = 12.92
SOUTH: Final = 57.72

Steps = tuple[float, float]


def place(east: float, north: float) -> tuple[float, float]:
    """Return longitude and latitude, so many steps from the south-west."""
    return round(WEST + east * 0.0002, 7), round(SOUTH + north * 0.0001, 7)


def square(east: float, north: float, side: float) -> list[Steps]:
    """Return a closed square's corners."""
    far = (east + side, north + side)
    return [(east, north), (far[0], north), far, (east, far[1]), (east, north)]


@dataclass
class Village:
    """What stands in it, in the order in which it was built."""

    nodes: dict[Steps, int] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    missing: set[Steps] = field(default_factory=set)

    def _node(self, at: Steps) -> int:
        return self.nodes.setdefault(at, len(self.nodes) + 1)

    def way(self, along: list[Steps], **tags: str) -> int:
        number = len(self.parts) + 1
        refs = "".join(f'<nd ref="{self._node(at)}"/>' for at in along)
        self.parts.append(f'<way id="{number}" version="1">{refs}{_tags(tags)}</way>')
        return number

    def multipolygon(self, outer: list[Steps], inner: list[Steps], **tags: str) -> None:
        roles = {"outer": self.way(outer), "inner": self.way(inner)}
        members = "".join(
            f'<member type="way" ref="{ref}" role="{role}"/>' for role, ref in roles.items()
        )
        said = _tags({"type": "multipolygon", **tags})
        number = len(self.relations) + 1
        self.relations.append(f'<relation id="{number}" version="1">{members}{said}</relation>')

    def locality(self, at: Steps, **tags: str) -> None:
        lon, lat = place(*at)
        number = 900 + len(self.named)
        self.named.append(
            f'<node id="{number}" version="1" lon="{lon}" lat="{lat}">{_tags(tags)}</node>'
        )

    def write(self, path: Path) -> Path:
        there = [(at, id_) for at, id_ in self.nodes.items() if at not in self.missing]
        nodes = [
            f'<node id="{id_}" version="1" lon="{place(*at)[0]}" lat="{place(*at)[1]}"/>'
            for at, id_ in there
        ]
        parts = [*nodes, *self.named, *self.parts, *self.relations]
        top = '<?xml version="1.0"?><osm version="0.6"><note>x</note>'
        meta = '<meta osm_base="2026-11-01T00:00:00Z"/>'
        path.write_text(f"{top}{meta}{''.join(parts)}</osm>", encoding="utf-8")
        return path


def _tags(tags: dict[str, str]) -> str:
    return "".join(
        f"<tag k={quoteattr(key.replace('__', ':'))} v={quoteattr(value)}/>"
        for key, value in tags.items()
    )


def village() -> Village:
    """Return a street of 40 steps, a house with a yard, a pond, a wood and a path."""
    made = Village()
    made.way([(0, 0), (20, 0), (40, 0)], highway="residential", name="Storgatan")
    made.way([(20, 0), (20, 30)], highway="footway")
    made.multipolygon(square(2, 5, 12), square(5, 8, 6), building="yes")
    made.way(square(24, 5, 10), natural="water")
    made.way(square(24, 18, 10), landuse="forest")
    made.locality((20, 40), place="hamlet", name="Byn")
    return made
