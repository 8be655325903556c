"""Find agreements of a kind, of a status, or of organizations of a country in the order of their signing"""

from collections.abc import Sequence

from alembic import op
from service.online import build_index, unhurried

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NEWEST = "coalesce(signed_on_earliest, '-infinity'::date)"
INDEXES = {
    "ix_agreement_of_kind": f"agreement (kind, {_NEWEST}, id) WHERE retracted_at IS NULL",
    "ix_agreement_of_status": f"agreement (status, {_NEWEST}, id) WHERE retracted_at IS NULL",
    "ix_agreement_by_term": (
        f"agreement ({_NEWEST}, id, expires_on_latest) WHERE retracted_at IS NULL"
        " AND expires_on_latest IS NOT NULL AND status IN ('IN_FORCE', 'SUSPENDED')"
    ),
    # Of a country, few parties are organizations.
    "ix_agreement_party_by_organization_country": (
        f"agreement_party (party_country_code, coalesce(agreement_{_NEWEST.removeprefix('coalesce(')}, agreement_id)"
        " WHERE agreement_retracted_at IS NULL AND organization_id IS NOT NULL"
    ),
}
REPLACED = {"ix_agreement_by_kind": "kind", "ix_agreement_by_status": "status"}


def upgrade() -> None:
    """Build the indexes, and drop those that hold the same without the order."""
    with unhurried():
        for name, definition in INDEXES.items():
            build_index(name, definition)
        for name in REPLACED:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def downgrade() -> None:
    """Take them back."""
    for name, column in REPLACED.items():
        op.execute(f"CREATE INDEX {name} ON agreement ({column}, id) WHERE retracted_at IS NULL")
    for name, definition in INDEXES.items():
        op.drop_index(name, table_name=definition.partition(" ")[0])
