"""What was asked for, as frozen data.

A plan is a tree. Its leaves are values of a row, values bound from outside, and constants; its branches say
which rows belong to which. A condition or an expression speaks of "the row at hand" and, by `up`, of the
rows around it: up=1 is the row that the row at hand was reached from. Knows table and column names, and
neither SQL nor GraphQL.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

# ── expressions ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the row at hand, or of a row around it."""

    name: str
    up: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A value from outside, bound as a parameter of the named SQL type."""

    value: Any
    type: str = "text"


@dataclass(frozen=True, slots=True)
class FirstKnown:
    """The first of the expressions that is not null."""

    expressions: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The expression over the one row of the table that fulfils the condition, or null.

    With an order, several rows may fulfil it, and the first is taken.
    """

    table: str
    expression: "Expression"
    where: "Condition"
    order: "tuple[OrderKey, ...]" = ()


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first characters of a text."""

    expression: "Expression"
    length: int


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """The number of the change that a cursor of the feed names; the statement fails where the cursor does not fit."""

    epoch: str
    seq: int
    hash_prefix: str


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A position in the feed as text; the epoch is the feed's, the rest is of the row at hand."""

    seq: "Expression"
    hash: "Expression"


@dataclass(frozen=True, slots=True)
class Sortable:
    """A column of the row at hand as an order compares it: unknown is replaced by what comes last.

    A bound on it is a range of the index behind that order.
    """

    key: "OrderKey"


Expression: TypeAlias = Column | Value | FirstKnown | Lookup | Prefix | FeedPosition | FeedCursor | Sortable

# ── conditions: true or not true, never unknown ───────────────────────────────────────────────────────────

Operator: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Compare:
    """Two expressions compared; not true where either is null."""

    left: Expression
    operator: Operator
    right: Expression


@dataclass(frozen=True, slots=True)
class Same:
    """Two expressions equal, or both null."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The expression is one of the values, which are bound as one array of the named SQL type."""

    expression: Expression
    values: tuple[Any, ...]
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Contains:
    """The text holds the part, letter by letter."""

    expression: Expression
    part: str


@dataclass(frozen=True, slots=True)
class StartsWith:
    """The text, compared byte by byte, starts with the prefix."""

    expression: Expression
    prefix: str


@dataclass(frozen=True, slots=True)
class Known:
    """The expression is not null."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class And:
    """Every condition holds; with none, true."""

    conditions: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Some condition holds; with none, not true."""

    conditions: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Exists:
    """Some row of the table fulfils the condition, in which the row at hand is one further up."""

    table: str
    where: "Condition"


@dataclass(frozen=True, slots=True)
class Among:
    """The expression is found in some column: table, column, and which of its rows count.

    Says what an alternative of Exists would, in the one way that indexes answer.
    """

    expression: Expression
    columns: "tuple[tuple[str, str, Condition], ...]"


Condition: TypeAlias = Compare | Same | AnyOf | Contains | StartsWith | Known | And | Or | Not | Exists | Among

# ── selections ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Constant:
    """A JSON value that is known without asking: text, number, truth value, null or a list of such."""

    value: Any


@dataclass(frozen=True, slots=True)
class Object:
    """An object; its fields stand in the answer's order, each under its response key."""

    fields: "tuple[tuple[str, Node], ...]"


@dataclass(frozen=True, slots=True)
class Array:
    """A list whose elements are planned one by one."""

    elements: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class One:
    """The one row of the table that fulfils `on`, where the row at hand is one up; null if there is none.

    `required` says that the database guarantees the row.
    """

    table: str
    on: Condition
    selection: "Node"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The node of the first condition that holds for the row at hand; null if none does."""

    branches: "tuple[tuple[Condition, Node], ...]"


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A column to order by, with its SQL type; a null comes last in either direction."""

    column: str
    type: str = "text"
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A column made of the rows of a group.

    count: how many rows; distinct: how many values; largest: the greatest value; set: the values, each once, in
    order; first: the value where `by` is smallest, its first expression before the others.
    """

    name: str
    function: Literal["count", "distinct", "largest", "set", "first"]
    expression: Expression = Value(None)
    by: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouped:
    """The rows of the table that fulfil the condition, in groups of equal key: a row each, with column `key`."""

    table: str
    where: Condition
    key: Expression
    aggregates: tuple[Aggregate, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows of several tables as rows (kind, id, earliest): the table's name, its key, and the date named for it."""

    parts: tuple[tuple[str, str, Condition], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The records of the tables whose names hold all words of the folded text, the last of which may be unfinished.

    Rows (rank, label, kind, id), in this order: rank 0 where the text is the name, 1 where it begins the name, 2 for
    the rest. The label is that name, or of the rest the word that a text of one word begins, else empty; kind numbers
    the tables.
    """

    text: str
    tables: tuple[str, ...]


Relation: TypeAlias = str | Grouped | Merged | Found
FOUND_ORDER = (OrderKey("rank", "integer"), OrderKey("label"), OrderKey("kind", "integer"), OrderKey("id"))
"""The order of what a search finds."""


@dataclass(frozen=True, slots=True)
class Many:
    """The rows of the relation that fulfil the condition, as a plain list; `filtered` as in a page."""

    table: Relation
    where: Condition
    order: tuple[OrderKey, ...]
    selection: "Node"
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the rows that fulfil the condition, by keys that order them totally.

    `after` and `before` are key values. With `backward`, the last `size` rows are taken, still in order.
    `tag` names the order in the cursors, unless `cursor` says what a row's cursor is. `filtered` says that the
    condition holds values that a caller chose, which decide how the rows are best found.
    """

    table: Relation
    where: Condition
    order: tuple[OrderKey, ...]
    size: int
    selection: Object
    tag: str = ""
    backward: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    cursor: Expression | None = None
    filtered: bool = False


# What a page's selection may hold beside constants and objects of these.


@dataclass(frozen=True, slots=True)
class PageRows:
    """The page's rows as a list."""

    selection: "Node"


@dataclass(frozen=True, slots=True)
class RowCursor:
    """The cursor of a row of a page; only inside PageRows."""


@dataclass(frozen=True, slots=True)
class PageEnd:
    """The cursor of the page's first or last row; null on an empty page."""

    last: bool


@dataclass(frozen=True, slots=True)
class PageFlag:
    """Whether there are rows beyond the page's end, or before its start."""

    next: bool


@dataclass(frozen=True, slots=True)
class TotalCount:
    """How many rows there are on all pages together."""


Relations: TypeAlias = One | Choice | Many | Page
PageParts: TypeAlias = PageRows | RowCursor | PageEnd | PageFlag | TotalCount
Node: TypeAlias = Expression | Constant | Object | Array | Relations | PageParts

# ── what a statement answers ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Messages:
    """What some changes have to say, one answer a change, in the feed's order; null of a change that is left out.

    `where` and `selection` speak of the change at hand. The changes' numbers are bound when the statement is run.
    """

    where: Condition
    selection: Node


Plan: TypeAlias = Object | Messages


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with its parameters' values in order.

    A particular one is to be planned for these values; a fresh one reads the feed, and is run where it is written.
    """

    text: str
    parameters: tuple[Any, ...]
    particular: bool = False
    fresh: bool = False


def both(*conditions: Condition) -> Condition:
    """Join conditions that must all hold, leaving out those that always do."""
    kept = tuple(condition for condition in conditions if condition != And())
    return kept[0] if len(kept) == 1 else And(kept)


def linked(column: str, to: str = "id") -> Condition:
    """Return the condition that the row's column names the row that it was reached from."""
    return Compare(Column(column), "=", Column(to, up=1))
