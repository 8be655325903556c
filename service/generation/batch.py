"""Rows to be written together, with the changes that announce them.

Knows the columns that are filled of each table, in an order in which references are met. Knows no connection.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from service.generation.chance import Chance

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "source": "id title publisher published_on url language",
        "city": "id name name_folded native_name country_code region latitude longitude population created_at "
        "updated_at",
        "city_name": "city_id language name",
        "person": "id name name_folded native_name created_at updated_at",
        "office": "person_id position title of_city_id from_on to_on",
        "organization": "id name name_folded native_name kind city_id country_code established_on website "
        "members_complete created_at updated_at",
        "membership": "organization_id position person_id role from_on",
        "programme": "id name name_folded owner_city_id started_on description created_at updated_at",
        "programme_partner": "programme_id position city_id organization_id",
        "programme_target": "programme_id position description due_on",
        "spelling": "folded subject_id",
        "event": "id kind name name_folded status starts_on ends_on mode venue city_id description created_at "
        "updated_at",
        "event_host": "event_id position city_id",
        "participation": "id event_id position person_id city_id office role status attendance",
        "agreement": "id kind title title_folded status expected_on signed_on effective_on expires_on ended_on "
        "ended_by_city_id summary parties_complete event_id reaffirms_id programme_id external_reference recorded_by "
        "created_at updated_at",
        "agreement_party": "agreement_id position city_id organization_id name_as_signed party_country_code "
        "agreement_kind agreement_signed_on_earliest",
        "signatory": "agreement_id position person_id office role attendance city_id",
        "agreement_area": "agreement_id position area_id standing",
        "citation": "id subject_id source_id field locator basis",
        "ordinal_claim": "agreement_id party_position position ordinal of citation_id",
        "delegation": "id name name_folded status from_city_id members_complete destination_city_id "
        "destination_country_code arrived_on purpose created_at updated_at",
        "delegation_member": "delegation_id position person_id office role",
        "delegation_host": "delegation_id position city_id",
        "delegation_inviter": "delegation_id position city_id",
        "delegation_event": "delegation_id position event_id",
        "contribution": "id kind giver_city_id recipient_city_id given_on description amount currency created_at "
        "updated_at",
        "change": "seq at actor kind subject_id version fields signing hash",
    }.items()
}


_NULL = "\\N"


class Recorded(NamedTuple):
    """A record that came into the registry: what the feed says of it."""

    id: str
    at: datetime
    fields: tuple[str, ...]
    signing: bool


class Batch:
    """The rows of one transaction by table, and what they recorded."""

    def __init__(self) -> None:
        """Start without any."""
        self.rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.recorded: list[Recorded] = []
        self.agreements = 0

    def add(self, table: str, *row: Any) -> None:
        """Add a row, its values in the order of COLUMNS."""
        self.rows[table].append(row)

    def text(self, table: str) -> bytes:
        """Return the table's rows as COPY reads them, which is made several times as fast as the driver's own form."""
        rows = ["\t".join([_NULL if cell is None else str(cell) for cell in row]) for row in self.rows[table]]
        text = "\n".join(rows)
        if text.count("\t") != len(rows) * (len(COLUMNS[table]) - 1) or text.count("\n") != len(rows) - 1:
            raise ValueError(f"a row of {table} has another number of columns, or a tab or line break within one")
        return text.encode()

    def record(self, id_: str, at: datetime, signing: bool = False, **given: Any) -> None:
        """Announce a record with the published names of the facts that are known of it."""
        fields = tuple(name for name, value in given.items() if value is not None)
        self.recorded.append(Recorded(id_, at, fields, signing))


class Citations:
    """Cites a source for each record."""

    def __init__(self, make: Any, sources: int, first: int) -> None:
        """Take what makes identifiers, how many sources there are, and the first citation's number."""
        self.make, self.sources, self.made = make, sources, first

    def cite(
        self, batch: Batch, rng: Chance, subject_id: str, at: datetime, source: Any, field: str | None = None
    ) -> str:
        """Let a source support a record or one field of it, and return the citation's identifier."""
        id_: str = self.make("cit", self.made, at)
        self.made += 1
        locator = f"paragraph {int(rng.random() * 12) + 1}" if rng.random() < 0.7 else None
        basis = "STATED" if rng.random() < 0.92 else "INFERRED"
        batch.add("citation", id_, subject_id, source(int(rng.random() * self.sources)), field, locator, basis)
        return id_
