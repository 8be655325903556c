"""Countries and cities, with their names in several languages."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from service.models.columns import CountryCode, Folded, Identifier, LanguageTag, identifier, reference, word
from service.models.record import Record, order_index, unique_index


class Country(SQLModel, table=True):
    """A country or territory that ISO 3166-1 lists, and Kosovo."""

    code: str = Field(
        primary_key=True,
        sa_type=CountryCode,
        description="ISO 3166-1 alpha-2; XK for Kosovo, which the standard leaves to its users.",
    )


class CountryName(SQLModel, table=True):
    """A country's name in one language."""

    __tablename__ = "country_name"

    country_code: str = reference("country.code", key=True)
    language: str = Field(primary_key=True, sa_type=LanguageTag, description="BCP 47, such as zh-Hant.")
    name: str = word("The country's name in that language.")


FOUND_BY = ("region", "geonames_id", "wikidata_id")
"""What some cities have, by which filters find them."""


class City(Record, table=True):
    """A municipality that can be party to agreements, host events and send delegations."""

    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="coordinates"),
        CheckConstraint("num_nonnulls(latitude, longitude) <> 1", name="both_coordinates"),
        CheckConstraint("population >= 0", name="population"),
        unique_index("city", "geonames_id"),
        unique_index("city", "wikidata_id"),
        order_index("city", "name", "name_folded", whole=True),
        order_index("city", "country_code", "country_code"),
        order_index("city", "population", "coalesce(population, 2147483647)"),
        order_index("city", "population_desc", "coalesce(population, -1)"),
        order_index("city", "created_at", "created_at"),
        *(Index(f"ix_city_by_{name}", name, postgresql_where=text(f"{name} IS NOT NULL")) for name in FOUND_BY),
    )

    id: str = identifier("cty")
    name: str = word("Usual name in English or in Latin letters.")
    name_folded: str = word("The name without case and accents.", kind=Folded)
    native_name: str | None = word("Name in the city's own language and script.", optional=True)
    country_code: str = reference("country.code")
    region: str | None = word(
        "First-level division, such as a US state; null where no source states it.", optional=True
    )
    latitude: float | None = Field(default=None, description="Degrees north of the equator, WGS 84.")
    longitude: float | None = Field(default=None, description="Degrees east of Greenwich, WGS 84.")
    population: int | None = Field(default=None, description="Inhabitants, as the newest source gives them.")
    time_zone: str | None = word("IANA time zone, such as Asia/Taipei.", optional=True)
    geonames_id: int | None = Field(default=None, description="Its number in GeoNames.")
    wikidata_id: str | None = word("Identifier in Wikidata, such as Q181557.", optional=True)
    merged_into_id: str | None = reference("city.id", "The survivor that this duplicate resolves to.", optional=True)


class CityName(SQLModel, table=True):
    """A city's name in one language; a language may have several."""

    __tablename__ = "city_name"

    city_id: str = reference("city.id", key=True)
    language: str = Field(primary_key=True, sa_type=LanguageTag, description="BCP 47, such as zh-Hant.")
    name: str = Field(primary_key=True, sa_type=Identifier, description="The city's name in that language.")


class Spelling(SQLModel, table=True):
    """One folded spelling by which a city, an organization or a person is found.

    Holds the name, the native name and the names in other languages, for a person also with the words in
    alphabetical order, so that "Chi-Mai Chen" finds "Chen Chi-mai". The subject is any of the three, so no
    foreign key can hold it; records are never deleted.
    """

    # Searching one kind of record must not pass by the spellings of the others.
    __table_args__ = (Index("ix_spelling_by_kind", text('"left"(subject_id, 3)'), "folded", "subject_id"),)

    folded: str = Field(primary_key=True, sa_type=Folded)
    subject_id: str = Field(primary_key=True, sa_type=Identifier, index=True)
