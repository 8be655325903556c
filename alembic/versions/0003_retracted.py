"""Let retracted records give up their unique values, and keep why they were retracted and how agreements ended."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from service.online import build_index, one_by_one, unhurried

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UNIQUE = {
    "uq_agreement_recorded_by_external_reference": ("agreement", "recorded_by, external_reference"),
    "uq_city_geonames_id": ("city", "geonames_id"),
    "uq_city_wikidata_id": ("city", "wikidata_id"),
}


def upgrade() -> None:
    """Build the narrower unique indexes, and let them take the place and the names of the constraints."""
    with unhurried():
        for name, (table, columns) in UNIQUE.items():
            build_index(f"{name}_shown", f"{table} ({columns}) WHERE retracted_at IS NULL", unique=True)
    with one_by_one():
        op.create_table(
            "retraction",
            sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
            sa.Column("reason", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_retraction")),
            if_not_exists=True,
        )
        op.execute("ALTER TABLE agreement ADD COLUMN IF NOT EXISTS end_note text")
        for name, (table, _) in UNIQUE.items():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"ALTER INDEX {name}_shown RENAME TO {name}")


def downgrade() -> None:
    """Take the revision back."""
    for name, (table, columns) in UNIQUE.items():
        op.drop_index(name, table_name=table)
        op.create_unique_constraint(name, table, columns.split(", "))
    op.drop_column("agreement", "end_note")
    op.drop_table("retraction")
