"""Countries, and names in several languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry import auto

from schema.connection import Connection, pages
from schema.entity import entity
from schema.source import Argument, Source
from service import models, plan
from service.plan import Column, Compare, Lookup, Value, linked

if TYPE_CHECKING:
    from schema.city import City
    from schema.planner import Request

FALLBACK = "en"


@dataclass(frozen=True)
class NameSource(Source):
    """A country's name in the language asked for, else in the language without its region, else in English."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the first of those names that is known."""
        asked = request.arguments.get("language") or FALLBACK
        parts = asked.split("-")
        tags = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
        languages = dict.fromkeys([*tags, FALLBACK])
        return plan.FirstKnown(
            (
                *(
                    Lookup(
                        "country_name",
                        Column("name"),
                        plan.both(linked("country_code", "code"), Compare(Column("language"), "=", Value(language))),
                    )
                    for language in languages
                ),
                Column("code"),
            )
        )


def localized_name(description: str) -> Any:
    """Offer the country's name in a language."""
    language = Argument(
        "language", "LanguageTag | None", "Such as de or zh-Hant; without a name in it, shorter forms and en.", FALLBACK
    )
    return NameSource(description=description, arguments=(language,))


@entity(models.Country)
class Country:
    """A country or territory that ISO 3166-1 lists, and Kosovo."""

    code: auto
    name: str = localized_name("In the language asked for, else in English.")
    cities: Connection[City] = pages(models.City, "Those that lie in it.", linked("country_code", "code"))


@entity(models.CityName)
class LocalizedName:
    """A name in one language."""

    language: auto
    name: auto
