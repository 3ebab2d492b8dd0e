"""Importera: a file, what it holds, and only then what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

import shapely
import streamlit as st

from dashboard import cached, pane, panel, progress, state
from dashboard.context import Context
from dashboard.jobs.imports import Job
from dashboard.state import Sent, Values
from geodata.errors import GeodataError, IntakeError
from geodata.service.import_report import ReadOptions, Report, worded
from geodata.service.imports import FIELDS, GRIDS, author_of

DRAFT: Final = "import"
PREVIEWED: Final = 400
"""Points of a file that are shown on the map before it is taken in."""

UNSURE: Final = ("import.lost_saving", "import.lost_undoing")
"""Errors after which nobody can say whether something was saved."""

WHATS: Final = ("activities", "walks", "findings")


def page(context: Context) -> None:
    """Show the page."""
    job = cached.jobs().find(context.state.job) if context.state.job else None
    pane.beside(context, partial(_card, context, job), map_first=False, legend=False)


def _card(context: Context, job: Job | None) -> pane.OnMap | None:
    if job is not None and job.busy:
        with st.container(key="import_progress"):
            progress.follow(partial(_progress, context, job.id))
    else:
        with st.container(key="import_card"):
            _panel(context, job)
    return _preview(job)


def _panel(context: Context, job: Job | None) -> None:
    report = job.report if job else None
    kept = state.form(_draft(job))
    # Before a file is there it couldn't be taken; after that only who saves it can be wrong.
    answer = kept.answer if isinstance(kept.answer, GeodataError) else None
    error = job.error if job else answer
    panel.show(
        context,
        "import_panel",
        "import.html",
        view=f"import/{job.id}/{job.stage}" if job else "import",
        focus=job is not None,
        attempt=kept.fresh if answer else "",
        on_ask=partial(_asked, context),
        on_submit=partial(_submitted, context),
        job=job,
        stage=job.stage if job else "none",
        report=report,
        failure=context.words.error(error) if error else "",
        by_fault=context.words.error(answer) if job and answer else "",
        unsure=error is not None and error.key in UNSURE,
        fields=FIELDS.get(report.what, ()) if report else (),
        grids=GRIDS,
        whats=WHATS,
        areas=context.service.areas(context.service.catalogue.promises),
        worded=partial(worded, words=context.words, catalogue=context.service.catalogue),
        kept=kept,
        draft=_draft(job),
    )


def _draft(job: Job | None) -> str:
    return f"{DRAFT}/{job.id if job else 'new'}"


def _preview(job: Job | None) -> pane.OnMap | None:
    """Return the file's first places for the map, so that a wrong grid is seen at once."""
    if job is None or job.report is None or job.stage not in ("report", "saving"):
        return None
    if not (points := job.report.places[:PREVIEWED]):
        return None
    shape = shapely.MultiPoint(points)
    return pane.OnMap(
        (pane.drawn(shape, "record", nominal=False),),
        f"{job.id}/{job.report.options}",
        pane.bounds_of(shape),
        replaces=pane.SELECTED,
    )


# --- while it works ----------------------------------------------------------------------------


def _progress(context: Context, job_id: str) -> bool:
    job = cached.jobs().find(job_id)
    if job is None or not job.busy:
        return False
    panel.show(
        context,
        "import_progress_panel",
        "import_progress.html",
        view=f"progress/{job.id}",
        on_submit=partial(_stopped, job_id),
        job=job,
        percent=round(job.share * 100),
    )
    return True


def _stopped(job_id: str, _sent: Sent) -> None:
    job = cached.jobs().find(job_id)
    if job is not None:
        cached.jobs().stop(job)


# --- what the page sends -----------------------------------------------------------------------


def _asked(context: Context, sent: Sent) -> None:
    name, _, upload_id = sent.button.partition(":")
    if name != "uploaded":
        return
    upload = cached.uploads().find(upload_id)
    state.drop_form(_draft(None))
    if upload is None:
        return
    try:
        job = cached.jobs().start(upload, context.service.settings, language=context.words.language)
    except GeodataError as error:
        state.keep_form(_draft(None), replace(state.form(_draft(None)), answer=error))
        return
    state.go_to(replace(context.state, job=job.id), "importing")


def _submitted(context: Context, sent: Sent) -> None:
    job = cached.jobs().find(context.state.job or "")
    if job is None or job.report is None:
        return
    state.drop_form(_draft(job))
    if sent.button == "again":
        # Who asks for a file has use for it still.
        cached.uploads().find(job.id)
        options = options_from(job.report, sent.values)
        cached.jobs().read_again(job, options, context.words.language)
        return
    by, problems = author_of(sent.values)
    if problems:
        error = IntakeError(problems[0].key, **problems[0].values)
        state.keep_form(_draft(job), replace(state.form(_draft(job)), answer=error))
    elif sent.button in ("all", "good"):
        cached.jobs().save(job, by, good_only=sent.button == "good")
    elif sent.button == "take_back":
        cached.jobs().take_back(job, by)


def options_from(report: Report, values: Values) -> ReadOptions:
    """Return how a file is to be read, as the page's form says."""

    def chosen(name: str) -> str | None:
        value = values.get(name)
        return value if isinstance(value, str) and value else None

    columns = {
        column.header: str(values[f"column:{number}"])
        for number, column in enumerate(report.columns)
        if f"column:{number}" in values
    }
    try:
        day = date.fromisoformat(chosen("day") or "")
    except ValueError:
        day = None
    return ReadOptions(
        what=next((what for what in WHATS if what == chosen("what")), None),
        fields=columns,
        grid=next((grid for grid in GRIDS if grid == chosen("grid")), None),
        swap=bool(values.get("swap")),
        month_first={"month": True, "day": False}.get(chosen("month_first") or ""),
        link="link" not in values or bool(values["link"]),
        kind=chosen("kind"),
        category=chosen("category"),
        area=chosen("area"),
        day=day,
    )
