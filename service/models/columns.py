"""The kinds of column that the tables are made of.

Knows how a kind of value is stored and what must always hold for it. Knows no table.
"""

import secrets
import time
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, Computed, Date, DateTime, ForeignKey, Table, Text, text
from sqlmodel import Field

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
NOW_DEFAULT = text("now()")


class Identifier(Text):
    """An opaque identifier, compared byte by byte so that joins and cursors agree everywhere."""

    def __init__(self) -> None:
        super().__init__(collation="C")


class Folded(Text):
    """A name without case, accents and punctuation, compared byte by byte."""

    def __init__(self) -> None:
        super().__init__(collation="C")


class Edtf(Text):
    """A calendar date as precise as its source: 2024-03-22, 2024-03 or 2024, with ~, ? or %."""


class CountryCode(Text):
    """An ISO 3166-1 alpha-2 code, and XK for Kosovo."""

    def __init__(self) -> None:
        super().__init__(collation="C")


class LanguageTag(Text):
    """A BCP 47 language tag."""


class Url(Text):
    """An absolute http or https address."""


class Described(StrEnum):
    """An enumeration whose members say what they mean: NAME = "NAME", "meaning"."""

    description: str

    def __new__(cls, value: str, description: str) -> "Described":
        """Make the member whose value is its name."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


_last = 0


def new_id(prefix: str) -> str:
    """Return a new identifier such as agr_01k..., typed by its prefix.

    48 bits of milliseconds and 80 random bits, so that replicas need not agree on anything. Identifiers of one
    process only ever grow, also when its clock does not, so that what was written first comes first.
    """
    global _last  # what makes them grow is known to the process alone
    _last = number = max((time.time_ns() // 1_000_000) << 80 | secrets.randbits(80), _last + 1)
    return prefix + "_" + "".join(_BASE32[number >> shift & 31] for shift in range(125, -1, -5))


def identifier(prefix: str) -> Any:
    """Declare a primary key whose values start with the prefix and an underscore."""
    return Field(
        default_factory=lambda: new_id(prefix),
        sa_column=Column(Identifier, primary_key=True, info={"prefix": prefix}),
        description="Opaque and stable; node(id:) finds the record from it alone.",
    )


def reference(
    target: str, description: str = "", *, optional: bool = False, key: bool = False, index: bool = True
) -> Any:
    """Declare a foreign key to the target, such as "city.id"; a key is part of the primary key.

    It has an index of its own, unless one that serves for more begins with it.
    """
    kind = CountryCode if target.startswith("country.") else Identifier
    indexed = (index and not key) or None
    column: Column[str] = Column(kind, ForeignKey(target), nullable=optional, primary_key=key, index=indexed)
    return Field(default=None if optional else ..., sa_column=column, description=description)


def word(description: str, *, kind: type[Text] = Text, optional: bool = False, unique: bool = False) -> Any:
    """Declare a text column that is never empty."""
    return Field(
        default=None if optional else ...,
        sa_column=Column(kind, nullable=optional, unique=unique or None),
        description=description,
    )


def partial_date(description: str) -> Any:
    """Declare a date that may be known to the day, the month or the year; its bounds follow it."""
    return Field(default=None, sa_column=Column(Edtf, nullable=True), description=description)


def bound(side: str, column: str) -> Any:
    """Declare the earliest or latest day that a partial date can mean, computed by the database.

    The functions edtf_earliest and edtf_latest are made by the first migration; they refuse what is no date.
    """
    computed = Computed(f"edtf_{side}({column})", persisted=True)
    return Field(default=None, sa_column=Column(Date, computed, nullable=True))


def choice(members: type[Described], description: str, *, default: str | None = None) -> Any:
    """Declare a column that holds the name of one of the members."""
    return Field(
        default=default if default is not None else ...,
        sa_column=Column(Text, nullable=False, info={"members": members}),
        description=description,
    )


def optional_choice(members: type[Described], description: str) -> Any:
    """Declare a column that holds the name of one of the members, or null where no source says."""
    return Field(
        default=None,
        sa_column=Column(Text, nullable=True, info={"members": members}),
        description=description,
    )


def carried(*columns: str, kind: Any = Text) -> Any:
    """Declare a copy of another table's column, such as "agreement.kind", or of one of several tables' columns.

    Kept by the database itself, whoever writes: see the migration that made it. Neither published nor exported.
    """
    return Field(default=None, sa_column=Column(kind, nullable=True, info={"carried": columns}))


def declare_checks(tables: Iterable[Table]) -> None:
    """Give each table the checks that its columns' kinds ask for.

    Done once all tables stand: a check made inside a column is written into CREATE TABLE but is invisible
    to Alembic, so no migration would carry it.
    """
    for table in tables:
        for column in table.columns:
            if members := column.info.get("members"):
                names = ", ".join(f"'{member}'" for member in members)
                table.append_constraint(CheckConstraint(f"{column.name} IN ({names})", name=column.name))
            if prefix := column.info.get("prefix"):
                table.append_constraint(CheckConstraint(f"starts_with(id, '{prefix}_')", name="id"))


def instant(description: str = "", *, optional: bool = False) -> Any:
    """Declare an instant, kept in UTC; one that is not optional is the transaction's start by default."""
    column: Column[datetime] = Column(
        DateTime(timezone=True), nullable=optional, server_default=None if optional else NOW_DEFAULT
    )
    return Field(default=None, sa_column=column, description=description)


def party_check(name: str, city: str, organization: str, *, optional: bool = False) -> CheckConstraint:
    """Return the check that a party is a city or an organization, never both, and null only where optional."""
    wanted = "<= 1" if optional else "= 1"
    return CheckConstraint(f"num_nonnulls({city}, {organization}) {wanted}", name=name)
