"""Writes the records whose names hold some words, in their order, at a cost that common words do not raise.

Knows where the names of each kind of record stand; see service/models/search. Kinds are asked one by one and the
answers merged, so that each is a range of an index, read in order as far as the page goes. With two words:

    (WITH names AS MATERIALIZED (                          -- the whole text begins the name: 0 or 1
        SELECT (label <> $1)::int AS rank, label, kind, id FROM (
            (SELECT t."title_folded" AS label, 4 AS kind, t.id AS id FROM "agreement" t
             WHERE t.retracted_at IS NULL AND t."title_folded" >= $1 AND t."title_folded" < $2
               AND (t."title_folded", t.id) > ($1, '') ORDER BY t."title_folded", t.id LIMIT 21)
            UNION ALL ...) n ORDER BY label, kind, id LIMIT 21),
     words AS (                                            -- every word stands in the name: 2
        SELECT 2 AS rank, label, kind, id FROM (...) w
        WHERE (SELECT count(*) FROM names) < 21 ORDER BY label, kind, id LIMIT 21)
     SELECT * FROM names UNION ALL SELECT * FROM words)

What is bounded: names are read as far as the page goes, and so are words where the text is one word. Of several, at
most LISTED records of each kind are listed for each of the LEADS longest words and for the last, the same for every
page. Those in the shortest list, and in every other that is complete, are looked at. Where none is complete, the list
that reaches furthest among the identifiers is taken for the rarest word's, and matches beyond it are not found. A walk
passes at most PASSED entries that answer nothing, such as further words of a record already answered.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from service import plan
from service.models.search import SEARCHED, Searched
from service.sql.names import name

if TYPE_CHECKING:
    from service.sql.writer import Writer

LEADS = 6
LISTED = 1_000
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
        words = self.by_words() if self.words else self.by_word()
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

    def start(self, one: Searched, rank: int) -> str:
        """Write the identifier after which a kind goes on, of those that have the rank and label of the page's key."""
        if rank == WORD != self.rank or one.kind > self.kind:
            return "''"
        return self.value(self.id) if one.kind == self.kind else f"'{AFTER_ALL_IDS}'"

    # ── the whole text begins the name ────────────────────────────────────────────────────────────────────

    def by_name(self, one: Searched) -> str:
        """Write the records of a kind whose name begins so; one of several names is answered by the first."""
        label, id_, rows = self.names(one)
        text = self.found.text
        where = f"{self.between(label, text, text + LAST_LETTER)}"
        where += f" AND ({label}, {id_}) > ({self.value(self.label)}, {self.start(one, NAME)})"
        if one.name is None:
            earlier = f"o.subject_id = {id_} AND o.folded < {label} AND o.folded >= {self.value(text)}"
            where += f" AND left({id_}, 3) = '{one.prefix}' AND NOT EXISTS (SELECT FROM spelling o WHERE {earlier})"
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

    def by_word(self) -> str:
        """Write the records of whose name a later word begins so, kind by kind in the order of these words.

        SELECT e.* FROM (VALUES (4, ''), ...) k (kind, start) CROSS JOIN LATERAL (
            SELECT w.word AS label, k.kind, w.id FROM (SELECT word, subject_id AS id FROM search_word WHERE ...) w
            CROSS JOIN LATERAL (... the names of the record as one text ...) m
            WHERE NOT m.begins AND w.word = ... ORDER BY w.word, w.id LIMIT 21) e
        """
        starts = ", ".join(f"({one.kind:d}, {self.start(one, WORD)})" for one in self.kinds)
        label = self.label if self.rank == WORD else self.last
        entries = (
            "SELECT word, subject_id AS id FROM search_word"
            f" WHERE kind = k.kind AND NOT first AND {self.between('word', *self.leads[0])}"
            f" AND (word, subject_id) > ({self.value(label)}, k.start) ORDER BY word, subject_id LIMIT {PASSED:d}"
        )
        return (
            f"SELECT e.* FROM (VALUES {starts}) k (kind, start) CROSS JOIN LATERAL ("
            f"SELECT w.word AS label, k.kind, w.id FROM ({entries}) w"
            f" CROSS JOIN LATERAL ({self.text(self.kinds, 'k.kind', 'w.id')}) m"
            f" WHERE NOT m.begins AND w.word = {self.matched()} ORDER BY w.word, w.id LIMIT {self.most:d}) e"
        )

    def by_words(self) -> str:
        """Write the records that hold all words, kind by kind in the order of their identifiers.

        WITH listed AS MATERIALIZED (SELECT k.kind, l.n, e.ids, cardinality(e.ids) AS length
                FROM (VALUES (4), ...) k (kind) CROSS JOIN (VALUES (0, $1, $2), ...) l (n, low, high)
                CROSS JOIN LATERAL (SELECT ARRAY((SELECT subject_id FROM search_word WHERE kind = k.kind AND NOT first
                    AND word >= l.low AND word < l.high ORDER BY word, subject_id LIMIT 1000) UNION ALL ...
                    LIMIT 1000) AS ids OFFSET 0) e),
            shortest AS MATERIALIZED (SELECT DISTINCT ON (kind) kind, n FROM listed
                ORDER BY kind, length, ids[length] DESC, n),
            candidates AS MATERIALIZED (SELECT kind, ARRAY(... those in the shortest and in all complete ...) AS ids)
        (SELECT '' AS label, 4 AS kind, i.id FROM (SELECT ... FROM candidates WHERE kind = 4 ORDER BY id) i
         CROSS JOIN "agreement" t WHERE t.id = i.id AND ... the title holds each word ... ORDER BY i.id LIMIT 21)
        UNION ALL ...
        """
        kinds = ", ".join(f"({one.kind:d})" for one in self.kinds)
        ranges = ", ".join(f"({n}, {self.value(low)}, {self.value(high)})" for n, (low, high) in enumerate(self.leads))
        entries = " UNION ALL ".join(
            f"(SELECT subject_id FROM search_word WHERE kind = k.kind AND {first} AND word >= l.low AND word < l.high"
            f" ORDER BY word, subject_id LIMIT {LISTED:d})"
            for first in ("NOT first", "first")
        )
        among = f"o.kind = l.kind AND (o.n = l.n OR o.length < {LISTED:d})"
        return (
            "(WITH listed AS MATERIALIZED (SELECT k.kind, l.n, e.ids, cardinality(e.ids) AS length"
            f" FROM (VALUES {kinds}) k (kind) CROSS JOIN (VALUES {ranges}) l (n, low, high)"
            f" CROSS JOIN LATERAL (SELECT ARRAY({entries} LIMIT {LISTED:d}) AS ids OFFSET 0) e),"
            " shortest AS MATERIALIZED (SELECT DISTINCT ON (kind) kind, n FROM listed"
            " ORDER BY kind, length, ids[length] DESC, n),"
            " candidates AS MATERIALIZED (SELECT l.kind, ARRAY(SELECT u.id FROM listed o, unnest(o.ids) u (id)"
            f" WHERE {among} GROUP BY 1 HAVING count(DISTINCT o.n) = (SELECT count(*) FROM listed o WHERE {among})"
            f") AS ids FROM shortest l) {' UNION ALL '.join(self.holding(one) for one in self.kinds)})"
        )

    def holding(self, one: Searched) -> str:
        """Write those candidates of a kind whose names hold all words, and do not begin with the whole text."""
        if one.name is not None:
            label, id_, rows = self.names(one)
            found, text = f"{rows} AND {id_} = i.id AND", f"' ' || {label} || ' '"
            begins = f"starts_with({label}, {self.value(self.found.text)})"
        else:
            found, text, begins = f"LATERAL ({self.text([one], str(one.kind), 'i.id')}) m WHERE", "m.text", "m.begins"
        words = [f"' ' || {self.value(word)} || ' '" for word in self.words] + [f"' ' || {self.value(self.last)}"]
        held = " AND ".join(f"strpos({text}, {word}) > 0" for word in words)
        return (
            f"(SELECT '' AS label, {one.kind:d} AS kind, i.id FROM (SELECT u.id FROM candidates c, unnest(c.ids) u (id)"
            f" WHERE c.kind = {one.kind:d} AND u.id > {self.start(one, WORD)} ORDER BY 1 OFFSET 0) i CROSS JOIN {found}"
            f" NOT {begins} AND {held} ORDER BY i.id LIMIT {self.most:d})"
        )

    def text(self, kinds: Iterable[Searched], kind: str, id_: str) -> str:
        """Write all names of a record as one text with a space around each word, and whether one begins so."""
        names = " UNION ALL ".join(
            f"SELECT {label} AS name FROM {rows} AND {kind} = {one.kind:d} AND {key} = {id_}"
            for one in kinds
            for label, key, rows in [self.names(one)]
        )
        return (
            "SELECT string_agg(' ' || name, '') || ' ' AS text,"
            f" bool_or(starts_with(name, {self.value(self.found.text)})) AS begins FROM ({names}) n"
        )

    def matched(self) -> str:
        """Write which word of the names the last one begins; the first in order, or null."""
        return (
            f"(SELECT min(v) FROM unnest(string_to_array(m.text, ' ')) v WHERE starts_with(v, {self.value(self.last)}))"
        )
