"""The commands do what they say, and tell their failures in one line."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from service.failure import describe
from tests.conftest import open_folder
from tests.stand_in import command, environment, make_release


@pytest.fixture(scope="module")
def release() -> Iterator[Path]:
    """A release whose data folder has a database already."""
    with open_folder() as folder:
        made = make_release(folder / "release")
        assert command(made, "migrate").returncode == 0
        yield made


def refusal(release: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    done = command(release, *arguments, **variables)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.returncode, done.stderr.strip()


class Service:
    """A running service and what it said at its start."""

    def __init__(self, release: Path, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service", "serve"],
            cwd=release,
            env=environment(PORT="0", **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.banner = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.banner += line
            if "Ctrl-C" in line:
                break
        self.address = re.findall(r"http://127\.0\.0\.1:\d+", self.banner)[0]

    @property
    def key(self) -> str | None:
        found = re.search(r"jml_\w+", self.banner)
        return found[0] if found else None

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        said, complained = self.process.communicate()
        return self.process.returncode, said + complained


@contextmanager
def serving(release: Path, **variables: str) -> Iterator[Service]:
    service = Service(release, **variables)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop(signal.SIGTERM)


def test_tells_a_wrong_setting_in_one_line(release: Path) -> None:
    expected = "jumelage: PORT is 'eighty', but must be a whole number from 0 to 65535"
    for arguments in (["serve"], ["migrate"], ["load"], ["keys", "list"], ["database-url"]):
        assert refusal(release, *arguments, PORT="eighty") == (2, expected)


def test_refuses_wrong_usage(release: Path) -> None:
    for arguments in (["fly"], ["keys", "create", "--name", "x"], ["keys", "create", "--name", "x", "--scope", "y"]):
        done = command(release, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr


def test_tells_that_the_database_cannot_be_reached(release: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://u:hunter2@127.0.0.1:{unused.getsockname()[1]}/x"
        for arguments in (["keys", "list"], ["migrate"], ["serve"]):
            code, line = refusal(release, *arguments, DATABASE_URL=url, PORT="0")
            assert code == 1
            assert line.startswith("jumelage: the database cannot be reached")
            assert "hunter2" not in line


def test_tells_that_the_database_does_not_exist(release: Path, postgres_url: str) -> None:
    code, line = refusal(release, "migrate", DATABASE_URL=postgres_url.replace("/jumelage?", "/atlantis?"))
    assert (code, line) == (1, 'jumelage: database "atlantis" does not exist; create it, or correct DATABASE_URL')


def test_tells_that_the_database_is_not_migrated(release: Path, postgres_url: str) -> None:
    code, line = refusal(release, "keys", "list", DATABASE_URL=postgres_url.replace("/jumelage?", "/postgres?"))
    assert (code, line) == (1, 'jumelage: relation "api_key" does not exist; run the command `migrate` first')


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.InvalidPasswordError("no"), "the database refuses the user or password: no; check DATABASE_URL"),
        (asyncpg.TooManyConnectionsError("too many"), "the database answered: too many"),
        (socket.gaierror(-2, "unknown"), "the database cannot be reached ([Errno -2] unknown); check that it runs"),
        (PermissionError(13, "Permission denied", "/x"), "/x: Permission denied"),
    ],
)
def test_tells_what_an_operator_can_mend(error: Exception, told: str) -> None:
    assert (describe(error) or "").startswith(told)


def test_hides_no_bug_behind_one_line() -> None:
    assert describe(KeyError("x")) is None


def test_tells_which_file_is_missing(release: Path) -> None:
    assert refusal(release, "load", "nowhere.json") == (1, "jumelage: no such file: nowhere.json")


def test_tells_where_the_embedded_server_cannot_run(release: Path) -> None:
    (release / "file").write_text("")
    code, line = refusal(release, "migrate", JUMELAGE_DATA_DIR="file")
    assert code == 1
    assert line.endswith("is not a folder: set JUMELAGE_DATA_DIR to one")


def test_loads_the_named_files(release: Path) -> None:
    (release / "a.json").write_text("{}")
    assert command(release, "load", "a.json").stdout == "loaded 1\n"


def test_prints_the_address_and_says_that_nothing_runs_there(release: Path) -> None:
    done = command(release, "database-url")
    folder = release / "data" / "postgres"
    assert (done.returncode, done.stdout) == (0, f"postgresql://jumelage@/jumelage?host={folder}&port=5432\n")
    assert done.stderr.count("\n") == 1
    assert command(release, "database-url", DATABASE_URL="postgres://u@h/d").stdout == "postgres://u@h/d\n"


def test_prints_a_new_key_alone_and_lists_and_revokes_it(release: Path) -> None:
    scopes = ("--scope", "signings:write", "--scope", "admin")
    made = command(release, "keys", "create", "--name", "Anna", *scopes, "--days", "7")
    assert (made.returncode, made.stderr) == (0, "")
    assert re.fullmatch(r"jml_[a-z2-7]{10}_[0-9a-f]{64}\n", made.stdout)
    _, key_id, secret = made.stdout.strip().split("_")
    listed = command(release, "keys", "list").stdout
    assert re.search(rf"^{key_id} .* valid .* admin signings:write +Anna$", listed, re.MULTILINE)
    assert secret not in listed
    assert command(release, "keys", "revoke", key_id).returncode == 0
    assert re.search(rf"^{key_id} .* revoked ", command(release, "keys", "list").stdout, re.MULTILINE)
    assert refusal(release, "keys", "revoke", key_id)[0] == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal_and_stops_the_database_after_it(release: Path, how: signal.Signals) -> None:
    with serving(release, JUMELAGE_LOG_LEVEL="warning") as service:
        answer = httpx.get(f"{service.address}/graphql")
        assert answer.status_code == 200
        assert "server" not in answer.headers
        assert command(release, "database-url").stderr == ""
        assert service.stop(how) == (0, "")
    assert "not running" in command(release, "database-url").stderr


def test_shows_a_request_that_works_when_pasted(release: Path) -> None:
    with serving(release) as service:
        request = next(line for line in service.banner.splitlines() if "curl" in line)
        assert f"{service.address}/graphql" in request
        assert "agreements" in request
        assert subprocess.run(["sh", "-nc", request], check=False).returncode == 0


def test_keeps_the_first_key_until_it_is_revoked() -> None:
    with open_folder() as folder:
        release = make_release(folder / "release")
        with serving(release) as service:
            key = service.key
            assert key is not None
            file = release / "data" / "first-key"
            assert (file.read_text(), file.stat().st_mode & 0o777) == (f"{key}\n", 0o600)
        with serving(release) as again:
            assert again.key == key
        assert command(release, "keys", "revoke", key.split("_")[1]).returncode == 0
        with serving(release) as later:
            assert later.key is None
            assert "keys create" in later.banner


def test_runs_a_second_replica_beside_the_first_and_tells_of_a_taken_port(release: Path) -> None:
    with serving(release) as first, serving(release) as second:
        assert second.address != first.address
        port = first.address.rpartition(":")[2]
        expected = f"jumelage: port {port} on 127.0.0.1 is taken: stop what uses it, or set PORT to another"
        assert refusal(release, "serve", PORT=port) == (1, expected)
        assert first.stop(signal.SIGTERM)[0] == 0
        assert httpx.get(f"{second.address}/graphql").status_code == 200


def test_makes_no_key_unasked_in_somebody_s_own_database(release: Path) -> None:
    with serving(release) as embedded:
        url = command(release, "database-url").stdout.strip()
        with serving(release, DATABASE_URL=url) as service:
            assert service.key is None
            assert "keys create --name NAME --scope signings:write" in service.banner
        assert embedded.process.poll() is None


def test_imports_no_web_framework_for_a_command_that_serves_nothing(release: Path) -> None:
    script = "import sys, service.__main__; print([m for m in ('fastapi', 'strawberry', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=release, env=os.environ, capture_output=True, check=True)
    assert done.stdout == b"[]\n"
