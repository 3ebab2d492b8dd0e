"""A provider that answers wrongly, or somebody in its place: nobody is let in by what it says."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.host.door import Door
from dashboard.signin.entrance import Entrance
from dashboard.signin.pages import signin_routes
from dashboard.signin.provider import Provider, account_of
from geodata.errors import AccessError
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, SignIn, register_url

from .conftest import free_port

SECRET: Final = "a secret that is shared with the provider"


class Answering:
    """A provider whose every answer can be spoilt."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.key = RSAKey.generate_key(2048, {"kid": "1"}, private=True)
        self.other = RSAKey.generate_key(2048, {"kid": "1"}, private=True)
        self.told_issuer = self.issuer
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.signed = "as it should"
        self.asked: dict[str, list[str]] = {}
        routes = [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/keys", self.keys),
            Route("/token", self.token, methods=["POST"]),
            Route("/userinfo", self.info),
        ]
        config = uvicorn.Config(Starlette(routes=routes), port=self.port, log_level="error")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)

    async def discovery(self, _request: Request) -> JSONResponse:
        at = self.issuer
        return JSONResponse(
            {
                "issuer": self.told_issuer,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "userinfo_endpoint": f"{at}/userinfo",
                "jwks_uri": f"{at}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }
        )

    async def keys(self, _request: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def info(self, _request: Request) -> JSONResponse:
        return JSONResponse(self.userinfo)

    async def token(self, request: Request) -> JSONResponse:
        self.asked = parse_qs((await request.body()).decode())
        now = int(time.time())
        own = {"iss": self.issuer, "sub": "1", "aud": "karta", "iat": now, "exp": now + 300}
        claims = {
            **own,
            "nonce": self.nonce,
            "title": "Planerare",
            "groups": ["plan"],
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header, key = {"alg": "RS256", "kid": "1"}, self.key
        if self.signed == "by another key":
            key = self.other
        if self.signed == "with the shared secret":
            shared = OctKey.import_key(SECRET)
            return self.given(jwt.encode({"alg": "HS256"}, claims, shared))
        if self.signed == "not at all":
            body = jwt.encode(header, claims, key).split(".")[1]
            return self.given("eyJhbGciOiJub25lIn0." + body + ".")
        return self.given(jwt.encode(header, claims, key))

    def given(self, id_token: str) -> JSONResponse:
        told = {"access_token": "x", "token_type": "Bearer", "id_token": id_token}
        return JSONResponse(told)


@pytest.fixture(scope="module")
def running() -> Iterator[Answering]:
    made = Answering()
    made.thread.start()
    while not made.server.started:
        time.sleep(0.01)
    yield made
    made.server.should_exit = True
    made.thread.join()


@pytest.fixture
def provider(running: Answering) -> Answering:
    running.told_issuer, running.signed = running.issuer, "as it should"
    running.claims, running.userinfo = {}, {}
    return running


def came_back(provider: Answering, **query: str) -> Any:
    """Go to the provider and come back; return who that is."""
    settings = SignIn(
        "http://localhost",
        "title",
        provider=provider.issuer,
        client_id="karta",
        client_secret=SECRET,
        roles={"planner": ("plan",)},
    )

    async def go() -> Any:
        known, session = Provider(settings), {}
        scope = {"type": "http", "method": "GET", "headers": [], "path": "/", "session": session}
        asked = await known.begin(Request({**scope, "query_string": b""}), "http://localhost/back")
        said = parse_qs(urlsplit(asked).query)
        assert said["code_challenge_method"] == ["S256"]
        provider.nonce = said["nonce"][0]
        told = "&".join(
            f"{n}={v}" for n, v in ({"state": said["state"][0], "code": "c"} | query).items()
        )
        return await known.end(Request({**scope, "query_string": told.encode()}))

    return asyncio.run(go())


def test_who_signs_in_is_who_the_provider_says(provider: Answering) -> None:
    account, id_token = came_back(provider)
    assert (account.function, account.roles, account.id) == ("Planerare", ("planner",), "1")
    assert id_token
    # The code is worth nothing without what this server alone knows (RFC 7636).
    assert len(provider.asked["code_verifier"][0]) >= 43


def test_what_the_token_does_not_tell_the_account_itself_does(provider: Answering) -> None:
    provider.claims = {"title": None, "groups": None}
    provider.userinfo = {"sub": "1", "title": "Kommunpolis", "groups": ["x", "plan"]}
    assert came_back(provider)[0].function == "Kommunpolis"
    provider.userinfo = {"sub": "2", "title": "Kommunpolis", "groups": ["plan"]}
    with pytest.raises(AccessError) as refused:
        came_back(provider)
    assert refused.value.key == "signin.no_function"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"aud": ["karta", "another"]},  # and no word of for whom it was made
        {"aud": ["karta", "another"], "azp": "another"},
        {"iss": "http://127.0.0.1:1"},
        {"iss": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_a_token_for_somebody_or_some_time_else_lets_nobody_in(
    provider: Answering, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    with pytest.raises(AccessError) as refused:
        came_back(provider)
    assert refused.value.key == "signin.failed"


@pytest.mark.parametrize("signed", ["by another key", "with the shared secret", "not at all"])
def test_a_token_that_the_provider_has_not_signed_lets_nobody_in(
    provider: Answering, signed: str
) -> None:
    provider.signed = signed
    with pytest.raises(AccessError) as refused:
        came_back(provider)
    assert refused.value.key == "signin.failed"


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"state": "another"}, "signin.failed"),
        ({"error": "access_denied"}, "signin.failed"),
        ({"iss": "http://127.0.0.1:1"}, "signin.failed"),
    ],
)
def test_an_answer_to_something_else_lets_nobody_in(
    provider: Answering, query: dict[str, str], key: str
) -> None:
    with pytest.raises(AccessError) as refused:
        came_back(provider, **query)
    assert refused.value.key == key


def test_a_provider_that_is_another_is_told(provider: Answering) -> None:
    provider.told_issuer = "http://127.0.0.1:1"
    with pytest.raises(AccessError) as refused:
        came_back(provider)
    assert refused.value.key == "signin.unreachable"


def test_a_provider_that_is_away_is_told(
    provider: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens there: on the lowest port nobody may, but for who owns the machine.
    monkeypatch.setattr(provider, "issuer", "http://127.0.0.1:1")
    with pytest.raises(AccessError) as refused:
        came_back(provider)
    assert refused.value.key == "signin.unreachable"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"groups": ["plan"]}, "signin.no_function"),
        ({"title": " ", "groups": ["plan"]}, "signin.no_function"),
        ({"title": "Anna 811218-9876", "groups": ["plan"]}, "signin.no_function"),
        ({"title": "A"}, "signin.no_role"),
        ({"title": "A", "groups": []}, "signin.no_role"),
        ({"title": "A", "groups": ["Plan", "plan2", None, {}]}, "signin.no_role"),
        ({"title": "A", "groups": {"plan": 1}}, "signin.no_role"),
    ],
)
def test_who_cannot_stand_in_the_history_or_has_no_role(said: dict[str, Any], key: str) -> None:
    settings = SignIn("http://localhost", "title", roles={"planner": ("plan",)})
    with pytest.raises(AccessError) as refused:
        account_of(settings, said, "1")
    assert refused.value.key == key


def test_behind_tls_a_session_is_this_hosts_alone_and_a_new_one_ends_the_old(
    provider: Answering, example_file: Path, tmp_path: Path
) -> None:
    signin = SignIn(
        "https://karta.example",
        "title",
        provider=provider.issuer,
        client_id="karta",
        client_secret=SECRET,
        roles={"planner": ("plan",)},
        folder=tmp_path / "signin",
    )
    path = tmp_path / "own.sqlite"
    shutil.copyfile(example_file, path)
    settings = Settings(register_url(str(path)), basemap=NO_BASEMAP, signin=signin)
    entrance = Entrance(signin)
    inside = Route("/inside", lambda request: JSONResponse(str(request.base_url)))
    with Service.open(settings) as service:
        routes = [*signin_routes(entrance), inside]
        app = Door(Starlette(routes=routes), lambda: service, entrance)
        client = TestClient(app, base_url="https://karta.example", follow_redirects=False)

        def sign_in() -> str:
            to = client.get("/inloggning/start?till=/inside").headers["location"]
            asked = parse_qs(urlsplit(to).query)
            assert asked["redirect_uri"] == ["https://karta.example/inloggning/svar"]
            provider.nonce = asked["nonce"][0]
            back = client.get(f"/inloggning/svar?code=c&state={asked['state'][0]}")
            assert (back.status_code, back.headers["location"]) == (303, "/inside")
            said = back.headers.get_list("set-cookie")
            (own,) = [one for one in said if one.startswith("__Host-lofteskartan=")]
            parts = {part.strip().lower() for part in own.split(";")[1:]}
            assert parts == {"httponly", "secure", "samesite=lax", "path=/"}
            return own.partition(";")[0]

        first = sign_in()
        assert client.get("/inside").json() == "https://karta.example/"
        second = sign_in()
        client.cookies.clear()
        for cookie, status in ((first, 401), (second, 200)):
            assert client.get("/inside", headers={"Cookie": cookie}).status_code == status
        # Without TLS the browser would have sent it under a name that anybody near could set.
        bare = second.removeprefix("__Host-")
        assert client.get("/inside", headers={"Cookie": bare}).status_code == 401
