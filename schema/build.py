"""Puts the schema together from its types."""

from graphql import GraphQLInputObjectType
from strawberry import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema import agreement, city, country, delegation, event, evidence, giving, organization, person, record
from schema.entity import TYPES
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

MODULES = (agreement, city, country, delegation, event, evidence, giving, organization, person, record)


def build() -> Schema:
    """Return the schema."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[TYPES["City"], TYPES["Organization"]],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    for type_ in schema._schema.type_map.values():
        # Strawberry checks these when a value is read, which tells no place; graphql-core does so where it validates.
        if isinstance(type_, GraphQLInputObjectType):
            type_.is_one_of = type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].is_one_of
    return schema
