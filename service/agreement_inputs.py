"""What a caller gives to record a signing or to announce an agreement.

Knows the fields and their bounds. The rules that need other fields or the registry are in signing.
"""

from pydantic import Field, StrictBool

from service.event import EventRef
from service.inputs import (
    INT_MAX,
    LIST,
    NAME,
    TEXT,
    CitationInput,
    IdText,
    Input,
    NameText,
    PartialDateText,
    PartyRef,
    PersonRef,
    WholeNumber,
    citations_field,
    key_field,
    validate_only_field,
)
from service.models.enums import AgreementKind, Attendance


class SignatoryInput(Input):
    """A person who signed, or who witnessed the signing."""

    person: PersonRef = Field(description="Who it was.")
    office: str | None = Field(
        default=None, max_length=NAME, description="The office in which the person acted, such as Mayor."
    )
    attendance: Attendance | None = Field(
        default=None, description="Whether the person was there or took part remotely; left out where no source says."
    )


class OrdinalClaimInput(Input):
    """A count that a source attributes to a party, such as its 39th sister city; never computed."""

    ordinal: WholeNumber = Field(ge=1, le=INT_MAX, description="The number claimed: 39 for a 39th, 1 for a first.")
    of: str = Field(max_length=NAME, description="What is counted, such as: sister city.")


class PartyInput(Input):
    """A party to an agreement, and what belongs to its side."""

    party: PartyRef = Field(description="The city or organization that is bound.")
    name_as_signed: str | None = Field(
        default=None,
        max_length=NAME,
        description="The party's name as the instrument gives it, where it differs from the usual one.",
    )
    signatories: list[SignatoryInput] | None = Field(
        default=None, max_length=LIST, description="Who signed for this party, as far as the sources say."
    )
    ordinals: list[OrdinalClaimInput] | None = Field(
        default=None, max_length=LIST, description="Counts that a source attributes to this party."
    )


class RecordSigningInput(Input):
    """A signing that took place."""

    idempotency_key: str = key_field()
    external_reference: str | None = Field(
        default=None,
        max_length=NAME,
        description="Your own identifier of the agreement, unique among all that you record.",
    )
    fulfils: IdText | None = Field(
        default=None,
        description="The identifier of the planned agreement that this signing fulfils. That record then is the "
        "signed agreement: what is given here replaces what was announced, the rest stays.",
    )
    kind: AgreementKind = Field(description="What the parties bound themselves to, as the instrument calls it.")
    title: NameText | None = Field(
        default=None, description="The instrument's title; made from kind and parties if left out."
    )
    signed_on: PartialDateText | None = Field(
        default=None, description="When it was signed, as precise as the source; left out where no source says."
    )
    effective_on: PartialDateText | None = Field(
        default=None, description="When it took effect, where that was not the signing."
    )
    expires_on: PartialDateText | None = Field(default=None, description="The last day of its term, where it has one.")
    summary: str | None = Field(default=None, max_length=TEXT, description="What it is about, in your own words.")
    parties: list[PartyInput] = Field(
        max_length=LIST, description="Who is bound by it, in the instrument's order: two at least, each once."
    )
    parties_complete: StrictBool | None = Field(
        default=True, description="False where the sources name some parties and leave others open; one is enough then."
    )
    witnesses: list[SignatoryInput] | None = Field(
        default=None, max_length=LIST, description="Who was present as a witness and did not sign."
    )
    areas: list[NameText] | None = Field(
        default=None,
        max_length=LIST,
        description="The areas of cooperation that were agreed, as names or slugs; one that is new is added.",
    )
    potential_areas: list[NameText] | None = Field(
        default=None,
        max_length=LIST,
        description="Areas that somebody named as having potential without their being agreed, as names or slugs.",
    )
    potential_areas_proposed_by: PersonRef | None = Field(
        default=None, description="Who named the potential areas, where a source says."
    )
    event: EventRef | None = Field(default=None, description="The event at which it was signed.")
    reaffirms: IdText | None = Field(default=None, description="The identifier of the earlier agreement it renews.")
    amends: IdText | None = Field(default=None, description="The identifier of the earlier agreement it changes.")
    supersedes: IdText | None = Field(default=None, description="The identifier of the earlier agreement it replaces.")
    programme: IdText | None = Field(default=None, description="The identifier of the programme that it serves.")
    citations: list[CitationInput] | None = citations_field()
    validate_only: StrictBool | None = validate_only_field()


class AnnounceAgreementInput(Input):
    """An agreement that is planned and not known to have been signed."""

    idempotency_key: str = key_field()
    external_reference: str | None = Field(
        default=None,
        max_length=NAME,
        description="Your own identifier of the agreement, unique among all that you record.",
    )
    kind: AgreementKind = Field(description="What the parties mean to bind themselves to.")
    title: NameText | None = Field(default=None, description="Its title; made from kind and parties if left out.")
    expected_on: PartialDateText | None = Field(
        default=None, description="When the signing is expected, as precise as the source; left out where none says."
    )
    summary: str | None = Field(default=None, max_length=TEXT, description="What it is about, in your own words.")
    parties: list[PartyInput] = Field(max_length=LIST, description="Who is to be bound by it: two at least, each once.")
    parties_complete: StrictBool | None = Field(
        default=True, description="False where the sources name some parties and leave others open; one is enough then."
    )
    areas: list[NameText] | None = Field(
        default=None,
        max_length=LIST,
        description="The areas of cooperation that it is to cover, as names or slugs; one that is new is added.",
    )
    event: EventRef | None = Field(default=None, description="The event at which it is to be signed.")
    programme: IdText | None = Field(default=None, description="The identifier of the programme that it serves.")
    citations: list[CitationInput] | None = citations_field()
    validate_only: StrictBool | None = validate_only_field()
