"""Compares the service's schema with the public contract: all there, name for name and type for type."""

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, GraphQLUnionType, print_ast
from graphql.type import GraphQLInterfaceType, GraphQLObjectType, is_input_type


def missing(promised: GraphQLSchema, offered: GraphQLSchema) -> list[str]:
    """Return what the contract promises and the schema lacks or gives another type."""
    gaps: list[str] = []
    for name, wanted in promised.type_map.items():
        found = offered.type_map.get(name)
        if found is None:
            gaps.append(name)
        elif type(found) is not type(wanted):
            gaps.append(f"{name} is another kind of type")
        elif isinstance(wanted, GraphQLEnumType):
            gaps += [f"{name}.{value}" for value in wanted.values if value not in found.values]  # type: ignore[attr-defined]
        elif isinstance(wanted, GraphQLUnionType):
            members = {member.name for member in found.types}  # type: ignore[attr-defined]
            gaps += [f"{name} = {member.name}" for member in wanted.types if member.name not in members]
        elif isinstance(wanted, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            gaps += _fields(wanted, found)
    return gaps


def _fields(wanted: GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType, found: object) -> list[str]:
    gaps: list[str] = []
    if not isinstance(wanted, GraphQLInputObjectType):
        has = {interface.name for interface in found.interfaces}  # type: ignore[attr-defined]
        gaps += [f"{wanted.name} implements {one.name}" for one in wanted.interfaces if one.name not in has]
    for key, field in wanted.fields.items():
        other = found.fields.get(key)  # type: ignore[attr-defined]
        where = f"{wanted.name}.{key}"
        if other is None:
            gaps.append(where)
            continue
        if str(other.type) != str(field.type):
            gaps.append(f"{where}: {field.type} is {other.type}")
        if is_input_type(wanted):
            gaps += _default(where, field, other)
            continue
        for name, argument in field.args.items():
            offered = other.args.get(name)
            if offered is None or str(offered.type) != str(argument.type):
                gaps.append(f"{where}({name}: {argument.type})")
            else:
                gaps += _default(f"{where}({name})", argument, offered)
    return gaps


def _default(where: str, wanted: object, found: object) -> list[str]:
    one, other = (_written(value) for value in (wanted, found))
    return [] if one == other else [f"{where} = {one} is {other}"]


def _written(value: object) -> str:
    """Return a default as it stands in the document that the schema was built from."""
    node = value.ast_node and value.ast_node.default_value  # type: ignore[attr-defined]
    return print_ast(node) if node else "none"
