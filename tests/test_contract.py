"""The published schema: it is what the code builds, it keeps the promises made, and it explains itself."""

from pathlib import Path

from graphql import GraphQLInputObjectType, build_schema
from graphql.type import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.build import build

SDL = Path(__file__).parent.parent / "schema" / "schema.graphql"
CONTRACT = Path(__file__).parent.parent.parent / "shared" / "contract.graphql"


def test_the_committed_schema_is_what_the_code_builds() -> None:
    assert SDL.read_text() == str(build()) + "\n", "run make schema"


def test_everything_published_is_described() -> None:
    schema = build_schema(SDL.read_text())
    silent = []
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            silent.append(name)
        if isinstance(kind, GraphQLEnumType):
            silent += [f"{name}.{value}" for value, member in kind.values.items() if not member.description]
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            silent += [f"{name}.{key}" for key, field in kind.fields.items() if not field.description]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            silent += [
                f"{name}.{key}({argument})"
                for key, field in kind.fields.items()
                for argument, given in field.args.items()
                if not given.description
            ]
    assert not silent
