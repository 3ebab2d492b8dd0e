"""Photos from outside: read within limits and made anew, upright, small and without metadata.

What comes out holds pixels and nothing else of the file: no EXIF with a place and a camera, no
XMP, no colour profile, no comment. Another picture behind the end of the first, as phones add
to a motion photo, is left behind too.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from geodata.errors import IntakeError
from geodata.model import Picture

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
"""What is read, by Pillow's names; HEIC is HEIF's commonest kind."""

BYTES_AT_MOST: Final = 30_000_000
PIXELS_AT_MOST: Final = 100_000_000
"""Twice what phones take; unpacked 300 MB."""

SIDE_PX: Final = 1_600
"""A picture's longer side at most."""

THUMBNAIL_PX: Final = 320

QUALITY: Final = 82
"""JPEG's, of 100: text on a sign can still be read, and a picture takes some 400 kB."""


_BROKEN: Final = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError),
    *(SyntaxError, AttributeError, RuntimeError, struct.error, zlib.error),
)
"""What Pillow's readers raise, by what they happen to stumble over."""


def read_photo(path: Path) -> Picture:
    """Read a photo and make it anew.

    Parameters
    ----------
    path : pathlib.Path
        A JPEG, PNG, WebP or HEIC, whatever it is called. Of several pictures the first counts.

    Returns
    -------
    Picture
        JPEG, turned as it was meant to be seen, `SIDE_PX` at most; what was transparent is white.

    Raises
    ------
    IntakeError
        ``photo.too_large`` in bytes or pixels, ``photo.not_a_photo`` for another kind of file,
        ``photo.broken`` for one that ends too early or is no whole picture.
    """
    if path.stat().st_size > BYTES_AT_MOST:
        raise _too_large()
    from pillow_heif import register_heif_opener  # loaded where photos are read, not by all

    register_heif_opener(thumbnails=False)
    try:
        # What a reader finds odd, such as a great size, is decided here.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=FORMATS) as image,
        ):
            if image.width * image.height > PIXELS_AT_MOST:
                raise _too_large()
            return _made_anew(image)
    except UnidentifiedImageError as error:
        raise IntakeError("photo.not_a_photo") from error
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except IntakeError:
        raise
    except _BROKEN as error:
        raise IntakeError("photo.broken") from error


def _too_large() -> IntakeError:
    return IntakeError(
        "photo.too_large",
        megabytes=round(BYTES_AT_MOST / 1e6),
        megapixels=round(PIXELS_AT_MOST / 1e6),
    )


def _made_anew(image: Image.Image) -> Picture:
    # JPEG can be unpacked at half, a quarter or an eighth of its size.
    image.draft("RGB", (SIDE_PX, SIDE_PX))
    upright = ImageOps.exif_transpose(image)
    plain = _on_white(upright)
    plain.thumbnail((SIDE_PX, SIDE_PX))
    small = plain.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return Picture(_jpeg(plain), _jpeg(small), plain.width, plain.height)


def _on_white(image: Image.Image) -> Image.Image:
    """Return an image's pixels in red, green and blue, and nothing else of it."""
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        plain = Image.new("RGB", seen.size, "white")
        plain.paste(seen, mask=seen.getchannel("A"))
        return plain
    if image.mode.startswith(("I", "F")):
        # Sixteen bits of grey: Pillow would cut off what is over 255.
        image = image.convert("I").point(lambda grey: grey / 256).convert("L")
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return file.getvalue()
