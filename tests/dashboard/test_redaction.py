"""Removing a text for good on a record's card: for administrators, with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.access import Account
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.state import Sent
from geodata.model import Activity
from geodata.service import Service
from geodata.service.recording import Refused, Saved
from geodata.settings import NO_BASEMAP, Settings, register_url

ADMINISTRATOR = Account("Säkerhetschef", ("administrator",))
PLANNER = Account("Planerare", ("planner", "recorder"))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service.open(
        Settings(register_url(str(tmp_path / "own.sqlite")), basemap=NO_BASEMAP)
    ) as opened:
        yield opened


@pytest.fixture
def activity(service: Service) -> Activity:
    return next(one for one in service.register.activities() if one.note and not one.walk_id)


def context_for(service: Service, account: Account) -> Context:
    scope = service.scope(None, None)
    day = scope.as_of.day
    return Context(
        service,
        ViewState(),
        (),
        scope.promises,
        scope.as_of,
        service.progress(day),
        service.attention(scope.promises, day),
        None,
        account=account,
    )


def sent(activity: Activity, reason: str) -> Sent:
    values = {"about": f"activity/{activity.id}", "expected": "1", "by": "x", "reason": reason}
    return Sent(versions.draft_of("activity", activity.id), values, frozenset(), "redact")


def test_it_takes_an_administrator_and_a_reason(service: Service, activity: Activity) -> None:
    def note() -> str:
        return service.register.activity(activity.id).note

    assert versions.submitted(context_for(service, PLANNER), sent(activity, "namn")) is None
    refused = versions.submitted(context_for(service, ADMINISTRATOR), sent(activity, " "))
    assert isinstance(refused, Refused)
    assert [problem.field for problem in refused.problems] == ["reason"]
    personal = versions.submitted(
        context_for(service, ADMINISTRATOR), sent(activity, "19811218-9876")
    )
    assert isinstance(personal, Refused)
    assert note() == activity.note
    done = versions.submitted(context_for(service, ADMINISTRATOR), sent(activity, "namn"))
    assert isinstance(done, Saved)
    assert note() == "[…]"
    told = versions.history(context_for(service, ADMINISTRATOR), "activity", activity.id)
    assert [version.revision.action for version in told] == ["redact", "create"]
    assert activity.note not in repr(told)
