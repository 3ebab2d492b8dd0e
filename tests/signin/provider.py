"""A provider of accounts, as a municipality has one: Canaille, until its process is ended.

Run with a port, everybody's password, the address that people come back to, and the one that they
are signed out to.
"""

from __future__ import annotations

import sys
from typing import Final

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

GROUPS: Final = {
    "styrgruppen": ("reader",),
    "registrerare": ("recorder",),
    "polisen": ("recorder",),
    "planerare": ("planner",),
    "it": ("administrator",),
    "andra": ("stranger",),
}
"""Who is in which group."""


def fill(password: str, back: str, out: str) -> None:
    people = {}
    for name in {name for names in GROUPS.values() for name in names}:
        people[name] = models.User(
            user_name=name,
            formatted_name=name,
            family_name=name,
            emails=[f"{name}@kommun.example"],
            title=f"Funktion {name}",
            password=password,
        )
        Backend.instance.save(people[name])
    for group, names in GROUPS.items():
        members = [people[name] for name in names]
        Backend.instance.save(models.Group(display_name=group, members=members))
    for client_id in ("lofteskartan", "another"):
        client = models.Client(
            client_id=client_id,
            client_secret="sekretess",
            client_name=client_id,
            client_uri=back.removesuffix("/inloggning/svar"),
            redirect_uris=[back],
            post_logout_redirect_uris=[out],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "profile", "groups"],
            token_endpoint_auth_method="client_secret_basic",
        )
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)


def main(port: int, password: str, back: str, out: str) -> None:
    key = RSAKey.generate_key(2048, {"use": "sig"}, private=True).as_dict(private=True)
    config = {
        "SECRET_KEY": "of a test",
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"DATABASE": "memory"},
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [key],
            "USERINFO_MAPPING": {"PREFERRED_USERNAME": "{{ user.title }}"},
        },
    }
    app = create_app(config)
    with app.app_context():
        fill(password, back, out)
        make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
