"""Values and references drawn at random: texts, partial dates, parties, positions. Knows no table's rules."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from service.folding import fold
from service.models import TABLES
from tests.oracle.days import earliest, latest

Values = dict[str, Any]

WORDS = ("Alpha", "Béta 50%", "100_percent", "γάμμα", "line\nbreak \t tab", "Zeta \U0001f91d", '"quoted"', "alpha")
SUFFIXES = ("", "", "", "~", "?", "%")
INSTANTS = (
    datetime(2024, 3, 22, 8, 30, tzinfo=UTC),
    datetime(2024, 3, 22, 8, 30, 0, 500_000, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 59, 59, 123_456, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
)


class Draws:
    """Values for the rows of one registry, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        """Start with no rows."""
        self.random = Random(seed)  # noqa: S311  # to be had again, not to be unguessable
        self.today = datetime.now(UTC).date()
        self.rows: dict[str, list[Values]] = {}

    # ── values ────────────────────────────────────────────────────────────────────────────────────────────

    def chance(self, share: float) -> bool:
        """Tell, at random, yes for this share."""
        return self.random.random() < share

    def maybe(self, value: Any, share: float = 0.6) -> Any:
        """Return the value, or null."""
        return value if self.chance(share) else None

    def word(self) -> str:
        """Return a short text, often one that others have as well."""
        return " ".join(self.random.choices(WORDS, k=self.random.choice((1, 1, 2))))

    def date(self) -> str | None:
        """Return a partial date, or null."""
        if self.chance(0.25):
            return None
        year, month = self.random.choice((1999, 2023, 2024, 2024)), self.random.choice((1, 2, 12))
        day = self.random.choice((1, 15, 28))
        written = self.random.choice((f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}"))
        return written + self.random.choice(SUFFIXES)

    def term(self) -> str | None:
        """Return the end of a term: often today or beside it."""
        if self.chance(0.4):
            return self.date()
        day: date = self.today + timedelta(days=self.random.choice((-400, -1, 0, 0, 1, 400)))
        return day.isoformat()[: self.random.choice((4, 7, 10, 10, 10))] + self.random.choice(SUFFIXES)

    def dates_in_order(self, pairs: Iterable[tuple[str, str]], make: Callable[[], Values]) -> Values:
        """Return dates of which none of the pairs ends before it begins."""
        while True:
            made = make()
            if all(
                made[first] is None or made[then] is None or earliest(made[first]) <= latest(made[then])
                for first, then in pairs
            ):
                return made

    def record(self, prefix: str, **values: Any) -> Values:
        """Return a record of the registry with an identifier of its own."""
        created, updated = sorted(self.random.choices(INSTANTS, k=2))
        return {
            **self.bare(prefix),
            "version": self.random.randint(1, 3),
            "created_at": created,
            "updated_at": updated,
            "retracted_at": self.maybe(INSTANTS[-1], 0.12),
            **values,
        }

    def bare(self, prefix: str) -> Values:
        """Return an identifier."""
        return {"id": f"{prefix}_" + "".join(self.random.choices("0123456789abcdefghjkmnpqrstvwxyz", k=26))}

    def member(self, table: str, column: str) -> str:
        """Return a member of the closed list that the column holds."""
        members = [str(member) for member in TABLES[table].c[column].info["members"]]
        return self.random.choice([member for member in members if member != "EXPIRED"])

    def named(self, name: str) -> Values:
        """Return a name, folded as well."""
        return {"name": name, "name_folded": fold(name)}

    # ── references ────────────────────────────────────────────────────────────────────────────────────────

    def some(self, table: str, share: float = 1.0) -> Any:
        """Return the identifier of a record that can be named, or null."""
        found = [row["id"] for row in self.rows[table] if not row.get("merged_into_id")]
        return self.random.choice(found) if found and self.chance(share) else None

    def party(self, prefix: str = "", share: float = 1.0) -> Values:
        """Return the two columns that name a party, or none."""
        keys = (f"{prefix}city_id", f"{prefix}organization_id")
        if not self.chance(share):
            return dict.fromkeys(keys)
        if self.chance(0.6):
            return {keys[0]: self.some("city"), keys[1]: None}
        return {keys[0]: None, keys[1]: self.some("organization")}

    def add(self, table: str, rows: Iterable[Values]) -> None:
        """Add rows to a table."""
        self.rows.setdefault(table, []).extend(rows)

    def few(self, most: int = 3) -> range:
        """Return positions from 1 up."""
        return range(1, self.random.randint(0, most) + 1)

    def merge(self, table: str) -> None:
        """Make a record of the table a duplicate of another, sometimes of one that was retracted."""
        survivors = [row["id"] for row in self.rows[table]]
        for _ in range(self.random.randint(1, 2)):
            survivor = self.random.choice(survivors)
            duplicate = {**self.random.choice(self.rows[table]), **self.bare(survivor[:3]), "retracted_at": None}
            duplicate.update({key: None for key in ("geonames_id", "wikidata_id") if key in duplicate})
            self.add(table, [{**duplicate, "merged_into_id": survivor}])
