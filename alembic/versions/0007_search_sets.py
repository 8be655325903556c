"""Keep the words of all new names of a statement at once"""

from collections.abc import Sequence

from alembic import op
from service.online import one_by_one, together

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TITLED = {
    "agreement": (4, "title_folded"),
    "event": (5, "name_folded"),
    "delegation": (6, "name_folded"),
    "programme": (7, "name_folded"),
}
SPELLED = {"city": 1, "organization": 2, "person": 3}

ADDED = """
CREATE OR REPLACE FUNCTION search_added_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {words};
    RETURN NULL;
END
$$
"""
WATCH = """
CREATE OR REPLACE TRIGGER search_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION search_added_{table}()
"""

TITLED_WORDS = """
    INSERT INTO search_word
    SELECT DISTINCT {kind}, n = 1, word, id
    FROM added, unnest(string_to_array({name}, ' ')) WITH ORDINALITY AS words (word, n)
    WHERE retracted_at IS NULL
"""
# A plan is kept for the session, perhaps from when the tables were empty: OFFSET leaves it no index but the key's.
SPELLING_WORDS = """
    INSERT INTO search_word
    SELECT DISTINCT kind, n = 1, word, subject_id
    FROM added, LATERAL (
            SELECT 1 AS kind, retracted_at, merged_into_id FROM city WHERE id = subject_id
            UNION ALL SELECT 2, retracted_at, merged_into_id FROM organization WHERE id = subject_id
            UNION ALL SELECT 3, retracted_at, merged_into_id FROM person WHERE id = subject_id
            OFFSET 0
        ) AS found,
        unnest(string_to_array(folded, ' ')) WITH ORDINALITY AS words (word, n)
    WHERE found.retracted_at IS NULL AND found.merged_into_id IS NULL
    ON CONFLICT DO NOTHING
"""
# A record mostly comes before its spellings, which then bring their words along. Planned anew each time.
SPELLED_WORDS = """
    EXECUTE $words$
        INSERT INTO search_word
        SELECT DISTINCT {kind}, n = 1, word, id
        FROM added JOIN spelling ON subject_id = id,
            unnest(string_to_array(folded, ' ')) WITH ORDINALITY AS words (word, n)
        WHERE retracted_at IS NULL AND merged_into_id IS NULL
        ON CONFLICT DO NOTHING
    $words$
"""

# The triggers for each row, as the revision before made them, and without insertions.
EVENTS = {
    **{table: f"UPDATE OF {name}, retracted_at" for table, (_, name) in TITLED.items()},
    **dict.fromkeys(SPELLED, "UPDATE OF retracted_at, merged_into_id"),
    "spelling": "UPDATE",
}
WATCH_ROWS = """
CREATE OR REPLACE TRIGGER search AFTER {insertion}DELETE OR {update} ON {table}
FOR EACH ROW EXECUTE FUNCTION search_{table}()
"""


def upgrade() -> None:
    """Watch insertions by the statement, and only the rest by the row."""
    words = {table: TITLED_WORDS.format(kind=kind, name=name) for table, (kind, name) in TITLED.items()}
    words |= {table: SPELLED_WORDS.format(kind=kind) for table, kind in SPELLED.items()}
    words["spelling"] = SPELLING_WORDS
    with one_by_one():
        for table, update in EVENTS.items():
            together(
                WATCH_ROWS.format(table=table, insertion="", update=update),
                ADDED.format(table=table, words=words[table].strip()),
                WATCH.format(table=table),
            )


def downgrade() -> None:
    """Watch everything by the row."""
    for table, update in EVENTS.items():
        op.execute(f"DROP TRIGGER search_added ON {table}")
        op.execute(f"DROP FUNCTION search_added_{table}()")
        op.execute(f"DROP TRIGGER search ON {table}")
        op.execute(WATCH_ROWS.format(table=table, insertion="INSERT OR ", update=update))
