"""Many at once, without a browser: each session is a websocket that asks as a page does.

Run it with ``python tests/bench/load.py``; see README.md beside it. It prints one JSON object a
line; it tests nothing.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import registers
import servers
import typer
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

AREAS = ("norrby", "hedbo")
STREAM = "/_stcore/stream"
ANSWERED_S = 120.0
LOOKING_S = 1.0
"""How long each looks at an answer."""

SETTLED_S = 5.0
"""So long a server has to end what was closed."""

Line = dict[str, Any]


def main(
    *,
    sessions: Annotated[int, typer.Option(min=1, help="How many click at once.")] = 50,
    clicks: Annotated[int, typer.Option(min=1, help="How often each does.")] = 10,
    opened: Annotated[int, typer.Option(min=0, help="Sessions opened and closed after.")] = 2_000,
    size: Annotated[int, typer.Option(min=0, help="Activities in the register.")] = 20_000,
    register: Annotated[str | None, typer.Option(help="A register that is there.")] = None,
) -> None:
    """Click in many sessions at once, open and close many, and look at the memory after each."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        url = register or registers.make_register(folder / "register.sqlite", size)
        with servers.bare_app(folder) as bare, servers.dashboard(url, folder) as own:
            # The least that a server has is what it has after some visits.
            for server in (bare, own):
                _visit(server, 10)
            before = own.memory_mb()
            lines = [_clicked(server, sessions, clicks) for server in (bare, own)]
            time.sleep(SETTLED_S)
            ratio = lines[1]["p95_ms"] / lines[0]["p95_ms"]
            tell("clicks", size, bare=lines[0], own=lines[1], ratio=ratio, goal=2.0)
            after = own.memory_mb()
            tell("memory_after", size, before_mb=before, after_mb=after, ratio=after / before)
            _visit(own, opened // 10)
            early = own.memory_mb()
            _visit(own, opened - opened // 10)
            time.sleep(SETTLED_S)
            late = own.memory_mb()
            tell("opened_and_closed", size, times=opened, early_mb=early, late_mb=late)


def _page(server: servers.Server) -> ClientConnection:
    address = server.url.replace("http", "ws") + STREAM
    return connect(
        address,
        origin=Origin(server.url),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        open_timeout=60,
    )


def _run_ms(page: ClientConnection, query: str) -> float:
    """Ask for the page at an address and wait until all of it is sent."""
    begun = time.perf_counter()
    page.send(BackMsg(rerun_script=ClientState(query_string=query)).SerializeToString())
    while True:
        part = page.recv(ANSWERED_S)
        message = ForwardMsg.FromString(part if isinstance(part, bytes) else part.encode())
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(message.delta.new_element.exception.message)
        if kind == "script_finished":
            return (time.perf_counter() - begun) * 1_000


def _visit(server: servers.Server, times: int) -> None:
    for _ in range(times):
        with _page(server) as page:
            _run_ms(page, "")


def _clicked(server: servers.Server, sessions: int, clicks: int) -> Line:
    def one(number: int) -> Sequence[float]:
        with _page(server) as page:
            _run_ms(page, "")
            took = []
            for click in range(clicks):
                time.sleep(LOOKING_S)
                took.append(_run_ms(page, f"area={AREAS[(number + click) % 2]}"))
            return took

    times: list[float] = []
    errors: list[str] = []
    with ThreadPoolExecutor(sessions) as pool:
        for asked in [pool.submit(one, number) for number in range(sessions)]:
            if error := asked.exception():
                errors.append(repr(error))
            else:
                times += asked.result()
    if not times:
        raise RuntimeError(errors[0])
    return {
        "median_ms": round(statistics.median(times)),
        "p95_ms": round(statistics.quantiles(times, n=20, method="inclusive")[18]),
        "times": len(times),
        "errors": len(errors),
        "error": errors[0] if errors else None,
    }


def tell(case: str, size: int, **values: Any) -> None:
    """Print a case."""
    rounded = {k: round(v, 2) if isinstance(v, float) else v for k, v in values.items()}
    typer.echo(json.dumps({"case": case, "activities": size, **rounded}))


if __name__ == "__main__":
    typer.run(main)
