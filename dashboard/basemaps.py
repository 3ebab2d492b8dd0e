"""The route that the local base map's tiles come from."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.address import whole_number
from dashboard.answers import guarded, told
from dashboard.map.canvas import TILES_URL
from geodata.errors import GeodataError
from geodata.service import Service
from geodata.service.basemap import LocalTiles, clear_pixel


def _answer(tiles: LocalTiles, request: Request) -> Response:
    asked = request.path_params
    try:
        found = tiles.tile(
            asked["z"], asked["x"], asked["y"], asked["theme"], 2 if asked["twice"] else 1
        )
    except GeodataError as error:
        return told(error, request, 503)
    if found is None:
        return Response(status_code=404)
    version, png = found
    # The address names the map's version, so a browser need not ask again for an hour.
    headers = {"ETag": f'"{version}"', "Cache-Control": "private, max-age=3600"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    # A map takes an answer without a picture for a fault.
    picture = clear_pixel() if png is None else png
    return Response(picture, media_type="image/png", headers=headers)


def basemap_routes(service: Callable[[], Service], tiles: LocalTiles | None = None) -> list[Route]:
    """Return the local base map's route, guarded as the pages are."""
    drawn = LocalTiles() if tiles is None else tiles

    def answer(request: Request) -> Response:
        name = request.path_params["name"]
        row, _, finer = name.removesuffix(".png").partition("@")
        at = {"z": request.path_params["z"], "x": request.path_params["x"], "y": row}
        tile = {axis: whole_number(value, -1) for axis, value in at.items()}
        if min(tile.values()) < 0 or finer not in ("", "2x"):
            return Response(status_code=404)
        request.path_params.update(tile, twice=bool(finer))
        return _answer(drawn, request)

    path = f"{TILES_URL}/{{theme}}/{{z}}/{{x}}/{{name}}"
    return [Route(path, guarded(answer, service), methods=["GET"])]
