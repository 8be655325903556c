"""Writes the rows of a page that are found along a link, but stand in another order than an index holds for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from service import plan
from service.sql.carried import Walk, conjuncts, stands
from service.sql.names import Row, name

if TYPE_CHECKING:
    from service.sql.page import PageWriter

FEW, LOOKED_THROUGH = 2_000, 1_000
"""Rows that are all read to be put in order, and rows that are looked through in order: some 10 ms at most."""


class GatheredWriter:
    """Writes the first rows of one page.

    Few are all read. Of many, the first ones may soon be met where all are looked through in order; if not, all are
    read as well. Which of the three is quick depends on the values; so written, one plan serves all:

    WITH t3 AS MATERIALIZED (SELECT t3."agreement_id" AS id FROM "agreement_party" t3 WHERE ... LIMIT 2001),
    t4 AS MATERIALIZED (SELECT t4.id FROM (... the first 1000 in order, if t3 are more than 2000) t4
        WHERE EXISTS (...) ORDER BY ... LIMIT 21)
    SELECT ... FROM "agreement" t2 WHERE ... AND t2.id IN (
        SELECT id FROM t3 WHERE NOT (SELECT count(*) FROM t3) > 2000
        UNION ALL SELECT id FROM t4
        UNION ALL SELECT t6."agreement_id" FROM "agreement_party" t6
            WHERE ... AND (SELECT count(*) FROM t3) > 2000 AND (SELECT count(*) FROM t4) < 21)
    ORDER BY ... LIMIT 21
    """

    def __init__(self, page: "PageWriter", walk: Walk, row: Row, most: int) -> None:
        """Number the rows that are found."""
        self.page, self.walk, self.row, self.most = page, walk, row, most
        self.writer = page.writer
        self.few, self.soon = page.writer.row(walk.link), page.writer.row(row.table)
        self.many = f"(SELECT count(*) FROM {self.few.alias}) > {FEW:d}"

    def write(self, used: Sequence[str]) -> str:
        """Write the rows with these columns."""
        row, few, soon = self.row, self.few.alias, self.soon.alias
        each = self.writer.row(self.walk.link)
        columns = ", ".join(self.writer.raw(row, column) for column in used)
        return (
            f"WITH {few} AS MATERIALIZED (SELECT {self.key(self.few)} AS id FROM {name(self.walk.link)}"
            f" {self.asked(self.few)} LIMIT {FEW + 1:d}), {soon} AS MATERIALIZED ({self.first_met()})"
            f" SELECT {columns} FROM {name(self.table)} {row.alias}"
            f" WHERE {self.within(row, self.walk.looked_at)} AND {row.alias}.id IN ("
            f"SELECT id FROM {few} WHERE NOT {self.many} UNION ALL SELECT id FROM {soon}"
            f" UNION ALL SELECT {self.key(each)} FROM {name(self.walk.link)} {self.asked(each)}"
            f" AND {self.many} AND (SELECT count(*) FROM {soon}) < {self.most:d}){self.page.first(row, self.most)}"
        )

    def first_met(self) -> str:
        """Write the keys of those that are met in order, if there are many.

        SELECT t4.id FROM (SELECT *, ... AS by0, t4."id" AS by1 FROM "agreement" t4
            WHERE (SELECT count(*) FROM t3) > 2000 AND t4."retracted_at" IS NULL ORDER BY ... LIMIT 1000) t4
        WHERE EXISTS (SELECT FROM (SELECT * FROM "agreement_party" t5 WHERE t5."agreement_id" = t4.id OFFSET 0) t5
            WHERE ...)
        ORDER BY t4.by0, t4.by1 LIMIT 21

        Whatever else is asked stands outside, that the order's own index be taken and no other; and so does what is
        asked of the links of one row, or PostgreSQL might look for them by that once more.
        """
        page, soon, its = self.page.page, self.soon, self.writer.row(self.walk.link)
        standing = plan.both(*(part for part in conjuncts(page.where) if stands(part)))
        keys = ", ".join(f"{self.writer.key(key, soon)} AS by{at}" for at, key in enumerate(page.order))
        directions = (" DESC" * (key.descending != page.backward) for key in page.order)
        in_order = ", ".join(f"{soon.alias}.by{at}{direction}" for at, direction in enumerate(directions))
        return (
            f"SELECT {soon.alias}.id FROM (SELECT *, {keys} FROM {name(self.table)} {soon.alias}"
            f" WHERE {self.many} AND {self.within(soon, standing)}{self.page.first(soon, LOOKED_THROUGH)}) {soon.alias}"
            f" WHERE {self.part(self.walk.looked_at, soon)} AND EXISTS (SELECT FROM"
            f" (SELECT * FROM {name(self.walk.link)} {its.alias} WHERE {self.key(its)} = {soon.alias}.id OFFSET 0)"
            f" {self.asked(its)}) ORDER BY {in_order} LIMIT {self.most:d}"
        )

    @property
    def table(self) -> str:
        """Return the table of the listed rows."""
        return str(self.row.table)

    def key(self, link: Row) -> str:
        """Write the key by which a link names a listed row."""
        return self.writer.key(self.walk.order[-1], link)

    def asked(self, link: Row) -> str:
        """Write a link's alias, and what is asked of it alone."""
        return f"{link.alias} WHERE {self.part(self.walk.asked, self.row, link)}"

    def within(self, row: Row, condition: plan.Condition) -> str:
        """Write a condition on listed rows, in the page's window."""
        return " AND ".join(
            [self.part(condition, row), *self.page.between(row, self.page.page.order, self.page.window())]
        )

    def part(self, condition: plan.Condition, *rows: Row) -> str:
        """Write a condition that speaks of the rows, and of those around the page."""
        return self.writer.part(condition, (*self.page.rows, *rows))
