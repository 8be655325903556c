"""The few ways in which a field gets its value; each makes a node of the plan.

A source is given a request: the arguments, and what was selected below. Knows models and plans, and no SQL.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlmodel import SQLModel
from strawberry import UNSET

from service import plan
from service.models import TABLES, Record
from service.plan import Column, Compare, Known, Not

if TYPE_CHECKING:
    from schema.planner import Request


@dataclass(frozen=True)
class Argument:
    """An argument of a field; the annotation is resolved when the schema is built."""

    name: str
    annotation: str
    description: str
    default: Any = UNSET


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a field's value comes from."""

    description: str = ""
    arguments: tuple[Argument, ...] = ()

    def plan(self, request: "Request") -> plan.Node:
        """Plan the field as it was asked for."""
        raise TypeError(f"{type(self).__name__} plans nothing")


@dataclass(frozen=True)
class ColumnSource(Source):
    """A column of the row at hand."""

    column: str

    def plan(self, request: "Request") -> plan.Node:
        """Plan the column."""
        return Column(self.column)


@dataclass(frozen=True)
class OneSource(Source):
    """The row of another table that fulfils a condition."""

    table: str
    on: plan.Condition
    required: bool = False

    def plan(self, request: "Request") -> plan.Node:
        """Plan the row."""
        return followed(self.table, self.on, request.select(), required=self.required)


@dataclass(frozen=True)
class PartySource(Source):
    """A city or an organization, named by two columns of which one is null."""

    city: str
    organization: str

    def plan(self, request: "Request") -> plan.Node:
        """Plan a choice; a branch is joined only when something of its row is selected."""
        branches = []
        for type_, table, column in (("City", "city", self.city), ("Organization", "organization", self.organization)):
            on = Compare(Column("id"), "=", Column(column, up=1))
            branches.append((Known(Column(column)), followed(table, on, request.select(type_), required=True)))
        return plan.Choice(tuple(branches))


@dataclass(frozen=True)
class ManySource(Source):
    """Rows of another table, as a plain list; arguments named like columns narrow it.

    `row` says what to take of each row where that is not the row itself.
    """

    table: str
    where: plan.Condition
    order: tuple[plan.OrderKey, ...]
    row: Source | None = None

    def plan(self, request: "Request") -> plan.Node:
        """Plan the rows."""
        narrowed = [
            Compare(Column(argument.name), "=", plan.Value(str(value)))
            for argument in self.arguments
            if (value := request.arguments.get(argument.name)) is not None
        ]
        request.count_rows(request.limits.list_rows)
        inside = request.inside(request.limits.list_rows)
        selected = self.row.plan(inside) if self.row else inside.select()
        return plan.Many(self.table, plan.both(self.where, *narrowed), self.order, selected)


@dataclass(frozen=True)
class RowsSource(Source):
    """The rows of the page at hand."""

    def plan(self, request: "Request") -> plan.Node:
        """Plan the page's rows."""
        return plan.PageRows(request.select(given=request.given))


@dataclass(frozen=True)
class SameRowSource(Source):
    """The row at hand itself, under a type of its own, as an edge's node."""

    def plan(self, request: "Request") -> plan.Node:
        """Plan the selection over the same row."""
        return request.select()


@dataclass(frozen=True)
class NodeSource(Source):
    """A node of the plan that needs nothing of the request."""

    node: plan.Node

    def plan(self, request: "Request") -> plan.Node:
        """Plan the node as it is."""
        return self.node


@dataclass(frozen=True)
class FieldsSource(Source):
    """An object that groups fields of the page or row at hand."""

    def plan(self, request: "Request") -> plan.Node:
        """Plan the fields in place."""
        return request.select()


@dataclass(frozen=True)
class GivenSource(Source):
    """An attribute of the Python object at hand, such as a mutation's outcome."""

    attribute: str

    def plan(self, request: "Request") -> plan.Node:
        """Plan a constant, or the selection over the object or the objects found there."""
        value = getattr(request.given, self.attribute)
        if not request.composite:
            return plan.Constant(value)
        if isinstance(value, tuple):
            return plan.Array(tuple(request.select(given=each) for each in value))
        return plan.Constant(None) if value is None else request.select(given=value)


@dataclass(frozen=True)
class GivenRecordSource(Source):
    """The record, or the records, whose identifiers an attribute of the Python object at hand holds."""

    attribute: str

    def plan(self, request: "Request") -> plan.Node:
        """Plan the rows by their identifiers."""
        found = getattr(request.given, self.attribute)
        if isinstance(found, tuple):
            return plan.Array(tuple(request.node(identifier) for identifier in found))
        return plan.Constant(None) if found is None else request.node(found)


def leaf(node: plan.Node, description: str) -> Any:
    """Answer with a node of the plan that needs nothing of the request."""
    return NodeSource(node, description=description)


def rows(description: str) -> Any:
    """Answer with the rows of the page at hand."""
    return RowsSource(description=description)


def same_row(description: str) -> Any:
    """Answer with the row at hand, under a type of its own."""
    return SameRowSource(description=description)


def fields(description: str) -> Any:
    """Answer with an object that groups fields of the page or row at hand."""
    return FieldsSource(description=description)


def child(model: type[SQLModel], on: plan.Condition, description: str, *, required: bool = False) -> Any:
    """Answer with the one row of the model that fulfils the condition."""
    return OneSource(table(model), on, required, description=description)


def followed(table: str, on: plan.Condition, selection: plan.Object, *, required: bool) -> plan.Node:
    """Plan the row that a key names; where no more than its key is selected, the key itself answers."""
    match on:
        case Compare(Column(to, 0), "=", Column(key, 1)):
            own = [(name, by_key(node, to, key)) for name, node in selection.fields]
            if None not in (node for _, node in own):
                answered = plan.Object(tuple((name, node) for name, node in own if node is not None))
                return answered if required else plan.Choice(((Known(Column(key)), answered),))
    return plan.One(table, on, selection, required)


def by_key(wanted: Any, to: str, key: str, up: int = 0) -> Any:
    """Return what a named row answers, asked of the row that names it; None where more than the key is needed.

    The row so far up is left out, and its column is read from the key.
    """
    match wanted:
        case Column(name, at):
            if at == up:
                return Column(key, up) if name == to else None
            return Column(name, at - (at > up))
        case plan.Constant() | plan.Value():
            return wanted
        case plan.FirstKnown(expressions):
            read = [by_key(each, to, key, up) for each in expressions]
            return None if None in read else plan.FirstKnown(tuple(read))
        case plan.And(conditions):
            read = [by_key(each, to, key, up) for each in conditions]
            return None if None in read else plan.And(tuple(read))
        case Compare(left, operator, right):
            sides = by_key(left, to, key, up), by_key(right, to, key, up)
            return None if None in sides else Compare(sides[0], operator, sides[1])
        case plan.Lookup(table, expression, where, ()):
            parts = by_key(expression, to, key, up + 1), by_key(where, to, key, up + 1)
            return None if None in parts else plan.Lookup(table, *parts)
    return None


def visible(model: type[SQLModel]) -> plan.Condition:
    """Return the condition that a row stands in lists: neither retracted nor merged into another."""
    conditions: list[plan.Condition] = []
    if issubclass(model, Record):
        conditions.append(Not(Known(Column("retracted_at"))))
    if "merged_into_id" in model.model_fields:
        conditions.append(Not(Known(Column("merged_into_id"))))
    return plan.both(*conditions)


def node_condition(table: str, known: plan.Column | plan.Value) -> plan.Condition:
    """Return the condition that names one visible record; a merged one's identifier names its survivor."""
    conditions: list[plan.Condition] = []
    if "retracted_at" in TABLES[table].c:
        conditions.append(Not(Known(Column("retracted_at"))))
    return plan.both(named(table, known), *conditions)


def named(table: str, known: plan.Column | plan.Value) -> plan.Condition:
    """Return the condition that names one record, also a retracted one; a merged one's identifier its survivor."""
    if "merged_into_id" not in TABLES[table].c:
        return Compare(Column("id"), "=", known)
    inside = replace(known, up=known.up + 1) if isinstance(known, Column) else known
    return Compare(Column("id"), "=", survivor(table, inside))


def survivor(table: str, known: plan.Column | plan.Value) -> plan.Expression:
    """Return the identifier of the record that an identifier names, itself or what it was merged into.

    A column is that of a row around the one that is looked up.
    """
    return plan.Lookup(
        table, plan.FirstKnown((Column("merged_into_id"), Column("id"))), Compare(Column("id"), "=", known)
    )


def table(model: type[SQLModel]) -> str:
    """Return the name of the model's table."""
    return str(model.__tablename__)


def column(name: str, description: str = "") -> Any:
    """Publish a column under another name, or with a description of its own."""
    return ColumnSource(name, description=description)


def one(model: type[SQLModel], key: str, description: str, *, required: bool = False, to: str = "id") -> Any:
    """Follow a key of the row at hand to the one row of the model; null where that was retracted.

    What is required cannot be retracted, nor can a city, an organization or a person that a record names.
    """
    named: plan.Condition = Compare(Column(to), "=", Column(key, up=1))
    if issubclass(model, Record) and "merged_into_id" not in model.model_fields and not required:
        named = plan.both(named, visible(model))
    return OneSource(table(model), named, required, description=description)


def party(prefix: str, description: str) -> Any:
    """Follow the two columns prefix + city_id and prefix + organization_id to a party."""
    return PartySource(f"{prefix}city_id", f"{prefix}organization_id", description=description)


def many(
    model: type[SQLModel],
    where: plan.Condition,
    description: str,
    *,
    order: tuple[plan.OrderKey, ...] = (plan.OrderKey("position", "integer"),),
    arguments: tuple[Argument, ...] = (),
    row: Source | None = None,
) -> Any:
    """List the visible rows of the model that fulfil the condition, by their position unless said otherwise."""
    shown = plan.both(where, visible(model))
    return ManySource(table(model), shown, order, row, description=description, arguments=arguments)


def parties(model: type[SQLModel], key: str, description: str) -> Any:
    """List the parties that the model's rows name, of those whose key names the row at hand."""
    return many(model, plan.linked(key), description, row=PartySource("city_id", "organization_id"))


def given(attribute: str, description: str) -> Any:
    """Take an attribute of the Python object at hand."""
    return GivenSource(attribute, description=description)


def given_record(attribute: str, description: str) -> Any:
    """Take the records whose identifiers an attribute of the Python object at hand holds."""
    return GivenRecordSource(attribute, description=description)
