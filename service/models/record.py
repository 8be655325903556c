"""What every record carries."""

from datetime import datetime

from sqlalchemy import DateTime, Index, text
from sqlmodel import Field, SQLModel

from service.models.columns import NOW_DEFAULT

# One rule a kind, so that a constraint's name tells what was violated and every database names it alike.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Record(SQLModel):
    """A record with a version, which a change raises by one."""

    version: int = Field(
        default=1,
        sa_column_kwargs={"server_default": "1"},
        description="Starts at 1 and grows by 1 with each change; give it back as expectedVersion.",
    )
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": NOW_DEFAULT, "nullable": False},
        description="When the record came into the registry.",
    )
    updated_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": NOW_DEFAULT, "nullable": False},
        description="When the record last changed.",
    )
    retracted_at: datetime | None = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        description="When the record was taken back; it then leaves every list.",
    )


def order_index(table: str, name: str, expression: str, *, whole: bool = False) -> Index:
    """Declare the index behind an order that is offered: the expression, then the id, of what is not retracted.

    A whole one holds the rest as well: filters find by it the rows that others name, whatever became of them.
    """
    shown = None if whole else text("retracted_at IS NULL")
    return Index(f"ix_{table}_by_{name}", text(expression), "id", postgresql_where=shown)


def unique_index(table: str, *columns: str) -> Index:
    """Declare that values are unique; a record that was taken back leaves its own to others."""
    name = f"uq_{table}_{'_'.join(columns)}"
    return Index(name, *columns, unique=True, postgresql_where=text("retracted_at IS NULL"))


def date_indexes(table: str, column: str, *, whole: bool = False) -> tuple[Index, Index]:
    """Declare the indexes behind both directions of an order by a partial date; unknown comes last in each.

    Filters use the second one, which is the whole one where they are asked of rows that others name.
    """
    return (
        order_index(table, column, f"coalesce({column}_earliest, 'infinity'::date)"),
        order_index(table, f"{column}_desc", f"coalesce({column}_earliest, '-infinity'::date)", whole=whole),
    )
