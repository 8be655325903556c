"""What the README tells people to paste works."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import open_folder
from tests.server import Server, serving

README = Path(__file__).parent.parent / "README.md"
ADDRESS = "http://127.0.0.1:8000"
COMMANDS = re.findall(r"^    (curl (?:.|\n)*?)\n\n", README.read_text(), re.MULTILINE)
FOLLOWING = [command for command in COMMANDS if "text/event-stream" in command]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the releases, as `make run` starts it."""
    with open_folder() as folder, serving(folder / "data") as server:
        yield server


def test_the_readme_shows_how_to_ask_and_how_to_record() -> None:
    assert len(COMMANDS) >= 2


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in FOLLOWING])
def test_the_command_works_when_pasted(server: Server, command: str) -> None:
    paste(server, command)


def paste(server: Server, command: str) -> None:
    """Run a command to its end, and see that it found or recorded something."""
    here = command.replace(ADDRESS, server.url.removesuffix("/graphql"))
    done = subprocess.run(
        ["/bin/sh", "-c", here], cwd=server.data_dir.parent, capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert "errors" not in answer
    for found in answer["data"].values():
        assert found.get("nodes") or found.get("agreement")


@pytest.mark.parametrize("command", FOLLOWING)
def test_the_command_follows_when_pasted(server: Server, command: str) -> None:
    here = command.replace(ADDRESS, server.url.removesuffix("/graphql"))
    with subprocess.Popen(["/bin/sh", "-c", f"exec {here}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as curl:
        assert curl.stdout
        assert curl.stdout.readline() == b"retry: 1000\n"
        recording = next(command for command in COMMANDS if "recordSigning" in command)
        paste(server, recording.replace("my-first", "while-followed").replace("2025-05", "2025-06"))
        lines = iter(curl.stdout.readline, b"")
        data = next(line for line in lines if line.startswith(b"data: "))
        assert json.loads(data.removeprefix(b"data: "))["data"]["changes"]["change"]
        curl.terminate()


def test_the_readme_shows_examples_as_they_are_tested() -> None:
    shown = re.findall(r"```graphql\n(.*?)```", README.read_text(), re.DOTALL)
    kept = {path.read_text() for path in (README.parent / "tests" / "operations").glob("*.graphql")}
    assert len(shown) == 6
    assert set(shown) <= kept
