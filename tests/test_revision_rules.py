"""No revision keeps anyone out for long: what each would run is read, and what is dangerous is refused."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config

from alembic import command
from service.migration import SCRIPTS, SESSION, Revision, revisions

# What squawk asks of everybody and we do not.
NOT_OURS = {
    "ban-drop-not-null": "an input that may be left out is a promise kept",
    "prefer-bigint-over-int": "versions, positions and years stay small",
    "prefer-bigint-over-smallint": "kinds stay few",
    "prefer-robust-stmts": "an index that was cut off is dropped first, because IF NOT EXISTS would keep it",
}
# What a revision may do all the same, and why.
EXCUSED = {
    "0003": {
        "ban-drop-constraint": "a unique index stands beside it",
        "renaming-object": "nothing names an index",
    },
    "0006": {"adding-field-with-default": "the table has one row", "ban-drop-default": "nobody adds another"},
    "0010": {"renaming-object": "nothing names an index"},
    "0011": {"renaming-object": "nothing names an index"},
}
# The first two make what nobody uses yet.
UNDER_RULES = revisions()[2:]

BODY = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)
FILLS = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (?!alembic_version)", re.IGNORECASE)
MAKES = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
LOCKS = re.compile(
    r"(?:ALTER TABLE|DROP TRIGGER \w+ ON|CREATE (?:OR REPLACE )?TRIGGER .*? ON) (\w+)", re.IGNORECASE | re.DOTALL
)


def printed(before: str | None, name: str) -> str:
    """Return the SQL of one revision."""
    text = io.StringIO()
    config = Config(output_buffer=text)
    config.set_main_option("script_location", str(SCRIPTS))
    command.upgrade(config, f"{before}:{name}", sql=True)
    return text.getvalue()


def refused(script: str, excused: dict[str, str]) -> list[str]:
    """Return the rules that a script breaks."""
    squawk: list[str | Path] = [Path(sys.executable).parent / "squawk", "--reporter", "gcc", "--pg-version", "15"]
    left_out = ",".join({**NOT_OURS, **excused})
    checked = subprocess.run([*squawk, "--exclude", left_out], input=script, capture_output=True, text=True)
    found = re.findall(r"^stdin:.*?: (?:warning|error): (.*)$", checked.stdout, re.MULTILINE)
    assert bool(found) == bool(checked.returncode), checked.stderr
    return found + [broken for inside in transactions(script) for rule in (fills, locks) for broken in rule(inside)]


def transactions(script: str) -> list[list[str]]:
    """Return the statements of each transaction of a script, the bodies of functions left out."""
    inside = [each.partition("COMMIT;")[0] for each in BODY.sub("", script).split("BEGIN;")[1:]]
    return [[statement.strip() for statement in each.split(";")] for each in inside]


def fills(statements: list[str]) -> list[str]:
    """Return the statements that change rows, and hold what the transaction has locked until they are done."""
    return [f"fills in a transaction: {statement}" for statement in statements if FILLS.match(statement)]


def locks(statements: list[str]) -> list[str]:
    """Return the tables that are locked together: whoever writes them in another order stands in the way for ever."""
    made = {found[1] for statement in statements if (found := MAKES.match(statement))}
    locked = {found[1] for statement in statements if (found := LOCKS.match(statement))} - made
    return [f"locks tables together: {', '.join(sorted(locked))}"] if len(locked) > 1 else []


@pytest.mark.parametrize("revision", UNDER_RULES, ids=lambda revision: revision.name)
def test_a_revision_keeps_nobody_out(revision: Revision) -> None:
    assert refused(printed(revision.before, revision.name), EXCUSED.get(revision.name, {})) == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("CREATE INDEX by_motto ON city (motto)", "require-concurrent-index-creation"),
        ("ALTER TABLE city ADD COLUMN motto text NOT NULL", "adding-required-field"),
        ("ALTER TABLE city ALTER COLUMN population TYPE bigint", "changing-column-type"),
        ("ALTER TABLE city RENAME COLUMN name TO title", "renaming-column"),
        ("ALTER TABLE city DROP COLUMN name", "ban-drop-column"),
        ("DROP TABLE city", "ban-drop-table"),
        ("ALTER TABLE city ADD CONSTRAINT big CHECK (population > 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE city ADD CONSTRAINT of FOREIGN KEY (region) REFERENCES r (id)", "adding-foreign-key-constraint"),
        ("UPDATE city SET population = 0", "fills in a transaction"),
        ("ALTER TABLE city ADD a text; ALTER TABLE area ADD a text", "locks tables together: area, city"),
        ("INSERT INTO city SELECT * FROM town", "fills in a transaction"),
    ],
)
def test_what_is_dangerous_is_refused(statement: str, rule: str) -> None:
    script = "\n".join([*(f"{each};" for each in SESSION), "BEGIN;", f"{statement};", "COMMIT;"])
    assert any(found.startswith(rule) for found in refused(script, {})), refused(script, {})
