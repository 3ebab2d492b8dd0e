"""Löften, an area: its outline drawn on the map or written as corners, and what is said of it.

The map and the list of corners are two ways to one drawing, which the session keeps with its
steps and the browser with what is typed: neither a new run nor a lost connection loses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import shapely
import streamlit as st

from dashboard import address, cached, pane, progress, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.draft import EntryForm
from dashboard.map.canvas import Bounds, Tracing
from dashboard.screens.adding import promises
from dashboard.state import FormState, Sent, Values
from geodata.errors import IntakeError
from geodata.model import Area
from geodata.service import areas
from geodata.service.worker import FileQuestion

SAVED: Final = "areas"
"""Under which name the session remembers what was saved last, for the next page to say so."""

SERVERS: Final = ("drawing", "number", "seen", "mistyped")
"""What the server has decided, whatever a form sends that was made before."""

LISTED_AT_MOST: Final = 200
"""Corners in the list; further ones are changed on the map."""

NOT_FOR_DRAWING: Final = ("areas", "activities", "walks", "findings", "hot_spots")
"""Layers that would hide what is drawn."""


@dataclass(frozen=True, slots=True)
class Filling:
    """The form of an area that is being drawn."""

    context: Context
    form: areas.AreaBegun
    kept: FormState

    @property
    def name(self) -> str:
        """The draft's name, in this browser and in this session."""
        return f"area/{self.form.base.id if self.form.base else 'new'}"

    @property
    def drawing(self) -> areas.Drawing:
        """The outline so far."""
        text = self.kept.values.get("drawing")
        return areas.drawing_from(str(text)) if text else self.form.drawing

    @property
    def number(self) -> str:
        """What changes when the server has decided on the corners itself, or is another session."""
        own = self.kept.fresh, str(self.kept.values.get("number", ""))
        return "/".join((state.session_mark(), self.name, *own))

    @property
    def follows(self) -> bool:
        """Whether the outline follows a neighbour's border between two corners on it."""
        return bool(self.kept.values.get("follow", ("yes",)))

    @property
    def entry(self) -> EntryForm:
        """The form as all of the catalogue have it."""
        context, base = self.context, self.form.base
        suggested: dict[str, Any] = {**areas.area_values(base), "follow": ("yes",)}
        chosen = context.service.catalogue.promise_by_id.get(context.state.promise or "")
        if base is None and (promise := promises.form_of(context)):
            suggested["municipality"] = promise.values["municipality"]
        elif base is None and chosen is not None:
            suggested["municipality"] = chosen.municipality
        # Back to where one came from: the promise's form, or the list.
        back = context.state.asking(area=None, point=None, look=None)
        return EntryForm(context, self.name, self.form, suggested, SAVED, back, self.kept)

    @property
    def values(self) -> Values:
        """What every field shows."""
        return self.entry.values

    def drawn(self, drawing: areas.Drawing, **decided: str) -> FormState:
        """Return what is known of the form after a step of the drawing."""
        return self.kept.decided({"drawing": drawing.text(), **decided})

    def put(
        self,
        drawing: areas.Drawing,
        after: areas.Sketch,
        within_m: float,
        before: areas.Sketch | None = None,
    ) -> areas.Drawing:
        """Return a drawing after a step, with its new corners on the neighbours' borders."""
        before, near = before or drawing.now, self.near(after)
        placed = areas.snapped(before, after, near, within_m, follow=self.follows)
        return areas.step(drawing, placed)

    def near(self, sketch: areas.Sketch) -> tuple[Area, ...]:
        """Return the areas that a sketch lies among."""
        town = str(self.values["municipality"])
        return areas.neighbours(self.context.service, self.form, sketch, town)

    def remarks(self) -> list[areas.Remark]:
        """Return what the outline meets."""
        now = self.drawing.now
        return areas.met(self.near(now), now, self.values)


def filling(context: Context) -> Filling | None:
    """Return the form that the address asks for; None where it asks for none."""
    asked = context.state.choices.get("area")
    if asked is None:
        return None
    bare = Filling(context, areas.begun(context.service, asked), FormState())
    return replace(bare, kept=state.form(bare.name))


def page(about: Filling) -> None:
    """Show the form beside the map."""
    context = about.context
    if told := state.take_drawn():
        about = _keep(about, _from_map(about, told))
    cached.readers().warm_up()
    pane.beside(context, partial(_card, about), legend=False)


def _card(about: Filling) -> pane.OnMap:
    about = _with_file(about)
    remarks = about.remarks()
    if not isinstance(about.kept.answer, FileQuestion):
        with st.container(key="area_form"):
            _form(about, remarks)
    return on_map(about, remarks)


def _keep(about: Filling, kept: FormState) -> Filling:
    state.keep_form(about.name, kept)
    return replace(about, kept=kept)


def _form(about: Filling, remarks: Sequence[areas.Remark]) -> None:
    kept, v, entry = about.kept, about.values, about.entry
    drawing, answer = about.drawing, kept.answer
    outline = drawing.now.outline()
    entry.show(
        "area_form.html",
        partial(_submitted, about),
        partial(_asked, about),
        key="area_panel",
        # A step of the drawing is no other attempt: it takes nobody's focus.
        attempt=draft.attempt(replace(kept, patch_number=0)),
        v={**v, "drawing": drawing.text()},
        drawing=drawing,
        corners=corners(about)[:LISTED_AT_MOST],
        corner_count=drawing.now.count,
        size_m2=areas.area_m2(outline) if outline else 0.0,
        within_m=areas.said_metres(v["accuracy"]),
        remarks=[said(about, remark) for remark in remarks],
        outlines=answer if isinstance(answer, tuple) else (),
        methods=areas.METHODS,
        kinds=list(about.context.service.catalogue.vocabulary.area_kinds.values()),
        new_corner=_mistyped(about, "new:"),
        failure=draft.failure(about.context.words, answer or about.form.problem),
    )


@dataclass(frozen=True, slots=True)
class CornerRow:
    """A row of the list: which corner, its position as text, and what is wrong with that."""

    at: str
    label: str
    text: str
    fault: str = ""


def corners(about: Filling) -> list[CornerRow]:
    """Return a row for each corner; one whose text can't be read shows it as it was typed."""
    now, w = about.drawing.now, about.context.words
    found = []
    for ring, part in enumerate(now.rings):
        for index, (lon, lat) in enumerate(part):
            at, number = f"{ring}:{index}", str(index + 1)
            label = w("drawing.corner", number=number)
            if len(now.rings) > 1:
                label = w("drawing.corner_of_part", number=number, part=str(ring + 1))
            text, fault = _mistyped(about, at)
            found.append(CornerRow(at, label, text or f"{lat:.6f}, {lon:.6f}", fault))
    return found


def _mistyped(about: Filling, at: str) -> tuple[str, str]:
    """Return what was typed in a row and can't be read, and why; nothing of any other row."""
    mistyped = str(about.kept.values.get("mistyped", ""))
    if not mistyped.startswith(f"{at}:"):
        return "", ""
    text = mistyped.removeprefix(f"{at}:")
    return text, about.context.words.error(IntakeError("drawing.not_position", value=text))


def said(about: Filling, remark: areas.Remark) -> str:
    """Return what an outline meets, in words."""
    w = about.context.words
    named = remark.area or remark.town
    return w(
        f"drawing.remark.{remark.what}",
        name=named.name if named else "",
        town=named.municipality if named else str(about.values["municipality"]),
        year=str(remark.town.year) if remark.town else "",
        accuracy=w.metres(remark.town.accuracy_m) if remark.town else "",
        size=w.number(remark.size),
        km=w.number(remark.size / 1000, 1),
    )


# --- the map -------------------------------------------------------------------------------------


def on_map(about: Filling, remarks: Sequence[areas.Remark]) -> pane.OnMap:
    """Return what the map shows: the other areas, what the outline meets, and its corners."""
    features: list[pane.Feature] = []
    for area in about.near(about.drawing.now):
        features.append(pane.drawn(area.outline, "neighbour"))
        features.append(pane.drawn(area.outline.representative_point(), "name", label=area.name))
    for number, remark in enumerate(remarks, start=1):
        if remark.where.area:
            features.append(pane.drawn(remark.where, "remark"))
        at = remark.where.representative_point()
        features.append(pane.drawn(at, "place", label=str(number)))
    drawing, look = about.drawing, about.context.state.choices.get("look", "")
    return pane.OnMap(
        tuple(features),
        f"{about.number}/{look}",
        _bounds(about, remarks, look),
        Tracing(
            drawing.now.rings,
            drawing.now.is_open,
            about.number,
            address.whole_number(about.kept.values.get("seen")),
            (drawing.at > 0, drawing.at < len(drawing.steps) - 1),
        ),
        hidden=NOT_FOR_DRAWING,
    )


def _bounds(about: Filling, remarks: Sequence[areas.Remark], look: str) -> Bounds | None:
    """Return where the map looks: at a remark, the outline, or the municipality's areas."""
    number, shapes = address.whole_number(look), list[Any]()
    if 0 < number <= len(remarks):
        shapes = [remarks[number - 1].where.buffer(0.0005)]
    elif about.drawing.now.count > 2:
        shapes = [shapely.MultiPoint([c for ring in about.drawing.now.rings for c in ring])]
    else:
        known = about.context.service.catalogue.areas
        here = [a.outline for a in known if a.municipality == about.values["municipality"]]
        shapes = here or [area.outline for area in known]
    return pane.bounds_of(*shapes) if shapes else None


def _from_map(about: Filling, told: Mapping[str, Any]) -> FormState:
    """Return the form after what was drawn on the map; of what makes no sense, as it was.

    The browser tells every step again that it has had no answer to.
    """
    drawing, seen = about.drawing, address.whole_number(about.kept.values.get("seen"))
    try:
        within_m = min(float(told["within_m"]), 1_000.0)
        for seq, *what in told["steps"]:
            if int(seq) <= seen:
                continue
            seen = int(seq)
            if len(what) == 1:
                drawing = drawing.moved(int(what[0]))
            else:
                is_open, rings = what
                sketch = areas.read_sketch(rings, is_open=is_open)
                drawing = about.put(drawing, sketch, within_m)
    except areas.NOT_SKETCHES:
        return about.kept
    except IntakeError as error:
        # The map goes back to what there was.
        kept = replace(about.kept, answer=error)
        return replace(about, kept=kept).drawn(drawing, number=uuid4().hex, seen=str(seen))
    return about.drawn(drawing, seen=str(seen))


# --- what the form sends -------------------------------------------------------------------------


def _asked(about: Filling, sent: Sent) -> None:
    if sent.button == "clear":
        state.drop_form(about.name)
        return
    # What was drawn since the form was made is not in what it sends.
    before = state.form(about.name)
    own = {name: before.values[name] for name in SERVERS if name in before.values}
    kept = replace(before, values={**sent.values, **own}, touched=sent.touched)
    if "drawing" not in own and sent.values.get("drawing"):
        # A new session's server has not drawn what the one before it did.
        kept = kept.decided({"number": uuid4().hex, "drawing": sent.values["drawing"]})
    about = replace(about, kept=kept)
    pressed, _, rest = sent.button.partition(":")
    if pressed == "uploaded":
        today = about.context.service.today()
        asked = progress.sent(sent.button, areas.file_outlines, today)
        kept = replace(kept, answer=asked)
    elif pressed in STEPS:
        kept = _stepped(about, pressed, rest)
    state.keep_form(about.name, kept)


STEPS: Final = (
    *("undo", "redo", "finish", "part", "snap", "use"),
    *("corner", "insert", "remove", "up", "down"),
)
"""What the form's buttons and rows do to the drawing."""


def _stepped(about: Filling, pressed: str, rest: str) -> FormState:
    """Return the form after a step that was made in it."""
    drawing, kept = about.drawing, about.kept
    now = drawing.now
    try:
        if pressed in ("undo", "redo"):
            drawing = drawing.moved(1 if pressed == "redo" else -1)
        elif pressed == "finish":
            drawing = about.put(drawing, now.closed(), 0)
        elif pressed == "part":
            drawing = drawing.do(now.with_part())
        elif pressed == "snap":
            within_m = areas.said_metres(about.values["accuracy"]) or 0.0
            drawing = about.put(drawing, now, within_m, areas.Sketch())
        elif pressed == "use":
            found: Sequence[areas.FileOutline] = (
                kept.answer if isinstance(kept.answer, tuple) else ()
            )
            for outline in found[address.whole_number(rest) :][:1]:
                drawing = areas.step(drawing, outline.sketch)
        else:
            ring, index, text = _corner(rest)
            drawing = areas.step(drawing, areas.edited(now, pressed, ring, index, text))
    except IntakeError as error:
        if error.key != "drawing.not_position":
            return replace(kept, answer=error)
        return kept.decided({"mistyped": rest})
    kept = replace(kept, answer=None if pressed == "use" else kept.answer)
    return replace(about, kept=kept).drawn(drawing, number=uuid4().hex, mistyped="")


def _corner(rest: str) -> tuple[int, int, str]:
    """Return the part and the corner that a row is of, -1 for a new one's, and what it says."""
    ring, index, text = (*rest.split(":", 2), "", "")[:3]
    return address.whole_number(ring, -1), address.whole_number(index, -1), text


def _with_file(about: Filling) -> Filling:
    """Return the form with the outlines of a file that was sent, or why there are none."""

    def take(kept: FormState, outlines: Sequence[areas.FileOutline], _path: Path) -> FormState:
        kept = replace(kept, answer=tuple(outlines))
        is_clear = len(outlines) == 1
        return _stepped(replace(about, kept=kept), "use", "0") if is_clear else kept

    kept = progress.with_file(about.context, about.name, about.kept, take)
    return replace(about, kept=kept)


def _submitted(about: Filling, sent: Sent) -> None:
    about = replace(about, kept=state.form(about.name))
    context, form = about.context, about.form
    own = {name: about.kept.values[name] for name in SERVERS if name in about.kept.values}
    own["drawing"] = own.get("drawing") or sent.values.get("drawing") or about.drawing.text()
    sent = replace(sent, values={**sent.values, **own})
    save = partial(areas.save_area, context.service)
    saved = about.entry.save(sent, save, name=str(sent.values.get("name", "")))
    if saved is None:
        # What was refused stays the server's own.
        state.keep_form(about.name, state.form(about.name).decided(own))
    elif (point := context.state.choices.get("point")) and form.base is None:
        area_id = saved.record.id.removeprefix("areas-").removesuffix(".geojson")
        promises.tick_area(context, point, area_id)


def saved_values(context: Context) -> dict[str, Any]:
    """Return what the pages name that tell of an area that was saved."""
    saved, told = draft.last_saved(SAVED)
    return {
        "drawn_area": saved,
        "drawn_name": told.get("name", ""),
        "drawn_draft": told.get("draft", ""),
        "new_area": context.state.asking(area="new"),
    }
