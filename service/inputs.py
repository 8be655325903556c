"""What an input is made of, and how an input names what it did not create.

Knows the kinds of value, their bounds, and the references of the contract. Knows no table and no rule that
needs one. An input's fields are published as they stand here, so each says in full what it means.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from service.dates import PartialDate
from service.folding import fold
from service.models.enums import Basis, OrganizationKind

NAME = 500
"""Most characters of a name or a title."""
FOLDED_BYTES = 2_000
"""Most bytes of a name as it is searched for: an index holds no more."""
TEXT = 10_000
"""Most characters of a text."""
LIST = 500
"""Most elements of a list."""
INT_MAX = 2_147_483_647

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Scalar:
    """The name under which a kind of text is published."""

    name: str


def _partial_date(text: str) -> str:
    return PartialDate.parse(text).text


def _no_text(value: Any) -> Any:
    if isinstance(value, str | bool):
        raise ValueError("must be a number, written without quotes")
    return value


def is_name(text: str) -> bool:
    """Tell whether a text is short enough for a name or a title, also as it is written for searching and sorting."""
    return len(text) <= NAME and len(fold(text).encode()) <= FOLDED_BYTES


def _name(text: str) -> str:
    if not is_name(text):
        raise ValueError("is too long: with its ligatures taken apart it fills more than 2,000 bytes; shorten it")
    return text


def _country_code(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise ValueError("is no country code: write two capital letters of ISO 3166-1, such as TW, or XK for Kosovo")
    return text


def _language_tag(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("is no language tag: write BCP 47, such as en or zh-Hant")
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\s\x00-\x1f]", text)
    except ValueError:
        good = False
    if not good:
        raise ValueError("is no web address: write it in full, such as https://example.org/news/1")
    return text


NameText = Annotated[str, Field(max_length=NAME), AfterValidator(_name)]
WholeNumber = Annotated[int, BeforeValidator(_no_text)]
Number = Annotated[float, BeforeValidator(_no_text)]
PartialDateText = Annotated[str, Scalar("PartialDate"), AfterValidator(_partial_date)]
CountryCodeText = Annotated[str, Scalar("CountryCode"), AfterValidator(_country_code)]
LanguageTagText = Annotated[str, Scalar("LanguageTag"), AfterValidator(_language_tag)]
UrlText = Annotated[str, Scalar("URL"), Field(max_length=2000), AfterValidator(_url)]
IdText = Annotated[str, Scalar("ID"), Field(max_length=100)]
WikidataText = Annotated[str, Field(pattern=r"^Q[1-9][0-9]{0,14}$")]


class Input(BaseModel):
    """What a caller gives; unknown fields are refused and null stands for the default."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, allow_inf_nan=False
    )
    one_of: ClassVar[bool] = False
    """True where exactly one of the fields must be given."""

    @field_validator("*", mode="after")
    @classmethod
    def _storable(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse text that is blank or cannot be stored; let an explicit null mean the default."""
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str):
                if "\0" in text:
                    raise ValueError("holds a NUL character, which cannot be stored: remove it")
                if not text.strip():
                    raise ValueError("is blank: give a text, or leave the field out")
        if value is None and info.field_name is not None:
            return cls.model_fields[info.field_name].default
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Input":
        if self.one_of and sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            names = ", ".join(to_camel(name) for name in type(self).model_fields)
            raise ValueError(f"must hold exactly one of: {names}")
        return self

    def fields_given(self, *, without: Collection[str] = ()) -> tuple[str, ...]:
        """Return the published names of the fields that hold something, defaults included."""
        return tuple(
            info.alias or name
            for name, info in type(self).model_fields.items()
            if getattr(self, name) is not None and name not in without
        )


def key_field() -> Any:
    """Declare the idempotency key of a mutation's input."""
    return Field(
        min_length=1,
        max_length=255,
        description="Chosen by the caller, 1 to 255 characters, one for each thing to be recorded. A retry with "
        "the same key and the same input gets the first answer again and writes nothing, so it is always safe "
        "to send an input twice.",
    )


def citations_field() -> Any:
    """Declare the citations of a mutation's input."""
    return Field(
        default=None,
        max_length=LIST,
        description="Where the facts come from: one citation for the record as a whole, and one for each field "
        "that needs its own. Records that come into being along the way inherit the sources.",
    )


def validate_only_field() -> Any:
    """Declare the wish to check an input without recording it."""
    return Field(
        default=False,
        description="Check everything and write nothing, not even the key: the answer holds the user errors that "
        "recording would give.",
    )


class NamedCity(Input):
    """A city by its name, in whatever language or script."""

    name: NameText = Field(
        description="Any name of the city: in English, in its own language or in another. Case, accents and "
        "punctuation do not matter.",
    )
    country: CountryCodeText = Field(description="The country in which the city lies.")
    region: str | None = Field(
        default=None,
        max_length=NAME,
        description="First-level division, such as a US state. Tells namesakes apart; a city whose region is not "
        "known yet still matches when no other does.",
    )
    native_name: NameText | None = Field(
        default=None,
        description="The name in the city's own language and script; tried when the name finds nothing.",
    )


class CityRef(Input):
    """Names a city by one of its identifiers, or by name within its country."""

    one_of: ClassVar[bool] = True

    id: IdText | None = Field(default=None, description="The city's identifier in this registry.")
    geonames_id: WholeNumber | None = Field(default=None, ge=1, le=INT_MAX, description="Its identifier in GeoNames.")
    wikidata_id: WikidataText | None = Field(default=None, description="Its identifier in Wikidata, such as Q181557.")
    named: NamedCity | None = Field(
        default=None,
        description="Its name. The one city that it fits is used; if there is none, the city is created; if there "
        "are several, the input is refused with AMBIGUOUS_REFERENCE and the candidates.",
    )


class NamedOrganization(Input):
    """An organization by its name."""

    name: NameText = Field(description="Any name of the organization. Case, accents and punctuation do not matter.")
    native_name: NameText | None = Field(
        default=None,
        description="The name in its own language and script; tried when the name finds nothing.",
    )
    kind: OrganizationKind | None = Field(
        default=None,
        description="What sort of body it is, should it be created; OTHER if left out. Never used to match.",
    )
    country: CountryCodeText | None = Field(
        default=None, description="Its country; tells namesakes apart. Taken from the city where one is given."
    )
    city: CityRef | None = Field(default=None, description="The city where it sits; tells namesakes apart.")


class OrganizationRef(Input):
    """Names an organization by its identifier or by name."""

    one_of: ClassVar[bool] = True

    id: IdText | None = Field(default=None, description="The organization's identifier in this registry.")
    named: NamedOrganization | None = Field(
        default=None,
        description="Its name. The one that it fits is used; if there is none, the organization is created; if "
        "there are several, the input is refused with AMBIGUOUS_REFERENCE and the candidates.",
    )


class NamedPerson(Input):
    """A person by name, in either order of given and family name."""

    name: NameText = Field(
        description="The name in Latin letters, family name placed as its owner places it. The order of the "
        "words, case, accents and hyphens do not matter for matching.",
    )
    native_name: NameText | None = Field(
        default=None,
        description="The name in the person's own script. It decides before any spelling does, and is added to a "
        "known person who has none.",
    )


class PersonRef(Input):
    """Names a person by identifier or by name."""

    one_of: ClassVar[bool] = True

    id: IdText | None = Field(default=None, description="The person's identifier in this registry.")
    named: NamedPerson | None = Field(
        default=None,
        description="The name. The one person whom it fits is used; if there is none, the person is created; if "
        "there are several, the input is refused with AMBIGUOUS_REFERENCE and the candidates.",
    )


class PartyRef(Input):
    """Names a party: a city or an organization."""

    one_of: ClassVar[bool] = True

    city: CityRef | None = Field(default=None, description="Names a party that is a city.")
    organization: OrganizationRef | None = Field(default=None, description="Names a party that is an organization.")


class SourceInput(Input):
    """A publication that facts are taken from."""

    title: str = Field(max_length=NAME, description="The publication's title, or what best identifies it.")
    publisher: str | None = Field(
        default=None, max_length=NAME, description="Who published it; leave it out where the publication does not say."
    )
    published_on: PartialDateText | None = Field(
        default=None, description="When it was published; leave it out where the publication does not say."
    )
    url: UrlText | None = Field(default=None, description="Where it can be read, as a full http or https address.")
    language: LanguageTagText | None = Field(
        default=None, description="The language that it is written in, such as en."
    )


class SourceRef(Input):
    """Names a source by identifier, or describes it."""

    one_of: ClassVar[bool] = True

    id: IdText | None = Field(default=None, description="The identifier of a source that the registry holds.")
    new: SourceInput | None = Field(
        default=None,
        description="The source's particulars. The same caller giving all of them alike again means the same source.",
    )


class CitationInput(Input):
    """Ties the record, or one field of it, to a source."""

    source: SourceRef = Field(description="The publication.")
    field: str | None = Field(
        default=None,
        max_length=100,
        description="The field of the record that it supports, such as signedOn; left out, the record as a whole.",
    )
    locator: str | None = Field(
        default=None, max_length=NAME, description="Where in the source to look, such as: paragraph 3."
    )
    basis: Basis | None = Field(
        default=Basis.STATED, description="Whether the source says so (STATED) or it follows from it (INFERRED)."
    )
    note: str | None = Field(
        default=None,
        max_length=TEXT,
        description="What a reader should know about how the fact was taken from the source.",
    )
