"""Serves the bare app the way the dashboard is served: st.App with Leaflet's files beside it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from xstatic.pkg import leaflet


def create_app() -> st.App:
    """Make the app; uvicorn calls this as a factory."""
    return st.App(
        Path(__file__).parent / "bare_app.py",
        routes=[Mount("/leaflet", StaticFiles(directory=leaflet.BASE_DIR))],
    )
