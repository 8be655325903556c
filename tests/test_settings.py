"""What the environment may say, and what is answered to what it may not."""

import os
from pathlib import Path

import pytest

from service.settings import Settings, SettingsError, read_settings
from tests.settings_table import groups, tables, written


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("JUMELAGE_") or name in ("HOST", "PORT", "DATABASE_URL"):
            monkeypatch.delenv(name)


def refusal() -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_has_a_default_for_everything() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, None)
    assert (settings.data_dir, settings.load_releases) == (Path("data"), True)


def test_describes_every_setting() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_documents_list_every_setting_as_it_is() -> None:
    assert sorted(name for names in groups().values() for name in names) == sorted(Settings.model_fields)
    for path, text in tables().items():
        assert written(path) == text, f"{path.name} is out of date: run `make settings`"


def test_refuses_a_choice_that_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMELAGE_LOG_FORMAT", "xml")
    assert refusal() == "JUMELAGE_LOG_FORMAT is 'xml', but must be human or json"


def test_reads_each_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOST": "::1",
        "PORT": "9000",
        "DATABASE_URL": "postgres://u:p@db/x",
        "JUMELAGE_DATA_DIR": "/srv/j",
        "JUMELAGE_LOAD_RELEASES": "false",
        "JUMELAGE_KEY_PEPPER": "salt",
        "JUMELAGE_POOL_MAX": "4",
    }.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.host, settings.port, settings.database_url) == ("::1", 9000, "postgres://u:p@db/x")
    assert (settings.data_dir, settings.load_releases, settings.pool_max) == (Path("/srv/j"), False, 4)
    assert settings.key_pepper.get_secret_value() == "salt"


def test_takes_an_empty_variable_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("DATABASE_URL", "")
    assert (read_settings().port, read_settings().database_url) == (8000, None)


def test_takes_an_address_written_for_sqlalchemy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://u@db/x")
    assert read_settings().database_url == "postgresql://u@db/x"


def test_asks_for_the_primary_where_an_address_names_several_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@one,two:5433/x")
    assert read_settings().database_url == "postgresql://u@one,two:5433/x?target_session_attrs=read-write"


@pytest.mark.parametrize("value", ["eighty", "70000", "-1", "80.5"])
def test_refuses_a_port_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    assert refusal() == f"PORT is '{value}', but must be a whole number from 0 to 65535"


def test_refuses_a_switch_that_is_neither_on_nor_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMELAGE_LOAD_RELEASES", "maybe")
    assert refusal() == "JUMELAGE_LOAD_RELEASES is 'maybe', but must be true or false"


def test_refuses_another_database_without_showing_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hunter2@db/x")
    assert refusal() == "DATABASE_URL must begin with postgresql:// or postgres://"


@pytest.mark.parametrize("host", ["h:abc", "h:99999", "h:0", "[::1", "h:5432:1"])
def test_refuses_an_address_whose_host_or_port_is_none(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:hunter2@{host}/x")
    expected = "has a host or port that is none: write postgresql://user:password@host:port/database"
    assert refusal() == f"DATABASE_URL {expected}"


@pytest.mark.parametrize("host", ["h", "h:65535", "[::1]:5432", "a:1,b:2", "u@"])
def test_takes_every_form_of_host(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{host}/x?host=/run/postgresql")
    assert str(read_settings().database_url).startswith(f"postgresql://{host}/x?host=/run/postgresql")


def test_refuses_a_smallest_pool_above_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMELAGE_POOL_MIN", "20")
    assert refusal() == "JUMELAGE_POOL_MIN is 20, but must be at most JUMELAGE_POOL_MAX, which is 10"


def test_refuses_a_misspelt_setting_and_names_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMELAGE_DATADIR", "/srv/j")
    assert refusal() == "JUMELAGE_DATADIR is not a setting: did you mean JUMELAGE_DATA_DIR?"


def test_refuses_an_unknown_setting_and_lists_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMELAGE_Q", "1")
    assert refusal().startswith("JUMELAGE_Q is not a setting: known are DATABASE_URL, HOST, ")


def test_takes_no_offence_at_a_service_of_kubernetes_that_bears_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "JUMELAGE_SERVICE_HOST": "10.0.0.11",
        "JUMELAGE_SERVICE_PORT": "80",
        "JUMELAGE_SERVICE_PORT_HTTP": "80",
        "JUMELAGE_PORT": "tcp://10.0.0.11:80",
        "JUMELAGE_PORT_80_TCP": "tcp://10.0.0.11:80",
        "JUMELAGE_PORT_80_TCP_ADDR": "10.0.0.11",
        "JUMELAGE_STANDBY_SERVICE_HOST": "10.0.0.12",
    }.items():
        monkeypatch.setenv(name, value)
    assert read_settings().port == 8000
    monkeypatch.setenv("JUMELAGE_PORT", "9000")
    assert refusal().startswith("JUMELAGE_PORT is not a setting")


def test_never_shows_the_pepper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMELAGE_KEY_PEPPER", "hunter2")
    assert "hunter2" not in repr(read_settings())
