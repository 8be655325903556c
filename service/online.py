"""What a revision does to tables that are in use: indexes are built and columns filled, and nobody is kept out.

Revisions of every age rely on what stands here: add to it, and change nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from service.migration import SESSION

ROWS_A_BATCH = 2_000

FILL = """
DO $fill$
DECLARE
    after_key text := '';
    to_key text;
BEGIN
    LOOP
        SELECT max(batch.{key}) INTO to_key FROM (
            SELECT {key} FROM {table} WHERE {key} > after_key ORDER BY {key} LIMIT {rows}
        ) AS batch;
        EXIT WHEN to_key IS NULL;
        {statement};
        COMMIT;
        after_key := to_key;
    END LOOP;
END
$fill$
"""


@contextmanager
def one_by_one() -> Iterator[None]:
    """Leave the revision's transaction, so that no table stays locked while another is waited for.

    Else a writer that holds the other waits for the first one in its turn. Each statement is committed by itself, and
    the revision is not noted as done before it ends: it all must bear being done again.
    """
    with op.get_context().autocommit_block():
        yield


@contextmanager
def unhurried() -> Iterator[None]:
    """Do the same without timeouts, for statements that may take long because they keep nobody out."""
    with one_by_one():
        op.execute("SET lock_timeout = 0")
        op.execute("SET statement_timeout = 0")
        yield
        for statement in SESSION:
            op.execute(statement)


def together(*statements: str) -> None:
    """Run statements as one, of which none may stand without the others, where each is committed by itself.

    DO $$ BEGIN statement; ... END $$
    """
    body = "".join(f"{statement.strip()};\n" for statement in statements)
    op.execute(f"DO $together$ BEGIN\n{body}END $together$".replace(":", "\\:"))


def build_index(name: str, definition: str, *, unique: bool = False) -> None:
    """Build an index beside writers; what an attempt left that was cut off is taken away first.

    DROP INDEX CONCURRENTLY IF EXISTS name
    CREATE INDEX CONCURRENTLY name ON definition
    """
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.execute(f"CREATE {'UNIQUE ' if unique else ''}INDEX CONCURRENTLY {name} ON {definition}")


def fill(table: str, statement: str, key: str = "id") -> None:
    """Run a statement for all rows of a table, so many at a time, each time in a transaction of its own.

    The statement says which rows: those whose key is above `after_key` and not above `to_key`. What follows from a
    row must not be written while the row changes, so it locks the rows that it reads: FOR SHARE.
    """
    op.execute(FILL.format(table=table, statement=statement.strip(), key=key, rows=ROWS_A_BATCH))
