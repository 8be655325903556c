"""Inputs that are valid as they stand; a test says only what it is about."""

from typing import Any

from service.agreement_inputs import AnnounceAgreementInput, RecordSigningInput
from service.errors import parse
from service.event import RecordEventInput


def city(name: str = "Kaohsiung", country: str = "TW", **named: object) -> dict[str, Any]:
    """Return a reference to a city by name."""
    return {"named": {"name": name, "country": country, **named}}


def city_party(name: str = "Kaohsiung", country: str = "TW", **named: object) -> dict[str, Any]:
    """Return a reference to a city as a party."""
    return {"city": city(name, country, **named)}


def organization_party(name: str = "Siemens", **named: object) -> dict[str, Any]:
    """Return a reference to an organization as a party."""
    return {"organization": {"named": {"name": name, **named}}}


def person(name: str = "Chen Chi-mai", **named: object) -> dict[str, Any]:
    """Return a reference to a person by name."""
    return {"named": {"name": name, **named}}


def parties(*references: dict[str, Any]) -> list[dict[str, Any]]:
    """Return parties without signatories: Kaohsiung and Pristina unless told."""
    chosen = references or (city_party(), city_party("Pristina", "XK"))
    return [{"party": reference} for reference in chosen]


def citation(**fields: object) -> dict[str, Any]:
    """Return a citation of a source that is described."""
    return {"source": {"new": {"title": "A report of the signing", "publisher": "The city"}}, **fields}


def signing(key: str = "key-1", **fields: object) -> RecordSigningInput:
    """Return the signing of a sister city agreement between Kaohsiung and Pristina."""
    facts = {"kind": "SISTER_CITY", "signedOn": "2024-03-22", "parties": parties(), **fields}
    return parse(RecordSigningInput, {"idempotencyKey": key, **facts})


def announcement(key: str = "key-1", **fields: object) -> AnnounceAgreementInput:
    """Return the announcement of a memorandum between Kaohsiung and Pristina."""
    facts = {"kind": "MEMORANDUM_OF_UNDERSTANDING", "parties": parties(), **fields}
    return parse(AnnounceAgreementInput, {"idempotencyKey": key, **facts})


def event(key: str = "key-1", **fields: object) -> RecordEventInput:
    """Return a signing ceremony."""
    facts = {"kind": "SIGNING_CEREMONY", "name": "Signing ceremony", **fields}
    citations = facts.pop("citations", None)
    return parse(RecordEventInput, {"idempotencyKey": key, "event": facts, "citations": citations})
