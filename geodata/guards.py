"""What comes from outside, looked at before a parser in C or one that builds trees sees it.

The size of a file says little of what it makes: four bytes of markup become an object of hundreds,
and a few kilobytes of brackets more calls inside each other than the stack holds. So what is made
is counted here, as it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol
from xml.parsers import expat

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import GeodataError

LONGEST_TAG: Final = 1 << 20
"""Bytes from which on a tag with its attributes, or a comment, is a trap: it is read in one go."""

DEEPEST_BRACKETS: Final = 8
"""Brackets inside brackets in well-known text: a collection of surfaces with holes has four."""

XmlFault = Literal["broken", "entities", "deep", "many"]
"""Not well-formed · a document type, which could hold entities · nested deeper than such files
are, or with a monstrous tag · more elements than such files have."""

_BRACKETS: Final = re.compile(r"[()]")


class XmlReader(Protocol):
    """Takes a file's elements one after the other; names are ``uri local`` or ``local``."""

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Take an element's beginning, on a line from 1."""

    def end(self) -> None:
        """Take the end of the element that began last and has none yet."""

    def text(self, data: str) -> None:
        """Take some text; an element's may come in several pieces."""


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """How many elements a file may have, and how many inside each other."""

    elements: int
    depth: int


def read_xml(
    content: Iterable[bytes],
    reader: XmlReader,
    limits: XmlLimits,
    refusal: Callable[[XmlFault], GeodataError],
    encoding: str | None = None,
) -> None:
    """Read XML as a stream: nothing is kept but what the reader keeps.

    Parameters
    ----------
    content : iterable of bytes
        The file, some of it at a time.
    reader : XmlReader
        Takes the elements.
    limits : XmlLimits
        What is too much.
    refusal : callable
        Gives the error to raise for a fault.
    encoding : str, optional
        What the bytes are in; by default what they declare.

    Raises
    ------
    GeodataError
        What `refusal` gives, or the reader raises.
    """
    parser = expat.ParserCreate(encoding, namespace_separator=" ")
    parser.buffer_text = True
    _listen(parser, reader, limits, refusal)
    fed = 0
    try:
        for chunk in content:
            parser.Parse(chunk)
            fed += len(chunk)
            if fed - max(parser.CurrentByteIndex, 0) > LONGEST_TAG:
                raise refusal("deep")
        parser.Parse(b"", True)  # noqa: FBT003 - takes no keywords
    # A LookupError is a declared encoding that nobody knows.
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, GeodataError):
            raise
        raise refusal("broken") from error


def _listen(
    parser: expat.XMLParserType,
    reader: XmlReader,
    limits: XmlLimits,
    refusal: Callable[[XmlFault], GeodataError],
) -> None:
    """Hand a parser's elements on to the reader, as long as there are not too many of them."""
    depth = seen = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, seen
        depth, seen = depth + 1, seen + 1
        if depth > limits.depth:
            raise refusal("deep")
        if seen > limits.elements:
            raise refusal("many")
        reader.start(tag, attributes, parser.CurrentLineNumber)

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1
        reader.end()

    def doctype(*_: object) -> None:
        raise refusal("entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = doctype


def shapes_from_wkt(texts: Sequence[str | None]) -> NDArray[np.object_]:
    """Read shapes in well-known text (OGC 06-103r4).

    Parameters
    ----------
    texts : sequence of str or None
        What was written. GEOS calls itself for every bracket inside another: two megabytes of
        them end the process, so what is nested deeper than any shape is taken for none.

    Returns
    -------
    numpy.ndarray of shapely geometry or None
        None where there is no text, or it is no shape.
    """
    plain = [text if text and not _is_deep(text) else None for text in texts]
    # A number beyond all others is read as infinite, and refused as a place by who asked.
    with np.errstate(over="ignore"):
        found: NDArray[np.object_] = np.asarray(
            shapely.from_wkt(np.array(plain, dtype=object), on_invalid="ignore"), dtype=object
        )
    return found


def _is_deep(text: str) -> bool:
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] == "(" else -1
        if depth > DEEPEST_BRACKETS:
            return True
    return False
