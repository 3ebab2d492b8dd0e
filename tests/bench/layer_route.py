"""The activities' layer as the map asks for it: how large, how fast."""

from __future__ import annotations

import gzip
import http.client
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.model import Area

ZOOMS = range(8, 19)
TILE_PX = 256
SHIFTS = 2
"""Views of every place at every zoom, each a little elsewhere."""

SEED = 7


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its time, and its body's size as it was sent."""

    status: int
    took_ms: float
    size_bytes: int
    features: int
    etag: str


def ask_all(
    url: str, areas: Sequence[Area], size_px: tuple[int, int]
) -> tuple[list[Answer], list[Answer]]:
    """Ask for every view twice.

    Parameters
    ----------
    url : str
        The server's.
    areas : sequence of Area
        Looked at one by one and all together.
    size_px : tuple of int
        The map's width and height.

    Returns
    -------
    cold : list of Answer
        To views that nobody has asked for.
    unchanged : list of Answer
        To the same, by a browser that has the answer already.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        _ask(connection, "/healthz", "")
        paths = list(_paths(areas, size_px))
        cold = [_ask(connection, path, "") for path in paths]
        unchanged = [
            _ask(connection, path, answer.etag) for path, answer in zip(paths, cold, strict=True)
        ]
    finally:
        connection.close()
    if {a.status for a in cold} != {200} or {a.status for a in unchanged} != {304}:
        raise RuntimeError(f"unexpected answers: {cold[0]} {unchanged[0]}")
    return cold, unchanged


def _ask(connection: http.client.HTTPConnection, path: str, etag: str) -> Answer:
    headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": etag} if etag else {})
    before = time.perf_counter()
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    took_ms = (time.perf_counter() - before) * 1000
    features = 0
    if response.headers.get("Content-Encoding") == "gzip":
        features = len(json.loads(gzip.decompress(body))["features"])
    return Answer(response.status, took_ms, len(body), features, response.headers.get("ETag", ""))


def _paths(areas: Sequence[Area], size_px: tuple[int, int]) -> Iterator[str]:
    rng = np.random.default_rng(SEED)
    outlines = [area.outline for area in areas]
    looked_at = [*outlines, shapely.union_all(outlines)]
    for zoom in ZOOMS:
        for shape in looked_at:
            for _ in range(SHIFTS):
                bbox = _view(shape, zoom, size_px, rng)
                query = {
                    "lang": "sv",
                    "bbox": ",".join(f"{value:.5f}" for value in bbox),
                    "zoom": str(zoom),
                }
                yield f"/layers/activities?{urlencode(query)}"


def _view(
    shape: BaseGeometry, zoom: int, size_px: tuple[int, int], rng: np.random.Generator
) -> tuple[float, float, float, float]:
    west, south, east, north = shape.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    # Web Mercator: a degree of latitude is longer on the screen than one of longitude.
    width_deg = size_px[0] * 360 / (TILE_PX * 2**zoom)
    height_deg = size_px[1] * 360 / (TILE_PX * 2**zoom) * math.cos(math.radians(lat))
    lon += width_deg * rng.uniform(-0.25, 0.25)
    lat += height_deg * rng.uniform(-0.25, 0.25)
    half_width, half_height = width_deg / 2, height_deg / 2
    return lon - half_width, lat - half_height, lon + half_width, lat + half_height
