"""Photos of findings in the meeting's document: seen, said in words, and only for whom they are."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from geodata.model import NewPhoto, PhotoRole, Picture
from geodata.service import Service
from geodata.service.limited import for_readers
from geodata.service.photos import attach
from geodata.service.reporting import Asked, make_report
from tests.photographs import COLOURS

from ...papers import words_of
from .cases import DAY, SINCE, made_then, open_at

MARK = ("hedbo", "snickaren-muraren")


@pytest.fixture
def own(example_file: Path, tmp_path: Path) -> Service:
    path = tmp_path / "own.sqlite"
    shutil.copyfile(example_file, path)
    return open_at(path)


def coloured(colour: str) -> Picture:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), COLOURS[colour]).save(file, "JPEG", quality=95)
    return Picture(file.getvalue(), file.getvalue(), 80, 60)


def seen(pdf: bytes, colour: str) -> int:
    """Return how many pixels of all pages have about a colour that nothing else there has."""
    count = 0
    for page in pypdfium2.PdfDocument(pdf):
        away = page.render(scale=0.3).to_numpy().astype(int) - COLOURS[colour][::-1]
        count += int((abs(away) < 12).all(axis=2).sum())
    return count


def test_before_and_after_are_seen_below_the_findings_for_whom_these_are(own: Service) -> None:
    known = (f for f in own.findings() if f.open_on(DAY) and f.day <= DAY and f.text)
    told, hidden = [f for f in known if f.area_id in MARK][:2]
    pair = [
        NewPhoto(coloured("green"), role=PhotoRole.AFTER),
        NewPhoto(coloured("red"), role=PhotoRole.BEFORE),
    ]
    attach(own, "finding", told.id, {"by": "A"}, pair)
    attach(own, "finding", hidden.id, {"by": "A"}, [NewPhoto(coloured("blue"))])
    own.register.change(replace(hidden, internal=True), by="A", expected_number=1)
    asked = made_then(Asked("mark-2018", DAY, SINCE))
    pdf, readers = make_report(own, asked), make_report(for_readers(own), asked)
    for colour in COLOURS:
        assert seen(pdf, colour) > 100, colour
        assert (seen(readers, colour) > 100) is (colour != "blue"), colour
    said, words = told.text.rstrip("."), " ".join(words_of(pdf).split())
    assert words.index(f"{said}, före") < words.index(f"{said}, efter")
    assert hidden.text.rstrip(".") in words
