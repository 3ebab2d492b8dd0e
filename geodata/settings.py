"""Settings: read once from a file, the environment and the command line, then frozen."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeVar
from urllib.parse import quote, urlsplit

import platformdirs

from geodata.errors import SettingsError
from geodata.mailing import Mail

APP_NAME: Final = "lofteskartan"
ENVIRONMENT_PREFIX: Final = "LOFTESKARTAN_"

PATH_CHARACTERS: Final = "/:\\ "
"""What a path may hold that means nothing else in a register's URL."""

OWN_MACHINE: Final = ("localhost", "127.0.0.1", "::1")

Kind = TypeVar("Kind", "SignIn", Mail)

_HOST_NAME: Final = re.compile(r"\*|[\w.-]+|\[[0-9A-Fa-f:.]+\]")

PACKAGE: Final = Path(__file__).parent


def bundled_data() -> Path:
    """Return the folder with the project's own data files.

    An installed wheel carries them inside the package; a checkout has them at its top level.
    """
    inside = PACKAGE / "_data"
    return inside if inside.is_dir() else PACKAGE.parent / "data"


@dataclass(frozen=True, slots=True)
class Basemap:
    """What the map is drawn on."""

    # ``osm``, ``local``, ``none`` or a name from the settings file.
    name: str
    # How it is asked for; a local one is drawn by this server from the streets in use.
    kind: Literal["none", "local", "xyz", "wms"]
    # XYZ template with ``{z}``, ``{x}`` and ``{y}``, or the WMS address; else empty.
    url: str = ""
    # WMS layers, comma between.
    layers: str = ""
    # Shown on the map as plain text.
    attribution: str = ""
    max_zoom: int = 19


NO_BASEMAP: Final = Basemap("none", "none")
LOCAL_BASEMAP: Final = Basemap("local", "local", max_zoom=20)
OSM_BASEMAP: Final = Basemap(
    "osm",
    "xyz",
    "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    attribution="© OpenStreetMap contributors",
)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes open data, where, and on what terms; None for what nobody has said."""

    name: str | None = None
    # What sort of organisation: a name in ADMS' list, such as ``LocalAuthority``.
    type: str | None = None
    # The function that answers for the data, and its address. Never a person's.
    contact: str | None = None
    email: str | None = None
    # Where the citizens' page is published: the folder's address on the web.
    address: str | None = None
    # Address of the data's terms.
    licence: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not said, though a catalogue of open data asks for it."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) is None)


NOBODY: Final = Publisher()

Role = Literal["reader", "recorder", "planner", "administrator"]
"""What an account is, by its groups; what each may do stands in `dashboard/access.py`."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How it is known who comes in: by an OpenID Connect provider, or by a proxy before us."""

    __pydantic_config__: ClassVar = {"extra": "forbid", "strict": False}

    # This server's own address as browsers have it, to which the provider sends them back.
    address: str
    # The claims, or behind a proxy the headers, that tell the account's function (what stands as
    # who in every revision, and never a person's name) and its groups.
    function: str
    groups: str = "groups"
    # The issuer's address; its discovery document tells the rest. Empty behind a proxy.
    provider: str = ""
    # What the provider knows this server by, and what it is called on the sign-in page.
    client_id: str = ""
    client_secret: str = ""
    name: str = ""
    scope: str = "openid profile"
    # Addresses of the proxies whose headers are believed, whoever else sends such.
    proxies: tuple[str, ...] = ()
    # Each role's groups, by their names or ids at the provider.
    roles: Mapping[Role, tuple[str, ...]] = field(default_factory=dict, hash=False)
    # The groups whose recorders write down a party's records, by the party's id.
    parties: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    # A session ends so long after it was last used, and so long after it began.
    idle_minutes: int = 60
    longest_minutes: int = 600
    # So long the access log is kept.
    log_days: int = 365
    # Where sessions and the access log lie; by default beside this user's register.
    folder: Path | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers speak TLS with this server, or with the proxy before it."""
        return self.address.startswith("https:")

    @property
    def kept_in(self) -> Path:
        """The folder of sessions and of the access log."""
        return self.folder or data_folder() / "signin"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside."""

    # SQLAlchemy URL.
    register: str
    # Folders with promises and areas of one's own, beside the bundled ones.
    catalogue_folders: tuple[Path, ...] = ()
    basemap: Basemap = OSM_BASEMAP
    # Host names, besides this machine's own, that the server answers to; ``*`` is any.
    open_to: tuple[str, ...] = field(default=())
    # Addresses, without a path, that browsers may fetch reference layers from.
    map_services: tuple[str, ...] = ()
    publisher: Publisher = NOBODY
    # Whether this server shows the citizens' page to anybody, at ``/oppen-sida/``.
    open_page: bool = False
    # Addresses of the proxies before this server, whose word on who asks (``X-Forwarded-For``) is
    # believed.
    behind: tuple[str, ...] = ()
    # None where nobody has to sign in.
    signin: SignIn | None = None
    # None where nobody is reminded by mail.
    mail: Mail | None = None

    @property
    def all_proxies(self) -> tuple[str, ...]:
        """The proxies whose word on where a request comes from is believed."""
        return (*self.behind, *(self.signin.proxies if self.signin else ()))


def data_folder() -> Path:
    """Return the platform's folder for this user's register and catalogue."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def config_file() -> Path:
    """Return the platform's place for this user's settings file."""
    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / "lofteskartan.toml"


def register_url(register: str) -> str:
    """Return a SQLAlchemy URL for a file's path or for what already is a URL."""
    if "://" in register:
        return register
    # Quoted: a folder's name may hold a question mark or a percent sign.
    path = quote(str(Path(register).expanduser().resolve()), safe=PATH_CHARACTERS)
    return f"sqlite:///{path}"


def _basemap_from_table(name: str, table: object) -> Basemap:
    expected = {"type", "url", "layers", "attribution", "max_zoom"}
    given: dict[str, Any] = table if isinstance(table, dict) else {"": table}
    kind, url = given.get("type", "xyz"), str(given.get("url", ""))
    max_zoom = given.get("max_zoom", 19)
    fits = expected >= given.keys() and kind in ("xyz", "wms") and type(max_zoom) is int
    if not fits or not is_web_address(url):
        raise SettingsError(
            "settings.basemap_table", name=name, expected=", ".join(sorted(expected))
        )
    if kind == "xyz":
        _require_template(url)
    return Basemap(
        name,
        kind,
        url,
        layers=str(given.get("layers", "")),
        attribution=str(given.get("attribution", "")),
        max_zoom=max_zoom,
    )


def is_web_address(url: str) -> bool:
    """Tell whether a text is an address of the web, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def origin_of(url: str) -> str:
    """Return an address's scheme and host, with its port where it names one; "" of none."""
    parts = urlsplit(url if is_web_address(url) else "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _require_template(url: str) -> None:
    if not all(part in url for part in ("{z}", "{x}", "{y}")):
        raise SettingsError("settings.basemap_template", url=url)


def find_basemap(name: str, named: Mapping[str, object]) -> Basemap:
    """Return the base map that a setting names."""
    if name in named:
        return _basemap_from_table(name, named[name])
    for known in (OSM_BASEMAP, LOCAL_BASEMAP, NO_BASEMAP):
        if name == known.name:
            return known
    if is_web_address(name):
        _require_template(name)
        return Basemap("custom", "xyz", name, attribution=urlsplit(name).hostname or "")
    raise SettingsError(
        "settings.basemap_unknown", name=name, known=", ".join(["osm", "local", "none", *named])
    )


def _read_file(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("settings.unreadable", file=str(path), detail=str(error)) from error


def _publisher(table: object, env: Mapping[str, str]) -> Publisher:
    names = [one.name for one in fields(Publisher)]
    given: dict[str, object] = table if isinstance(table, dict) else {"": table}
    if not given.keys() <= set(names) or not all(isinstance(v, str) for v in given.values()):
        raise SettingsError("settings.publisher_table", expected=", ".join(names))
    told = {n: env.get(f"{ENVIRONMENT_PREFIX}PUBLISHER_{n.upper()}", given.get(n)) for n in names}
    return Publisher(**{name: str(said or "").strip() or None for name, said in told.items()})


def _is_trusted(url: str) -> bool:
    """Tell whether what is sent to an address reaches nobody else: by TLS, or on this machine."""
    parts = urlsplit(url) if is_web_address(url) else None
    return parts is not None and (parts.scheme == "https" or parts.hostname in OWN_MACHINE)


def _section(kind: type[Kind], key: str, table: object, env: Mapping[str, str]) -> Kind | None:
    """Return a section of the settings, with what the environment says of it; None for none."""
    name = key.rpartition(".")[2]
    # On a machine of one's own there is none, and nothing that reads them need be loaded.
    from pydantic import TypeAdapter, ValidationError

    prefix = f"{ENVIRONMENT_PREFIX}{name.upper()}_"
    names = [one.name for one in fields(kind) if one.type in ("str", "int", "Path | None")]
    told = {n: value for n in names if (value := env.get(prefix + n.upper())) is not None}
    if table is None and not told:
        return None
    given: object = {**table, **told} if isinstance(table, dict) else told if told else table
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SettingsError(key, name=where or name) from error


def _require(key: str, checks: Mapping[str, bool]) -> None:
    for name, fits in checks.items():
        if not fits:
            raise SettingsError(key, name=name)


def _mail(table: object, env: Mapping[str, str]) -> Mail | None:
    found = _section(Mail, "settings.mail", table, env)
    if found is None:
        return None
    _require("settings.mail", found.checks())
    return replace(found, address=found.address.rstrip("/"))


def _sign_in(table: object, env: Mapping[str, str]) -> SignIn | None:
    found = _section(SignIn, "settings.signin", table, env)
    if found is None:
        return None
    try:
        proxies = [ip_address(one) for one in found.proxies]
    except ValueError as error:
        raise SettingsError("settings.signin", name="proxies") from error
    checks = {
        "address": _is_trusted(found.address),
        "provider": bool(proxies) if not found.provider else _is_trusted(found.provider),
        "proxies": not (proxies and found.provider),
        "client_id": bool(found.client_id or proxies),
        "function": bool(found.function.strip()),
        "groups": bool(found.groups.strip()),
        "roles": any(found.roles.values()),
        "idle_minutes": found.idle_minutes > 0,
        "longest_minutes": found.longest_minutes >= found.idle_minutes,
        "log_days": found.log_days > 0,
    }
    _require("settings.signin", checks)
    return replace(found, address=found.address.rstrip("/"), provider=found.provider.rstrip("/"))


def _switch(name: str, table: Mapping[str, object], env: Mapping[str, str]) -> bool:
    """Return what is on or off; off where nothing is said."""
    said = str(env.get(f"{ENVIRONMENT_PREFIX}{name.upper()}") or table.get(name, "false")).lower()
    if said not in ("true", "false"):
        raise SettingsError("settings.switch", name=name, value=said)
    return said == "true"


def _require_hosts(
    open_to: tuple[str, ...], map_services: tuple[str, ...], behind: tuple[str, ...]
) -> None:
    """Refuse what is no host name, no address without a path, and no machine's number."""
    for name in behind:
        try:
            ip_address(name)
        except ValueError as error:
            raise SettingsError("settings.behind", name=name) from error
    for name in open_to:
        if _HOST_NAME.fullmatch(name) is None:
            raise SettingsError("settings.open_to", name=name)
    for address in map_services:
        if origin_of(address) != address:
            raise SettingsError("settings.map_services", name=address)


KNOWN: Final = frozenset(
    {"register", "catalogue", "basemap", "basemaps", "open_to", "map_services", "publisher"}
    | {"signin", "mail", "open_page", "behind"}
)
"""What a file of settings may say."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file, then let the environment override it.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Variables ``LOFTESKARTAN_REGISTER``, ``LOFTESKARTAN_CATALOGUE`` (folders, separated as in
        PATH), ``LOFTESKARTAN_BASEMAP``, ``LOFTESKARTAN_OPEN_TO`` (host names, comma between),
        ``LOFTESKARTAN_MAP_SERVICES`` and ``LOFTESKARTAN_BEHIND`` (addresses, likewise),
        ``LOFTESKARTAN_OPEN_PAGE`` (``true`` or ``false``), ``LOFTESKARTAN_PUBLISHER_``,
        ``LOFTESKARTAN_SIGNIN_`` or ``LOFTESKARTAN_MAIL_`` and a name of `Publisher`'s, `SignIn`'s
        or `Mail`'s, ``LOFTESKARTAN_SETTINGS`` (another file); by default the process's own.

    Returns
    -------
    Settings
        Frozen; without any setting the platform's data folder holds the register.

    Raises
    ------
    SettingsError
        If the named file is missing, the file can't be read or holds an unknown key, the base
        map is unknown, sign-in or mail is set half or unsafely, or a host has no host's name.
        Whether what a publisher says can stand on a page is asked when one is made.
    """
    env = os.environ if environment is None else environment
    named_file = env.get(f"{ENVIRONMENT_PREFIX}SETTINGS")
    path = Path(named_file) if named_file else config_file()
    if named_file and not path.is_file():
        raise SettingsError("settings.missing", file=named_file)
    table = _read_file(path)
    if unknown := table.keys() - KNOWN:
        raise SettingsError("settings.unknown_key", file=str(path), name=", ".join(sorted(unknown)))

    def listed(name: str, separator: str) -> tuple[str, ...]:
        raw = env.get(f"{ENVIRONMENT_PREFIX}{name.upper()}")
        found = raw.split(separator) if raw is not None else table.get(name, [])
        values = found if isinstance(found, list) else [found]
        return tuple(text for value in values if (text := str(value).strip()))

    addresses = {name: listed(name, ",") for name in ("open_to", "map_services", "behind")}
    _require_hosts(**addresses)
    register = env.get(f"{ENVIRONMENT_PREFIX}REGISTER") or table.get("register")
    named = table.get("basemaps", {})
    folders = listed("catalogue", os.pathsep)
    own_catalogue = data_folder() / "catalogue"
    return Settings(
        register=register_url(str(register or data_folder() / "register.sqlite")),
        catalogue_folders=tuple(Path(f).expanduser() for f in folders)
        or ((own_catalogue,) if own_catalogue.is_dir() else ()),
        basemap=find_basemap(
            str(env.get(f"{ENVIRONMENT_PREFIX}BASEMAP") or table.get("basemap", "osm")),
            named if isinstance(named, dict) else {},
        ),
        **addresses,
        publisher=_publisher(table.get("publisher", {}), env),
        open_page=_switch("open_page", table, env),
        signin=_sign_in(table.get("signin"), env),
        mail=_mail(table.get("mail"), env),
    )
