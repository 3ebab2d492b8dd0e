"""Reference layers: taken in from a file with who stands for it, changed, withdrawn, brought back.

A layer is an entry of the catalogue, with its history, and is to be looked at: nothing is counted
from it, and no record or area is asked anew because of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from geodata.catalogue.shapes import Shapes
from geodata.catalogue.writing import layer_entry, safe_name
from geodata.errors import Mistake, Value
from geodata.intake.forms import author
from geodata.intake.layer_form import BYTES_AT_MOST as BYTES_AT_MOST
from geodata.intake.layer_form import LayerRead as LayerRead
from geodata.intake.layer_form import layer_values as layer_values
from geodata.intake.layer_form import read_layer_form, read_shapes
from geodata.intake.report import RowProblem
from geodata.model import MapService, ReferenceLayer
from geodata.service.adding import content_in
from geodata.service.core import Service
from geodata.service.promises import (
    ENTRY,
    Version,
    bring_back_entry,
    entry_versions,
    put_entry,
    withdraw_entry,
)
from geodata.service.recording import FormValues, Outcome, Refused
from geodata.service.worker import Tell
from geodata.settings import origin_of

LAYERS_AT_MOST: Final = 12
"""In use at once; each is a switch below the map."""


@dataclass(frozen=True, slots=True)
class LayerFile:
    """What a file holds, as a question for a process of its own.

    Parameters
    ----------
    path : pathlib.Path
        The file, under its owner's name.
    today : datetime.date
        For days written without their year.
    """

    path: Path
    today: date

    def solve(self, tell: Tell, /) -> LayerRead:
        """Return it, simplified for the screen."""
        tell(0.0)
        return read_shapes(self.path, self.today)


@dataclass(frozen=True, slots=True)
class LayerBegun:
    """What a layer's form begins with.

    Parameters
    ----------
    base : ReferenceLayer or None
        The layer that is changed, or was withdrawn; None for a new one.
    number : int
        The revision that saving builds on, 0 for a new one.
    """

    base: ReferenceLayer | None = None
    number: int = 0


def begun(service: Service, layer_id: str = "") -> LayerBegun:
    """Return what a layer's form begins with; of one that there never was, a new one's."""
    known = {layer.id: layer for layer in service.catalogue.layers}
    base = (withdrawn(service) | known).get(layer_id)
    return LayerBegun(base, service.newest_number(ENTRY, layer_entry(layer_id)) if base else 0)


def save_layer(
    service: Service, begun: LayerBegun, values: FormValues, read: LayerRead | None
) -> Outcome:
    """Save what a layer's form says.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    begun : LayerBegun
        What the form began with; `number` is the revision that the reader saw.
    values : mapping
        By field; ``by`` is who saves it.
    read : LayerRead or None
        The file that was sent; without one a layer keeps its shapes.

    Returns
    -------
    Saved, Refused or Conflict
        Of what is wrong everything at once, each by its field.
    """
    by, problems = author(values)
    address = str(values.get("address") or "").strip()
    shapes: Shapes = read.shapes if read else begun.base.shapes if begun.base else ()
    id_ = begun.base.id if begun.base else _id(values)
    expected = begun.number
    own: dict[str, str] = {} if shapes or address else {"file": "layers.no_file"}
    if shapes and address:
        own["address"] = "layers.file_and_address"
    elif not may_fetch(service, address):
        own["address"] = "layers.host"
    if begun.base is None:
        known = {layer.id for layer in service.catalogue.layers}
        # One that was withdrawn gives its id, and its history goes on.
        expected = service.newest_number(ENTRY, layer_entry(id_)) if id_ not in known else 0
        if id_ in known:
            own["name"] = "layers.taken"
        elif len(known) >= LAYERS_AT_MOST:
            own["file"] = "layers.too_many"
    form = read_layer_form(values, id_, shapes)

    named = ", ".join(service.settings.map_services) or "–"
    limit: dict[str, Value] = {
        "limit": LAYERS_AT_MOST,
        "host": origin_of(address) or address,
        "named": named,
    }
    told = {f: RowProblem("", None, f, "", key, limit) for f, key in own.items()}

    def problem(mistake: Mistake) -> RowProblem:
        found = form.problem(mistake)
        return told.get(found.field, found)

    entry, text = layer_entry(id_), json.dumps(form.tables, ensure_ascii=False) + "\n"
    files = [(entry, text.encode("utf-8"))]
    wrong = (*told.values(), *problems)
    return put_entry(service, entry, files, expected, by, wrong, problem)


def may_fetch(service: Service, address: str) -> bool:
    """Tell whether browsers may fetch from an address: the settings name its host."""
    return not address or origin_of(address) in service.settings.map_services


def map_services(service: Service, ids: Iterable[str]) -> Mapping[str, MapService]:
    """Return what draws those layers that are no shapes, by the layers' ids."""
    known = {one.id: one.wms for one in service.catalogue.layers if one.id in ids and one.wms}
    return {id_: wms for id_, wms in known.items() if may_fetch(service, wms.address)}


def _id(values: FormValues) -> str:
    """Return what a new layer is called in addresses."""
    return safe_name(re.sub(r"[./\\]", " ", str(values.get("name") or ""))) or "layer"


def withdraw_layer(service: Service, layer_id: str, values: FormValues, expected: int) -> Outcome:
    """Take a layer off every map; its versions stay."""
    by, problems = author(values)
    if problems:
        return Refused(problems)
    return withdraw_entry(service, layer_entry(layer_id), expected, by)


def versions(service: Service, layer_id: str) -> list[Version[ReferenceLayer]]:
    """Return a layer's revisions with what each changed, the newest first."""
    return entry_versions(service, layer_entry(layer_id), lambda c: c.layer, layer_values)


def withdrawn(service: Service) -> dict[str, ReferenceLayer]:
    """Return the layers that were withdrawn, as they were, by id."""
    entries = service.register.catalogue_entries(withdrawn=True)
    gone = [each.id for each in entries if each.void and each.id.startswith("layers/")]
    found = (content_in(service.revisions(ENTRY, id_)[-1]).layer for id_ in gone)
    return {layer.id: layer for layer in found if layer is not None}


def bring_back(
    service: Service, layer_id: str, values: FormValues, expected: int, number: int
) -> Outcome:
    """Make an earlier text of a layer the present one; UnknownIdError if there is none such."""
    return bring_back_entry(service, layer_entry(layer_id), values, expected, number)
