"""Writes a page of a connection: keyset pagination in one subselect."""

from typing import TYPE_CHECKING, Any

from service import plan
from service.sql.json import list_, object_, value
from service.sql.names import Row, Rows
from service.sql.search import SearchWriter

if TYPE_CHECKING:
    from service.sql.writer import Writer

Keys = tuple[Any, ...]


class PageWriter:
    """Writes one page.

    (SELECT '{"nodes":' || ('[' || coalesce(string_agg(... t1 ..., ',' ORDER BY t1.rn), '') || ']') || ... || '}'
     FROM (SELECT t2.*, row_number() OVER (ORDER BY ...) AS rn, count(*) OVER () AS fetched
           FROM (SELECT ... FROM "agreement" t2 WHERE ... ORDER BY ... LIMIT 21) t2) t1
     LEFT JOIN ... WHERE t1.rn <= 20 GROUP BY ())

    GROUP BY () makes one row of the page also where nothing of its rows is selected. One row more than the page
    is fetched where it is asked whether there are more.
    """

    def __init__(self, writer: "Writer", page: plan.Page, rows: Rows) -> None:
        """Number the page's rows."""
        self.writer, self.page, self.rows = writer, page, rows
        writer.particular |= page.filtered
        self.answered = writer.row(page.table)
        self.joins: list[str] = []
        self.one_more = self.counted = self.rows_used = False

    def write(self) -> str:
        """Write the page's selection over its rows."""
        page, writer = self.page, self.writer
        selected = object_((key, self.node(node)) for key, node in page.selection.fields)
        if not self.rows_used:  # only counts and constants: over rows, there would be one answer for each
            return selected
        order = writer.order(page.order, self.answered, backward=page.backward)
        used = list(writer.used.get(self.answered.alias, {}))
        inner = writer.row(page.table)
        where = self.window(inner)
        rows = (
            f"SELECT {', '.join(writer.raw(inner, column) for column in used)}"
            f" FROM {self.relation(inner, page.size + self.one_more, page.after)} {inner.alias}"
            f" WHERE {where} ORDER BY {writer.order(page.order, inner, backward=page.backward)}"
            f" LIMIT {page.size + self.one_more:d}"
        )
        fetched = ", count(*) OVER () AS fetched" if self.counted else ""
        alias = self.answered.alias
        return (
            f"(SELECT {selected} FROM (SELECT *, row_number() OVER (ORDER BY {order})"
            f" AS rn{fetched} FROM ({rows}) {alias}) {alias}{''.join(self.joins)}"
            f" WHERE {alias}.rn <= {page.size:d} GROUP BY ())"
        )

    def node(self, wanted: plan.Node) -> str:
        """Write a node of the page's own selection, as JSON."""
        alias, direction = self.answered.alias, " DESC" if self.page.backward else ""
        match wanted:
            case plan.PageRows(selection):
                self.rows_used = True
                return list_(self.row_node(selection), f"{alias}.rn{direction}")
            case plan.PageEnd(last):
                self.rows_used = True
                return value(f"max({self.cursor()}) FILTER (WHERE {alias}.rn = {self.end(last=last)})")
            case plan.PageFlag(next_):
                return f"({self.flag(next_=next_)})::text"
            case plan.TotalCount():
                row = self.writer.row(self.page.table)
                where = self.writer.condition(self.page.where, (*self.rows, row))
                relation = self.writer.relation(row, self.rows)
                return f"(SELECT count(*) FROM {relation} {row.alias} WHERE {where})::text"
            case plan.Object(fields):
                return object_((key, self.node(node)) for key, node in fields)
            case _:
                return self.writer.node(wanted, self.rows, None)

    def end(self, *, last: bool) -> str:
        """Write the number of the page's first or last row, of those that are fetched in its order or against it."""
        if last == self.page.backward:
            return "1"
        self.counted = True
        return f"least({self.answered.alias}.fetched, {self.page.size:d})"

    def row_node(self, wanted: plan.Node) -> str:
        """Write a node of a row of the page, where its cursor may be asked for."""
        if isinstance(wanted, plan.RowCursor):
            return value(self.cursor())
        if isinstance(wanted, plan.Object) and any(isinstance(node, plan.RowCursor) for _, node in wanted.fields):
            return object_((key, self.row_node(node)) for key, node in wanted.fields)
        return self.writer.node(wanted, (*self.rows, self.answered), self.joins)

    def cursor(self) -> str:
        """Write a row's cursor: base64url of the JSON list of the order's tag and the key values."""
        if self.page.cursor is not None:
            return self.writer.expression(self.page.cursor, (*self.rows, self.answered))
        tag = self.writer.value(self.page.tag, "text")
        keys = ", ".join(self.writer.key(key, self.answered) for key in self.page.order)
        encoded = f"encode(convert_to(json_build_array({tag}, {keys})::text, 'UTF8'), 'base64')"
        return f"translate({encoded}, E'+/=\\n', '-_')"

    def flag(self, *, next_: bool) -> str:
        """Write whether rows lie beyond one end of the page."""
        page = self.page
        edge = page.before if next_ else page.after
        beyond = "false" if edge is None else self.exists(edge, next_=next_)
        if next_ == page.backward:
            return beyond
        if page.size == 0:
            return f"({beyond} OR {self.exists(None, next_=next_)})"
        self.one_more = self.counted = self.rows_used = True
        return f"({beyond} OR coalesce(max({self.answered.alias}.fetched) > {page.size:d}, false))"

    def exists(self, edge: Keys | None, *, next_: bool) -> str:
        """Write whether there is a row at the edge or beyond it; with no edge, any row of the window."""
        row = self.writer.row(self.page.table)
        if edge is None:
            where = self.window(row)
        else:
            where = f"{self.filter(row)} AND ({self.compare(row, edge, later=next_, inclusive=True)})"
        # Some row lies at a found row or before it just when the very first does.
        relation = self.relation(row, 1, self.page.after if edge is None else None)
        return f"EXISTS (SELECT FROM {relation} {row.alias} WHERE {where})"

    def relation(self, row: Row, most: int, after: Keys | None) -> str:
        """Write the page's relation; of a search, which finds no more than is wanted, so many rows after the key."""
        if isinstance(self.page.table, plan.Found):
            return SearchWriter(self.writer, self.page.table, most, after).write()
        return self.writer.relation(row, self.rows)

    def filter(self, row: Row) -> str:
        """Write the condition on the table's rows, wherever the page starts."""
        return f"({self.writer.condition(self.page.where, (*self.rows, row))})"

    def window(self, row: Row) -> str:
        """Write the condition on the table's rows, between the cursors."""
        parts = [self.filter(row)]
        if self.page.after is not None:
            parts.append(f"({self.compare(row, self.page.after, later=True)})")
        if self.page.before is not None:
            parts.append(f"({self.compare(row, self.page.before, later=False)})")
        return " AND ".join(parts)

    def bound(self, value: Any, key: plan.OrderKey) -> str:
        """Write a key value: one bound as a parameter, or an expression that finds it."""
        if isinstance(value, plan.FeedPosition):
            return self.writer.expression(value, self.rows)
        return self.writer.value(value, key.type)

    def compare(self, row: Row, values: Keys, *, later: bool, inclusive: bool = False) -> str:
        """Write that a row comes later, or earlier, in the order than the key values.

        One comparison of rows, hence one range of an index, where all keys run the same way; else
        (a > $1) OR (a = $1 AND b < $2) OR ...
        """
        keys, writer = self.page.order, self.writer
        if len({key.descending for key in keys}) == 1:
            operator = (">" if later != keys[0].descending else "<") + ("=" if inclusive else "")
            left = ", ".join(writer.key(key, row) for key in keys)
            right = ", ".join(self.bound(value, key) for key, value in zip(keys, values, strict=True))
            return f"({left}) {operator} ({right})"
        ways = []
        for last, key in enumerate(keys):
            operator = ">" if later != key.descending else "<"
            operators = ["="] * last + [operator + "=" * (inclusive and key is keys[-1])]
            steps = zip(keys, operators, values, strict=False)
            ways.append(" AND ".join(f"{writer.key(k, row)} {op} {self.bound(v, k)}" for k, op, v in steps))
        return " OR ".join(f"({way})" for way in ways)
