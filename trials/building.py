"""The image built with buildah: base images made of Debian, then the Dockerfile.

Knows how packages reach a build on a machine that takes them from somewhere of its own. Leaves nothing of that in
the image.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from trials.programs import ROOT, run

PYTHON = "localhost/jumelage-python"
NODE = "localhost/jumelage-node"
IMAGE = "localhost/jumelage"
SUITE = "bookworm"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def paths(text: str) -> set[Path]:
    """Return the files and folders that a configuration names, an index with the files beside its pages."""
    named = (Path(path) for path in re.findall(r"(?<![/\w])/[\w./-]+", text))
    return {path.parent if path.name == "simple" else path for path in named if path.exists()}


class Builder:
    """Buildah with a store of its own, so that the machine's is left as it is."""

    def __init__(self, folder: Path, debian: Path) -> None:
        """Take the folder of the store, and one where Debian's root file system is kept between trials."""
        self.folder, self.debian = folder, debian
        self.buildah = ("buildah", "--root", folder / "store", "--runroot", folder / "run", "--storage-driver", "vfs")

    def build(self) -> None:
        """Build the Dockerfile on base images that are made of what this machine has."""
        self.make_bases()
        run(
            *self.buildah,
            "build",
            *("--isolation", "chroot", "--format", "docker", "--pull-never", "--tag", IMAGE),
            *("--build-arg", f"PYTHON_IMAGE={PYTHON}", "--build-arg", f"NODE_IMAGE={NODE}"),
            *("--build-arg", f"REVISION={run('git', 'rev-parse', 'HEAD')}"),
            *self.packages(),
            ROOT,
        )

    def make_bases(self) -> None:
        """Make the base images: Debian with its Python, and the same with this machine's Node."""
        if not self.debian.exists():
            unfinished = self.debian.with_name("unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            included = "--include=python3,python3-venv,ca-certificates"
            run("debootstrap", "--variant=minbase", included, SUITE, unfinished)
            unfinished.rename(self.debian)
        self.make_base("scratch", PYTHON, (self.debian, "/"))
        node, npm = Path(run("which", "node")), Path(run("npm", "root", "--global"), "npm")
        launcher = self.folder / "npm"
        launcher.write_text('#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js "$@"\n')
        launcher.chmod(0o755)
        copies = ((node, "/usr/bin/node"), (npm, "/usr/lib/node_modules/npm"), (launcher, "/usr/bin/npm"))
        self.make_base(PYTHON, NODE, *copies)

    def make_base(self, base: str, name: str, *copies: tuple[Path, str]) -> None:
        """Make an image of another and what is copied into it."""
        container = run(*self.buildah, "from", "--pull-never", base)
        for source, target in copies:
            run(*self.buildah, "add", "--quiet", container, source, target)
        run(*self.buildah, "config", "--env", PATH, container)
        run(*self.buildah, "commit", "--quiet", "--rm", container, name)

    def packages(self) -> list[str]:
        """Return the volumes by which pip and npm reach packages in the build as they do on this machine."""
        configured = run(sys.executable, "-m", "pip", "config", "list")
        settings = re.findall(r"^[^.]+\.\.?([a-z-]+)='(.*)'$", configured, re.MULTILINE)
        pip, npm = self.folder / "pip.conf", self.folder / "npmrc"
        pip.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in dict(settings).items()))
        authorities = run("npm", "config", "get", "cafile")
        npm.write_text(f"cafile={authorities}\n" if authorities.startswith("/") else "")
        volumes = {path: path for path in paths(pip.read_text() + npm.read_text())}
        volumes |= {pip: Path("/etc/pip.conf"), npm: Path("~root/.npmrc").expanduser()}
        return [part for source, target in volumes.items() for part in ("--volume", f"{source}:{target}:ro")]

    def configuration(self) -> dict[str, Any]:
        """Return what the image says of how it is run."""
        inspected: dict[str, Any] = json.loads(run(*self.buildah, "inspect", "--type", "image", IMAGE))
        configuration: dict[str, Any] = inspected["Docker"]["config"]
        return configuration

    def mount(self) -> Path:
        """Return the root file system of a container of the image."""
        return Path(run(*self.buildah, "mount", run(*self.buildah, "from", "--pull-never", IMAGE)))

    def discard(self) -> None:
        """Unmount and remove every container and image of the store."""
        run(*self.buildah, "rm", "--all")
        run(*self.buildah, "rmi", "--all", "--force")
