"""Puts the schema together from its types."""

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig

from schema import agreement, city, country, delegation, event, evidence, giving, organization, person, record
from schema.entity import TYPES
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

MODULES = (agreement, city, country, delegation, event, evidence, giving, organization, person, record)


def build() -> Schema:
    """Return the schema."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[TYPES["City"], TYPES["Organization"]],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
