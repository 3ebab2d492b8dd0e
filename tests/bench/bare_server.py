"""Serves the bare app the way the dashboard is served: st.App with Leaflet's files beside it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import uvicorn
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from xstatic.pkg import leaflet


def create_app() -> st.App:
    """Make the app."""
    return st.App(
        Path(__file__).parent / "bare_app.py",
        routes=[Mount("/leaflet", StaticFiles(directory=leaflet.BASE_DIR))],
    )


def serve(host: str, port: int) -> None:
    """Serve until stopped, with the same options as the dashboard."""
    uvicorn.run("bare_server:create_app", factory=True, host=host, port=port, log_level="warning")
