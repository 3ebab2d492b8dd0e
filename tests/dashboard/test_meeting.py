from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.routes.answers import LIGHT
from dashboard.routes.answers import routes as routes_of
from dashboard.routes.meetings import MEETINGS_AT_MOST, At, Live, where
from dashboard.screens.meeting.stage import Room
from geodata.errors import RegisterError
from geodata.model import Decision, DecisionStatus
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, register_url


def client_of(service: Service, live: Live, host: str = "localhost") -> TestClient:
    routes = routes_of(lambda _: service, [("/mote/lage", partial(where, lambda: live), LIGHT)])
    return TestClient(Starlette(routes=routes), base_url=f"http://{host}")


def test_a_meeting_is_where_it_was_last_moved() -> None:
    live = Live()
    assert live.at("m") is None
    assert live.move("m", "now") == At("now", 1)
    assert live.move("m", "now") == At("now", 1)
    assert live.move("m", "since") == live.at("m") == At("since", 2)
    assert live.at("n") is None


def test_many_screens_move_one_meeting_one_at_a_time() -> None:
    live = Live()
    with ThreadPoolExecutor(8) as screens:
        list(screens.map(lambda number: live.move("m", f"step {number}"), range(200)))
    assert live.at("m").turn == 200  # type: ignore[union-attr]


def test_the_meeting_moved_longest_ago_is_forgotten_first() -> None:
    live = Live()
    for number in range(MEETINGS_AT_MOST):
        live.move(str(number), "now")
    live.move("0", "since")
    live.move("one more", "now")
    assert live.at("1") is None
    assert live.at("0") == At("since", 2)


def test_a_meeting_is_held_on_two_servers_at_once(tmp_path: Path) -> None:
    url = register_url(str(tmp_path / "own.sqlite"))
    settings = Settings(url, basemap=NO_BASEMAP)

    def until(live: Live, at: At) -> None:
        for _ in range(1_000):
            if live.at("m") == at:
                return
            time.sleep(0.01)
        raise AssertionError(live.at("m"))

    with Service.open(settings) as one, Service.open(settings) as other:
        here, there = Live(lambda: one), Live(lambda: other)
        for turn, (mover, follower, step) in enumerate(
            [(here, there, "now"), (there, here, "since"), (here, there, "area/norrby")], start=1
        ):
            assert mover.move("m", step) == mover.at("m") == At(step, turn)
            until(follower, At(step, turn))
        # Both at once: one of them is right, and both say the same in the end.
        here.move("m", "a")
        there.move("m", "b")
        here.close()
        there.close()
        assert here.at("m") == there.at("m")
        # A third, or one that was started again, knows where it was.
        assert Live(lambda: other).at("m") == here.at("m")


def test_where_a_meeting_is_is_known_without_its_register() -> None:
    def away() -> Service:
        raise RegisterError("register.unreachable", register="x")

    live = Live(away)
    assert live.move("m", "now") == live.at("m") == At("now", 1)
    live.close()


def test_a_screen_that_follows_is_told_where_the_meeting_is(service: Service) -> None:
    live = Live()
    client = client_of(service, live)
    answer = client.get("/mote/lage?meeting=m")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"step": None, "turn": 0, "version": service.version()}
    live.move("m", "area/norrby")
    assert client.get("/mote/lage?meeting=m").json()["step"] == "area/norrby"
    assert client.get("/mote/lage").json()["turn"] == 0


def test_nobody_else_is_told(service: Service) -> None:
    assert client_of(service, Live(), "example.org").get("/mote/lage?meeting=m").status_code == 403


DAY = date(2018, 9, 5)
DECISIONS = st.lists(
    st.builds(
        Decision,
        id=st.just("d"),
        meeting_id=st.none(),
        text=st.text(max_size=200),
        day=st.just(DAY),
        status=st.just(DecisionStatus.OPEN),
        status_day=st.just(DAY),
    )
)


@given(DECISIONS, st.floats(0, 40))
def test_no_more_is_shown_than_fits(found: list[Decision], height: float) -> None:
    count = Room.outcomes(found, height, DAY)
    heights = [
        Room.TWO_LINES if len(d.text) > Room.DECISION_CHARACTERS else Room.LINE for d in found
    ]
    if count == len(found):
        # Nothing is left out, so the line that would tell it is free.
        assert sum(heights) <= height + Room.MORE
    else:
        assert sum(heights[:count]) <= height < sum(heights[: count + 1])


def test_a_row_is_not_left_out_for_a_line_that_says_so() -> None:
    rows = [Decision("d", None, "En rad.", DAY, DecisionStatus.OPEN, DAY)] * 3
    assert Room.outcomes(rows[:2], Room.LINE + Room.LINE - Room.MORE, DAY) == 2
    assert Room.outcomes(rows, Room.LINE + Room.LINE - Room.MORE, DAY) == 1


def test_that_it_is_late_takes_more_of_the_line() -> None:
    due = DAY + timedelta(days=1)
    text = "Lampan vid gångtunneln byts av kommunen."
    decision = Decision("d", None, text, DAY, DecisionStatus.OPEN, DAY, due=due)
    height = Room.LINE - Room.MORE
    assert Room.outcomes([decision], height, due) == 1
    assert Room.outcomes([decision], height, due + timedelta(days=1)) == 0
