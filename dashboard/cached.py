"""What outlives a run, each bounded."""

from __future__ import annotations

import atexit
from threading import Lock

import streamlit as st

from dashboard.jobs import Jobs
from dashboard.live import Live
from dashboard.processes import READING, SOLVING, Solvers
from dashboard.street_jobs import StreetJobs
from dashboard.uploads import Uploads
from geodata.service import Service
from geodata.settings import read_settings

_opening = Lock()


@st.cache_resource(max_entries=1, show_spinner=False)
def _open_service() -> Service:
    return Service.open(read_settings())


def service() -> Service:
    """Return the process's one service, opened at first use; the pages and the routes share it."""
    with _opening:
        found: Service = _open_service()
        return found


@st.cache_resource(max_entries=1, show_spinner=False)
def uploads() -> Uploads:
    """Return the files that were sent to this process."""
    made = Uploads()
    atexit.register(made.close)
    return made


@st.cache_resource(max_entries=1, show_spinner=False)
def live() -> Live:
    """Return where the meetings are that are held on this process's screens."""
    return Live()


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> Jobs:
    """Return the imports of this process."""
    made = Jobs()
    atexit.register(made.close)
    return made


@st.cache_resource(max_entries=1, show_spinner=False)
def solvers() -> Solvers:
    """Return the solvers that this process's planning tools ask."""
    made = Solvers(SOLVING)
    atexit.register(made.close)
    return made


@st.cache_resource(max_entries=1, show_spinner=False)
def readers() -> Solvers:
    """Return what reads single files from outside for this process's pages."""
    made = Solvers(READING)
    atexit.register(made.close)
    return made


@st.cache_resource(max_entries=1, show_spinner=False)
def street_jobs() -> StreetJobs:
    """Return what takes in streets for this process."""
    made = StreetJobs()
    atexit.register(made.close)
    return made
