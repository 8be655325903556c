"""Releases: files of records, loaded through the same rules as the API.

Knows the files' format. A record's key is made from the file's name and the record's label or place, so that
loading again replays every answer and writes nothing, and an interrupted load goes on where it stopped.

A file is {"source": SourceInput, "records": [...]}. A record is {"as": label, kind: input}, the label optional
and the kind one of KINDS. "@label" stands for the identifier of an earlier record of the file, and a citation
without a source means the file's own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.agreement_inputs import AnnounceAgreementInput, RecordSigningInput
from service.database import connections
from service.delegation import RecordDelegationInput, record_delegation
from service.errors import Refusal, Refused, UserErrorCode, parse
from service.event import RecordEventInput, record_event
from service.failure import OperatorError
from service.giving import RecordContributionInput, RecordProgrammeInput, record_contribution, record_programme
from service.inputs import Input, SourceInput
from service.notification import ConnectionSource
from service.party import create_city, create_organization, record_person
from service.party_inputs import CreateCityInput, CreateOrganizationInput, RecordPersonInput
from service.recording import Outcome, Rule, record
from service.signing import announce_agreement, record_signing
from service.updating import CiteInput, cite

CALLER = "releases"
FOLDER = Path(__file__).parent / "releases"


class LoadError(OperatorError):
    """A file cannot be loaded; the message names the file, the record and the place in it, in one line."""


@dataclass(frozen=True)
class Report:
    """What a load did."""

    files: int = 0
    recorded: int = 0
    present: int = 0
    """Records that were loaded before, or that another release had named."""

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.files} files: {self.recorded} records written, {self.present} known before"

    def __add__(self, other: "Report") -> "Report":
        """Return both reports as one."""
        return Report(self.files + other.files, self.recorded + other.recorded, self.present + other.present)


@dataclass(frozen=True)
class Kind:
    """How one kind of record is loaded: its input, its rule, and the input's field that wraps the facts."""

    model: type[Input]
    rule: Rule[Any]
    wrapped_in: str | None = None
    may_be_known: bool = False
    """Whether the registry's holding it already is no fault of the file: other releases name it too."""


KINDS: Mapping[str, Kind] = {
    "city": Kind(CreateCityInput, create_city, "city", may_be_known=True),
    "organization": Kind(CreateOrganizationInput, create_organization, may_be_known=True),
    "person": Kind(RecordPersonInput, record_person, may_be_known=True),
    "event": Kind(RecordEventInput, record_event, "event"),
    "signing": Kind(RecordSigningInput, record_signing),
    "announcement": Kind(AnnounceAgreementInput, announce_agreement),
    "delegation": Kind(RecordDelegationInput, record_delegation, "delegation"),
    "contribution": Kind(RecordContributionInput, record_contribution),
    "programme": Kind(RecordProgrammeInput, record_programme),
}


@dataclass
class _Record:
    """One record of a file, and where it stands for whoever must mend it."""

    place: str
    label: str
    kind: str
    facts: dict[str, Any]


async def load_release(pool: ConnectionSource, path: Path) -> Report:
    """Load a file's records in their order; raise LoadError at the first that is refused."""
    source, records = _read(path)
    ids: dict[str, str] = {}
    present = 0
    for one in records:
        kind = KINDS[one.kind]
        facts = _with_source(_resolved(one, one.facts, ids), source)
        citations = facts.pop("citations", None)
        body = {kind.wrapped_in: facts} if kind.wrapped_in else facts
        key = f"{path.stem}/{one.label}"
        try:
            payload = parse(kind.model, {"idempotencyKey": key, **body, "citations": citations})
        except Refused as refused:
            raise _refused(one.place, refused.refusals) from None
        outcome = await record(pool, CALLER, key, payload, kind.rule)
        ids[one.label] = _subject(one, kind, outcome)
        if outcome.refusals:
            await _cite_known(pool, one, key, ids[one.label], citations or [])
        present += outcome.replayed or bool(outcome.refusals)
    return Report(1, len(records) - present, present)


async def load_files(database_url: str, paths: Sequence[Path] = ()) -> Report:
    """Load the files, or the project's own releases where none is named."""
    report = Report()
    async with connections(database_url) as pool:
        for path in paths or sorted(FOLDER.glob("*.json")):
            report += await load_release(pool, Path(path))
    return report


async def _cite_known(pool: ConnectionSource, one: _Record, key: str, subject: str, citations: list[object]) -> None:
    """Add the file's citations to a record that another release brought in."""
    for at, citation in enumerate(citations, 1):
        given = {"idempotencyKey": f"{key}/citation-{at}", "subject": subject, "citation": citation}
        payload = parse(CiteInput, given)
        outcome = await record(pool, CALLER, payload.idempotency_key, payload, cite)
        if outcome.refusals:
            raise _refused(one.place, outcome.refusals)


def _read(path: Path) -> tuple[dict[str, Any], list[_Record]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise LoadError(f"{path}: is no JSON: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("records"), list) or "source" not in content:
        raise LoadError(f'{path}: must be an object with "source" and "records"')
    try:
        parse(SourceInput, content["source"])
    except Refused as refused:
        raise _refused(f"{path.name}: source", refused.refusals) from None
    records = [_record(path, at, one) for at, one in enumerate(content["records"], 1)]
    labels = [one.label for one in records]
    for one in records:
        if labels.count(one.label) > 1:
            raise LoadError(f"{one.place}: another record of the file carries this label too")
    return content["source"], records


def _record(path: Path, at: int, given: object) -> _Record:
    place = f"{path.name}: record {at}"
    if not isinstance(given, dict):
        raise LoadError(f"{place}: must be an object")
    label = given.get("as", str(at))
    kinds = [name for name in given if name != "as"]
    if len(kinds) != 1 or kinds[0] not in KINDS or not isinstance(given[kinds[0]], dict):
        raise LoadError(f'{place}: must hold "as", if labelled, and one object named: {", ".join(KINDS)}')
    return _Record(f"{place} ({label})", str(label), kinds[0], given[kinds[0]])


def _resolved(one: _Record, value: Any, ids: Mapping[str, str]) -> Any:
    """Return the value with each "@label" replaced by the identifier of the record that carries the label."""
    if isinstance(value, dict):
        return {name: _resolved(one, item, ids) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(one, item, ids) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        if value[1:] not in ids:
            raise LoadError(f"{one.place}: no earlier record of the file is labelled {value[1:]!r}")
        return ids[value[1:]]
    return value


def _with_source(facts: dict[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    citations = facts.get("citations")
    if not isinstance(citations, list):
        return facts
    cited = [
        {"source": {"new": source}, **citation} if isinstance(citation, dict) else citation for citation in citations
    ]
    return {**facts, "citations": cited}


def _subject(one: _Record, kind: Kind, outcome: Outcome) -> str:
    if outcome.subject_id is not None:
        return outcome.subject_id
    known = [
        refusal.candidates[0]
        for refusal in outcome.refusals
        if refusal.code is UserErrorCode.ALREADY_RECORDED and len(refusal.candidates) == 1
    ]
    if kind.may_be_known and len(known) == len(outcome.refusals) == 1:
        return known[0]
    raise _refused(one.place, outcome.refusals)


def _refused(place: str, refusals: Iterable[Refusal]) -> LoadError:
    reasons = [f"{refusal.sentence} [{refusal.code}]" for refusal in refusals]
    return LoadError(f"{place}: " + "; ".join(reasons))
