"""The words by which records are searched.

Knows which records can be searched and where their names stand. The database keeps the words itself, by triggers
on the names: no rule can forget them.
"""

from typing import NamedTuple

from sqlalchemy import Column, SmallInteger
from sqlmodel import Field, SQLModel

from service.models.columns import Folded, Identifier


class Searched(NamedTuple):
    """A kind of record that can be searched: its number, its table, and where its folded names stand."""

    kind: int
    table: str
    prefix: str
    name: str | None = None
    """The column of its one name; None where its names are spellings."""


SEARCHED = {
    one.table: one
    for one in (
        Searched(1, "city", "cty"),
        Searched(2, "organization", "org"),
        Searched(3, "person", "per"),
        Searched(4, "agreement", "agr", "title_folded"),
        Searched(5, "event", "evt", "name_folded"),
        Searched(6, "delegation", "del", "name_folded"),
        Searched(7, "programme", "prg", "name_folded"),
    )
}
"""By table, in the order in which records of equal rank are answered. The third revision holds the same numbers."""


class SearchWord(SQLModel, table=True):
    """A word of a folded name of a record that stands in lists, told apart where it is the first.

    Kept by triggers of the database on the names, on retraction and on merging.
    """

    __tablename__ = "search_word"

    kind: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    first: bool = Field(primary_key=True, description="Whether the name begins with it.")
    word: str = Field(primary_key=True, sa_type=Folded)
    subject_id: str = Field(primary_key=True, sa_type=Identifier)
