"""Keep the words of all names for searching"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from service.online import build_index, fill, one_by_one, unhurried

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TITLED = {
    "agreement": (4, "title_folded"),
    "event": (5, "name_folded"),
    "delegation": (6, "name_folded"),
    "programme": (7, "name_folded"),
}
SPELLED = {"city": 1, "organization": 2, "person": 3}

WORDS = """
CREATE OR REPLACE FUNCTION name_words(name text) RETURNS TABLE (first boolean, word text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 7
AS $$ SELECT DISTINCT n = 1, w FROM unnest(string_to_array(name, ' ')) WITH ORDINALITY AS words (w, n) $$
"""

# The record's name is one of its own columns.
KEEP_TITLED = """
CREATE OR REPLACE FUNCTION search_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_word
        WHERE kind = {kind} AND (first, word) IN (SELECT * FROM name_words(OLD.{name})) AND subject_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.retracted_at IS NULL THEN
        INSERT INTO search_word SELECT {kind}, first, word, NEW.id FROM name_words(NEW.{name});
    END IF;
    RETURN NULL;
END
$$
"""
WATCH_TITLED = """
CREATE OR REPLACE TRIGGER search AFTER INSERT OR DELETE OR UPDATE OF {name}, retracted_at ON {table}
FOR EACH ROW EXECUTE FUNCTION search_{table}()
"""
FILL_TITLED = """
INSERT INTO search_word SELECT {kind}, first, word, id FROM (
    SELECT id, {name} FROM {table} WHERE id > after_key AND id <= to_key AND retracted_at IS NULL FOR SHARE
) AS shown, name_words({name})
ON CONFLICT DO NOTHING
"""

# The record's names are its spellings, which may share words; a merge moves them from one record to another.
KEEP_SPELLED = """
CREATE OR REPLACE FUNCTION search_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_word
        WHERE kind = {kind} AND subject_id = OLD.id AND (first, word) IN (
            SELECT words.* FROM spelling, name_words(folded) AS words WHERE spelling.subject_id = OLD.id
        );
    END IF;
    IF TG_OP <> 'DELETE' AND search_kind(NEW.id) IS NOT NULL THEN
        INSERT INTO search_word SELECT {kind}, first, word, NEW.id
        FROM spelling, name_words(folded) WHERE subject_id = NEW.id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$
"""
WATCH_SPELLED = """
CREATE OR REPLACE TRIGGER search AFTER INSERT OR DELETE OR UPDATE OF retracted_at, merged_into_id ON {table}
FOR EACH ROW EXECUTE FUNCTION search_{table}()
"""
FILL_SPELLED = """
INSERT INTO search_word SELECT DISTINCT {kind}, first, word, id FROM (
    SELECT id, folded FROM {table} JOIN spelling ON subject_id = id
    WHERE id > after_key AND id <= to_key AND retracted_at IS NULL AND merged_into_id IS NULL
    FOR SHARE
) AS shown, name_words(folded)
ON CONFLICT DO NOTHING
"""

KIND = """
CREATE OR REPLACE FUNCTION search_kind(party text) RETURNS smallint LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    CASE left(party, 3)
    WHEN 'cty' THEN RETURN (SELECT 1 FROM city WHERE id = party AND retracted_at IS NULL AND merged_into_id IS NULL);
    WHEN 'org' THEN
        RETURN (SELECT 2 FROM organization WHERE id = party AND retracted_at IS NULL AND merged_into_id IS NULL);
    ELSE RETURN (SELECT 3 FROM person WHERE id = party AND retracted_at IS NULL AND merged_into_id IS NULL);
    END CASE;
END
$$
"""
# Several names of a record may hold a word, which is kept as long as one of them does.
KEEP_SPELLING = """
CREATE OR REPLACE FUNCTION search_spelling() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found smallint;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_word
        WHERE kind = CASE left(OLD.subject_id, 3) WHEN 'cty' THEN 1 WHEN 'org' THEN 2 ELSE 3 END
            AND subject_id = OLD.subject_id AND (first, word) IN (
                SELECT * FROM name_words(OLD.folded) EXCEPT
                SELECT words.* FROM spelling, name_words(folded) AS words WHERE spelling.subject_id = OLD.subject_id
            );
    END IF;
    IF TG_OP <> 'DELETE' THEN
        found = search_kind(NEW.subject_id);
        IF found IS NOT NULL THEN
            INSERT INTO search_word SELECT found, first, word, NEW.subject_id FROM name_words(NEW.folded)
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    RETURN NULL;
END
$$
"""
WATCH_SPELLING = """
CREATE OR REPLACE TRIGGER search AFTER INSERT OR DELETE OR UPDATE ON spelling
FOR EACH ROW EXECUTE FUNCTION search_spelling()
"""


def upgrade() -> None:
    """Make the table, let the database keep it from now on, and fill it from the names that were there before."""
    op.create_table(
        "search_word",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("kind", "first", "word", "subject_id", name=op.f("pk_search_word")),
        if_not_exists=True,
    )
    with one_by_one():
        op.execute(WORDS)
        op.execute(KIND)
        for table, (kind, name) in TITLED.items():
            op.execute(KEEP_TITLED.format(table=table, kind=kind, name=name))
            op.execute(WATCH_TITLED.format(table=table, name=name))
        for table, kind in SPELLED.items():
            op.execute(KEEP_SPELLED.format(table=table, kind=kind))
            op.execute(WATCH_SPELLED.format(table=table))
        # Last, so that nothing it adds is missed by those who take away.
        op.execute(KEEP_SPELLING)
        op.execute(WATCH_SPELLING)
    with unhurried():
        build_index("ix_spelling_by_kind", 'spelling ("left"(subject_id, 3), folded, subject_id)')
        for table, (kind, name) in TITLED.items():
            fill(table, FILL_TITLED.format(table=table, kind=kind, name=name))
        for table, kind in SPELLED.items():
            fill(table, FILL_SPELLED.format(table=table, kind=kind))


def downgrade() -> None:
    """Take all of it away."""
    for table in (*TITLED, *SPELLED, "spelling"):
        op.execute(f"DROP TRIGGER search ON {table}")
        op.execute(f"DROP FUNCTION search_{table}()")
    op.execute("DROP FUNCTION search_kind(text)")
    op.execute("DROP FUNCTION name_words(text)")
    op.drop_index("ix_spelling_by_kind", table_name="spelling")
    op.drop_table("search_word")
