"""What a search finds, and in which order: every record looked at, every name of it read, word by word."""

from collections.abc import Sequence
from typing import Any

from service.folding import fold
from tests.oracle.answers import Reference, answers, visible
from tests.oracle.lists import CURSOR, Key, column, cut
from tests.oracle.registry import Row

# In the order in which records are answered that are found alike.
TYPES = {
    "city": "CITY",
    "organization": "ORGANIZATION",
    "person": "PERSON",
    "agreement": "AGREEMENT",
    "event": "EVENT",
    "delegation": "DELEGATION",
    "programme": "PROGRAMME",
}
BEST_FIRST = tuple(Key(name, column(name), False) for name in ("rank", "label", "kind", "id"))


def names(reference: Reference, record: Row) -> list[str]:
    """Return all names of a record, folded."""
    if record.table in ("city", "organization", "person"):
        return [row["folded"] for row in reference.rows("spelling", subject_id=record["id"])]
    return [fold(record["title" if record.table == "agreement" else "name"])]


def place(text: str, named: Sequence[str]) -> tuple[int, str] | None:
    """Return how well a record of these names is found, 0 best, and by which name or word; None where it is not.

    0: the text is a name of it. 1: it begins one. 2: its words stand in them, the last perhaps unfinished.
    """
    begun = sorted(name for name in named if name.startswith(text))
    if begun:
        return (0 if begun[0] == text else 1), begun[0]
    words = [word for name in named for word in name.split()]
    *whole, last = text.split()
    ended = sorted(word for word in words if word.startswith(last))
    if not ended or not all(word in words for word in whole):
        return None
    return 2, "" if whole else ended[0]


@answers("Query.search")
def search(reference: Reference, _: None, text: str, **arguments: Any) -> dict[str, Any]:
    """Return a page of the records that stand in lists and whose names the text finds."""
    folded, types = fold(text), arguments.get("types")
    found = []
    for kind, table in enumerate(TYPES):
        if folded and (types is None or TYPES[table] in types):
            for record in filter(visible, reference.rows(table)):
                if (best := place(folded, names(reference, record))) is not None:
                    values = {"rank": best[0], "label": best[1], "kind": kind, "id": record["id"], "record": record}
                    found.append(Row("found", values))
    ends = {end: arguments[end] for end in ("after",) if arguments.get(end) is not None}
    known = {end: marked(reference.cursors[cursor]) for end, cursor in ends.items()}
    page = cut(found, BEST_FIRST, lambda row: mark(folded, row), known, arguments)
    for edge in page["edges"]:
        edge["node"] = edge["node"]["record"]
    page["nodes"] = [edge["node"] for edge in page["edges"]]
    return page


def search_name(text: str) -> str:
    """Return the name of a search's order, equal for texts that are found alike."""
    return f"search {fold(text).replace(' ', '+')}"


def mark(folded: str, row: Row) -> str:
    """Return the mark of a place among what a text finds."""
    return f"{CURSOR}{search_name(folded)} {row['rank']},{row['label'].replace(' ', '+')},{row['kind']},{row['id']}"


def marked(mark: str) -> Row:
    """Return the place that a cursor's mark names."""
    rank, label, kind, id_ = mark.split()[-1].split(",")
    return Row("found", {"rank": int(rank), "label": label.replace("+", " "), "kind": int(kind), "id": id_})
