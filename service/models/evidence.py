"""Sources, and the citations that tie each fact to one."""

from datetime import date

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, SQLModel

from service.models.columns import (
    Identifier,
    LanguageTag,
    Url,
    bound,
    choice,
    identifier,
    partial_date,
    reference,
    word,
)
from service.models.enums import Basis


class Source(SQLModel, table=True):
    """A publication that facts are taken from."""

    id: str = identifier("src")
    title: str = word("The publication's title.")
    publisher: str | None = word("Who published it; null where it does not say.", optional=True)
    published_on: str | None = partial_date("When it was published; null where it does not say.")
    published_on_earliest: date | None = bound("earliest", "published_on")
    published_on_latest: date | None = bound("latest", "published_on")
    url: str | None = word("Where it can be read.", kind=Url, optional=True)
    language: str | None = word("The language that it is written in.", kind=LanguageTag, optional=True)


class Citation(SQLModel, table=True):
    """Where a record, or one field of it, comes from."""

    __table_args__ = (
        # The subject is any kind of record, so no foreign key can hold it; records are never deleted.
        CheckConstraint("subject_id ~ '^(cty|org|per|agr|evt|del|con|prg)_'", name="subject"),
    )

    id: str = identifier("cit")
    subject_id: str = Field(sa_column=Column(Identifier, nullable=False, index=True))
    source_id: str = reference("source.id")
    field: str | None = word(
        "The field that it supports, such as signedOn; null for the record as a whole.", optional=True
    )
    locator: str | None = word("Where in the source, such as: paragraph 3.", optional=True)
    basis: Basis = choice(Basis, "Whether the source says so or it follows from it.", default="STATED")
    note: str | None = word("What a reader should know about how the fact was taken.", optional=True)
