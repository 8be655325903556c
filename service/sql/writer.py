"""Writes every part of a statement but pages: expressions, conditions, objects, relations, orders."""

from functools import cache, partial
from typing import Any

from sqlalchemy import Column as Declared

from service import plan
from service.models import TABLES
from service.sql.carried import narrowed
from service.sql.json import NULL, array, encoded, json_text, list_, object_, value
from service.sql.names import UNSTORABLE, Row, Rows, name, storable
from service.sql.page import PageWriter

# What stands for null where unknown comes last: (ascending, descending). The indexes hold the same expressions.
UNKNOWN_LAST = {
    "date": ("'infinity'::date", "'-infinity'::date"),
    "integer": ("2147483647", "-1"),
}
CHANGE = "change"


@cache
def declared(table: str, column: str) -> Declared[Any]:
    """Return the column that the table declares. Raises KeyError."""
    if column not in TABLES[table].c:
        raise KeyError(f"{table} has no column {column}")
    return TABLES[table].c[column]


class Writer:
    """Writes the parts of one statement; `reserved` parameters are bound when it is run."""

    def __init__(self, reserved: int) -> None:
        """Start with no table and no parameter but the reserved ones."""
        self.reserved = reserved
        self.parameters: list[Any] = []
        self.particular = False
        self.tables = 0
        self.used: dict[str, dict[str, None]] = {}

    def value(self, bound: Any, type_: str) -> str:
        """Bind a parameter of the SQL type, which is one of ours and no text from outside.

        Raises ValueError for text that PostgreSQL cannot hold.
        """
        for text in bound if isinstance(bound, tuple) else (bound,):
            if isinstance(text, str) and not storable(text):
                raise ValueError(UNSTORABLE)
        self.parameters.append(bound)
        return f"${self.reserved + len(self.parameters)}::{type_}"

    def row(self, table: plan.Relation) -> Row:
        """Number the next table."""
        self.tables += 1
        return Row(f"t{self.tables - 1}", table)

    # ── expressions ───────────────────────────────────────────────────────────────────────────────────────

    def raw(self, row: Row, column: str) -> str:
        """Write a column as it is stored, and remember that it is used."""
        if isinstance(row.table, str):
            declared(row.table, column)
        self.used.setdefault(row.alias, {})[column] = None
        return f"{row.alias}.{name(column)}"

    def column(self, row: Row, column: str) -> str:
        """Write a column as it is read; see service/models for those that follow from others."""
        if isinstance(row.table, str):
            derived = declared(row.table, column).info.get("read_as")
            if derived is not None:
                return str(derived(lambda other: self.raw(row, other)))
        return self.raw(row, column)

    def expression(self, wanted: plan.Expression, rows: Rows) -> str:
        """Write an expression over the rows in reach."""
        match wanted:
            case plan.Column(column, up):
                return self.column(rows[-1 - up], column)
            case plan.Value(bound, type_):
                return self.value(bound, type_)
            case plan.FirstKnown(expressions):
                return f"coalesce({', '.join(self.expression(each, rows) for each in expressions)})"
            case plan.Sortable(key):
                return self.key(key, rows[-1])
            case plan.Lookup(table, expression, where, order):
                row = self.row(table)
                found = self.expression(expression, (*rows, row))
                condition = self.condition(where, (*rows, row))
                first = f" ORDER BY {self.order(order, row, backward=False)} LIMIT 1" if order else ""
                return f"(SELECT {found} FROM {name(table)} {row.alias} WHERE {condition}{first})"
            case plan.Prefix(expression, length):
                return f"left({self.expression(expression, rows)}, {length:d})"
            case plan.FeedPosition(epoch, seq, prefix):
                given = (self.value(epoch, "text"), self.value(seq, "bigint"), self.value(prefix, "text"))
                return f"feed_position({', '.join(given)})"
            case plan.FeedCursor(seq, hash_):
                return (
                    f"((SELECT epoch FROM feed_head) || '.' || {self.expression(seq, rows)}"
                    f" || '.' || left(encode({self.expression(hash_, rows)}, 'hex'), 8))"
                )

    # ── conditions ────────────────────────────────────────────────────────────────────────────────────────

    def condition(self, wanted: plan.Condition, rows: Rows) -> str:
        """Write a condition; what SQL calls unknown counts as not true, also under a negation."""
        match wanted:
            case plan.And(conditions):
                return " AND ".join(self.part(each, rows) for each in conditions) or "true"
            case plan.Or(conditions):
                return " OR ".join(self.part(each, rows) for each in conditions) or "false"
            case plan.Not(plan.Known(expression)):
                return f"{self.expression(expression, rows)} IS NULL"
            case plan.Not(condition):
                return f"({self.condition(condition, rows)}) IS NOT TRUE"
            case plan.Exists(table, where):
                row = self.row(table)
                fulfilled = self.condition(where, (*rows, row))
                return f"EXISTS (SELECT FROM {name(table)} {row.alias} WHERE {fulfilled})"
            case plan.Among(expression, columns):
                found = " UNION ALL ".join(self.found(*column, rows) for column in columns)
                return f"{self.expression(expression, rows)} IN ({found})"
            case _:
                return self.comparison(wanted, rows)

    def found(self, table: str, column: str, where: plan.Condition, rows: Rows) -> str:
        """Write the values of a column in the rows that fulfil the condition."""
        row = self.row(table)
        selected = self.column(row, column)
        return f"SELECT {selected} FROM {name(table)} {row.alias} WHERE {self.condition(where, (*rows, row))}"

    def comparison(self, wanted: plan.Condition, rows: Rows) -> str:
        """Write a condition that compares values."""
        match wanted:
            case plan.Compare(plan.Column() as column, "=", plan.Value() as value) if written := self.equal(
                column, value, rows
            ):
                return written
            case plan.Compare(left, operator, right):
                return f"{self.expression(left, rows)} {operator} {self.expression(right, rows)}"
            case plan.Same(left, right):
                return f"{self.expression(left, rows)} IS NOT DISTINCT FROM {self.expression(right, rows)}"
            case plan.AnyOf(expression, values, type_):
                return f"{self.expression(expression, rows)} = ANY({self.value(values, type_ + '[]')})"
            case plan.Contains(expression, part):
                return f"strpos({self.expression(expression, rows)}, {self.value(part, 'text')}) > 0"
            case plan.StartsWith(expression, prefix):
                return self.prefix(self.expression(expression, rows), prefix)
            case plan.Known(expression):
                return f"{self.expression(expression, rows)} IS NOT NULL"
        raise TypeError(f"no condition: {wanted!r}")

    def equal(self, column: plan.Column, value: plan.Value, rows: Rows) -> str | None:
        """Write that a column that is read as something else equals a value; None where it is read as it is stored."""
        row = rows[-1 - column.up]
        declared = TABLES[row.table].c[column.name] if isinstance(row.table, str) else None
        if declared is None or "equal_as" not in declared.info:
            return None
        bound = partial(self.value, value.value, value.type)
        return f"({declared.info['equal_as'](partial(self.raw, row), value.value, bound)})"

    def prefix(self, text: str, prefix: str) -> str:
        """Write "starts with" as a range, which an index of the C collation answers.

        The range ends before the prefix followed by the last letter there is. In a language's collation it
        would hold other texts as well: by code point, whatever the database's own.
        """
        if not prefix:
            return f"{text} IS NOT NULL"
        text += ' COLLATE "C"'
        upper = prefix + chr(0x10FFFF)
        return f"{text} >= {self.value(prefix, 'text')} AND {text} < {self.value(upper, 'text')}"

    def part(self, wanted: plan.Condition, rows: Rows) -> str:
        """Write a condition so that it can stand beside others."""
        return f"({self.condition(wanted, rows)})"

    # ── selections ────────────────────────────────────────────────────────────────────────────────────────

    def node(self, wanted: plan.Node, rows: Rows) -> str:
        """Write a node as a text that holds JSON."""
        match wanted:
            case plan.Constant(constant):
                return self.constant(constant)
            case plan.Object(fields):
                return object_((key, self.node(node, rows)) for key, node in fields)
            case plan.Array(elements):
                return array([self.node(element, rows) for element in elements])
            case plan.One():
                return self.one(wanted, rows)
            case plan.Choice(branches):
                cases = " ".join(
                    f"WHEN {self.condition(when, rows)} THEN {self.node(then, rows)}" for when, then in branches
                )
                return f"CASE {cases} ELSE {NULL} END"
            case plan.Many():
                return self.many(wanted, rows)
            case plan.Page():
                return PageWriter(self, wanted, rows).write()
            case plan.PageRows() | plan.RowCursor() | plan.PageEnd() | plan.PageFlag() | plan.TotalCount():
                raise TypeError(f"{type(wanted).__name__} stands only inside a page")
            case plan.Column(column, up) if isinstance(table := rows[-1 - up].table, str):
                return value(self.expression(wanted, rows), declared(table, column))
            case _:
                return value(self.expression(wanted, rows))

    def constant(self, constant: Any) -> str:
        """Bind a JSON value, as JSON."""
        if constant is None:
            return NULL
        if not isinstance(constant, bool | int | str | list | tuple):
            raise TypeError(f"no constant: {constant!r}")
        return self.value(json_text(constant), "text")

    def one(self, wanted: plan.One, rows: Rows) -> str:
        """Write the one row: coalesce((SELECT ... FROM ... WHERE ...), 'null').

        Not as a join: subselects are planned one by one, in two thirds of the time of all together, and only those are
        asked that a row at hand has.
        """
        row = self.row(wanted.table)
        reach = (*rows, row)
        selected = self.node(wanted.selection, reach)
        found = f"(SELECT {selected} FROM {name(wanted.table)} {row.alias} WHERE {self.condition(wanted.on, reach)})"
        return found if wanted.required else f"coalesce({found}, 'null')"

    def many(self, wanted: plan.Many, rows: Rows) -> str:
        """Write a list of rows: (SELECT '[' || coalesce(string_agg(...), '') || ']' FROM ... WHERE ...)."""
        self.particular |= wanted.filtered
        row = self.row(wanted.table)
        reach = (*rows, row)
        selected = self.node(wanted.selection, reach)
        order = self.order(wanted.order, row, backward=False)
        where = self.condition(wanted.where, reach)
        return f"(SELECT {list_(selected, order)} FROM {self.relation(row, rows)} {row.alias} WHERE {where})"

    def relation(self, row: Row, rows: Rows) -> str:
        """Write what stands behind FROM: a table, or (SELECT ...) with what was written of its row so far."""
        relation, used = row.table, self.used.get(row.alias, {})
        if isinstance(relation, str):
            return name(relation)
        if isinstance(relation, plan.Found):
            raise TypeError("what a search finds is read page by page")
        if isinstance(relation, plan.Merged):
            return f"({' UNION ALL '.join(self.part_of_union(*part, rows) for part in relation.parts)})"
        grouped = self.row(relation.table)
        reach = (*rows, grouped)
        columns = [f"{self.expression(relation.key, reach)} AS key"]
        made = (each for each in relation.aggregates if each.name in used)
        columns += [f"{self.aggregate(each, reach)} AS {name(each.name)}" for each in made]
        where = self.condition(narrowed(relation.table, relation.where), reach)
        return f"(SELECT {', '.join(columns)} FROM {name(relation.table)} {grouped.alias} WHERE {where} GROUP BY 1)"

    def part_of_union(self, table: str, date: str, where: plan.Condition, rows: Rows) -> str:
        """Write one table's share of a union: (kind, id, earliest)."""
        row = self.row(table)
        columns = f"{self.value(table, 'text')} AS kind, {self.raw(row, 'id')}, {self.raw(row, date)} AS earliest"
        return f"SELECT {columns} FROM {name(table)} {row.alias} WHERE {self.condition(where, (*rows, row))}"

    def aggregate(self, wanted: plan.Aggregate, rows: Rows) -> str:
        """Write an aggregate over a group's rows."""
        if wanted.function == "count":
            return "count(*)"
        expression = self.expression(wanted.expression, rows)
        match wanted.function:
            case "distinct":
                return f"count(DISTINCT {expression})"
            case "largest":
                return f"max({expression})"
            case "set":
                return f"array_agg(DISTINCT {expression} ORDER BY {expression})"
            case "first":
                by = ", ".join(f"{self.expression(each, rows)} NULLS LAST" for each in wanted.by)
                return f"(array_agg({expression} ORDER BY {by}))[1]"

    def messages(self, wanted: plan.Messages) -> str:
        """Write the answers to changes, each by its number: SELECT seq, CASE WHEN ... THEN (...) END FROM "change" ...

        A change that is left out has a row as well, so that one that is missing is noticed.
        """
        row = self.row(CHANGE)
        selected = self.node(wanted.selection, (row,))
        where = self.condition(wanted.where, (row,))
        return (
            f"SELECT {row.alias}.seq, CASE WHEN {where} THEN {encoded(selected)} END"
            f" FROM {name(CHANGE)} {row.alias} WHERE {row.alias}.seq = ANY($1::bigint[]) ORDER BY {row.alias}.seq"
        )

    # ── orders ────────────────────────────────────────────────────────────────────────────────────────────

    def key(self, key: plan.OrderKey, row: Row) -> str:
        """Write what a key orders by; null is replaced by what sorts last."""
        column = self.column(row, key.column)
        return f"coalesce({column}, {UNKNOWN_LAST[key.type][key.descending]})" if key.nullable else column

    def order(self, keys: tuple[plan.OrderKey, ...], row: Row, *, backward: bool) -> str:
        """Write ORDER BY's list, or its reverse."""
        return ", ".join(self.key(key, row) + (" DESC" if key.descending != backward else "") for key in keys)
