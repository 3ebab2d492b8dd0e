from __future__ import annotations

import os
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import SettingsError
from geodata.settings import (
    NO_BASEMAP,
    OSM_BASEMAP,
    Basemap,
    Publisher,
    Settings,
    SignIn,
    bundled_data,
    config_file,
    data_folder,
    find_basemap,
    read_settings,
    register_url,
)
from geodata.texts import words

WMS = """
[basemaps.grey]
type = "wms"
url = "https://kartor.example/wms"
layers = "grey,names"
attribution = "© Kommunen"
max_zoom = 17
"""


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read settings from a file with some text and an environment with some variables."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    file = tmp_path / "lofteskartan.toml"

    def reading(text: str = "", **environment: str) -> Settings:
        file.write_text(text, encoding="utf-8")
        given = {f"LOFTESKARTAN_{name.upper()}": value for name, value in environment.items()}
        return read_settings({"LOFTESKARTAN_SETTINGS": str(file), **given})

    return reading


def assert_told(error: SettingsError, *named: str) -> None:
    """The error's sentence can be said in both languages and names what it is about."""
    for language in ("sv", "en"):
        said = words(language).error(error)  # type: ignore[arg-type]
        for name in named:
            assert name in said


# --- what holds when nothing, the file or the environment says something -------------------------


def test_without_any_setting(read: Any, tmp_path: Path) -> None:
    found = read()
    assert found.basemap == OSM_BASEMAP
    assert found.open_to == ()
    assert found.catalogue_folders == ()
    assert found.register.startswith("sqlite:///")
    assert found.register.endswith("register.sqlite")


def test_the_users_own_catalogue_is_found_where_the_platform_keeps_data(
    read: Any, tmp_path: Path
) -> None:
    folder = Path(read().register.removeprefix("sqlite:///")).parent / "catalogue"
    folder.mkdir(parents=True)
    assert read().catalogue_folders == (folder,)
    assert read(catalogue="elsewhere").catalogue_folders == (Path("elsewhere"),)


def test_the_file_is_heard(read: Any) -> None:
    found = read(
        f"""
        register = "/data/a.sqlite"
        catalogue = ["/data/one", "/data/two"]
        basemap = "grey"
        open_to = ["karta.example", "plan.example"]
        {WMS}
        """
    )
    assert found == Settings(
        register="sqlite:////data/a.sqlite",
        catalogue_folders=(Path("/data/one"), Path("/data/two")),
        basemap=Basemap(
            "grey",
            "wms",
            "https://kartor.example/wms",
            layers="grey,names",
            attribution="© Kommunen",
            max_zoom=17,
        ),
        open_to=("karta.example", "plan.example"),
    )


def test_the_environment_goes_before_the_file(read: Any) -> None:
    found = read(
        f"""
        register = "/data/a.sqlite"
        catalogue = ["/data/one"]
        basemap = "grey"
        open_to = ["karta.example"]
        {WMS}
        """,
        register="/data/b.sqlite",
        catalogue=os.pathsep.join(["/data/two", "/data/three"]),
        basemap="none",
        open_to="a.example,b.example",
    )
    assert found == Settings(
        register="sqlite:////data/b.sqlite",
        catalogue_folders=(Path("/data/two"), Path("/data/three")),
        basemap=NO_BASEMAP,
        open_to=("a.example", "b.example"),
    )


def test_the_environment_can_name_a_base_map_of_the_files(read: Any) -> None:
    assert read(WMS, basemap="grey").basemap.url == "https://kartor.example/wms"
    assert read(WMS).basemap == OSM_BASEMAP


def test_a_single_name_need_not_be_a_list(read: Any) -> None:
    found = read('catalogue = "/data/one"\nopen_to = "karta.example"')
    assert found.catalogue_folders == (Path("/data/one"),)
    assert found.open_to == ("karta.example",)


def test_spaces_round_a_name_are_no_part_of_it(read: Any) -> None:
    assert read(open_to="a.example, b.example ").open_to == ("a.example", "b.example")


def test_an_empty_variable_opens_to_nobody(read: Any) -> None:
    assert read('open_to = ["karta.example"]', open_to="").open_to == ()


def test_a_missing_file_of_the_platforms_own_is_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert read_settings({}).basemap == OSM_BASEMAP


def test_settings_cannot_be_changed(read: Any) -> None:
    found = read()
    with pytest.raises(FrozenInstanceError):
        found.register = "sqlite:///other.sqlite"
    with pytest.raises(FrozenInstanceError):
        found.basemap.url = "https://other.example"
    assert hash(found) == hash(read())


def test_the_bundled_data_is_where_the_promises_are() -> None:
    assert (bundled_data() / "promises").is_dir()
    assert (bundled_data() / "areas.geojson").is_file()


def test_who_publishes_is_heard_from_the_file_and_the_environment(read: Any) -> None:
    table = '[publisher]\nname = " Borås Stad "\nemail = "a@example.se"\ncontact = ""'
    found = read(table, publisher_email="b@example.se").publisher
    assert found == Publisher(name="Borås Stad", email="b@example.se")
    assert found.missing == ("type", "contact", "address", "licence")
    assert read().publisher.missing[0] == "name"


@pytest.mark.parametrize(
    "text", ["publisher = 1", '[publisher]\nnamn = "Borås Stad"', "[publisher]\nname = 1"]
)
def test_a_publisher_of_other_keys_is_told(read: Any, text: str) -> None:
    with pytest.raises(SettingsError) as told:
        read(text)
    assert_told(told.value, "[publisher]", "name, type, contact, email, address, licence")


def test_who_stands_before_the_server_and_what_it_shows_anybody(read: Any) -> None:
    assert (read().open_page, read().all_proxies) == (False, ())
    found = read('open_page = true\nbehind = ["10.0.0.1", "::1"]')
    assert (found.open_page, found.all_proxies) == (True, ("10.0.0.1", "::1"))
    found = read("open_page = true", open_page="false", behind="10.0.0.2")
    assert (found.open_page, found.all_proxies) == (False, ("10.0.0.2",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('open_page = "ja"', "open_page"),
        ("open_page = 1", "open_page"),
        ('behind = ["proxy.example"]', "proxy.example"),
        ('behind = ["10.0.0.0/8"]', "10.0.0.0/8"),
    ],
)
def test_what_they_can_not_be_is_told(read: Any, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as told:
        read(text)
    assert_told(told.value, said)


SIGNIN = """
[signin]
address = "https://karta.example/"
provider = "https://login.example/realms/kommun/"
client_id = "karta"
function = "title"
[signin.roles]
reader = ["Styrgruppen"]
planner = ["Planerare", "Chefer"]
[signin.parties]
polisen = ["Polisen"]
"""


def test_how_people_sign_in_is_heard(read: Any) -> None:
    found = read(SIGNIN, signin_client_secret="s", signin_idle_minutes="20").signin
    assert found == SignIn(
        "https://karta.example",
        "title",
        provider="https://login.example/realms/kommun",
        client_id="karta",
        client_secret="s",
        roles={"reader": ("Styrgruppen",), "planner": ("Planerare", "Chefer")},
        parties={"polisen": ("Polisen",)},
        idle_minutes=20,
    )
    assert found.is_encrypted
    assert hash(found)
    assert read().signin is None


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("https://karta.example/", "http://karta.example", "address"),
        ("https://karta.example/", "karta.example", "address"),
        ('address = "https://karta.example/"', "", "address"),
        ("https://login.example/realms/kommun/", "http://login.example", "provider"),
        ("https://login.example/realms/kommun/", "", "provider"),
        ('client_id = "karta"', "", "client_id"),
        ('"title"', '" "', "function"),
        ('"title"', "7", "function"),
        ("planner =", "boss =", "roles.boss"),
        ('["Styrgruppen"]', '"Styrgruppen"', "roles.reader"),
        ('reader = ["Styrgruppen"]\nplanner = ["Planerare", "Chefer"]', "", "roles"),
        ("[signin.roles]", "idle_minutes = 0\n[signin.roles]", "idle_minutes"),
        ("[signin.roles]", "idle_minutes = 601\n[signin.roles]", "longest_minutes"),
        ("[signin.roles]", 'proxies = ["10.0.0.5"]\n[signin.roles]', "proxies"),
        ("[signin.roles]", 'proxies = ["proxy"]\n[signin.roles]', "proxies"),
        ("[signin.roles]", "secret = 1\n[signin.roles]", "secret"),
    ],
)
def test_sign_in_that_is_half_set_or_unsafe_is_told(
    read: Any, old: str, new: str, name: str
) -> None:
    assert old in SIGNIN
    with pytest.raises(SettingsError) as told:
        read(SIGNIN.replace(old, new))
    assert told.value.key == "settings.signin"
    assert name in str(told.value.values["name"])
    assert_told(told.value, "[signin]")


def test_a_proxy_needs_no_provider_and_this_machine_no_tls(read: Any) -> None:
    text = SIGNIN.replace('provider = "https://login.example/realms/kommun/"', 'proxies = ["::1"]')
    assert read(text).signin.proxies == ("::1",)
    here = SIGNIN.replace("https://karta.example/", "http://127.0.0.1:8501")
    assert not read(here).signin.is_encrypted


# --- mistakes --------------------------------------------------------------------------------


def test_an_unknown_key_is_told(read: Any) -> None:
    with pytest.raises(SettingsError) as told:
        read('registre = "/data/a.sqlite"\nbase_map = "none"')
    assert told.value.key == "settings.unknown_key"
    assert_told(told.value, "lofteskartan.toml", "base_map, registre")


@pytest.mark.parametrize("text", ['register = "unclosed', "register = ", "[", "a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_told(read: Any, text: str) -> None:
    with pytest.raises(SettingsError) as told:
        read(text)
    assert told.value.key == "settings.unreadable"
    assert_told(told.value, "lofteskartan.toml")


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes('basemap = "grå"'.encode("latin-1"))
    with pytest.raises(SettingsError) as told:
        read_settings({"LOFTESKARTAN_SETTINGS": str(file)})
    assert told.value.key == "settings.unreadable"


def test_a_settings_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as told:
        read_settings({"LOFTESKARTAN_SETTINGS": str(tmp_path / "mistyped.toml")})
    assert_told(told.value, "mistyped.toml")


# --- base maps -------------------------------------------------------------------------------

TEMPLATE = "https://kartor.example/{z}/{x}/{y}.png"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("osm", OSM_BASEMAP),
        ("none", NO_BASEMAP),
        (TEMPLATE, Basemap("custom", "xyz", TEMPLATE, attribution="kartor.example")),
        ("own", Basemap("own", "xyz", TEMPLATE)),
    ],
)
def test_a_base_map_by_name_or_template(name: str, expected: Basemap) -> None:
    assert find_basemap(name, {"own": {"url": TEMPLATE}}) == expected


def test_a_table_may_take_a_known_name() -> None:
    assert find_basemap("osm", {"osm": {"url": TEMPLATE}}).url == TEMPLATE


@pytest.mark.parametrize("name", ["grey", "", "OSM", "ftp://kartor.example/{z}/{x}/{y}.png", "{z}"])
def test_an_unknown_base_map_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(SettingsError) as told:
        find_basemap(name, {"own": {"url": TEMPLATE}})
    assert told.value.key == "settings.basemap_unknown"
    assert_told(told.value, name, "osm, local, none, own", "{z}")


@pytest.mark.parametrize(
    "address",
    [
        "https://kartor.example",
        "https://kartor.example/{z}/{x}.png",
        "https://kartor.example/{z}/{y}.png",
        "https://kartor.example/{x}/{y}.png",
    ],
)
def test_a_template_must_hold_all_three(address: str) -> None:
    for asked in (
        lambda: find_basemap(address, {}),
        lambda: find_basemap("a", {"a": {"url": address}}),
    ):
        with pytest.raises(SettingsError) as told:
            asked()
        assert told.value.key == "settings.basemap_template"
        assert_told(told.value, address, "{z}", "{x}", "{y}")


@pytest.mark.parametrize(
    "table",
    [
        "https://kartor.example",
        {},
        {"url": ""},
        {"url": "kartor.example/{z}/{x}/{y}"},
        {"url": "javascript:alert(1)//{z}{x}{y}"},
        {"url": "file:///{z}/{x}/{y}.png"},
        {"url": TEMPLATE, "type": "tms"},
        {"url": TEMPLATE, "zoom": 3},
        {"type": "wms"},
        {"url": TEMPLATE, "max_zoom": "many"},
        {"url": TEMPLATE, "max_zoom": [19]},
        {"url": "https://[kartor.example/{z}/{x}/{y}"},
    ],
)
def test_a_table_that_cannot_be_used_is_told_with_what_was_expected(table: object) -> None:
    with pytest.raises(SettingsError) as told:
        find_basemap("own", {"own": table})
    assert told.value.key == "settings.basemap_table"
    assert_told(told.value, "own", "url", "type")


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(SettingsError) as told:
        find_basemap("https://[kartor.example/{z}/{x}/{y}", {})
    assert_told(told.value, "https://[kartor.example")


# --- the register's address ------------------------------------------------------------------


def test_a_path_is_an_sqlite_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/anna")
    assert register_url("/data/a b.sqlite") == "sqlite:////data/a b.sqlite"
    assert register_url("a.sqlite") == f"sqlite:///{tmp_path.resolve()}/a.sqlite"
    assert register_url("~/a.sqlite") == "sqlite:////home/anna/a.sqlite"


@pytest.mark.parametrize(
    "address", ["sqlite:////data/a.sqlite", "postgresql+psycopg://anna:pw@db.example/lofte"]
)
def test_an_address_is_left_as_it_is(address: str) -> None:
    assert register_url(address) == address


def test_tests_have_folders_of_their_own(nobodys_folders: Path) -> None:
    assert nobodys_folders in data_folder().parents
    assert nobodys_folders in config_file().parents


def test_map_services_are_addresses_without_a_path(read: Any) -> None:
    named = ("https://karta.example", "http://wms.example:8080")
    assert read(map_services=", ".join(named)).map_services == named
    assert read('map_services = ["https://karta.example"]').map_services == named[:1]
    for wrong in ("karta.example", "https://karta.example/wms", "ftp://a.example", "https://[a"):
        with pytest.raises(SettingsError) as told:
            read(map_services=wrong)
        assert_told(told.value, wrong)


# --- reminders ------------------------------------------------------------------------------------

MAIL = """
[mail]
server = "smtp.example.se"
sender = "loften@example.se"
address = "https://loften.example.se/"
[[mail.to]]
email = "omradespolis@example.se"
party = "polisen"
when = "day_before"
"""


def test_mail_is_off_until_it_is_set(read: Any) -> None:
    assert read("").mail is None
    found = read(MAIL, mail_password="s", mail_port="2525").mail
    assert (found.port, found.password, found.security) == (2525, "s", "starttls")
    assert found.address == "https://loften.example.se"
    (to,) = found.to
    assert (to.party, to.language, to.when, to.function) == ("polisen", "sv", "day_before", "")


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('server = "smtp.example.se"', "", "server"),
        ('"loften@example.se"', '"loften"', "sender"),
        ('"omradespolis@example.se"', '"a@example.se\\r\\nBcc: b@example.se"', "to"),
        ('"omradespolis@example.se"', '"a@example.se, b@example.se"', "to"),
        ("[[mail.to]]", "port = 70000\n[[mail.to]]", "port"),
        ("[[mail.to]]", 'security = "none"\npassword = "x"\n[[mail.to]]', "security"),
        ("[[mail.to]]", 'security = "ssl"\n[[mail.to]]', "security"),
        ("[[mail.to]]", "hour = 24\n[[mail.to]]", "hour"),
        ("[[mail.to]]", "weekday = 0\n[[mail.to]]", "weekday"),
        ("https://loften", "ftp://loften", "address"),
        ('"day_before"', '"daily"', "when"),
        ("when =", "then =", "then"),
    ],
)
def test_mail_that_is_half_set_or_wrong_is_told(read: Any, old: str, new: str, name: str) -> None:
    assert old in MAIL
    with pytest.raises(SettingsError) as told:
        read(MAIL.replace(old, new))
    assert told.value.key == "settings.mail"
    assert name in str(told.value.values["name"])
    assert_told(told.value, "[mail]")
