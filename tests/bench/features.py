"""How long pages of features take at ``/ogc``, from the first to the last of a large register.

``python tests/bench/features.py`` prints one JSON object a line and tests nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from registers import make_register
from servers import dashboard

PAGES = 41
QUESTIONS = {
    "all": "",
    "kind": "kind=foot_patrol",
    "area": "area=norrby",
    "box": "bbox=12.92,57.715,12.95,57.73",
    "page": "f=html",
}


def ask(url: str) -> tuple[bytes, float]:
    """Return an answer, and how many milliseconds it took."""
    begun = time.perf_counter()
    with urllib.request.urlopen(url, timeout=300) as answer:
        body = answer.read()
    return body, 1_000 * (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="activities")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        register = make_register(Path(folder) / "register.sqlite", count)
        with dashboard(register, Path(folder)) as server:
            for name, asked in QUESTIONS.items():
                url = f"{server.url}/ogc/collections/activities/items?{asked}&limit=100"
                first_ms = ask(url)[1]
                told: dict[str, Any] = json.loads(ask(url.replace("f=html", "f=json"))[0])
                found = told["numberMatched"]
                offsets = np.linspace(0, found - 100, PAGES).astype(int).tolist()
                took = [ask(f"{url}&offset={offset}")[1] for offset in offsets]
                figures = {
                    "first_ms": first_ms,
                    "median_ms": np.median(took),
                    "p95_ms": np.percentile(took, 95),
                    "most_ms": max(took),
                    "memory_mb": server.memory_mb(),
                }
                rounded = {key: round(float(value), 1) for key, value in figures.items()}
                sys.stdout.write(json.dumps({"case": name, "found": found, **rounded}) + "\n")


if __name__ == "__main__":
    main()
