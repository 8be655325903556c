"""Make the tables of the registry"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The bounds of a partial date. A text that is none, such as 2024-13 or 2024-02-30, is refused: the table's
# bounds are generated from these functions, so no such text can be stored.
FUNCTIONS = (
    """
CREATE FUNCTION edtf_earliest(edtf text) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE
    WHEN edtf !~ '^[0-9]{4}(-[0-9]{2}){0,2}[~?%]?$' THEN ('no EDTF date: ' || edtf)::date
    ELSE make_date(
        substr(edtf, 1, 4)::int,
        coalesce(nullif(substr(rtrim(edtf, '~?%'), 6, 2), ''), '1')::int,
        coalesce(nullif(substr(rtrim(edtf, '~?%'), 9, 2), ''), '1')::int)
END
""",
    """
CREATE FUNCTION edtf_latest(edtf text) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE length(rtrim(edtf, '~?%'))
    WHEN 4 THEN make_date(substr(edtf, 1, 4)::int, 12, 31)
    WHEN 7 THEN (make_date(substr(edtf, 1, 4)::int, substr(edtf, 6, 2)::int, 1) + interval '1 month')::date - 1
    ELSE make_date(substr(edtf, 1, 4)::int, substr(edtf, 6, 2)::int, substr(edtf, 9, 2)::int)
END
""",
)

# The number of the change that a cursor of the feed names. JM001: the cursor is of another history; JM002: what
# came after it was pruned. The change at the floor is kept, so that its hash can be compared.
FEED_POSITION = """
CREATE FUNCTION feed_position(epoch text, seq bigint, prefix text) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    head feed_head;
    found bytea;
BEGIN
    SELECT * INTO head FROM feed_head;
    IF head.epoch <> $1 OR $2 > head.seq THEN
        RAISE EXCEPTION 'another history' USING ERRCODE = 'JM001';
    ELSIF $2 < head.floor THEN
        RAISE EXCEPTION 'pruned' USING ERRCODE = 'JM002';
    END IF;
    SELECT change.hash INTO found FROM change WHERE change.seq = $2;
    IF $2 > 0 AND left(encode(found, 'hex'), length($3)) IS DISTINCT FROM $3 THEN
        RAISE EXCEPTION 'another history' USING ERRCODE = 'JM001';
    END IF;
    RETURN $2;
END
$$
"""


def upgrade() -> None:
    """Make the functions, the tables and the one row that numbers changes."""
    for function in FUNCTIONS:
        op.execute(function)
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "area",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("starts_with(id, 'are_')", name=op.f("ck_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("slug", name=op.f("uq_area_slug")),
    )
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("signing", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('CREATED', 'UPDATED', 'MERGED', 'RETRACTED')", name=op.f("ck_change_kind")),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_change_hash")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
    )
    op.create_index(op.f("ix_change_subject_id"), "change", ["subject_id"], unique=False)
    op.create_table(
        "country",
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_country")),
    )
    op.create_table(
        "feed_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_feed_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_head")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("caller", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 255", name=op.f("ck_idempotency_key_key")),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "person",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("native_name", sa.Text(), nullable=True),
        sa.Column("merged_into_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("starts_with(id, 'per_')", name=op.f("ck_person_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["person.id"], name=op.f("fk_person_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(
        "ix_person_by_name",
        "person",
        [sa.literal_column("name_folded"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_person_merged_into_id"), "person", ["merged_into_id"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Text(), nullable=True),
        sa.Column(
            "published_on_earliest",
            sa.Date(),
            sa.Computed("edtf_earliest(published_on)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "published_on_latest", sa.Date(), sa.Computed("edtf_latest(published_on)", persisted=True), nullable=True
        ),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.CheckConstraint("starts_with(id, 'src_')", name=op.f("ck_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "spelling",
        sa.Column("folded", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("folded", "subject_id", name=op.f("pk_spelling")),
    )
    op.create_index(op.f("ix_spelling_subject_id"), "spelling", ["subject_id"], unique=False)
    op.create_table(
        "citation",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("locator", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("basis IN ('STATED', 'INFERRED')", name=op.f("ck_citation_basis")),
        sa.CheckConstraint("starts_with(id, 'cit_')", name=op.f("ck_citation_id")),
        sa.CheckConstraint("subject_id ~ '^(cty|org|per|agr|evt|del|con|prg)_'", name=op.f("ck_citation_subject")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_citation_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citation")),
    )
    op.create_index(op.f("ix_citation_source_id"), "citation", ["source_id"], unique=False)
    op.create_index(op.f("ix_citation_subject_id"), "citation", ["subject_id"], unique=False)
    op.create_table(
        "city",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("native_name", sa.Text(), nullable=True),
        sa.Column("country_code", sa.Text(collation="C"), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("geonames_id", sa.Integer(), nullable=True),
        sa.Column("wikidata_id", sa.Text(), nullable=True),
        sa.Column("merged_into_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("starts_with(id, 'cty_')", name=op.f("ck_city_id")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_city_coordinates")
        ),
        sa.CheckConstraint("num_nonnulls(latitude, longitude) <> 1", name=op.f("ck_city_both_coordinates")),
        sa.CheckConstraint("population >= 0", name=op.f("ck_city_population")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_city_country_code")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["city.id"], name=op.f("fk_city_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
        sa.UniqueConstraint("geonames_id", name=op.f("uq_city_geonames_id")),
        sa.UniqueConstraint("wikidata_id", name=op.f("uq_city_wikidata_id")),
    )
    op.create_index(
        "ix_city_by_country_code",
        "city",
        [sa.literal_column("country_code"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_city_by_created_at",
        "city",
        [sa.literal_column("created_at"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_city_by_name",
        "city",
        [sa.literal_column("name_folded"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_city_by_population",
        "city",
        [sa.literal_column("coalesce(population, 2147483647)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_city_by_population_desc",
        "city",
        [sa.literal_column("coalesce(population, -1)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_city_country_code"), "city", ["country_code"], unique=False)
    op.create_index(op.f("ix_city_merged_into_id"), "city", ["merged_into_id"], unique=False)
    op.create_table(
        "country_name",
        sa.Column("country_code", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_country_name_country_code")),
        sa.PrimaryKeyConstraint("country_code", "language", name=op.f("pk_country_name")),
    )
    op.create_table(
        "city_name",
        sa.Column("city_id", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_city_name_city_id")),
        sa.PrimaryKeyConstraint("city_id", "language", "name", name=op.f("pk_city_name")),
    )
    op.create_table(
        "event",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=True),
        sa.Column(
            "starts_on_earliest", sa.Date(), sa.Computed("edtf_earliest(starts_on)", persisted=True), nullable=True
        ),
        sa.Column("starts_on_latest", sa.Date(), sa.Computed("edtf_latest(starts_on)", persisted=True), nullable=True),
        sa.Column("ends_on", sa.Text(), nullable=True),
        sa.Column("ends_on_earliest", sa.Date(), sa.Computed("edtf_earliest(ends_on)", persisted=True), nullable=True),
        sa.Column("ends_on_latest", sa.Date(), sa.Computed("edtf_latest(ends_on)", persisted=True), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("venue", sa.Text(), nullable=True),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("part_of_id", sa.Text(collation="C"), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('SIGNING_CEREMONY', 'VISIT', 'SUMMIT', 'EXPO', 'FORUM', 'CONFERENCE', 'PRESS_CONFERENCE', 'MEETING', 'PANEL', 'FESTIVAL', 'SPORTS', 'ESTABLISHMENT', 'SOLIDARITY', 'OTHER')",
            name=op.f("ck_event_kind"),
        ),
        sa.CheckConstraint("mode IN ('IN_PERSON', 'ONLINE', 'HYBRID')", name=op.f("ck_event_mode")),
        sa.CheckConstraint("starts_with(id, 'evt_')", name=op.f("ck_event_id")),
        sa.CheckConstraint("status IN ('PLANNED', 'HELD', 'POSTPONED', 'CANCELLED')", name=op.f("ck_event_status")),
        sa.CheckConstraint("part_of_id <> id", name=op.f("ck_event_not_part_of_itself")),
        sa.CheckConstraint("starts_on_earliest <= ends_on_latest", name=op.f("ck_event_period")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_event_city_id")),
        sa.ForeignKeyConstraint(["part_of_id"], ["event.id"], name=op.f("fk_event_part_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(
        "ix_event_by_created_at",
        "event",
        [sa.literal_column("created_at"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_event_by_name",
        "event",
        [sa.literal_column("name_folded"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_event_by_starts_on",
        "event",
        [sa.literal_column("coalesce(starts_on_earliest, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_event_by_starts_on_desc",
        "event",
        [sa.literal_column("coalesce(starts_on_earliest, '-infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_event_city_id"), "event", ["city_id"], unique=False)
    op.create_index(op.f("ix_event_part_of_id"), "event", ["part_of_id"], unique=False)
    op.create_table(
        "organization",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("native_name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("country_code", sa.Text(collation="C"), nullable=True),
        sa.Column("part_of_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("part_of_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("established_on", sa.Text(), nullable=True),
        sa.Column(
            "established_on_earliest",
            sa.Date(),
            sa.Computed("edtf_earliest(established_on)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "established_on_latest",
            sa.Date(),
            sa.Computed("edtf_latest(established_on)", persisted=True),
            nullable=True,
        ),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("members_complete", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "kind IN ('COMPANY', 'GOVERNMENT', 'MUNICIPAL_BODY', 'COMMITTEE', 'SCHOOL', 'CULTURAL', 'INNOVATION', 'ALLIANCE', 'REPRESENTATIVE_OFFICE', 'OTHER')",
            name=op.f("ck_organization_kind"),
        ),
        sa.CheckConstraint("starts_with(id, 'org_')", name=op.f("ck_organization_id")),
        sa.CheckConstraint(
            "num_nonnulls(part_of_city_id, part_of_organization_id) <= 1", name=op.f("ck_organization_part_of")
        ),
        sa.CheckConstraint("part_of_organization_id <> id", name=op.f("ck_organization_not_part_of_itself")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_organization_city_id")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_organization_country_code")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["organization.id"], name=op.f("fk_organization_merged_into_id")),
        sa.ForeignKeyConstraint(["part_of_city_id"], ["city.id"], name=op.f("fk_organization_part_of_city_id")),
        sa.ForeignKeyConstraint(
            ["part_of_organization_id"], ["organization.id"], name=op.f("fk_organization_part_of_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_index(
        "ix_organization_by_name",
        "organization",
        [sa.literal_column("name_folded"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_organization_city_id"), "organization", ["city_id"], unique=False)
    op.create_index(op.f("ix_organization_country_code"), "organization", ["country_code"], unique=False)
    op.create_index(op.f("ix_organization_merged_into_id"), "organization", ["merged_into_id"], unique=False)
    op.create_index(op.f("ix_organization_part_of_city_id"), "organization", ["part_of_city_id"], unique=False)
    op.create_index(
        op.f("ix_organization_part_of_organization_id"), "organization", ["part_of_organization_id"], unique=False
    )
    op.create_table(
        "contribution",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("giver_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("giver_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("recipient_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("recipient_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("given_on", sa.Text(), nullable=True),
        sa.Column(
            "given_on_earliest", sa.Date(), sa.Computed("edtf_earliest(given_on)", persisted=True), nullable=True
        ),
        sa.Column("given_on_latest", sa.Date(), sa.Computed("edtf_latest(given_on)", persisted=True), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("presented_by_id", sa.Text(collation="C"), nullable=True),
        sa.Column("event_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_contribution_currency")),
        sa.CheckConstraint(
            "kind IN ('DONATION', 'GIFT', 'ASSISTANCE', 'KNOWLEDGE_SHARING', 'PROMOTION')",
            name=op.f("ck_contribution_kind"),
        ),
        sa.CheckConstraint("starts_with(id, 'con_')", name=op.f("ck_contribution_id")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_contribution_amount")),
        sa.CheckConstraint("num_nonnulls(amount, currency) <> 1", name=op.f("ck_contribution_amount_has_currency")),
        sa.CheckConstraint(
            "num_nonnulls(giver_city_id, giver_organization_id) = 1", name=op.f("ck_contribution_giver")
        ),
        sa.CheckConstraint(
            "num_nonnulls(recipient_city_id, recipient_organization_id) <= 1", name=op.f("ck_contribution_recipient")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_contribution_event_id")),
        sa.ForeignKeyConstraint(["giver_city_id"], ["city.id"], name=op.f("fk_contribution_giver_city_id")),
        sa.ForeignKeyConstraint(
            ["giver_organization_id"], ["organization.id"], name=op.f("fk_contribution_giver_organization_id")
        ),
        sa.ForeignKeyConstraint(["presented_by_id"], ["person.id"], name=op.f("fk_contribution_presented_by_id")),
        sa.ForeignKeyConstraint(["recipient_city_id"], ["city.id"], name=op.f("fk_contribution_recipient_city_id")),
        sa.ForeignKeyConstraint(
            ["recipient_organization_id"], ["organization.id"], name=op.f("fk_contribution_recipient_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
    )
    op.create_index(
        "ix_contribution_by_given_on",
        "contribution",
        [sa.literal_column("coalesce(given_on_earliest, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_contribution_by_given_on_desc",
        "contribution",
        [sa.literal_column("coalesce(given_on_earliest, '-infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_contribution_event_id"), "contribution", ["event_id"], unique=False)
    op.create_index(op.f("ix_contribution_giver_city_id"), "contribution", ["giver_city_id"], unique=False)
    op.create_index(
        op.f("ix_contribution_giver_organization_id"), "contribution", ["giver_organization_id"], unique=False
    )
    op.create_index(op.f("ix_contribution_presented_by_id"), "contribution", ["presented_by_id"], unique=False)
    op.create_index(op.f("ix_contribution_recipient_city_id"), "contribution", ["recipient_city_id"], unique=False)
    op.create_index(
        op.f("ix_contribution_recipient_organization_id"), "contribution", ["recipient_organization_id"], unique=False
    )
    op.create_table(
        "delegation",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("from_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("from_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("members_complete", sa.Boolean(), nullable=False),
        sa.Column("destination_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("destination_country_code", sa.Text(collation="C"), nullable=True),
        sa.Column("arrived_on", sa.Text(), nullable=True),
        sa.Column(
            "arrived_on_earliest", sa.Date(), sa.Computed("edtf_earliest(arrived_on)", persisted=True), nullable=True
        ),
        sa.Column(
            "arrived_on_latest", sa.Date(), sa.Computed("edtf_latest(arrived_on)", persisted=True), nullable=True
        ),
        sa.Column("departed_on", sa.Text(), nullable=True),
        sa.Column(
            "departed_on_earliest", sa.Date(), sa.Computed("edtf_earliest(departed_on)", persisted=True), nullable=True
        ),
        sa.Column(
            "departed_on_latest", sa.Date(), sa.Computed("edtf_latest(departed_on)", persisted=True), nullable=True
        ),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.CheckConstraint("starts_with(id, 'del_')", name=op.f("ck_delegation_id")),
        sa.CheckConstraint(
            "status IN ('PLANNED', 'COMPLETED', 'POSTPONED', 'CANCELLED')", name=op.f("ck_delegation_status")
        ),
        sa.CheckConstraint("arrived_on_earliest <= departed_on_latest", name=op.f("ck_delegation_period")),
        sa.CheckConstraint("num_nonnulls(from_city_id, from_organization_id) = 1", name=op.f("ck_delegation_from")),
        sa.ForeignKeyConstraint(["destination_city_id"], ["city.id"], name=op.f("fk_delegation_destination_city_id")),
        sa.ForeignKeyConstraint(
            ["destination_country_code"], ["country.code"], name=op.f("fk_delegation_destination_country_code")
        ),
        sa.ForeignKeyConstraint(["from_city_id"], ["city.id"], name=op.f("fk_delegation_from_city_id")),
        sa.ForeignKeyConstraint(
            ["from_organization_id"], ["organization.id"], name=op.f("fk_delegation_from_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(
        "ix_delegation_by_arrived_on",
        "delegation",
        [sa.literal_column("coalesce(arrived_on_earliest, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_delegation_by_arrived_on_desc",
        "delegation",
        [sa.literal_column("coalesce(arrived_on_earliest, '-infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_delegation_by_created_at",
        "delegation",
        [sa.literal_column("created_at"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_delegation_by_name",
        "delegation",
        [sa.literal_column("name_folded"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_delegation_destination_city_id"), "delegation", ["destination_city_id"], unique=False)
    op.create_index(
        op.f("ix_delegation_destination_country_code"), "delegation", ["destination_country_code"], unique=False
    )
    op.create_index(op.f("ix_delegation_from_city_id"), "delegation", ["from_city_id"], unique=False)
    op.create_index(op.f("ix_delegation_from_organization_id"), "delegation", ["from_organization_id"], unique=False)
    op.create_table(
        "event_host",
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("num_nonnulls(city_id, organization_id) = 1", name=op.f("ck_event_host_party")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_event_host_city_id")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_host_event_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_event_host_organization_id")),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_event_host")),
    )
    op.create_index(op.f("ix_event_host_city_id"), "event_host", ["city_id"], unique=False)
    op.create_index(op.f("ix_event_host_organization_id"), "event_host", ["organization_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(collation="C"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Text(), nullable=True),
        sa.Column("from_on_earliest", sa.Date(), sa.Computed("edtf_earliest(from_on)", persisted=True), nullable=True),
        sa.Column("from_on_latest", sa.Date(), sa.Computed("edtf_latest(from_on)", persisted=True), nullable=True),
        sa.Column("to_on", sa.Text(), nullable=True),
        sa.Column("to_on_earliest", sa.Date(), sa.Computed("edtf_earliest(to_on)", persisted=True), nullable=True),
        sa.Column("to_on_latest", sa.Date(), sa.Computed("edtf_latest(to_on)", persisted=True), nullable=True),
        sa.CheckConstraint("from_on_earliest <= to_on_latest", name=op.f("ck_membership_period")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("organization_id", "position", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"], unique=False)
    op.create_table(
        "office",
        sa.Column("person_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("of_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("of_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("from_on", sa.Text(), nullable=True),
        sa.Column("from_on_earliest", sa.Date(), sa.Computed("edtf_earliest(from_on)", persisted=True), nullable=True),
        sa.Column("from_on_latest", sa.Date(), sa.Computed("edtf_latest(from_on)", persisted=True), nullable=True),
        sa.Column("to_on", sa.Text(), nullable=True),
        sa.Column("to_on_earliest", sa.Date(), sa.Computed("edtf_earliest(to_on)", persisted=True), nullable=True),
        sa.Column("to_on_latest", sa.Date(), sa.Computed("edtf_latest(to_on)", persisted=True), nullable=True),
        sa.CheckConstraint("from_on_earliest <= to_on_latest", name=op.f("ck_office_period")),
        sa.CheckConstraint("num_nonnulls(of_city_id, of_organization_id) <= 1", name=op.f("ck_office_of")),
        sa.ForeignKeyConstraint(["of_city_id"], ["city.id"], name=op.f("fk_office_of_city_id")),
        sa.ForeignKeyConstraint(["of_organization_id"], ["organization.id"], name=op.f("fk_office_of_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_office_person_id")),
        sa.PrimaryKeyConstraint("person_id", "position", name=op.f("pk_office")),
    )
    op.create_index(op.f("ix_office_of_city_id"), "office", ["of_city_id"], unique=False)
    op.create_index(op.f("ix_office_of_organization_id"), "office", ["of_organization_id"], unique=False)
    op.create_table(
        "participation",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(collation="C"), nullable=True),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attendance", sa.Text(), nullable=True),
        sa.CheckConstraint("attendance IN ('IN_PERSON', 'REMOTE')", name=op.f("ck_participation_attendance")),
        sa.CheckConstraint(
            "attendance IS NULL OR status IN ('CONFIRMED', 'ATTENDED')",
            name=op.f("ck_participation_invited_is_not_present"),
        ),
        sa.CheckConstraint(
            "role IN ('HOST', 'ORGANIZER', 'CONVENER', 'SPEAKER', 'PANELIST', 'GUEST', 'ATTENDEE')",
            name=op.f("ck_participation_role"),
        ),
        sa.CheckConstraint("starts_with(id, 'ptn_')", name=op.f("ck_participation_id")),
        sa.CheckConstraint(
            "status IN ('INVITED', 'CONFIRMED', 'ATTENDED', 'DECLINED')", name=op.f("ck_participation_status")
        ),
        sa.CheckConstraint("num_nonnulls(city_id, organization_id) <= 1", name=op.f("ck_participation_party")),
        sa.CheckConstraint(
            "num_nonnulls(person_id, city_id, organization_id) > 0", name=op.f("ck_participation_someone")
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_participation_city_id")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_participation_event_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_participation_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_participation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
    )
    op.create_index(op.f("ix_participation_city_id"), "participation", ["city_id"], unique=False)
    op.create_index(op.f("ix_participation_event_id"), "participation", ["event_id"], unique=False)
    op.create_index(op.f("ix_participation_organization_id"), "participation", ["organization_id"], unique=False)
    op.create_index(op.f("ix_participation_person_id"), "participation", ["person_id"], unique=False)
    op.create_table(
        "programme",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("owner_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("started_on", sa.Text(), nullable=True),
        sa.Column(
            "started_on_earliest", sa.Date(), sa.Computed("edtf_earliest(started_on)", persisted=True), nullable=True
        ),
        sa.Column(
            "started_on_latest", sa.Date(), sa.Computed("edtf_latest(started_on)", persisted=True), nullable=True
        ),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint("starts_with(id, 'prg_')", name=op.f("ck_programme_id")),
        sa.CheckConstraint("num_nonnulls(owner_city_id, owner_organization_id) = 1", name=op.f("ck_programme_owner")),
        sa.ForeignKeyConstraint(["owner_city_id"], ["city.id"], name=op.f("fk_programme_owner_city_id")),
        sa.ForeignKeyConstraint(
            ["owner_organization_id"], ["organization.id"], name=op.f("fk_programme_owner_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_index(
        "ix_programme_by_name",
        "programme",
        [sa.literal_column("name_folded"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_programme_owner_city_id"), "programme", ["owner_city_id"], unique=False)
    op.create_index(op.f("ix_programme_owner_organization_id"), "programme", ["owner_organization_id"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("expected_on", sa.Text(), nullable=True),
        sa.Column(
            "expected_on_earliest", sa.Date(), sa.Computed("edtf_earliest(expected_on)", persisted=True), nullable=True
        ),
        sa.Column(
            "expected_on_latest", sa.Date(), sa.Computed("edtf_latest(expected_on)", persisted=True), nullable=True
        ),
        sa.Column("signed_on", sa.Text(), nullable=True),
        sa.Column(
            "signed_on_earliest", sa.Date(), sa.Computed("edtf_earliest(signed_on)", persisted=True), nullable=True
        ),
        sa.Column("signed_on_latest", sa.Date(), sa.Computed("edtf_latest(signed_on)", persisted=True), nullable=True),
        sa.Column("effective_on", sa.Text(), nullable=True),
        sa.Column(
            "effective_on_earliest",
            sa.Date(),
            sa.Computed("edtf_earliest(effective_on)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "effective_on_latest", sa.Date(), sa.Computed("edtf_latest(effective_on)", persisted=True), nullable=True
        ),
        sa.Column("expires_on", sa.Text(), nullable=True),
        sa.Column(
            "expires_on_earliest", sa.Date(), sa.Computed("edtf_earliest(expires_on)", persisted=True), nullable=True
        ),
        sa.Column(
            "expires_on_latest", sa.Date(), sa.Computed("edtf_latest(expires_on)", persisted=True), nullable=True
        ),
        sa.Column("ended_on", sa.Text(), nullable=True),
        sa.Column(
            "ended_on_earliest", sa.Date(), sa.Computed("edtf_earliest(ended_on)", persisted=True), nullable=True
        ),
        sa.Column("ended_on_latest", sa.Date(), sa.Computed("edtf_latest(ended_on)", persisted=True), nullable=True),
        sa.Column("ended_by_city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("ended_by_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("parties_complete", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.Text(collation="C"), nullable=True),
        sa.Column("reaffirms_id", sa.Text(collation="C"), nullable=True),
        sa.Column("amends_id", sa.Text(collation="C"), nullable=True),
        sa.Column("supersedes_id", sa.Text(collation="C"), nullable=True),
        sa.Column("programme_id", sa.Text(collation="C"), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('SISTER_CITY', 'FRIENDSHIP_CITY', 'COOPERATION', 'MEMORANDUM_OF_UNDERSTANDING', 'LETTER_OF_INTENT', 'REAFFIRMATION', 'JOINT_DECLARATION', 'PROJECT', 'SCHOOL_PARTNERSHIP', 'OTHER')",
            name=op.f("ck_agreement_kind"),
        ),
        sa.CheckConstraint("starts_with(id, 'agr_')", name=op.f("ck_agreement_id")),
        sa.CheckConstraint("status <> 'EXPIRED'", name=op.f("ck_agreement_expired_is_computed")),
        sa.CheckConstraint("status <> 'PLANNED' OR signed_on IS NULL", name=op.f("ck_agreement_planned_is_not_signed")),
        sa.CheckConstraint(
            "status IN ('PLANNED', 'IN_FORCE', 'SUSPENDED', 'EXPIRED', 'ENDED', 'CANCELLED')",
            name=op.f("ck_agreement_status"),
        ),
        sa.CheckConstraint(
            "effective_on_earliest <= expires_on_latest", name=op.f("ck_agreement_effective_before_expiry")
        ),
        sa.CheckConstraint(
            "id NOT IN (reaffirms_id, amends_id, supersedes_id)", name=op.f("ck_agreement_not_its_own_successor")
        ),
        sa.CheckConstraint(
            "num_nonnulls(ended_by_city_id, ended_by_organization_id) <= 1", name=op.f("ck_agreement_ended_by")
        ),
        sa.CheckConstraint("signed_on_earliest <= ended_on_latest", name=op.f("ck_agreement_signed_before_end")),
        sa.CheckConstraint("signed_on_earliest <= expires_on_latest", name=op.f("ck_agreement_signed_before_expiry")),
        sa.ForeignKeyConstraint(["amends_id"], ["agreement.id"], name=op.f("fk_agreement_amends_id")),
        sa.ForeignKeyConstraint(["ended_by_city_id"], ["city.id"], name=op.f("fk_agreement_ended_by_city_id")),
        sa.ForeignKeyConstraint(
            ["ended_by_organization_id"], ["organization.id"], name=op.f("fk_agreement_ended_by_organization_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_agreement_event_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_agreement_programme_id")),
        sa.ForeignKeyConstraint(["reaffirms_id"], ["agreement.id"], name=op.f("fk_agreement_reaffirms_id")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["agreement.id"], name=op.f("fk_agreement_supersedes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint(
            "recorded_by", "external_reference", name=op.f("uq_agreement_recorded_by_external_reference")
        ),
    )
    op.create_index(op.f("ix_agreement_amends_id"), "agreement", ["amends_id"], unique=False)
    op.create_index(
        "ix_agreement_by_created_at",
        "agreement",
        [sa.literal_column("created_at"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_expires_on",
        "agreement",
        [sa.literal_column("coalesce(expires_on_earliest, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_expires_on_desc",
        "agreement",
        [sa.literal_column("coalesce(expires_on_earliest, '-infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_kind",
        "agreement",
        [sa.literal_column("kind"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_signed_on",
        "agreement",
        [sa.literal_column("coalesce(signed_on_earliest, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_signed_on_desc",
        "agreement",
        [sa.literal_column("coalesce(signed_on_earliest, '-infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_status",
        "agreement",
        [sa.literal_column("status"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_title",
        "agreement",
        [sa.literal_column("title_folded"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "ix_agreement_by_updated_at",
        "agreement",
        [sa.literal_column("updated_at"), "id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(op.f("ix_agreement_ended_by_city_id"), "agreement", ["ended_by_city_id"], unique=False)
    op.create_index(
        op.f("ix_agreement_ended_by_organization_id"), "agreement", ["ended_by_organization_id"], unique=False
    )
    op.create_index(op.f("ix_agreement_event_id"), "agreement", ["event_id"], unique=False)
    op.create_index(op.f("ix_agreement_programme_id"), "agreement", ["programme_id"], unique=False)
    op.create_index(op.f("ix_agreement_reaffirms_id"), "agreement", ["reaffirms_id"], unique=False)
    op.create_index(op.f("ix_agreement_supersedes_id"), "agreement", ["supersedes_id"], unique=False)
    op.create_table(
        "delegation_event",
        sa.Column("delegation_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegation.id"], name=op.f("fk_delegation_event_delegation_id")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_delegation_event_event_id")),
        sa.PrimaryKeyConstraint("delegation_id", "position", name=op.f("pk_delegation_event")),
    )
    op.create_index(op.f("ix_delegation_event_event_id"), "delegation_event", ["event_id"], unique=False)
    op.create_table(
        "delegation_host",
        sa.Column("delegation_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("person_id", sa.Text(collation="C"), nullable=True),
        sa.Column("office", sa.Text(), nullable=True),
        sa.CheckConstraint("num_nonnulls(city_id, organization_id) = 1", name=op.f("ck_delegation_host_party")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_delegation_host_city_id")),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegation.id"], name=op.f("fk_delegation_host_delegation_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_delegation_host_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_host_person_id")),
        sa.PrimaryKeyConstraint("delegation_id", "position", name=op.f("pk_delegation_host")),
    )
    op.create_index(op.f("ix_delegation_host_city_id"), "delegation_host", ["city_id"], unique=False)
    op.create_index(op.f("ix_delegation_host_organization_id"), "delegation_host", ["organization_id"], unique=False)
    op.create_index(op.f("ix_delegation_host_person_id"), "delegation_host", ["person_id"], unique=False)
    op.create_table(
        "delegation_inviter",
        sa.Column("delegation_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("num_nonnulls(city_id, organization_id) = 1", name=op.f("ck_delegation_inviter_party")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_delegation_inviter_city_id")),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegation.id"], name=op.f("fk_delegation_inviter_delegation_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_delegation_inviter_organization_id")
        ),
        sa.PrimaryKeyConstraint("delegation_id", "position", name=op.f("pk_delegation_inviter")),
    )
    op.create_index(op.f("ix_delegation_inviter_city_id"), "delegation_inviter", ["city_id"], unique=False)
    op.create_index(
        op.f("ix_delegation_inviter_organization_id"), "delegation_inviter", ["organization_id"], unique=False
    )
    op.create_table(
        "delegation_member",
        sa.Column("delegation_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(collation="C"), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('LEADER', 'MEMBER')", name=op.f("ck_delegation_member_role")),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegation.id"], name=op.f("fk_delegation_member_delegation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_member_person_id")),
        sa.PrimaryKeyConstraint("delegation_id", "position", name=op.f("pk_delegation_member")),
    )
    op.create_index(op.f("ix_delegation_member_person_id"), "delegation_member", ["person_id"], unique=False)
    op.create_index(
        "uq_delegation_member_leader",
        "delegation_member",
        ["delegation_id"],
        unique=True,
        postgresql_where=sa.text("role = 'LEADER'"),
    )
    op.create_table(
        "programme_partner",
        sa.Column("programme_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("num_nonnulls(city_id, organization_id) = 1", name=op.f("ck_programme_partner_party")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_programme_partner_city_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_programme_partner_organization_id")
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_programme_partner_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", "position", name=op.f("pk_programme_partner")),
    )
    op.create_index(op.f("ix_programme_partner_city_id"), "programme_partner", ["city_id"], unique=False)
    op.create_index(
        op.f("ix_programme_partner_organization_id"), "programme_partner", ["organization_id"], unique=False
    )
    op.create_table(
        "programme_target",
        sa.Column("programme_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=True),
        sa.Column("due_on_earliest", sa.Date(), sa.Computed("edtf_earliest(due_on)", persisted=True), nullable=True),
        sa.Column("due_on_latest", sa.Date(), sa.Computed("edtf_latest(due_on)", persisted=True), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_programme_target_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", "position", name=op.f("pk_programme_target")),
    )
    op.create_table(
        "agreement_area",
        sa.Column("agreement_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Text(collation="C"), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("standing IN ('AGREED', 'POTENTIAL')", name=op.f("ck_agreement_area_standing")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_area_agreement_id")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_agreement_area_area_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_agreement_area_proposed_by_id")),
        sa.PrimaryKeyConstraint("agreement_id", "position", name=op.f("pk_agreement_area")),
        sa.UniqueConstraint(
            "agreement_id", "area_id", "standing", name=op.f("uq_agreement_area_agreement_id_area_id_standing")
        ),
    )
    op.create_index(op.f("ix_agreement_area_area_id"), "agreement_area", ["area_id"], unique=False)
    op.create_index(op.f("ix_agreement_area_proposed_by_id"), "agreement_area", ["proposed_by_id"], unique=False)
    op.create_table(
        "agreement_party",
        sa.Column("agreement_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("name_as_signed", sa.Text(), nullable=True),
        sa.CheckConstraint("num_nonnulls(city_id, organization_id) = 1", name=op.f("ck_agreement_party_party")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_party_agreement_id")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_agreement_party_city_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_agreement_party_organization_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "position", name=op.f("pk_agreement_party")),
        sa.UniqueConstraint("agreement_id", "city_id", name=op.f("uq_agreement_party_agreement_id_city_id")),
        sa.UniqueConstraint(
            "agreement_id", "organization_id", name=op.f("uq_agreement_party_agreement_id_organization_id")
        ),
    )
    op.create_index(op.f("ix_agreement_party_city_id"), "agreement_party", ["city_id"], unique=False)
    op.create_index(op.f("ix_agreement_party_organization_id"), "agreement_party", ["organization_id"], unique=False)
    op.create_table(
        "ordinal_claim",
        sa.Column("agreement_id", sa.Text(collation="C"), nullable=False),
        sa.Column("party_position", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("citation_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("ordinal > 0", name=op.f("ck_ordinal_claim_ordinal")),
        sa.ForeignKeyConstraint(
            ["agreement_id", "party_position"],
            ["agreement_party.agreement_id", "agreement_party.position"],
            name=op.f("fk_ordinal_claim_agreement_id_party_position"),
        ),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name=op.f("fk_ordinal_claim_citation_id")),
        sa.PrimaryKeyConstraint("agreement_id", "party_position", "position", name=op.f("pk_ordinal_claim")),
    )
    op.create_index(op.f("ix_ordinal_claim_citation_id"), "ordinal_claim", ["citation_id"], unique=False)
    op.create_table(
        "signatory",
        sa.Column("agreement_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(collation="C"), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("attendance", sa.Text(), nullable=True),
        sa.Column("city_id", sa.Text(collation="C"), nullable=True),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("attendance IN ('IN_PERSON', 'REMOTE')", name=op.f("ck_signatory_attendance")),
        sa.CheckConstraint("role IN ('SIGNATORY', 'WITNESS')", name=op.f("ck_signatory_role")),
        sa.CheckConstraint("num_nonnulls(city_id, organization_id) <= 1", name=op.f("ck_signatory_party")),
        sa.ForeignKeyConstraint(
            ["agreement_id", "city_id"],
            ["agreement_party.agreement_id", "agreement_party.city_id"],
            name="fk_signatory_city_party",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id", "organization_id"],
            ["agreement_party.agreement_id", "agreement_party.organization_id"],
            name="fk_signatory_organization_party",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_signatory_agreement_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signatory_person_id")),
        sa.PrimaryKeyConstraint("agreement_id", "position", name=op.f("pk_signatory")),
    )
    op.create_index(op.f("ix_signatory_person_id"), "signatory", ["person_id"], unique=False)
    op.execute(FEED_POSITION)
    op.execute(
        "INSERT INTO feed_head (id, epoch, seq, floor, hash)"
        " VALUES (1, substr(md5(gen_random_uuid()::text), 1, 8), 0, 0, decode(repeat('00', 32), 'hex'))"
    )


def downgrade() -> None:
    """Drop them all."""
    op.drop_index(op.f("ix_signatory_person_id"), table_name="signatory")
    op.drop_table("signatory")
    op.drop_index(op.f("ix_ordinal_claim_citation_id"), table_name="ordinal_claim")
    op.drop_table("ordinal_claim")
    op.drop_index(op.f("ix_agreement_party_organization_id"), table_name="agreement_party")
    op.drop_index(op.f("ix_agreement_party_city_id"), table_name="agreement_party")
    op.drop_table("agreement_party")
    op.drop_index(op.f("ix_agreement_area_proposed_by_id"), table_name="agreement_area")
    op.drop_index(op.f("ix_agreement_area_area_id"), table_name="agreement_area")
    op.drop_table("agreement_area")
    op.drop_table("programme_target")
    op.drop_index(op.f("ix_programme_partner_organization_id"), table_name="programme_partner")
    op.drop_index(op.f("ix_programme_partner_city_id"), table_name="programme_partner")
    op.drop_table("programme_partner")
    op.drop_index(
        "uq_delegation_member_leader", table_name="delegation_member", postgresql_where=sa.text("role = 'LEADER'")
    )
    op.drop_index(op.f("ix_delegation_member_person_id"), table_name="delegation_member")
    op.drop_table("delegation_member")
    op.drop_index(op.f("ix_delegation_inviter_organization_id"), table_name="delegation_inviter")
    op.drop_index(op.f("ix_delegation_inviter_city_id"), table_name="delegation_inviter")
    op.drop_table("delegation_inviter")
    op.drop_index(op.f("ix_delegation_host_person_id"), table_name="delegation_host")
    op.drop_index(op.f("ix_delegation_host_organization_id"), table_name="delegation_host")
    op.drop_index(op.f("ix_delegation_host_city_id"), table_name="delegation_host")
    op.drop_table("delegation_host")
    op.drop_index(op.f("ix_delegation_event_event_id"), table_name="delegation_event")
    op.drop_table("delegation_event")
    op.drop_index(op.f("ix_agreement_supersedes_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_reaffirms_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_programme_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_event_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_ended_by_organization_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_ended_by_city_id"), table_name="agreement")
    op.drop_index(
        "ix_agreement_by_updated_at", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index("ix_agreement_by_title", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_agreement_by_status", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index(
        "ix_agreement_by_signed_on_desc", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index("ix_agreement_by_signed_on", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_agreement_by_kind", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index(
        "ix_agreement_by_expires_on_desc", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index(
        "ix_agreement_by_expires_on", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index(
        "ix_agreement_by_created_at", table_name="agreement", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index(op.f("ix_agreement_amends_id"), table_name="agreement")
    op.drop_table("agreement")
    op.drop_index(op.f("ix_programme_owner_organization_id"), table_name="programme")
    op.drop_index(op.f("ix_programme_owner_city_id"), table_name="programme")
    op.drop_index("ix_programme_by_name", table_name="programme", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_table("programme")
    op.drop_index(op.f("ix_participation_person_id"), table_name="participation")
    op.drop_index(op.f("ix_participation_organization_id"), table_name="participation")
    op.drop_index(op.f("ix_participation_event_id"), table_name="participation")
    op.drop_index(op.f("ix_participation_city_id"), table_name="participation")
    op.drop_table("participation")
    op.drop_index(op.f("ix_office_of_organization_id"), table_name="office")
    op.drop_index(op.f("ix_office_of_city_id"), table_name="office")
    op.drop_table("office")
    op.drop_index(op.f("ix_membership_person_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_event_host_organization_id"), table_name="event_host")
    op.drop_index(op.f("ix_event_host_city_id"), table_name="event_host")
    op.drop_table("event_host")
    op.drop_index(op.f("ix_delegation_from_organization_id"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_from_city_id"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_destination_country_code"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_destination_city_id"), table_name="delegation")
    op.drop_index("ix_delegation_by_name", table_name="delegation", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index(
        "ix_delegation_by_created_at", table_name="delegation", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index(
        "ix_delegation_by_arrived_on_desc", table_name="delegation", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index(
        "ix_delegation_by_arrived_on", table_name="delegation", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_table("delegation")
    op.drop_index(op.f("ix_contribution_recipient_organization_id"), table_name="contribution")
    op.drop_index(op.f("ix_contribution_recipient_city_id"), table_name="contribution")
    op.drop_index(op.f("ix_contribution_presented_by_id"), table_name="contribution")
    op.drop_index(op.f("ix_contribution_giver_organization_id"), table_name="contribution")
    op.drop_index(op.f("ix_contribution_giver_city_id"), table_name="contribution")
    op.drop_index(op.f("ix_contribution_event_id"), table_name="contribution")
    op.drop_index(
        "ix_contribution_by_given_on_desc", table_name="contribution", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_index(
        "ix_contribution_by_given_on", table_name="contribution", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_table("contribution")
    op.drop_index(op.f("ix_organization_part_of_organization_id"), table_name="organization")
    op.drop_index(op.f("ix_organization_part_of_city_id"), table_name="organization")
    op.drop_index(op.f("ix_organization_merged_into_id"), table_name="organization")
    op.drop_index(op.f("ix_organization_country_code"), table_name="organization")
    op.drop_index(op.f("ix_organization_city_id"), table_name="organization")
    op.drop_index(
        "ix_organization_by_name", table_name="organization", postgresql_where=sa.text("retracted_at IS NULL")
    )
    op.drop_table("organization")
    op.drop_index(op.f("ix_event_part_of_id"), table_name="event")
    op.drop_index(op.f("ix_event_city_id"), table_name="event")
    op.drop_index("ix_event_by_starts_on_desc", table_name="event", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_event_by_starts_on", table_name="event", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_event_by_name", table_name="event", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_event_by_created_at", table_name="event", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_table("event")
    op.drop_table("city_name")
    op.drop_table("country_name")
    op.drop_index(op.f("ix_city_merged_into_id"), table_name="city")
    op.drop_index(op.f("ix_city_country_code"), table_name="city")
    op.drop_index("ix_city_by_population_desc", table_name="city", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_city_by_population", table_name="city", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_city_by_name", table_name="city", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_city_by_created_at", table_name="city", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_index("ix_city_by_country_code", table_name="city", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_table("city")
    op.drop_index(op.f("ix_citation_subject_id"), table_name="citation")
    op.drop_index(op.f("ix_citation_source_id"), table_name="citation")
    op.drop_table("citation")
    op.drop_index(op.f("ix_spelling_subject_id"), table_name="spelling")
    op.drop_table("spelling")
    op.drop_table("source")
    op.drop_index(op.f("ix_person_merged_into_id"), table_name="person")
    op.drop_index("ix_person_by_name", table_name="person", postgresql_where=sa.text("retracted_at IS NULL"))
    op.drop_table("person")
    op.drop_table("idempotency_key")
    op.drop_table("feed_head")
    op.drop_table("country")
    op.drop_index(op.f("ix_change_subject_id"), table_name="change")
    op.drop_table("change")
    op.drop_table("area")
    op.drop_table("api_key")
    op.execute("DROP FUNCTION feed_position(text, bigint, text)")
    op.execute("DROP FUNCTION edtf_earliest(text)")
    op.execute("DROP FUNCTION edtf_latest(text)")
