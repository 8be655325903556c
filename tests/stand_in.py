"""A tiny release of the service: its operating parts as they are, around two tables and an empty application.

What is tested with it is starting, migrating and the command line, whatever the real models are.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

MODELS = """
from sqlmodel import Field, SQLModel
class Town(SQLModel, table=True):
    id: int = Field(primary_key=True)
    name: str
"""

APP = """
from fastapi import FastAPI
def create_app(settings, database_url):
    app = FastAPI()
    app.get("/graphql")(lambda: {"data": None})
    return app
"""

RELEASE = """
class LoadError(Exception):
    pass
async def load_files(database_url, paths=()):
    return f"loaded {len(paths)}"
"""

REVISION = """'''Stand in for {revision}.'''
import sqlalchemy as sa
from alembic import op
revision: str = "{revision}"
down_revision: str | None = {before!r}
def upgrade() -> None:
    {run}
def downgrade() -> None:
    pass
"""

API_KEY = """
CREATE TABLE api_key (
    id text PRIMARY KEY,
    name text NOT NULL,
    secret_hmac bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
)
"""


def make_release(folder: Path) -> Path:
    """Write the stand-in into a folder, and return it."""
    shutil.copytree(ROOT / "service", folder / "service", ignore=shutil.ignore_patterns("models", "__pycache__"))
    shutil.copytree(ROOT / "alembic", folder / "alembic", ignore=shutil.ignore_patterns("versions", "__pycache__"))
    shutil.copy(ROOT / "alembic.ini", folder)
    (folder / "alembic" / "versions").mkdir()
    (folder / "service" / "models").mkdir()
    (folder / "service" / "models" / "__init__.py").write_text(MODELS)
    (folder / "service" / "__init__.py").write_text("")
    (folder / "service" / "app.py").write_text(APP)
    (folder / "service" / "release.py").write_text(RELEASE)
    add_revision(folder, "0001", None, API_KEY)
    add_revision(folder, "0002", "0001", "CREATE TABLE town (id integer PRIMARY KEY, name text NOT NULL)")
    return folder


def add_revision(folder: Path, revision: str, before: str | None, statement: str, *, alone: bool = False) -> None:
    """Add a revision that runs some statements, or one that cannot run in a transaction."""
    executed = " ".join(f"op.execute({each!r});" for each in statement.split("; "))
    run = f"with op.get_context().autocommit_block(): {executed}" if alone else executed
    script = REVISION.format(revision=revision, before=before, run=run)
    (folder / "alembic" / "versions" / f"{revision}_stand_in.py").write_text(script)


def environment(**variables: str) -> dict[str, str]:
    """Give the environment without settings, and with those named."""
    ours = ("HOST", "PORT", "DATABASE_URL", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("JUMELAGE_")}
    return kept | variables


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the stand-in to its end."""
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
