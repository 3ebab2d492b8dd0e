"""Tokens for other programs: made by a person on a page, read by GDAL, good nowhere else."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dashboard.access import Account
from dashboard.signin.tokens import EACH_AT_MOST, LONGEST_DAYS, Tokens
from geodata.errors import AccessError
from geodata.settings import SignIn

from .conftest import IDS, SECRETS, form_of
from .test_roles import MAY, text_of

Give = Callable[[str], Any]
TODAY = date(2026, 11, 30)
PLANNER = Account("Planerare", ("planner",), ("polisen",), "p", "s", "proof")
READER = Account("Läsare", ("reader",), (), "r")
ADMINISTRATOR = Account("IT", ("administrator",), (), "a")


class Days:
    def __init__(self) -> None:
        self.today = TODAY

    def __call__(self) -> date:
        return self.today


@pytest.fixture
def days() -> Days:
    return Days()


@pytest.fixture
def tokens(tmp_path: Path, days: Days) -> Tokens:
    return Tokens(SignIn("http://localhost", "title", folder=tmp_path), days)


def basic(said: bytes) -> str:
    return f"Basic {base64.b64encode(said).decode()}"


def asked(tokens: Tokens, header: str, path: str = "/ogc/collections") -> Account | None:
    headers = [(b"authorization", header.encode("latin-1"))]
    return tokens.account({"type": "http", "path": path, "headers": headers})


def test_it_speaks_for_its_maker_as_a_reader_until_its_day(tokens: Tokens, days: Days) -> None:
    secret = tokens.make(PLANNER, " QGIS ", "2026-12-02")
    for header in (f"Bearer {secret}", f"bearer  {secret}", basic(f"qgis:{secret}".encode())):
        found = asked(tokens, header)
        assert found is not None
        assert (found.function, found.id) == ("Planerare", "p")
        assert found.limits is not None
        assert not any(map(found.may, ("record", "plan", "see_internal", "administer")))
        assert found.session not in (secret, "s", "")
    (token,) = tokens.of(PLANNER)
    assert (token.name, token.made, token.until) == ("QGIS", TODAY, date(2026, 12, 2))
    days.today = date(2026, 12, 2)
    assert asked(tokens, f"Bearer {secret}")
    days.today = date(2026, 12, 3)
    assert asked(tokens, f"Bearer {secret}") is None
    assert tokens.of(PLANNER) == ()


@pytest.mark.parametrize(
    "path", ["/", "/export/all.zip", "/nycklar", "/uploads", "/ogcx", "/atkomst", "/_stcore/stream"]
)
def test_it_opens_nothing_else(tokens: Tokens, path: str) -> None:
    secret = tokens.make(PLANNER, "QGIS", "2026-12-02")
    assert asked(tokens, f"Bearer {secret}", path) is None


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic", "Basic ÅÄÖ", basic(b"\xff:\xff"), basic(b"no colon"),
     "Bearer ../key", "Bearer x", "Digest x", basic(b"a:")],
)  # fmt: skip
def test_what_is_no_token_is_nobodys(tokens: Tokens, header: str) -> None:
    tokens.make(PLANNER, "QGIS", "2026-12-02")
    assert asked(tokens, header) is None


def test_the_token_itself_is_nowhere_in_the_folder(tokens: Tokens, tmp_path: Path) -> None:
    secret = tokens.make(PLANNER, "QGIS", "2026-12-02")
    told = "".join(f"{f.name}{f.read_text()}" for f in tmp_path.rglob("*") if f.is_file())
    assert "QGIS" in told
    assert secret not in told
    # Who reads the folder can't ask with what stands there.
    assert asked(tokens, f"Bearer {tokens.of(PLANNER)[0].mark}") is None


@pytest.mark.parametrize(
    ("name", "until", "key"),
    [
        ("", "2026-12-02", "token.name"),
        ("x" * 61, "2026-12-02", "token.name"),
        ("a\x00b", "2026-12-02", "token.name"),
        ("19811218-9876", "2026-12-02", "token.name"),
        ("QGIS", "", "token.until"),
        ("QGIS", "i morgon", "token.until"),
        ("QGIS", "2026-11-29", "token.until"),
        ("QGIS", (TODAY + timedelta(LONGEST_DAYS + 1)).isoformat(), "token.until"),
    ],
)
def test_what_can_not_be_made_is_told(tokens: Tokens, name: str, until: str, key: str) -> None:
    with pytest.raises(AccessError) as told:
        tokens.make(PLANNER, name, until)
    assert told.value.key == key
    assert tokens.of(PLANNER) == ()


def test_each_sees_and_ends_their_own_and_an_administrator_all(tokens: Tokens) -> None:
    secrets = {who.id: tokens.make(who, f"of {who.id}", "2027-11-30") for who in (PLANNER, READER)}
    names = {who.id: [one.name for one in tokens.of(who)] for who in (PLANNER, READER)}
    assert names == {"p": ["of p"], "r": ["of r"]}
    assert {one.name for one in tokens.of(ADMINISTRATOR)} == {"of p", "of r"}
    (planners,) = tokens.of(PLANNER)
    for mark in (planners.mark, "../key", "", "x"):
        assert not tokens.end(READER, mark)
    assert asked(tokens, f"Bearer {secrets['p']}")
    assert tokens.end(ADMINISTRATOR, planners.mark)
    assert asked(tokens, f"Bearer {secrets['p']}") is None
    assert asked(tokens, f"Bearer {secrets['r']}")


def test_a_partys_calendar_has_a_token_of_its_own_in_its_address(tokens: Tokens) -> None:
    maps = tokens.make(PLANNER, "QGIS", "2026-12-02")
    secret = tokens.make(PLANNER, "Kalender", "2026-12-02", "polisen")

    def asked_by(said: str, party: str) -> Account | None:
        path, query = f"/kalender/{party}.ics", f"lang=sv&nyckel={said}".encode()
        return tokens.account({"path": path, "query_string": query, "type": "http", "headers": []})

    found = asked_by(secret, "polisen")
    assert found is not None
    assert (found.roles, found.parties, found.id) == (("reader",), (), "p")
    # It opens nobody else's and no map, and no map's opens it.
    assert asked_by(secret, "boras-stad") is None
    assert asked_by(maps, "polisen") is None
    assert asked_by("", "polisen") is None
    assert asked(tokens, f"Bearer {secret}") is None
    assert asked(tokens, f"Bearer {secret}", "/kalender/polisen.ics") is None
    assert asked(tokens, f"Bearer {maps}")


def test_a_renewed_token_ends_the_old_one(tokens: Tokens, days: Days) -> None:
    tokens.make(PLANNER, "Kalender", "2026-12-10", "polisen")
    (old,) = tokens.of(PLANNER)
    days.today = date(2026, 12, 5)
    assert tokens.renew(READER, old.mark) is None
    # An administrator ends it, and makes none in another's name.
    assert tokens.renew(ADMINISTRATOR, old.mark) is None
    renewed = tokens.renew(PLANNER, old.mark)
    assert renewed is not None
    (new,) = tokens.of(PLANNER)
    assert new.mark == hashlib.sha256(renewed[0].encode()).hexdigest() != old.mark
    assert (new.name, new.party, new.until) == ("Kalender", "polisen", date(2026, 12, 15))
    assert tokens.renew(PLANNER, old.mark) is None


def test_nobody_hoards_them(tokens: Tokens) -> None:
    for number in range(EACH_AT_MOST):
        tokens.make(ADMINISTRATOR, str(number), "2026-12-02")
    with pytest.raises(AccessError) as told:
        tokens.make(ADMINISTRATOR, "one more", "2026-12-02")
    assert told.value.key == "token.many"
    # However many others have.
    assert tokens.make(READER, "one", "2026-12-02")


# --- on the server, and by another program --------------------------------------------------------


def made(somebody: Any, name: str) -> str:
    """Make a token as a person does; return it."""
    page = somebody.client.get("/nycklar")
    until = (datetime.now(UTC).date() + timedelta(30)).isoformat()
    sent = form_of(page, name=name, until=until)
    answer = somebody.client.post("/nycklar", data=sent, headers={"Origin": somebody.server.url})
    found = re.search(r'class="secret">([^<]+)<', answer.text)
    assert answer.status_code == 200
    assert found
    return found[1]


READ_BY_GDAL = """
import json, sys, pyogrio
address = "OAPIF:" + sys.argv[1]
layers = [name for name, _ in pyogrio.list_layers(address).tolist()]
told = {name: pyogrio.read_dataframe(address, layer=name).to_json(default=str) for name in layers}
print(json.dumps(told))
"""


@pytest.mark.parametrize("how", ["bearer", "basic"])
def test_gdal_reads_what_a_reader_sees(person: Give, how: str) -> None:
    planner = person("planner")
    secret = made(planner, f"GDAL {how}")
    said = {
        "bearer": {"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": secret},
        "basic": {"GDAL_HTTP_USERPWD": f"qgis:{secret}"},
    }
    told = subprocess.run(
        [sys.executable, "-c", READ_BY_GDAL, f"{planner.server.url}/ogc"],
        env={**os.environ, **said[how]},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    layers = json.loads(told.stdout)
    # What would be refused is not among what there is.
    assert layers.keys() == {"areas", "commitments", "activities", "walks", "findings"}
    assert "norrby" in layers["areas"]
    assert len(json.loads(layers["activities"])["features"]) > 100
    # A planner sees them; what reads in their name does not.
    assert not [secret for secret in SECRETS.values() if secret in told.stdout]
    log = "".join(f.read_text() for f in (planner.server.sessions.parent / "access").iterdir())
    lines = [json.loads(line) for line in log.splitlines()]
    assert f"GDAL {how}" in [line["where"] for line in lines if line["what"] == "token_made"]
    # In the name of who made it, and by which token.
    by_token = hashlib.sha256(secret.encode()).hexdigest()[:12]
    read = [line for line in lines if line["session"] == by_token]
    assert "/ogc/collections/areas/items" in [line["where"] for line in read]
    assert {(line["what"], line["who"]) for line in read} == {("exported", "Funktion planner")}
    assert secret not in log


def test_every_route_with_a_token_in_hand(person: Give) -> None:
    planner = person("planner")
    secret = made(planner, "every route")
    anonymous = httpx2.Client(base_url=planner.server.url)
    wrong = []
    with anonymous:
        for path, roles in MAY.items():
            answer = anonymous.get(path, headers={"Authorization": f"Bearer {secret}"})
            leads = path.startswith(("/ogc", "/layers/"))
            refused = 403 if leads else 401
            if (answer.status_code == refused) is (roles >= {"reader" if leads else "nobody"}):
                wrong.append((path, answer.status_code))
            text = text_of(answer.content)
            wrong += [
                (path, kind) for kind in SECRETS if SECRETS[kind] in text or IDS[kind] in text
            ]
        assert wrong == []
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            asking = {"Authorization": f"Bearer {secret}", "Origin": planner.server.url}
            assert anonymous.request(method, "/ogc/collections", headers=asking).status_code == 404
        # Who brings none that is good is asked for one, and it is written down.
        asked = anonymous.get("/ogc/collections", headers={"Authorization": "Bearer wrong"})
        assert asked.status_code == 401
        assert asked.headers["www-authenticate"].startswith("Basic ")


def test_a_calendar_program_reads_a_partys_calendar(person: Give) -> None:
    planner = person("planner")
    page = planner.client.get("/nycklar?part=polisen")
    assert '<option value="polisen" selected>' in page.text
    until = (datetime.now(UTC).date() + timedelta(30)).isoformat()
    own = {"Origin": planner.server.url}
    sent = {**form_of(page), "name": "Telefonen", "until": until, "party": "polisen"}
    wrong = planner.client.post("/nycklar", data={**sent, "party": "x"}, headers=own)
    assert wrong.status_code == 400

    def address(text: str) -> str:
        found = re.search(r'class="secret">([^<]+)<', text)
        assert found
        return found[1].replace("&amp;", "&")

    made = address(planner.client.post("/nycklar", data=sent, headers=own).text)
    way = made.removeprefix(planner.server.url)
    with httpx2.Client(base_url=planner.server.url) as program:
        read = program.get(way)
        assert read.status_code == 200
        assert read.headers["content-type"].startswith("text/calendar")
        assert "Polisen" in read.text
        assert program.get(way.replace("polisen", "boras-stad")).status_code == 401
        mark = re.search(
            r'name="renew" value="(\w+)"\s+aria-label="Förnya Telefonen',
            planner.client.get("/nycklar").text,
        )
        assert mark
        again = {"proof": sent["proof"], "renew": mark[1]}
        new = address(planner.client.post("/nycklar", data=again, headers=own).text)
        assert program.get(way).status_code == 401
        assert program.get(new.removeprefix(planner.server.url)).status_code == 200
    log = "".join(f.read_text() for f in (planner.server.sessions.parent / "access").iterdir())
    assert way.partition("nyckel=")[2] not in log
    assert "/kalender/polisen.ics" in log


def test_the_page_is_the_persons_own(person: Give) -> None:
    reader, administrator = person("reader"), person("administrator")
    secret = made(reader, "läsarens <b>")
    page = reader.client.get("/nycklar")
    assert "läsarens &lt;b&gt;" in page.text
    assert secret not in page.text
    assert "läsarens" not in person("recorder").client.get("/nycklar").text
    assert "läsarens" in administrator.client.get("/nycklar").text
    mark = re.search(r'name="mark" value="(\w+)" aria-label="Ta bort läsarens', page.text)
    assert mark
    form, own = form_of(page), {"Origin": reader.server.url}
    bearer = {"Authorization": f"Bearer {secret}"}
    # Neither another site's page, nor one without proof, nor somebody else ends it.
    tried = [
        (reader, form["proof"], {"Origin": "http://evil.example"}),
        (reader, "", own),
        (reader, "upload", own),
        (person("recorder"), form_of(person("recorder").client.get("/nycklar"))["proof"], own),
    ]
    for somebody, proof, origin in tried:
        sent = {"proof": proof, "mark": mark[1]}
        somebody.client.post("/nycklar", data=sent, headers=origin, follow_redirects=False)
        with httpx2.Client(base_url=reader.server.url, headers=bearer) as program:
            assert program.get("/ogc").status_code == 200
    # What is longer than any form of ours is not read.
    long = {**form, "name": "x" * 5_000, "until": "2026-12-31"}
    reader.client.post("/nycklar", data=long, headers=own)
    assert "xxxx" not in reader.client.get("/nycklar").text
    sent = {"proof": form["proof"], "mark": mark[1]}
    answer = reader.client.post("/nycklar?lang=en", data=sent, headers=own)
    assert "No token is in force." in answer.text
    with httpx2.Client(base_url=reader.server.url, headers=bearer) as program:
        assert program.get("/ogc").status_code == 401
