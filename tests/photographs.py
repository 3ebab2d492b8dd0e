"""Photos as phones make them, with metadata that must not come along."""

from __future__ import annotations

import io
from typing import Any, Final

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

pillow_heif.register_heif_opener()

PLANTED: Final = "PLANTERAD HEMLIGHET 57.7245"
"""Stands in everything that is said of a picture, and in nothing that is seen of it."""

COLOURS: Final = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220)}

ORIENTATION, DESCRIPTION, GPS = 0x0112, 0x010E, 0x8825


def quarters(names: dict[tuple[int, int], str], size: tuple[int, int] = (240, 160)) -> Image.Image:
    """Return a picture of four fields of colour, by row and column; white where none is named."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    width, height = size[0] // 2, size[1] // 2
    for (row, column), name in names.items():
        corner = column * width, row * height
        draw.rectangle((*corner, corner[0] + width - 1, corner[1] + height - 1), COLOURS[name])
    return image


UPRIGHT: Final = {(0, 0): "red", (0, 1): "green", (1, 0): "blue"}


def exif(orientation: int = 1) -> Image.Exif:
    """Return what a camera says: how it was held, where it was, and whose it is."""
    said = Image.Exif()
    said[ORIENTATION] = orientation
    said[DESCRIPTION] = PLANTED
    said.get_ifd(GPS)[1] = "N"
    said.get_ifd(GPS)[2] = (57.0, 43.0, 28.2)
    return said


def photo(
    kind: str, image: Image.Image | None = None, orientation: int = 1, comment: str = PLANTED
) -> bytes:
    """Return a photo as a file: JPEG, PNG, WEBP or HEIF, with all the metadata it can hold."""
    image = image or quarters(UPRIGHT)
    colour = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{PLANTED}</x:xmpmeta>".encode()
    given: dict[str, Any] = {"exif": exif(orientation), "icc_profile": colour, "quality": 95}
    if kind == "PNG":
        said = PngImagePlugin.PngInfo()
        said.add_text("Comment", PLANTED)
        said.add_itxt("XML:com.adobe.xmp", xmp.decode())
        given["pnginfo"] = said
    elif kind == "JPEG":
        given |= {"comment": comment.encode(), "xmp": xmp}
    else:
        given["xmp"] = xmp
    file = io.BytesIO()
    image.save(file, kind, **given)
    return file.getvalue()
