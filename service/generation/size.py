"""How large a generated registry is.

Knows the numbers of records and their usual proportions.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How many records of each kind to make."""

    agreements: int
    cities: int
    events: int
    people: int

    @classmethod
    def of(
        cls, agreements: int, cities: int | None = None, events: int | None = None, people: int | None = None
    ) -> "Size":
        """Return a size; what is not given is in proportion to the agreements."""
        return cls(
            agreements,
            max(10, agreements * 3 // 10) if cities is None else cities,
            agreements // 2 if events is None else events,
            max(5, agreements // 5) if people is None else people,
        )

    @property
    def organizations(self) -> int:
        """Return how many organizations there are."""
        return max(3, self.agreements // 50)

    @property
    def sources(self) -> int:
        """Return how many publications the facts are taken from."""
        return max(3, self.agreements // 10)

    @property
    def programmes(self) -> int:
        """Return how many programmes there are."""
        return max(1, self.agreements // 1000)

    @property
    def delegations(self) -> int:
        """Return how many delegations there are."""
        return self.agreements // 20

    @property
    def contributions(self) -> int:
        """Return how many contributions there are."""
        return self.agreements // 50
