"""Search: records of seven types by the words of their names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.agreement import Agreement
from schema.city import City
from schema.connection import PageInfo, page
from schema.delegation import Delegation
from schema.entity import NODES, TYPES, entity, publish_enum
from schema.errors import ErrorCode
from schema.event import Event
from schema.giving import Programme
from schema.organization import Organization
from schema.person import Person
from schema.source import Argument, Source, fields, leaf, rows
from service import plan
from service.folding import fold
from service.models.columns import Described
from service.models.search import SEARCHED
from service.plan import FOUND_ORDER, Column, Compare, Value, linked

if TYPE_CHECKING:
    from schema.planner import Request

MAX_TEXT = 200


class SearchType(Described):
    """A type of record that can be searched for."""

    CITY = "CITY", "Cities, by their names in all languages."
    ORGANIZATION = "ORGANIZATION", "Organizations, by their names in all languages."
    PERSON = "PERSON", "People, by their names in either order and in their own script."
    AGREEMENT = "AGREEMENT", "Agreements, by their titles."
    EVENT = "EVENT", "Events, by their names."
    DELEGATION = "DELEGATION", "Delegations, by their names."
    PROGRAMME = "PROGRAMME", "Programmes, by their names."


publish_enum(SearchType)
SearchResult = Annotated[
    City | Organization | Person | Agreement | Event | Delegation | Programme,
    strawberry.union("SearchResult", description="A record that a search found."),
]
TYPES["SearchResult"] = SearchResult


@dataclass(frozen=True)
class FoundSource(Source):
    """The records of a search's rows: all of them, or that of the row at hand."""

    whole_page: bool = False

    def plan(self, request: Request) -> plan.Node:
        """Plan a choice by the kind of record, of those alone that are searched: a table that is named costs."""
        branches = [
            (
                Compare(Column("kind"), "=", Value(one.kind, "integer")),
                plan.One(one.table, linked("id", "id"), request.select(NODES[one.prefix][0])),
            )
            for one in (SEARCHED[table] for table in request.given)
        ]
        found = plan.Choice(tuple(branches)) if branches else plan.Constant(None)
        return plan.PageRows(found) if self.whole_page else found


def found(description: str, *, whole_page: bool = False) -> Any:
    """Answer with what a search found."""
    return FoundSource(description=description, whole_page=whole_page)


@entity(None)
class SearchEdge:
    """A record that a search found, with its place among the others."""

    cursor: str = leaf(plan.RowCursor(), "Give it as after to page on from here.")
    node: SearchResult = found("What was found: a record of one of seven types.")


@entity(None)
class SearchConnection:
    """A page of what a search found, the best first.

    Those of which a name is the text; then those of which a name begins with it, in the order of that name; then those
    whose names hold its words, for a text of one word in the order of the word that it begins. Where that is equal, by
    type, in the order of SearchType, and by identifier. Case, accents and punctuation are left out of all of it.
    """

    edges: list[SearchEdge] = rows("The page's records, each with its cursor.")
    nodes: list[SearchResult] = found("What was found, the best first.", whole_page=True)
    page_info: PageInfo = fields("Whether there is more, and the cursors at both ends.")


@dataclass(frozen=True)
class SearchSource(Source):
    """The records whose names hold the words of a text."""

    def plan(self, request: Request) -> plan.Node:
        """Plan a page of them; a text without a letter or digit finds nothing, as before the first key is typed."""
        text, types = request.arguments["text"], request.arguments.get("types")
        if len(text) > MAX_TEXT:
            message = f"text has {len(text)} characters; {MAX_TEXT} are allowed. Search for fewer words."
            raise request.refusal(message, ErrorCode.INVALID)
        if "\0" in text:
            raise request.refusal("text holds a NUL character; remove it.", ErrorCode.INVALID)
        wanted = {str(one).lower() for one in SearchType if types is None or one in types}
        tables = tuple(table for table in SEARCHED if table in wanted)
        folded = fold(text)
        return page(replace(request, given=tables), plan.Found(folded, tables), plan.And(), FOUND_ORDER, folded)


def search(description: str) -> Any:
    """Offer the search."""
    text = (
        "Words in any order, in any language or script, whatever their case and accents; the last may be unfinished. "
        f"At most {MAX_TEXT} characters; without a letter or digit it finds nothing. Where several words each stand in "
        "the names of a thousand records of a type or more, only some of those are looked at, the same for every page."
    )
    arguments = (
        Argument("text", "str", text),
        Argument("types", "list[SearchType] | None", "Only records of these types; all if not given."),
        Argument("first", "int | None", "So many, 100 at most.", 20),
        Argument("after", "str | None", "The cursor to go on from."),
    )
    return SearchSource(description=description, arguments=arguments)
