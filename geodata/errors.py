"""Errors as values: a stable key and its values travel, words are chosen at the edge.

No sentence is written here. ``geodata.texts.word`` turns an error into a sentence in the
reader's language; the key is the entry in ``geodata/locale``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Value = str | int | float
"""What an error may carry into its sentence."""


class GeodataError(Exception):
    """Parent of every error that a person is meant to read.

    Its key, such as ``"register.newer"``, names the sentence: the locale's entry
    ``error.register.newer``. The values are what that names (a file, a number, an id).
    """

    def __init__(self, key: str, **values: Value) -> None:
        self.key = key
        self.values: Mapping[str, Value] = MappingProxyType(dict(values))
        super().__init__(f"{key} {dict(values)}")

    def __reduce__(self) -> tuple[object, ...]:
        """Tell how to make it anew in another process."""
        rest = {name: value for name, value in self.__dict__.items() if name != "values"}
        return _again, (type(self), self.key, dict(self.values)), rest


def _again(kind: type[GeodataError], key: str, values: Mapping[str, Value]) -> GeodataError:
    # Past the kind's own constructor, which may ask for something else.
    error = kind.__new__(kind)
    GeodataError.__init__(error, key, **values)
    return error


class SettingsError(GeodataError, ValueError):
    """A setting that can't be used."""


class RegisterError(GeodataError):
    """The register can't be opened, read or written; nothing was overwritten."""


class IntakeError(GeodataError, ValueError):
    """A file as a whole can't be read; single rows are reported, not raised."""


class UnknownIdError(GeodataError, KeyError):
    """An id that nothing has, such as an old link's."""


class AccessError(GeodataError):
    """Who asks may not do it, or it can't be known who they are."""


class LayerRequestError(GeodataError, ValueError):
    """A map layer was asked for with parameters that make no sense."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in one file."""

    # The file's path or name, as its owner would say it.
    file: str
    # Where in the file: a key path (``commitments[3].measure.target``), a feature (``features[2]
    # "norrby"``) or a column; empty for the file or the line as a whole.
    place: str
    # The sentence, as of an error: it says what was wrong and what was expected.
    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    # From 1, where the file is told of by lines.
    line: int | None = None


class CatalogueError(GeodataError, ValueError):
    """The catalogue's files hold mistakes; all of them are in `mistakes`."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("catalogue.mistakes", count=len(mistakes))
        self.mistakes = mistakes


class ExportError(GeodataError, ValueError):
    """Records can't be taken out as they were asked for; nothing was written."""


class PlanningError(GeodataError, ValueError):
    """A plan was asked for in a way that has no answer, or from values that can't be right."""


class StreetsError(GeodataError, ValueError):
    """Streets can't be read, or there is no way on foot between two places."""
