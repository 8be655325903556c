"""Citations: where a record, or one field of it, comes from.

Knows which fields of a record can be cited. Sources are resolved with the other references.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.errors import Path, UserErrorCode
from service.inputs import CitationInput
from service.models.columns import new_id
from service.models.enums import Basis
from service.recording import Transaction
from service.reference import Mention, References
from service.rows import insert

FIELDS = {
    "agreement": "kind title status expectedOn signedOn effectiveOn expiresOn endedOn endedBy endNote summary parties "
    "partiesComplete ordinals signatories witnesses areas event reaffirms amends supersedes programme",
    "city": "name nativeName names country region latitude longitude population timeZone geonamesId wikidataId",
    "organization": "name nativeName kind city country partOf establishedOn website members membersComplete",
    "person": "name nativeName offices",
    "event": "kind name status startsOn endsOn mode venue city hosts partOf participants description",
    "delegation": "name status from leader members membersComplete invitedBy hosts destinationCity "
    "destinationCountry arrivedOn departedOn purpose events",
    "contribution": "kind giver recipient givenOn description amount currency purpose presentedBy event",
    "programme": "name owner partners startedOn description targets",
}
"""The published fields of each record that a citation can support."""


@dataclass(frozen=True)
class Cited:
    """A citation that an input gives, with its identifier and its source."""

    id: str
    given: CitationInput
    source: Mention


def gather_citations(
    tx: Transaction, references: References, record: str, citations: Sequence[CitationInput] | None, path: Path
) -> list[Cited]:
    """Note the sources that the citations name, and refuse a citation of a field that the record has not."""
    return [
        gather_citation(tx, references, record, given, (*path, str(index)))
        for index, given in enumerate(citations or ())
    ]


def gather_citation(tx: Transaction, references: References, record: str, given: CitationInput, path: Path) -> Cited:
    """Note the source that a citation names, and refuse a citation of a field that the record has not."""
    allowed = FIELDS[record].split()
    if given.field is not None and given.field not in allowed:
        message = f"is no field of {'an' if record[0] in 'aeio' else 'a'} {record}: give one of {', '.join(allowed)}"
        tx.refuse(UserErrorCode.INVALID, message, (*path, "field"))
    return Cited(new_id("cit"), given, references.source(given.source, (*path, "source")))


async def write_citations(tx: Transaction, cited: Iterable[tuple[str, Cited]]) -> None:
    """Write the citations, each of the record that it is given with."""
    rows = [
        (one.id, subject_id, one.source.id, one.given.field, one.given.locator, basis.value, one.given.note)
        for subject_id, one in cited
        for basis in [one.given.basis or Basis.STATED]
    ]
    await insert(tx.connection, "citation", "id subject_id source_id field locator basis note", rows)
