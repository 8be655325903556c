"""Find agreements of cities of a country in an index alone, without a look at the parties' rows"""

from collections.abc import Sequence

from alembic import op
from service.online import build_index, unhurried

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ORDER = "coalesce(agreement_signed_on_earliest, '-infinity'::date), agreement_id"
INDEXES = {
    "ix_agreement_party_by_country": f"agreement_party (party_country_code, {_ORDER})",
    "ix_agreement_party_by_country_kind": f"agreement_party (party_country_code, agreement_kind, {_ORDER})",
}
SHOWN = "agreement_retracted_at IS NULL"


def upgrade() -> None:
    """Build the indexes over the parties that are cities, which take the place and the names of those over all."""
    with unhurried():
        for name, definition in INDEXES.items():
            # An expression over a column is not answered from the index unless the column is there as well.
            covering = f"{definition} INCLUDE (agreement_signed_on_earliest)"
            build_index(f"{name}_city", f"{covering} WHERE {SHOWN} AND city_id IS NOT NULL")
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"ALTER INDEX {name}_city RENAME TO {name}")


def downgrade() -> None:
    """Hold organizations in them again."""
    for name, definition in INDEXES.items():
        op.drop_index(name, table_name="agreement_party")
        op.execute(f"CREATE INDEX {name} ON {definition} WHERE {SHOWN}")
