"""Carry beside each party what agreements are listed by"""

from collections.abc import Sequence

from alembic import op
from service.online import build_index, fill, one_by_one, together, unhurried

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = {
    "party_country_code": 'text COLLATE "C"',
    "agreement_kind": "text",
    "agreement_signed_on_earliest": "date",
    "agreement_retracted_at": "timestamptz",
}
_NEWEST = "coalesce(agreement_signed_on_earliest, '-infinity'::date), agreement_id"
INDEXES = {
    "ix_agreement_party_by_city": f"agreement_party (city_id, {_NEWEST}) WHERE city_id IS NOT NULL",
    "ix_agreement_party_by_organization": (
        f"agreement_party (organization_id, {_NEWEST}) WHERE organization_id IS NOT NULL"
    ),
    "ix_agreement_party_by_country": (
        f"agreement_party (party_country_code, {_NEWEST}) WHERE agreement_retracted_at IS NULL"
    ),
    "ix_agreement_party_by_country_kind": (
        f"agreement_party (party_country_code, agreement_kind, {_NEWEST}) WHERE agreement_retracted_at IS NULL"
    ),
}
REPLACED = ("city_id", "organization_id")
PARTIES = ("city", "organization")

# A new row waits for whoever changes the agreement, and is waited for: else each would miss the other. So are a row
# and whoever moves its party to another country, who needs the key's lock for that.
CARRY = """
CREATE OR REPLACE FUNCTION carry_to_party() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.agreement_id IS DISTINCT FROM OLD.agreement_id THEN
        SELECT kind, signed_on_earliest, retracted_at
        INTO NEW.agreement_kind, NEW.agreement_signed_on_earliest, NEW.agreement_retracted_at
        FROM agreement WHERE id = NEW.agreement_id FOR SHARE;
    ELSE
        SELECT kind, signed_on_earliest, retracted_at
        INTO NEW.agreement_kind, NEW.agreement_signed_on_earliest, NEW.agreement_retracted_at
        FROM agreement WHERE id = NEW.agreement_id;
    END IF;
    IF NEW.city_id IS NOT NULL THEN
        SELECT country_code INTO NEW.party_country_code FROM city WHERE id = NEW.city_id FOR KEY SHARE;
    ELSE
        SELECT country_code INTO NEW.party_country_code FROM organization WHERE id = NEW.organization_id FOR KEY SHARE;
    END IF;
    RETURN NEW;
END
$$
"""
WATCH = """
CREATE OR REPLACE TRIGGER carry BEFORE INSERT OR UPDATE OF agreement_id, city_id, organization_id ON agreement_party
FOR EACH ROW EXECUTE FUNCTION carry_to_party()
"""
CARRY_AGREEMENT = """
CREATE OR REPLACE FUNCTION carry_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE agreement_party
    SET agreement_kind = NEW.kind, agreement_signed_on_earliest = NEW.signed_on_earliest,
        agreement_retracted_at = NEW.retracted_at
    WHERE agreement_id = NEW.id;
    RETURN NULL;
END
$$
"""
WATCH_AGREEMENT = """
CREATE OR REPLACE TRIGGER carry AFTER UPDATE OF kind, signed_on, retracted_at ON agreement FOR EACH ROW
WHEN ((OLD.kind, OLD.signed_on_earliest, OLD.retracted_at)
    IS DISTINCT FROM (NEW.kind, NEW.signed_on_earliest, NEW.retracted_at))
EXECUTE FUNCTION carry_agreement()
"""
# Locked before it changes: after that, a new row would not wait, and read the country of before.
CARRY_COUNTRY = """
CREATE OR REPLACE FUNCTION carry_{party}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM {party} WHERE id = NEW.id FOR UPDATE;
    UPDATE agreement_party SET party_country_code = NEW.country_code WHERE {party}_id = NEW.id;
    RETURN NEW;
END
$$
"""
WATCH_COUNTRY = """
CREATE OR REPLACE TRIGGER carry BEFORE UPDATE OF country_code ON {party} FOR EACH ROW
WHEN (OLD.country_code IS DISTINCT FROM NEW.country_code) EXECUTE FUNCTION carry_{party}()
"""
# Agreements are locked before their parties, as by those who change them; a country that a trigger wrote is the newer.
FILL = """
WITH held AS (
    SELECT id, kind, signed_on_earliest, retracted_at FROM agreement WHERE id > after_key AND id <= to_key
    ORDER BY id FOR SHARE
)
UPDATE agreement_party AS party
SET agreement_kind = held.kind, agreement_signed_on_earliest = held.signed_on_earliest,
    agreement_retracted_at = held.retracted_at,
    party_country_code = coalesce(party.party_country_code,
        (SELECT country_code FROM city WHERE city.id = party.city_id),
        (SELECT country_code FROM organization WHERE organization.id = party.organization_id))
FROM held WHERE party.agreement_id = held.id
"""


def upgrade() -> None:
    """Add the columns, let the database keep them from now on, fill them, and build the indexes over them."""
    added = ", ".join(f"ADD COLUMN IF NOT EXISTS {name} {type_}" for name, type_ in COLUMNS.items())
    with one_by_one():
        op.execute(f"ALTER TABLE agreement_party {added}")
        together(CARRY, WATCH)
        together(CARRY_AGREEMENT, WATCH_AGREEMENT)
        for party in PARTIES:
            together(CARRY_COUNTRY.format(party=party), WATCH_COUNTRY.format(party=party))
    with unhurried():
        fill("agreement", FILL)
        for name, definition in INDEXES.items():
            build_index(name, definition)
        for column in REPLACED:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ix_agreement_party_{column}")
        op.execute("VACUUM (ANALYZE) agreement_party")


def downgrade() -> None:
    """Take all of it away."""
    for column in REPLACED:
        op.create_index(f"ix_agreement_party_{column}", "agreement_party", [column])
    for name in INDEXES:
        op.drop_index(name, table_name="agreement_party")
    for table, function in {
        "agreement_party": "carry_to_party",
        "agreement": "carry_agreement",
        **{party: f"carry_{party}" for party in PARTIES},
    }.items():
        op.execute(f"DROP TRIGGER carry ON {table}")
        op.execute(f"DROP FUNCTION {function}()")
    for name in COLUMNS:
        op.drop_column("agreement_party", name)
