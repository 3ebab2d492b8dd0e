"""What outlives a run, each bounded."""

from __future__ import annotations

from threading import Lock

import streamlit as st

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
