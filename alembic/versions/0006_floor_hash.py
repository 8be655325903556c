"""Keep the hash of the last change that was pruned, to which the first one that is kept is chained."""

import sqlalchemy as sa

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"

# The number of the change that a cursor names, if the feed can go on from it. Another epoch, a number that was not
# given out yet, or another hash mean that the database was restored.
FEED_POSITION = """
CREATE OR REPLACE FUNCTION feed_position(epoch text, seq bigint, prefix text) RETURNS bigint
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
    ELSIF $2 = head.floor THEN
        found := head.floor_hash;
    ELSE
        SELECT change.hash INTO found FROM change WHERE change.seq = $2;
    END IF;
    IF left(encode(found, 'hex'), length($3)) IS DISTINCT FROM $3 THEN
        RAISE EXCEPTION 'another history' USING ERRCODE = 'JM001';
    END IF;
    RETURN $2;
END
$$
"""
BEFORE = FEED_POSITION.replace(
    """ELSIF $2 = head.floor THEN
        found := head.floor_hash;
    ELSE
        SELECT change.hash INTO found FROM change WHERE change.seq = $2;
    END IF;
    IF left""",
    """END IF;
    SELECT change.hash INTO found FROM change WHERE change.seq = $2;
    IF $2 > 0 AND left""",
)


def upgrade() -> None:
    """Nothing was pruned so far, so the chain starts where it always did."""
    zeros = sa.text("decode(repeat('00', 32), 'hex')")
    op.add_column("feed_head", sa.Column("floor_hash", sa.LargeBinary(), nullable=False, server_default=zeros))
    op.alter_column("feed_head", "floor_hash", server_default=None)
    op.execute(FEED_POSITION)


def downgrade() -> None:
    """Compare cursors as before."""
    op.execute(BEFORE)
    op.drop_column("feed_head", "floor_hash")
