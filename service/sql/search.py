"""Writes the records whose names hold some words, in their order, at a cost that common words do not raise.

Knows where the names of each kind of record stand; see service/models/search. Kinds are asked one by one and the
answers merged, so that each is a range of an index, read in order as far as the page goes. With two words:

    (WITH names AS MATERIALIZED (                                    -- the whole text begins the name
        SELECT (label <> $1)::int AS rank, label, kind, id FROM (
            (SELECT t."title_folded" AS label, 4 AS kind, t.id FROM "agreement" t
             WHERE t.retracted_at IS NULL AND t."title_folded" >= $1 AND t."title_folded" < $2
               AND (t."title_folded", t.id) > ($1, '') ORDER BY 1, 3 LIMIT 21)
            UNION ALL ...) n ORDER BY label, kind, id LIMIT 21),
     words AS (                                                      -- all words stand in the name
        SELECT 2, label, kind, id FROM (
            (WITH l0 AS MATERIALIZED (... records with the first word ... LIMIT 1000),
                  l1 AS MATERIALIZED (... with a word that begins with the last ... LIMIT 1000),
                  fewest AS MATERIALIZED (SELECT n FROM (VALUES (0, (SELECT count(*) FROM l0)), ...) ...)
             SELECT ... FROM (SELECT DISTINCT id FROM (SELECT id FROM l0 WHERE (SELECT n FROM fewest) = 0 ...)
             ... WHERE the name holds every word ORDER BY label, id LIMIT 21)
            UNION ALL ...) w WHERE (SELECT count(*) FROM names) < 21 ORDER BY label, kind, id LIMIT 21)
     SELECT * FROM names UNION ALL SELECT * FROM words)

What is bounded: names are read as far as the page goes, and so are words where the text is one word. Of several,
that which the fewest records of the kind bear leads: the last, or one of the LEADS longest others. LED of its
records are looked at, so that where all these words are more common, matches beyond them are not found. A walk
passes at most PASSED entries that answer nothing, such as further words of a record already answered.
"""

from typing import TYPE_CHECKING, Any

from service import plan
from service.models.search import SEARCHED, Searched
from service.sql.names import name

if TYPE_CHECKING:
    from service.sql.writer import Writer

LEADS = 6
LED = 1_000
PASSED = 5_000
LAST_LETTER = chr(0x10FFFF)
# What follows a word in a name is a space, and no letter or digit sorts between the two.
AFTER_WORD = "!"
EXACT, NAME, WORD = 0, 1, 2
AFTER_ALL_IDS = "~"


class SearchWriter:
    """Writes one relation (rank, label, kind, id), of which the first `most` rows after the key are wanted."""

    def __init__(self, writer: "Writer", found: plan.Found, most: int, after: tuple[Any, ...] | None) -> None:
        """Bind what the parts share."""
        self.writer, self.found, self.most = writer, found, most
        self.kinds = [SEARCHED[table] for table in found.tables]
        self.rank, self.label, self.kind, self.id = after or (EXACT, found.text, 0, "")
        *words, self.last = found.text.split() or [""]
        self.words = sorted(dict.fromkeys(words), key=len, reverse=True)
        self.leads = [(word, word + AFTER_WORD) for word in self.words[:LEADS]]
        self.leads.append((self.last, self.last + LAST_LETTER))
        self.bound: dict[str, str] = {}

    def value(self, text: str) -> str:
        """Bind a text at its first use; one that is bound and not used is refused by the database."""
        if text not in self.bound:
            self.bound[text] = self.writer.value(text, "text")
        return self.bound[text]

    def between(self, column: str, low: str, high: str) -> str:
        """Write that a column lies in a range of the index."""
        return f"{column} >= {self.value(low)} AND {column} < {self.value(high)}"

    def write(self) -> str:
        """Write the names, then the words where the names do not fill the page."""
        if not (self.last and self.kinds):
            return "(SELECT 0 AS rank, '' AS label, 0 AS kind, '' AS id WHERE false)"
        columns, order = "label, kind, id", f"ORDER BY label, kind, id LIMIT {self.most:d}"
        words = " UNION ALL ".join(self.by_word(one) if not self.words else self.by_words(one) for one in self.kinds)
        if self.rank == WORD:
            return f"(SELECT {WORD} AS rank, {columns} FROM ({words}) w {order})"
        names = " UNION ALL ".join(self.by_name(one) for one in self.kinds)
        return (
            f"(WITH names AS MATERIALIZED (SELECT (label <> {self.value(self.found.text)})::int AS rank, {columns}"
            f" FROM ({names}) n {order}),"
            f" words AS (SELECT {WORD} AS rank, {columns} FROM ({words}) w"
            f" WHERE (SELECT count(*) FROM names) < {self.most:d} {order})"
            " SELECT * FROM names UNION ALL SELECT * FROM words)"
        )

    def after(self, one: Searched, rank: int, label: str, id_: str) -> str:
        """Write that a row of the kind comes after the key; those of another rank come after it all."""
        if rank == WORD != self.rank:
            return "true"
        start = self.value(self.id) if one.kind == self.kind else "''" if one.kind > self.kind else f"'{AFTER_ALL_IDS}'"
        return f"({label}, {id_}) > ({self.value(self.label)}, {start})"

    # ── the whole text begins the name ────────────────────────────────────────────────────────────────────

    def by_name(self, one: Searched) -> str:
        """Write the records of a kind whose name begins so; one of several names is answered by the first."""
        label, id_, rows = self.names(one)
        text = self.found.text
        where = f"{self.between(label, text, text + LAST_LETTER)} AND {self.after(one, NAME, label, id_)}"
        if one.name is None:
            where += (
                f" AND NOT EXISTS (SELECT FROM spelling o WHERE o.subject_id = {id_} AND o.folded < {label}"
                f" AND o.folded >= {self.value(text)})"
            )
        return (
            f"(SELECT {label} AS label, {one.kind:d} AS kind, {id_} AS id FROM {rows} AND {where}"
            f" ORDER BY {label}, {id_} LIMIT {self.most:d})"
        )

    def names(self, one: Searched) -> tuple[str, str, str]:
        """Write the folded names of the records of a kind that stand in lists: name, id, and FROM to WHERE."""
        table = name(one.table)
        if one.name is not None:
            return f"t.{name(one.name)}", "t.id", f"{table} t WHERE t.retracted_at IS NULL"
        shown = "t.retracted_at IS NULL AND t.merged_into_id IS NULL"
        rows = (
            f"spelling s JOIN {table} t ON t.id = s.subject_id WHERE {shown} AND left(s.subject_id, 3) = '{one.prefix}'"
        )
        return "s.folded", "s.subject_id", rows

    # ── every word stands in the name ─────────────────────────────────────────────────────────────────────

    def by_word(self, one: Searched) -> str:
        """Write the records of a kind of whose name a later word begins so, in the order of these words."""
        where = f"kind = {one.kind:d} AND {self.between('word', *self.leads[0])}"
        entries = (
            f"SELECT word, subject_id FROM search_word WHERE {where} AND {self.after(one, WORD, 'word', 'subject_id')}"
            f" ORDER BY word, subject_id LIMIT {PASSED:d}"
        )
        return (
            f"(SELECT w.word AS label, {one.kind:d} AS kind, w.subject_id AS id FROM ({entries}) w"
            f" CROSS JOIN LATERAL ({self.text(one, 'w.subject_id')}) m"
            f" WHERE NOT m.begins AND w.word = {self.matched()} ORDER BY w.word, w.subject_id LIMIT {self.most:d})"
        )

    def by_words(self, one: Searched) -> str:
        """Write the records of a kind that hold all words, looked for among those that hold the rarest."""
        lists = ", ".join(
            f"l{at} AS MATERIALIZED ({self.holding(one, *bounds)})" for at, bounds in enumerate(self.leads)
        )
        counts = ", ".join(f"({at}, (SELECT count(*) FROM l{at}))" for at in range(len(self.leads)))
        led = " UNION ALL ".join(
            f"SELECT id FROM l{at} WHERE (SELECT n FROM fewest) = {at}" for at in range(len(self.leads))
        )
        held = " AND ".join(f"strpos(m.text, ' ' || {self.value(word)} || ' ') > 0" for word in self.words)
        return (
            f"(WITH {lists}, fewest AS MATERIALIZED (SELECT n FROM (VALUES {counts}) c (n, records)"
            f" ORDER BY records, n LIMIT 1)"
            f" SELECT d.label, {one.kind:d} AS kind, f.id FROM (SELECT DISTINCT id FROM ({led}) l) f"
            f" CROSS JOIN LATERAL ({self.text(one, 'f.id')}) m CROSS JOIN LATERAL (SELECT {self.matched()} AS label) d"
            f" WHERE NOT m.begins AND {held} AND d.label IS NOT NULL AND {self.after(one, WORD, 'd.label', 'f.id')}"
            f" ORDER BY d.label, f.id LIMIT {self.most:d})"
        )

    def holding(self, one: Searched, low: str, high: str) -> str:
        """Write the identifiers of some records of a kind with a word in the range: the first, or a later one."""
        label, id_, rows = self.names(one)
        return (
            f"SELECT {id_} AS id FROM {rows} AND {self.between(label, low, high)} UNION ALL"
            f" SELECT subject_id FROM search_word WHERE kind = {one.kind:d} AND {self.between('word', low, high)}"
            f" LIMIT {LED:d}"
        )

    def text(self, one: Searched, id_: str) -> str:
        """Write all names of a record as one text with a space around each word, and whether one begins so."""
        label, key, rows = self.names(one)
        return (
            f"SELECT string_agg(' ' || {label}, '') || ' ' AS text,"
            f" bool_or(starts_with({label}, {self.value(self.found.text)})) AS begins FROM {rows} AND {key} = {id_}"
        )

    def matched(self) -> str:
        """Write which word of the names the last one begins; the first in order, or null."""
        return (
            f"(SELECT min(v) FROM unnest(string_to_array(m.text, ' ')) v WHERE starts_with(v, {self.value(self.last)}))"
        )
