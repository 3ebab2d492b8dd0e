"""Photos of findings in the meeting's document: seen, said in words, and only for whom they are."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from geodata.model import LANGUAGES, Finding, Language, NewPhoto, PhotoRole, Picture
from geodata.service import Service
from geodata.service.limited import for_readers
from geodata.service.photos import attach
from geodata.service.reporting import Asked, make_report
from tests.photographs import COLOURS

from ...papers import words_of
from .cases import DAY, SINCE, made_then, open_at


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
    wanted, count = COLOURS[colour], 0
    for page in pypdfium2.PdfDocument(pdf):
        for many, found in page.render(scale=0.5).to_pil().getcolors(1 << 24) or ():
            if all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=False)):
                count += many
    return count


def an_open_one(service: Service) -> Finding:
    known = (f for f in service.findings() if f.area_id and f.open_on(DAY) and f.day <= DAY)
    return next(f for f in known if f.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_and_after_are_seen_below_the_findings(own: Service, language: Language) -> None:
    finding = an_open_one(own)
    asked = made_then(Asked(None, DAY, SINCE, None, language))
    plain = make_report(own, asked)
    assert seen(plain, "red") == seen(plain, "green") == 0
    pair = [
        NewPhoto(coloured("green"), role=PhotoRole.AFTER),
        NewPhoto(coloured("red"), role=PhotoRole.BEFORE),
    ]
    attach(own, "finding", finding.id, {"by": "A"}, pair)
    pdf = make_report(own, asked)
    assert seen(pdf, "red") > 500
    assert seen(pdf, "green") > 500
    told = " ".join(words_of(pdf).split())
    said = finding.text.rstrip(".")
    before, after = {"sv": ("före", "efter"), "en": ("before", "after")}[language]
    assert told.index(f"{said}, {before}") < told.index(f"{said}, {after}")


def test_an_internal_findings_photo_is_for_who_works_with_it(own: Service) -> None:
    finding = an_open_one(own)
    attach(own, "finding", finding.id, {"by": "A"}, [NewPhoto(coloured("red"))])
    own.register.change(replace(finding, internal=True), by="A", expected_number=1)
    asked = made_then(Asked(None, DAY, SINCE))
    assert seen(make_report(own, asked), "red") > 500
    assert seen(make_report(for_readers(own), asked), "red") == 0
