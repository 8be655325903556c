"""Let filters find the cities, people and events that others name by an index, retracted or not"""

from collections.abc import Sequence

from alembic import op
from service.online import build_index, unhurried

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = {
    "ix_city_by_name": "city (name_folded, id)",
    "ix_organization_by_name": "organization (name_folded, id)",
    "ix_person_by_name": "person (name_folded, id)",
    "ix_event_by_name": "event (name_folded, id)",
    "ix_event_by_starts_on_desc": "event (coalesce(starts_on_earliest, '-infinity'::date), id)",
}
FOUND_BY = ("region", "geonames_id", "wikidata_id")


def upgrade() -> None:
    """Build whole indexes, of which some take the place and the names of others."""
    with unhurried():
        for name in FOUND_BY:
            build_index(f"ix_city_by_{name}", f"city ({name}) WHERE {name} IS NOT NULL")
        for name, definition in WHOLE.items():
            build_index(f"{name}_whole", definition)
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"ALTER INDEX {name}_whole RENAME TO {name}")


def downgrade() -> None:
    """Leave the retracted ones out again."""
    for name in FOUND_BY:
        op.drop_index(f"ix_city_by_{name}", table_name="city")
    for name, definition in WHOLE.items():
        op.drop_index(name, table_name=definition.partition(" ")[0])
        op.execute(f"CREATE INDEX {name} ON {definition} WHERE retracted_at IS NULL")
