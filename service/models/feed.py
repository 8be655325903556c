"""The feed of changes, and what makes writing safe to repeat."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, LargeBinary, Text
from sqlmodel import Field, SQLModel

from service.models.columns import Identifier, choice, instant, word
from service.models.enums import ChangeKind


class Change(SQLModel, table=True):
    """One committed change; numbers run without gaps in the order of commits. Holds no personal data."""

    __table_args__ = (CheckConstraint("length(hash) = 32", name="hash"),)

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = instant("When the change was written.")
    actor: str = word("The caller that made it.")
    kind: ChangeKind = choice(ChangeKind, "What happened to the subject.")
    subject_id: str = Field(
        sa_column=Column(Identifier, nullable=False, index=True), description="The record that changed."
    )
    version: int = Field(description="The record's version that this change produced.")
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False), description="Names of what changed.")
    signing: bool = Field(description="Whether the change recorded a signing.")
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False), description="Chained to the change before.")


class Retraction(SQLModel, table=True):
    """Why a record was taken back. It stands beside the feed, which holds no text."""

    subject_id: str = Field(primary_key=True, sa_type=Identifier)
    reason: str = word("What was wrong with the record, in the words of who took it back.")


class FeedHead(SQLModel, table=True):
    """The one row that numbers changes: whoever holds its lock commits next."""

    __tablename__ = "feed_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True, default=1)
    epoch: str = word("Names this history; a restored database gets another.")
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    floor: int = Field(sa_column=Column(BigInteger, nullable=False), description="Changes up to this one were pruned.")
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    floor_hash: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False),
        description="The hash of the last change that was pruned, to which the first kept one is chained.",
    )


class IdempotencyKey(SQLModel, table=True):
    """A key that a caller has used, and what was answered."""

    __tablename__ = "idempotency_key"
    __table_args__ = (CheckConstraint("length(key) BETWEEN 1 AND 255", name="key"),)

    caller: str = Field(primary_key=True, sa_type=Identifier)
    key: str = Field(primary_key=True, sa_type=Identifier)
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    subject_id: str | None = Field(default=None, sa_column=Column(Identifier, nullable=True))
    seq: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    created_at: datetime = instant()


class ApiKey(SQLModel, table=True):
    """A key that lets a caller write; its secret is kept as an HMAC only."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True, sa_type=Identifier)
    name: str = word("The caller's name; keys of one name are one caller.")
    secret_hmac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = instant()
    expires_at: datetime | None = instant(optional=True)
    revoked_at: datetime | None = instant(optional=True)
    last_used_at: datetime | None = instant(optional=True)
