"""What the command `documents` does.

Knows files, and how a manifest is written down. What is in one is known by schema/manifest.py.
"""

import json
from pathlib import Path

from schema.build import build
from schema.document import Documents
from schema.manifest import ManifestError, make_manifest
from service.failure import OperatorError
from service.http.assembly import limits_of
from service.settings import Settings

SUFFIXES = (".graphql", ".gql")


def manifest_of(folder: Path, settings: Settings) -> tuple[str, int]:
    """Return the manifest of a folder's documents as text, and how many they are. Raises OperatorError."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    if not paths:
        raise OperatorError(f"{folder} holds no .graphql or .gql file")
    try:
        files = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}
        made = make_manifest(files, Documents(build()._schema, limits_of(settings)))
    except (ManifestError, UnicodeDecodeError) as error:
        raise OperatorError(str(error)) from None
    return json.dumps(dict(sorted(made.items())), indent=2, ensure_ascii=False) + "\n", len(made)
