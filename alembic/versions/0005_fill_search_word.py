"""Let the words for searching be filled from all names at once"""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TITLED = {
    "agreement": (4, "title_folded"),
    "event": (5, "name_folded"),
    "delegation": (6, "name_folded"),
    "programme": (7, "name_folded"),
}
SPELLED = {"city": 1, "organization": 2, "person": 3}

# What name_words says, written where it is used: called for each name it takes twice as long.
WORDS = "LATERAL (SELECT DISTINCT n = 1, w FROM unnest(string_to_array({name}, ' ')) WITH ORDINALITY AS s (w, n)) AS w"
FILL_TITLED = f"""
    INSERT INTO search_word SELECT {{kind}}, w.*, id FROM {{table}}, {WORDS} WHERE retracted_at IS NULL;"""
FILL_SPELLED = f"""
    INSERT INTO search_word SELECT DISTINCT {{kind}}, w.*, id FROM {{table}} JOIN spelling ON subject_id = id, {WORDS}
    WHERE retracted_at IS NULL AND merged_into_id IS NULL;"""
FILL = """
CREATE FUNCTION fill_search_word() RETURNS void LANGUAGE sql AS $$
    DELETE FROM search_word;{inserts}
$$
"""


def upgrade() -> None:
    """Make the function."""
    inserts = [FILL_TITLED.format(table=table, kind=kind, name=name) for table, (kind, name) in TITLED.items()]
    inserts += [FILL_SPELLED.format(table=table, kind=kind, name="folded") for table, kind in SPELLED.items()]
    op.execute(FILL.format(inserts="".join(inserts)))


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP FUNCTION fill_search_word()")
