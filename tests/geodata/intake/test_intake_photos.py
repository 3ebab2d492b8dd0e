"""Photos are made anew: upright, small, and nothing but pixels; all else ends in words."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from geodata.errors import IntakeError
from geodata.intake.photos import BYTES_AT_MOST, read_photo
from tests.photographs import COLOURS, PLANTED, UPRIGHT, photo, quarters

KINDS = ("JPEG", "PNG", "WEBP", "HEIF")


def read(path: Path, content: bytes) -> tuple[Image.Image, Image.Image, bytes]:
    path.write_bytes(content)
    made = read_photo(path)
    image = Image.open(io.BytesIO(made.body))
    assert image.size == (made.width_px, made.height_px)
    return image, Image.open(io.BytesIO(made.thumbnail)), made.body


def segments(jpeg: bytes) -> list[int]:
    """Return a JPEG file's markers as ITU-T T.81 has them; nothing stands behind its end."""
    assert jpeg[:2] == b"\xff\xd8"
    assert jpeg[-2:] == b"\xff\xd9"
    at, found = 2, []
    while at < len(jpeg) - 2:
        assert jpeg[at] == 0xFF
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        if found[-1] == 0xDA:  # the picture itself, in which 0xff is followed by 0 or a restart
            while jpeg[at] != 0xFF or jpeg[at + 1] == 0 or 0xD0 <= jpeg[at + 1] <= 0xD7:
                at += 1
    return found


TABLES, FRAME, SCAN = {0xDB, 0xC4, 0xDD}, {0xC0, 0xC2}, {0xDA}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_pixels_comes_along(kind: str, tmp_path: Path) -> None:
    sent = photo(kind)
    # Behind the end: a motion photo's film lies there.
    sent += PLANTED.encode()
    assert PLANTED.encode() in sent
    image, small, body = read(tmp_path / "a.jpg", sent)
    small_body = read_photo(tmp_path / "a.jpg").thumbnail
    for jpeg in (body, small_body):
        assert set(segments(jpeg)) - TABLES - FRAME - SCAN <= {0xE0}  # JFIF's own
        assert PLANTED.encode() not in jpeg
        for word in (b"Exif", b"xmp", b"ICC_PROFILE", b"adobe"):
            assert word not in jpeg
    assert image.getexif() == {}
    assert {"exif", "icc_profile", "comment", "xmp"}.isdisjoint(image.info)
    assert image.format == small.format == "JPEG"


def near(image: Image.Image, row: int, column: int, name: str) -> bool:
    width, height = image.size
    seen = image.getpixel((round(width * (1 + 2 * column) / 4), round(height * (1 + 2 * row) / 4)))
    wanted = COLOURS.get(name, (255, 255, 255))
    return all(abs(a - b) < 40 for a, b in zip(seen, wanted, strict=True))


# EXIF 2.32, 4.6.4 A: which sides of what is seen the stored row 0 and column 0 are.
SIDES = {
    1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
    5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
}  # fmt: skip
OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", SIDES)
def test_a_photo_is_turned_as_the_camera_was_held(
    kind: str, orientation: int, tmp_path: Path
) -> None:
    first, second = SIDES[orientation]
    stored = {}
    for row in (0, 1):
        for column in (0, 1):
            sides = {first if row == 0 else OPPOSITE[first]}
            sides |= {second if column == 0 else OPPOSITE[second]}
            seen = (int("bottom" in sides), int("right" in sides))
            if seen in UPRIGHT:
                stored[row, column] = UPRIGHT[seen]
    image, small, _ = read(tmp_path / "a", photo(kind, quarters(stored), orientation))
    assert image.size == ((240, 160) if orientation < 5 else (160, 240))
    for one in (image, small):
        for row in (0, 1):
            for column in (0, 1):
                assert near(one, row, column, UPRIGHT.get((row, column), "white"))


def test_a_heic_is_read_upright(tmp_path: Path) -> None:
    image, _, _ = read(tmp_path / "IMG_1.HEIC", photo("HEIF"))
    assert all(near(image, *at, name) for at, name in UPRIGHT.items())


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((4000, 3000), (1600, 1200)), ((900, 3600), (400, 1600)), ((1600, 10), (1600, 10))],
)
def test_a_photo_is_no_larger_than_a_screen(
    size: tuple[int, int], wanted: tuple[int, int], tmp_path: Path
) -> None:
    image, small, _ = read(tmp_path / "a", photo("JPEG", quarters(UPRIGHT, size)))
    assert image.size == wanted
    assert max(small.size) == 320


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_pixels_of_any_kind_are_seen(mode: str, tmp_path: Path) -> None:
    if mode == "I;16":
        image = Image.new(mode, (20, 20), 65_535)
    else:
        image = Image.new("RGB", (20, 20), "white").convert(mode)
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    file = io.BytesIO()
    image.save(file, kind)
    seen, _, _ = read(tmp_path / "a", file.getvalue())
    assert seen.mode == "RGB"
    assert min(seen.getpixel((10, 10))) > 245


def test_what_is_seen_through_is_white(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    seen, _, _ = read(tmp_path / "a.png", file.getvalue())
    assert seen.getpixel((10, 10)) == (255, 255, 255)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large; a few bytes of it are there (W3C PNG, 5.3)."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))]
    parts += [(b"IDAT", zlib.compress(b"\0" * 1_000)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def of_kind(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "not_a_photo"),
        (b"%PDF-1.7", "not_a_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_a_photo"),
        *((of_kind(kind), "not_a_photo") for kind in ("GIF", "TIFF", "BMP", "JPEG2000", "AVIF")),
        (photo("JPEG")[:-2_000], "broken"),
        (photo("PNG")[:-200], "broken"),
        (photo("HEIF")[:-500], "not_a_photo"),
        (png_of(50_000, 50_000), "too_large"),
        (png_of(11_000, 10_000), "too_large"),
        (b"\xff\xd8" + b"\0" * BYTES_AT_MOST, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_photo_or_too_much_of_one_is_refused(
    content: bytes, key: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(IntakeError) as refused:
        read_photo(path)
    assert refused.value.key == f"photo.{key}"
