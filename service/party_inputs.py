"""What a caller gives to create a city or an organization, or to record a person.

Knows the fields and their bounds. The rules that need other fields or the registry are in party.
"""

from pydantic import Field, StrictBool

from service.inputs import (
    INT_MAX,
    LIST,
    NAME,
    CitationInput,
    CityRef,
    CountryCodeText,
    Input,
    LanguageTagText,
    NameText,
    Number,
    PartialDateText,
    PartyRef,
    PersonRef,
    UrlText,
    WholeNumber,
    WikidataText,
    citations_field,
    key_field,
)
from service.models.enums import OrganizationKind


class LocalizedNameInput(Input):
    """A name in one language."""

    language: LanguageTagText = Field(description="The language of the name, such as sq for Albanian.")
    name: NameText = Field(description="The name in that language.")


class CityInput(Input):
    """A city with all that may be known of it."""

    name: NameText = Field(description="Usual name in English or in Latin letters.")
    native_name: NameText | None = Field(default=None, description="Name in the city's own language and script.")
    names: list[LocalizedNameInput] | None = Field(
        default=None,
        max_length=LIST,
        description="Names in other languages; the city is found by each of them. A language may have several.",
    )
    country: CountryCodeText = Field(description="The country in which it lies.")
    region: str | None = Field(default=None, max_length=NAME, description="First-level division, such as a US state.")
    latitude: Number | None = Field(
        default=None, ge=-90, le=90, description="Degrees north of the equator, WGS 84; together with longitude."
    )
    longitude: Number | None = Field(
        default=None, ge=-180, le=180, description="Degrees east of Greenwich, WGS 84; together with latitude."
    )
    population: WholeNumber | None = Field(default=None, ge=0, le=INT_MAX, description="Inhabitants.")
    time_zone: str | None = Field(
        default=None,
        max_length=100,
        pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$",
        description="IANA time zone, such as Asia/Taipei.",
    )
    geonames_id: WholeNumber | None = Field(
        default=None, ge=1, le=INT_MAX, description="Identifier in GeoNames; no other city may have it."
    )
    wikidata_id: WikidataText | None = Field(
        default=None, description="Identifier in Wikidata, such as Q181557; no other city may have it."
    )


class CreateCityInput(Input):
    """A city to create."""

    idempotency_key: str = key_field()
    city: CityInput = Field(description="What is known of it; its name and country tell whether the registry holds it.")
    citations: list[CitationInput] | None = citations_field()


class MembershipInput(Input):
    """A person's membership of an organization."""

    person: PersonRef = Field(description="Who the member is.")
    role: str = Field(max_length=NAME, description="What the person is in it, such as: member, chair.")
    from_: PartialDateText | None = Field(default=None, alias="from", description="When the membership began.")
    to: PartialDateText | None = Field(default=None, description="When the membership ended.")


class CreateOrganizationInput(Input):
    """An organization to create, with all that may be known of it."""

    idempotency_key: str = key_field()
    name: NameText = Field(description="Usual name in English or in Latin letters.")
    native_name: NameText | None = Field(default=None, description="Name in its own language and script.")
    kind: OrganizationKind = Field(description="What sort of body it is.")
    city: CityRef | None = Field(default=None, description="The city where it sits.")
    country: CountryCodeText | None = Field(
        default=None, description="Its country; follows from the city where that is given."
    )
    part_of: PartyRef | None = Field(
        default=None, description="The city or organization that it is part of, such as a bureau's city."
    )
    established_on: PartialDateText | None = Field(
        default=None, description="When it was founded, as precise as the source gives it."
    )
    website: UrlText | None = Field(default=None, description="Its own web site.")
    members: list[MembershipInput] | None = Field(
        default=None, max_length=LIST, description="Its members, as far as the sources name them."
    )
    members_complete: StrictBool | None = Field(
        default=True, description="False where the sources name some members and leave others open, or name none."
    )
    citations: list[CitationInput] | None = citations_field()


class OfficeInput(Input):
    """An office that a person held."""

    title: str = Field(max_length=NAME, description="The office's title as the source gives it, such as Mayor.")
    of: PartyRef | None = Field(default=None, description="The city or organization of which it is an office.")
    from_: PartialDateText | None = Field(default=None, alias="from", description="When the office began.")
    to: PartialDateText | None = Field(default=None, description="When the office ended.")


class RecordPersonInput(Input):
    """A person with offices: a known one gains what is new, another is created."""

    idempotency_key: str = key_field()
    name: NameText = Field(description="The name in Latin letters, family name placed as its owner places it.")
    native_name: NameText | None = Field(default=None, description="The name in the person's own script.")
    offices: list[OfficeInput] | None = Field(
        default=None, max_length=LIST, description="Offices as the sources give them."
    )
    citations: list[CitationInput] | None = citations_field()
