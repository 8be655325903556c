"""Writes a page of a connection: keyset pagination in one subselect."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from service import plan
from service.sql.carried import Walk, narrowed, walk
from service.sql.gathered import GatheredWriter
from service.sql.indexed import in_order
from service.sql.json import list_, object_, value
from service.sql.names import Row, Rows, name
from service.sql.search import SearchWriter

if TYPE_CHECKING:
    from service.sql.writer import Writer

Keys = tuple[Any, ...]
Order = tuple[plan.OrderKey, ...]


class Bound(NamedTuple):
    """A place in the order, and on which side of it rows lie."""

    values: Keys
    later: bool
    inclusive: bool = False


class PageWriter:
    """Writes one page.

    (SELECT '{"nodes":' || ('[' || coalesce(string_agg(... t1 ..., ',' ORDER BY ...), '') || ']') || ... || '}'
     FROM (SELECT t2.*, row_number() OVER (ORDER BY ...) AS rn, count(*) OVER () AS fetched
           FROM (SELECT ... FROM "agreement" t2 WHERE ... ORDER BY ... LIMIT 21) t2) t1
     WHERE t1.rn <= 20 GROUP BY ())

    GROUP BY () makes one row of the page also where nothing of its rows is selected. One row more than the page
    is fetched where it is asked whether there are more; they are numbered where it is asked for that or for an end of
    the page, else t1 are the rows as they are found. A list that is read along a link, see carried.py, has instead of
    "agreement" t2

    (SELECT DISTINCT ... AS k0, t4."agreement_id" AS k1 FROM "agreement_party" t4 WHERE ... ORDER BY 1, 2 LIMIT 21) t3
    JOIN "agreement" t2 ON t2."id" = t3.k1

    and one that is found along a link but has another order, what gathered.py writes.
    """

    def __init__(self, writer: "Writer", page: plan.Page, rows: Rows) -> None:
        """Number the page's rows."""
        self.writer, self.rows = writer, rows
        self.walk: Walk | None = None
        self.gathering: Walk | None = None
        particular = page.filtered
        if isinstance(page.table, str):
            found = walk(page.table, page.where, page.order)
            if found and found.is_sorted:
                self.walk = found
            elif page.filtered:
                self.gathering = found
            # Found along a link, or in order, rows cost the same by one plan for all values.
            particular &= not (found or in_order(page.table, page.where, page.order))
            page = replace(page, where=narrowed(page.table, page.where))
        writer.particular |= particular
        self.page = page
        self.answered = writer.row(page.table)
        self.numbered = self.asks_for_ends(page.selection)
        self.one_more = self.rows_used = False

    def write(self) -> str:
        """Write the page's selection over its rows."""
        page, writer = self.page, self.writer
        selected = object_((key, self.node(node)) for key, node in page.selection.fields)
        if not self.rows_used:  # only counts and constants: over rows, there would be one answer for each
            return selected
        order = writer.order(page.order, self.answered, backward=page.backward)
        used = list(writer.used.get(self.answered.alias, {}))
        inner = writer.row(page.table)
        most = page.size + self.one_more
        if self.gathering:
            rows = GatheredWriter(self, self.gathering, inner, most).write(used)
        else:
            columns = ", ".join(writer.raw(inner, column) for column in used)
            rows = f"SELECT {columns} FROM {self.found(inner, most)}"
        alias = self.answered.alias
        if not self.numbered:
            return f"(SELECT {selected} FROM ({rows}) {alias} GROUP BY ())"
        return (
            f"(SELECT {selected} FROM (SELECT *, row_number() OVER (ORDER BY {order})"
            f" AS rn, count(*) OVER () AS fetched FROM ({rows}) {alias}) {alias}"
            f" WHERE {alias}.rn <= {page.size:d} GROUP BY ())"
        )

    def found(self, row: Row, most: int) -> str:
        """Write the first rows of the window."""
        if self.walk:
            return self.walked(self.walk, row, most)
        where = self.within(row, self.window())
        return f"{self.relation(row, most, self.page.after)} {row.alias} WHERE {where}{self.first(row, most)}"

    def first(self, row: Row, most: int) -> str:
        """Write that so many rows are taken, in order."""
        order = self.writer.order(self.page.order, row, backward=self.page.backward)
        return f" ORDER BY {order} LIMIT {most:d}"

    def walked(self, walk: Walk, row: Row, most: int) -> str:
        """Write the same rows, by the keys that are found along a link; they are put in order around it."""
        directions = (" DESC" * (key.descending != self.page.backward) for key in walk.order)
        order = ", ".join(f"{at}{direction}" for at, direction in enumerate(directions, 1))
        found, keys = self.keys(walk, row, self.window(), f" ORDER BY {order} LIMIT {most:d}")
        named = f"{row.alias}.{name('id')} = {found}.k{len(walk.order) - 1}"
        return f"{keys} JOIN {self.writer.relation(row, self.rows)} {row.alias} ON {named}"

    def keys(self, walk: Walk, row: Row, bounds: Sequence[Bound], first: str = "") -> tuple[str, str]:
        """Write the keys of rows along a link, each once, and return under which alias they stand."""
        link, found = self.writer.row(walk.link), self.writer.row(walk.link).alias
        keys = ", ".join(f"{self.writer.key(key, link)} AS k{at}" for at, key in enumerate(walk.order))
        return found, f"(SELECT DISTINCT {keys} FROM {self.links(walk, row, link, bounds)}{first}) {found}"

    def links(self, walk: Walk, row: Row, link: Row, bounds: Sequence[Bound]) -> str:
        """Write the link's rows within bounds."""
        where = self.writer.part(walk.where, (*self.rows, row, link))
        return f"{name(walk.link)} {link.alias} WHERE {' AND '.join([where, *self.between(link, walk.order, bounds)])}"

    def node(self, wanted: plan.Node) -> str:
        """Write a node of the page's own selection, as JSON."""
        alias = self.answered.alias
        match wanted:
            case plan.PageRows(selection):
                self.rows_used = True
                if self.numbered:
                    return list_(self.row_node(selection), f"{alias}.rn{' DESC' * self.page.backward}")
                order = self.writer.order(self.page.order, self.answered, backward=False)
                return list_(self.row_node(selection), order)
            case plan.PageEnd(last):
                self.rows_used = True
                return value(f"max({self.cursor()}) FILTER (WHERE {alias}.rn = {self.end(last=last)})")
            case plan.PageFlag(next_):
                return f"({self.flag(next_=next_)})::text"
            case plan.TotalCount():
                return f"(SELECT count(*) FROM {self.all_rows()})::text"
            case plan.Object(fields):
                return object_((key, self.node(node)) for key, node in fields)
            case _:
                return self.writer.node(wanted, self.rows)

    def asks_for_ends(self, wanted: plan.Node) -> bool:
        """Tell whether a page's selection asks for an end of the page, or whether there is more behind its last row."""
        match wanted:
            case plan.PageEnd():
                return True
            case plan.PageFlag(next_):
                return next_ != self.page.backward and self.page.size > 0
            case plan.Object(fields):
                return any(self.asks_for_ends(node) for _, node in fields)
        return False

    def all_rows(self) -> str:
        """Write the rows of all pages, or something of each."""
        row = self.writer.row(self.page.table)
        if along := self.walk or self.gathering:
            return self.keys(along, row, ())[1]
        self.writer.particular |= self.page.filtered
        where = self.writer.condition(self.page.where, (*self.rows, row))
        return f"{self.writer.relation(row, self.rows)} {row.alias} WHERE {where}"

    def end(self, *, last: bool) -> str:
        """Write the number of the page's first or last row, of those that are fetched in its order or against it."""
        if last == self.page.backward:
            return "1"
        return f"least({self.answered.alias}.fetched, {self.page.size:d})"

    def row_node(self, wanted: plan.Node) -> str:
        """Write a node of a row of the page, where its cursor may be asked for."""
        if isinstance(wanted, plan.RowCursor):
            return value(self.cursor())
        if isinstance(wanted, plan.Object) and any(isinstance(node, plan.RowCursor) for _, node in wanted.fields):
            return object_((key, self.row_node(node)) for key, node in wanted.fields)
        return self.writer.node(wanted, (*self.rows, self.answered))

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
        self.one_more = self.rows_used = True
        return f"({beyond} OR coalesce(max({self.answered.alias}.fetched) > {page.size:d}, false))"

    def exists(self, edge: Keys | None, *, next_: bool) -> str:
        """Write whether there is a row at the edge or beyond it; with no edge, any row of the window."""
        bounds = self.window() if edge is None else [Bound(edge, next_, inclusive=True)]
        row = self.writer.row(self.page.table)
        if self.walk:
            return f"EXISTS (SELECT FROM {self.links(self.walk, row, self.writer.row(self.walk.link), bounds)})"
        self.writer.particular |= self.page.filtered
        # Some row lies at a found row or before it just when the very first does.
        where = self.within(row, bounds)
        relation = self.relation(row, 1, self.page.after if edge is None else None)
        return f"EXISTS (SELECT FROM {relation} {row.alias} WHERE {where})"

    def relation(self, row: Row, most: int, after: Keys | None) -> str:
        """Write the page's relation; of a search, which finds no more than is wanted, so many rows after the key."""
        if isinstance(self.page.table, plan.Found):
            return SearchWriter(self.writer, self.page.table, most, after).write()
        return self.writer.relation(row, self.rows)

    def within(self, row: Row, bounds: Sequence[Bound]) -> str:
        """Write the condition on the table's rows, between bounds."""
        where = f"({self.writer.condition(self.page.where, (*self.rows, row))})"
        return " AND ".join([where, *self.between(row, self.page.order, bounds)])

    def window(self) -> list[Bound]:
        """Return the bounds that the cursors set."""
        ends = (self.page.after, True), (self.page.before, False)
        return [Bound(values, later) for values, later in ends if values is not None]

    def between(self, row: Row, order: Order, bounds: Sequence[Bound]) -> list[str]:
        """Write that a row lies within each of the bounds, by an order."""
        return [f"({self.compare(row, order, bound)})" for bound in bounds]

    def bound(self, value: Any, key: plan.OrderKey) -> str:
        """Write a key value: one bound as a parameter, or an expression that finds it."""
        if isinstance(value, plan.FeedPosition):
            return self.writer.expression(value, self.rows)
        return self.writer.value(value, key.type)

    def compare(self, row: Row, keys: Order, bound: Bound) -> str:
        """Write that a row comes later, or earlier, in the order than the key values.

        One comparison of rows, hence one range of an index, where all keys run the same way; else
        (a > $1) OR (a = $1 AND b < $2) OR ...
        """
        writer, (values, later, inclusive) = self.writer, bound
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
