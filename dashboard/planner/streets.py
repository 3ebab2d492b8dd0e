"""The tool for streets: which are in use, another file, or those around the areas fetched."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

import shapely

from dashboard import cached, panel, progress, state
from dashboard.context import Context
from dashboard.jobs.processes import StreetJob
from dashboard.pane import OnMap
from dashboard.planner.tools import feature
from dashboard.state import Sent
from geodata.errors import GeodataError, StreetsError
from geodata.planner import streets
from geodata.service import Service
from geodata.service.streets import StraightLines

DRAFT: Final = "plan-streets"
EVERY_LAYER: Final = ("activities", "walks", "findings")


def show(context: Context) -> OnMap:
    """Show which streets are in use, and ways to others."""
    job = cached.street_jobs().current()
    facts, failure = _facts(context)
    if job is not None and job.standing.is_open:
        progress.follow(partial(_progress, context, job.number))
    else:
        _panel(context, job, facts, failure)
    return _on_map(facts)


def _facts(context: Context) -> tuple[streets.StreetFacts | None, str]:
    """Return what is in use; where it can't be read, that is told beside the way to take in."""
    try:
        return streets.street_facts(), ""
    except StreetsError as error:
        return None, context.words.error(error)


def _panel(
    context: Context, job: StreetJob | None, facts: streets.StreetFacts | None, failure: str
) -> None:
    kept = state.form(DRAFT)
    answer = kept.answer if isinstance(kept.answer, GeodataError) else None
    error = answer or (job.standing.error if job is not None else None)
    panel.show(
        context,
        "planning_panel",
        "streets/page.html",
        view=f"plan_streets/{job.number if job else 0}",
        attempt=kept.fresh if answer else "",
        on_ask=_sent_file,
        on_submit=partial(_submitted, context),
        facts=facts,
        failure=failure or (context.words.error(error) if error else ""),
        stage=job.standing.stage if job else "none",
        fetched=job is not None and not job.file,
        detour=context.words.number(StraightLines().detour, 1),
        outside=streets.areas_outside(facts, context.service.catalogue.areas) if facts else (),
        areas=[area.name for area in context.service.catalogue.areas],
        expected=context.service.kept(_expected),
        draft=DRAFT,
    )


def _expected(service: Service) -> tuple[int, str]:
    return streets.expected(service.catalogue.areas)


def _on_map(facts: streets.StreetFacts | None) -> OnMap:
    if facts is None or facts.outline is None:
        return OnMap()
    west, south, east, north = (float(side) for side in facts.outline.bounds)
    drawn = feature(shapely.geometry.mapping(facts.outline), "ring")
    return OnMap(
        features=(drawn,),
        token=f"streets/{facts.digest[:12]}",
        bounds=(west, south, east, north),
        hidden=EVERY_LAYER,
    )


# --- while it works ----------------------------------------------------------------------------


def _progress(context: Context, number: int) -> bool:
    job = cached.street_jobs().current()
    if job is None or not job.standing.is_open or job.number != number:
        return False
    panel.show(
        context,
        "plan_streets_progress_panel",
        "streets/progress.html",
        view=f"plan_streets/progress/{number}",
        on_submit=_stopped,
        job=job,
        fetches=not job.file,
        percent=round(job.standing.share * 100),
    )
    return True


def _stopped(_sent: Sent) -> None:
    cached.street_jobs().stop()


# --- what the page sends -----------------------------------------------------------------------


def _sent_file(sent: Sent) -> None:
    name, _, upload_id = sent.button.partition(":")
    upload = cached.uploads().find(upload_id.split(",")[0]) if name == "uploaded" else None
    if upload is not None:
        _start(streets.TakeIn(upload.path))


def _submitted(context: Context, sent: Sent) -> None:
    if sent.button == "fetch":
        paths_only: Any = sent.values.get("paths_only")
        _start(streets.Fetch(context.service.settings, surroundings=not paths_only))


def _start(asked: streets.TakeIn | streets.Fetch) -> None:
    state.drop_form(DRAFT)
    try:
        cached.street_jobs().start(asked)
    except GeodataError as error:
        state.keep_form(DRAFT, replace(state.form(DRAFT), answer=error))
