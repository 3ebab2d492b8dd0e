"""What those who run the server ask: can it serve, what does it count, how is a request called."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

import dashboard
from dashboard.host import operation
from dashboard.host.door import Door
from dashboard.host.operation import TOKEN
from dashboard.routes.answers import routes
from dashboard.server import OPERATION
from geodata.errors import RegisterError
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, read_settings, register_url

PRODUCTION = Path(dashboard.__file__).parent / "production"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    url = register_url(str(tmp_path / "own.sqlite"))
    with Service.open(Settings(url, basemap=NO_BASEMAP)) as opened:
        yield opened


@pytest.fixture
def client(service: Service) -> TestClient:
    app = Starlette(routes=routes(lambda _: service, OPERATION))
    return TestClient(Door(app, lambda: service), base_url="http://localhost:8501")


def figures(client: TestClient) -> dict[str, float]:
    answer = client.get("/metrics", headers={"Authorization": "Bearer s3cret"})
    assert answer.status_code == 200
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_it_is_ready_while_its_register_can_be_read(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").json() == {"ready": True}

    def away() -> int:
        raise RegisterError("register.unreachable", register="postgresql://db/s3cret")

    monkeypatch.setattr(service.register, "version", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["because"]) == (503, "register.unreachable")
    assert "s3cret" not in answer.text
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200


def test_figures_are_for_who_says_the_token(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    monkeypatch.setenv(TOKEN, "s3cret")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cre"}).status_code == 404
    before = figures(client)
    for path in ("/readyz", "/readyz", "/nowhere"):
        client.get(path)
    service.register.remember("a", "b")
    after = figures(client)
    assert after["lofteskartan_register_version"] == service.register.version()
    told = "lofteskartan_answers_total"
    # The figures themselves were asked for once in between.
    assert after[f"{told}200"] - before.get(f"{told}200", 0) == 3
    assert after[f"{told}404"] - before.get(f"{told}404", 0) == 1
    assert after["process_resident_memory_bytes"] > 0


def test_a_request_keeps_the_name_that_a_proxy_gave_it_and_the_log_has_it(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    name = "7c1f0e0d2b9a4a53"
    with caplog.at_level(logging.INFO, logger=operation.LOG.name):
        answer = client.get("/readyz?secret=1", headers={"X-Request-ID": name})
        other = client.get("/readyz", headers={"X-Request-ID": "x\\u2028{}"})
    assert answer.headers["x-request-id"] == name
    assert operation._ID.fullmatch(other.headers["x-request-id"])
    first, second = (json.loads(record.message) for record in caplog.records)
    assert (first["request"], first["path"], first["status"]) == (name, "/readyz", 200)
    assert second["request"] == other.headers["x-request-id"]
    assert "secret" not in caplog.text


def test_the_example_of_settings_is_read() -> None:
    settings = read_settings({"LOFTESKARTAN_SETTINGS": str(PRODUCTION / "lofteskartan.toml")})
    assert settings.signin is not None
    assert settings.signin.address == "https://lofteskartan.kommun.se"
    assert settings.register.startswith("postgresql://")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_the_example_of_a_site_is_one_that_nginx_takes(tmp_path: Path) -> None:
    site = (PRODUCTION / "nginx.conf").read_text(encoding="utf-8")
    # No certificate here: TLS aside, as it stands.
    lines = [line for line in site.splitlines() if "ssl_certificate" not in line]
    site = "\n".join(lines).replace("listen 443 ssl", f"listen unix:{tmp_path}/socket")
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{site}\n}}\n", encoding="utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-c", str(file), "-e", str(tmp_path / "log")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
