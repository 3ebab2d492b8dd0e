"""Made-up towns to walk in: a grid in metres round a place in Borås, written as OSM XML."""

from __future__ import annotations

import bz2
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

import numpy as np

from geodata.crs import SWEREF99TM, positions_to_degrees

ORIGIN_M: Final = (377_000.0, 6_400_000.0)
"""In SWEREF 99 TM; near Borås."""


def place(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a position in metres from the origin."""
    metres = np.array([[ORIGIN_M[0] + x, ORIGIN_M[1] + y]])
    lon, lat = positions_to_degrees(metres, SWEREF99TM)[0].tolist()
    return lon, lat


@dataclass
class Town:
    """Nodes by name with metres from the origin, and ways along them."""

    nodes: Mapping[str, tuple[float, float]]
    ways: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def way(self, along: str, **tags: str) -> Town:
        """Add a way along nodes, named with a space between; a residential street by default."""
        self.ways.append((along, {"highway": "residential", **tags}))
        return self

    def xml(self, top: str = "") -> str:
        number = {name: at for at, name in enumerate(self.nodes, start=1)}
        parts = [f'<?xml version="1.0"?><osm version="0.6">{top}']
        for name, (x, y) in self.nodes.items():
            lon, lat = place(x, y)
            parts.append(f'<node id="{number[name]}" version="1" lon="{lon:.9f}" lat="{lat:.9f}"/>')
        for at, (along, tags) in enumerate(self.ways, start=1):
            refs = "".join(f'<nd ref="{number[name]}"/>' for name in along.split())
            said = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
            parts.append(f'<way id="{at}" version="1">{refs}{said}</way>')
        return "".join([*parts, "</osm>"])

    def write(self, path: Path, top: str = "") -> Path:
        content = self.xml(top).encode()
        path.write_bytes(bz2.compress(content) if path.suffix == ".bz2" else content)
        return path
