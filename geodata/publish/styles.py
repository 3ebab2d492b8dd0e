"""What stands beside the records in a GeoPackage, and how QGIS shows each layer.

Styles are QML in the same colours as the map on the screen.

What the colours are, and from where, stands in `geodata.palette`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from xml.etree import ElementTree as ET

from shapely import MultiPolygon, Point, Polygon

from geodata.model import Area, Commitment, Place, Promise, State, WalkStatus
from geodata.palette import FINDING_COLOURS, INK, STATE_COLOURS, WHITE
from geodata.publish.contents import Export
from geodata.publish.values import BETWEEN_NAMES, Namer, Values

FILL_ALPHA: Final = 90
"""Of 255: what lies under an area still shows."""

WIDTH_MM: Final = 0.6
"""An outline's width on paper and screen, in millimetres."""

SymbolSort = Literal["fill", "line", "marker"]


@dataclass(frozen=True, slots=True)
class _Look:
    """One symbol of a layer: which value of the layer's column it is for, and how it looks."""

    value: str
    label: str
    settings: Mapping[str, str]
    size: str = ""
    """An expression that gives the sign's size, where every object has its own."""


def colour(value: str, alpha: int = 255) -> str:
    """Return a colour such as ``#009E73`` as QML writes it: red, green, blue and alpha."""
    red, green, blue = (int(value[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def style_of(layer: str, export: Export) -> str | None:
    """Return a layer's style as QML, None for a table without geometry."""
    words = export.words
    if layer == "areas":
        looks = [_area_look(state, words(f"state.{state}")) for state in State]
        return _document("fill", "state", [*looks, _area_look(None, "")], label="area_name")
    if layer == "walks":
        walks = [_walk_look(status, words(f"walk.{status}")) for status in WalkStatus]
        return _document("line", "status", walks)
    if layer == "findings":
        found = [
            _Look(str(s), words(f"finding.{s}"), _marker(fill, "diamond", 3.4))
            for s, fill in FINDING_COLOURS.items()
        ]
        return _document("marker", "status", found)
    if layer == "hot_spots":
        ring = _Look("", "", _ring("#B3400A"), '2 * "radius_m"')
        return _document("marker", "", [ring], label="name")
    alone: Mapping[str, tuple[SymbolSort, Mapping[str, str]]] = {
        "activities_points": ("marker", _marker(INK, "circle", 2.4)),
        "activities_lines": ("line", _line(INK, "solid")),
        "places": ("marker", _marker(WHITE, "square", 2.0)),
    }
    if layer not in alone:
        return None
    sort, settings = alone[layer]
    return _document(sort, "", [_Look("", "", settings)])


def _area_look(state: State | None, label: str) -> _Look:
    known = state or State.NOT_STARTED
    dashed = known in (State.NO_RECORDS, State.NOT_STARTED)
    settings = {
        "color": colour(STATE_COLOURS[known].fill, FILL_ALPHA),
        "style": "solid",
        "outline_color": colour(STATE_COLOURS[known].stroke),
        "outline_style": "dash" if dashed else "solid",
        "outline_width": str(WIDTH_MM),
        "outline_width_unit": "MM",
    }
    return _Look("" if state is None else str(state), label, settings)


def _walk_look(status: WalkStatus, label: str) -> _Look:
    style = {WalkStatus.HELD: "solid", WalkStatus.PLANNED: "dash", WalkStatus.CANCELLED: "dot"}
    return _Look(str(status), label, _line("#00588A", style[status]))


def _line(ink: str, style: str) -> Mapping[str, str]:
    return {
        "line_color": colour(ink),
        "line_style": style,
        "line_width": "0.9",
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _marker(fill: str, name: str, size_mm: float) -> Mapping[str, str]:
    return {
        "name": name,
        "color": colour(fill),
        # A light ring on dark signs and a dark one on light, so that they stand out anywhere.
        "outline_color": colour(WHITE if fill == INK else INK),
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "size": str(size_mm),
        "size_unit": "MM",
    }


def _ring(ink: str) -> Mapping[str, str]:
    """Return a circle as wide as it is on the ground."""
    return {
        **_marker(ink, "circle", 300),
        "color": colour(ink, 40),
        "outline_color": colour(ink),
        "outline_width": str(WIDTH_MM),
        "size_unit": "RenderMetersInMapUnits",
    }


_LAYER_CLASS: Final[Mapping[SymbolSort, str]] = {
    "fill": "SimpleFill",
    "line": "SimpleLine",
    "marker": "SimpleMarker",
}


def _document(sort: SymbolSort, column: str, looks: list[_Look], label: str = "") -> str:
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling")
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="categorizedSymbol" if column else "singleSymbol",
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    if column:
        renderer.set("attr", column)
        categories = ET.SubElement(renderer, "categories")
        for number, look in enumerate(looks):
            said = {"value": look.value, "label": look.label}
            ET.SubElement(categories, "category", said, symbol=str(number), render="true")
    symbols = ET.SubElement(renderer, "symbols")
    for number, look in enumerate(looks):
        _add_symbol(symbols, str(number), sort, look)
    if label:
        _add_labels(root, label)
    return f"<!DOCTYPE qgis>\n{ET.tostring(root, encoding='unicode')}"


def _add_symbol(symbols: ET.Element, name: str, sort: SymbolSort, look: _Look) -> None:
    symbol = ET.SubElement(
        symbols, "symbol", name=name, type=sort, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer = ET.SubElement(
        symbol, "layer", {"class": _LAYER_CLASS[sort], "pass": "0", "locked": "0", "enabled": "1"}
    )
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in look.settings.items():
        ET.SubElement(options, "Option", name=key, value=value, type="QString")
        # Versions before 3.24 read this spelling.
        ET.SubElement(layer, "prop", k=key, v=value)
    if look.size:
        _add_size(layer, look.size)


def _add_size(layer: ET.Element, expression: str) -> None:
    """Let an expression give a marker's size (QgsPropertyCollection as QGIS writes it)."""
    defined = ET.SubElement(ET.SubElement(layer, "data_defined_properties"), "Option", type="Map")
    ET.SubElement(defined, "Option", name="name", value="", type="QString")
    properties = ET.SubElement(defined, "Option", name="properties", type="Map")
    size = ET.SubElement(properties, "Option", name="size", type="Map")
    ET.SubElement(size, "Option", name="active", value="true", type="bool")
    ET.SubElement(size, "Option", name="expression", value=expression, type="QString")
    # 3 is an expression (QgsProperty::ExpressionBasedProperty).
    ET.SubElement(size, "Option", name="type", value="3", type="int")
    ET.SubElement(defined, "Option", name="type", value="collection", type="QString")


def _add_labels(root: ET.Element, column: str) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=column,
        isExpression="0",
        fontSize="11",
        fontSizeUnit="Point",
        fontWeight="63",
        textColor=colour(INK),
        textOpacity="1",
    )
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="1",
        bufferSizeUnits="MM",
        bufferColor=colour(WHITE),
        bufferOpacity="1",
    )


AREA_COLUMNS: Final = (
    *("area", "area_name", "municipality", "area_kind", "area_kind_name"),
    *("outline_method", "outline_accuracy_m", "outline_source", "as_of", "state", "state_name"),
)
PLACE_COLUMNS: Final = (
    *("place_name", "place_kind", "place_kind_name", "nearest_area", "distance_m", "source"),
)
PROMISE_COLUMNS: Final = (
    *("promise", "short", "title", "municipality", "party_names", "start", "end"),
    *("signed", "published", "source_title", "source_publisher", "source_url"),
)
COMMITMENT_COLUMNS: Final = (
    *("commitment", "promise", "number", "title", "summary", "owners", "owner_names"),
    *("areas", "areas_where_needed", "last_day", "measure", "as_of", "state", "state_name"),
    *("delivered", "target", "expected", "unit"),
)
NUMBERS: Final = frozenset({"outline_accuracy_m", "distance_m", "expected"})
WHOLE_NUMBERS: Final = frozenset({"number", "delivered", "target"})


def areas(export: Export) -> Iterator[tuple[Values, Polygon | MultiPolygon]]:
    """Give each area's values and its outline."""
    for area in export.areas:
        yield _area(area, export), area.outline


def _area(area: Area, export: Export) -> Values:
    state = export.states.get(area.id)
    kinds = export.catalogue.vocabulary.area_kinds
    return {
        "area": area.id,
        "area_name": area.name,
        "municipality": area.municipality,
        "area_kind": area.kind,
        "area_kind_name": Namer(export).term(kinds, area.kind),
        "outline_method": area.outline_method,
        "outline_accuracy_m": area.outline_accuracy_m,
        "outline_source": area.outline_source.to(export.language),
        "as_of": None if export.as_of is None else export.as_of.isoformat(),
        "state": None if state is None else str(state),
        "state_name": None if state is None else export.words(f"state.{state}"),
    }


def places(export: Export) -> Iterator[tuple[Values, Point]]:
    """Give each place's values and its point."""
    for place in export.places:
        yield _place(place, export), Point(place.lon, place.lat)


def _place(place: Place, export: Export) -> Values:
    kinds = export.catalogue.vocabulary.place_kinds
    return {
        "place_name": place.name,
        "place_kind": place.kind,
        "place_kind_name": Namer(export).term(kinds, place.kind),
        "nearest_area": place.nearest_area,
        "distance_m": place.distance_m,
        "source": place.source,
    }


def promises(export: Export) -> Iterator[Values]:
    """Give each promise's values."""
    for promise in export.promises:
        yield _promise(promise, export)


def _promise(promise: Promise, export: Export) -> Values:
    language = export.language
    parties = (party.name.to(language) for party in promise.parties)
    return {
        "promise": promise.id,
        "short": promise.short.to(language),
        "title": promise.title.to(language),
        "municipality": promise.municipality,
        "party_names": BETWEEN_NAMES.join(parties),
        "start": promise.period.start.isoformat(),
        "end": promise.period.end.isoformat(),
        "signed": None if promise.signed is None else promise.signed.isoformat(),
        "published": None if promise.published is None else promise.published.isoformat(),
        "source_title": promise.source.title.to(language),
        "source_publisher": promise.source.publisher,
        "source_url": promise.source.url,
    }


def commitments(export: Export) -> Iterator[Values]:
    """Give the values of every commitment of the promises, with how it stands."""
    for promise in export.promises:
        for commitment in promise.commitments:
            yield _commitment(commitment, export) | _standing(commitment, export)


def _commitment(commitment: Commitment, export: Export) -> Values:
    return {
        "commitment": commitment.id,
        "promise": commitment.promise_id,
        "number": commitment.number,
        "title": commitment.title.to(export.language),
        "summary": commitment.summary.to(export.language),
        "owners": " ".join(commitment.owners),
        "owner_names": Namer(export).parties(commitment.owners),
        "areas": " ".join(commitment.areas),
        "areas_where_needed": " ".join(commitment.areas_where_needed),
        "last_day": None if commitment.deadline is None else commitment.deadline.isoformat(),
        "measure": commitment.measure.name,
    }


def _standing(commitment: Commitment, export: Export) -> Values:
    """Return how a commitment stands; empty where no day was told about."""
    if commitment.id not in export.progress:
        return dict.fromkeys(COMMITMENT_COLUMNS[COMMITMENT_COLUMNS.index("as_of") :])
    found = export.progress[commitment.id]
    return {
        "as_of": found.as_of.isoformat(),
        "state": str(found.overall.state),
        "state_name": export.words(f"state.{found.overall.state}"),
        "delivered": found.overall.delivered,
        "target": found.overall.target,
        "expected": found.overall.expected,
        "unit": found.overall.unit,
    }
