"""Let retracted records give up their unique values, and keep why they were retracted and how agreements ended."""

from collections.abc import Sequence

import sqlalchemy as sa

import service.models.columns
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UNIQUE = {
    "uq_agreement_recorded_by_external_reference": ("agreement", ["recorded_by", "external_reference"]),
    "uq_city_geonames_id": ("city", ["geonames_id"]),
    "uq_city_wikidata_id": ("city", ["wikidata_id"]),
}


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "retraction",
        sa.Column("subject_id", service.models.columns.Identifier(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_retraction")),
    )
    op.add_column("agreement", sa.Column("end_note", sa.Text(), nullable=True))
    for name, (table, columns) in UNIQUE.items():
        op.drop_constraint(name, table, type_="unique")
        op.create_index(name, table, columns, unique=True, postgresql_where=sa.text("retracted_at IS NULL"))


def downgrade() -> None:
    """Take the revision back."""
    for name, (table, columns) in UNIQUE.items():
        op.drop_index(name, table_name=table)
        op.create_unique_constraint(name, table, columns)
    op.drop_column("agreement", "end_note")
    op.drop_table("retraction")
