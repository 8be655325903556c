"""npm's packages of a folder: installed from its lockfile, and the Node.js that is one of them.

Knows npm's command. Knows no package.
"""

import platform
import shutil
import subprocess
from pathlib import Path

ARCHITECTURES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def installed(folder: Path) -> None:
    """Install what a folder's lockfile names, unless that was done. Raises RuntimeError without npm."""
    stamp = folder / "node_modules" / ".package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(f"npm is needed to install {folder.name}: install Node.js, or leave {folder.name} out")
    print(f"installing {folder.name} ...", flush=True)
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)
    stamp.touch()


def node(folder: Path) -> Path:
    """Return the Node.js that the folder's packages are to run on."""
    system, machine = platform.system().lower(), ARCHITECTURES.get(platform.machine(), platform.machine())
    return folder / "node_modules" / f"node-{system}-{machine}" / "bin" / "node"
