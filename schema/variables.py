"""An operation's variables, read as the schema's types say.

Each type becomes a function once, which takes what JSON holds and gives up at the first thing that is wrong; what is
wrong, and where, is then told by graphql-core in full. Many inputs are read so in a fraction of the time.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.pyutils import print_path_list
from graphql.utilities import coerce_input_literal, validate_input_value
from graphql.utilities.coerce_input_value import coerce_default_value

MAX_ERRORS = 20
# Looking for names like the one misspelt takes ten times as long as all the rest: it is done for one only.
MAX_HINTED_ERRORS = 1
MAX_DEPTH = 200  # as deep as graphql-core lets a document be nested
Read: TypeAlias = Callable[[Any, int], Any]
"""Reads a value that lies so deep."""
Signature: TypeAlias = tuple[VariableDefinitionNode, GraphQLVariableSignature]


class Unreadable(Exception):  # noqa: N818 (says that a value is wrong; what is wrong is told afterwards)
    """A value is not what its type takes."""


class TooManyErrors(Exception):  # noqa: N818 (an end, not a fault)
    """Enough was found."""


class Variables:
    """Reads the variables of operations against one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """Make each type's function when it is first asked for."""
        self.schema = schema
        self.objects: dict[str, Read] = {}

    def read(
        self, definitions: Collection[VariableDefinitionNode], given: Mapping[str, Any], *, hints: bool = True
    ) -> VariableValues | list[GraphQLError]:
        """Return the variables' values, or what is wrong with them; hints say what a misspelt name may have meant."""
        signatures = [(node, self._signature(node)) for node in definitions]
        try:
            return self._read(signatures, given)
        except Exception:  # whatever a scalar raises
            errors = _explained(signatures, given, hints=False)
            return _explained(signatures, given, hints=True) if hints and len(errors) <= MAX_HINTED_ERRORS else errors

    def _signature(self, node: VariableDefinitionNode) -> GraphQLVariableSignature:
        signature = get_variable_signature(self.schema, node)
        assert isinstance(signature, GraphQLVariableSignature)  # noqa: S101 (validation has seen to it)
        return signature

    def _read(self, signatures: Collection[Signature], given: Mapping[str, Any]) -> VariableValues:
        values = VariableValues({}, {})
        for node, signature in signatures:
            name, value = signature.name, given.get(signature.name, Undefined)
            values.sources[name] = VariableValueSource(signature, value)
            if value is not Undefined:
                values.coerced[name] = self.reader(signature.type)(value, 0)
            elif node.default_value:
                values.coerced[name] = coerce_input_literal(node.default_value, signature.type)
            elif isinstance(signature.type, GraphQLNonNull):
                raise Unreadable
        return values

    def reader(self, type_: GraphQLInputType) -> Read:
        """Return the function that reads a value of the type, or raises."""
        match type_:
            case GraphQLNonNull():
                return _required(self.reader(type_.of_type))
            case GraphQLList():
                return _list(self.reader(type_.of_type))
            case GraphQLInputObjectType():
                return self.objects.get(type_.name) or self._object(type_)
            case GraphQLScalarType() | GraphQLEnumType():
                return lambda value, _: None if value is None else type_.coerce_input_value(value)
        raise TypeError(f"{type_} is no input type")

    def _object(self, type_: GraphQLInputObjectType) -> Read:
        """Make the function of an input object, in which it may occur itself."""
        fields: dict[str, tuple[str, Read]] = {}
        required = {name for name, field in type_.fields.items() if is_required_input_field(field)}
        defaults = {field.out_name or name: coerce_default_value(field) for name, field in type_.fields.items()}
        defaults = {name: default for name, default in defaults.items() if default is not Undefined}
        out_type = type_.out_type  # it raises where one field alone may be given, and more or none are

        def read(value: Any, depth: int) -> Any:
            if value is None:
                return None
            if type(value) is not dict or depth > MAX_DEPTH or not required <= value.keys():
                raise Unreadable
            found = defaults.copy()
            for name, each in value.items():
                out_name, read_field = fields[name]
                found[out_name] = read_field(each, depth + 1)
            return out_type(found)

        self.objects[type_.name] = read
        for name, field in type_.fields.items():
            fields[name] = field.out_name or name, self.reader(field.type)
        return read


def _required(inner: Read) -> Read:
    def read(value: Any, depth: int) -> Any:
        if value is None:
            raise Unreadable
        return inner(value, depth)

    return read


def _list(inner: Read) -> Read:
    def read(value: Any, depth: int) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            return [inner(value, depth + 1)]
        return [inner(each, depth + 1) for each in value]

    return read


def _explained(signatures: Collection[Signature], given: Mapping[str, Any], *, hints: bool) -> list[GraphQLError]:
    """Return what is wrong with the values, and where; enough is enough."""
    errors: list[GraphQLError] = []

    def note(node: VariableDefinitionNode, error: GraphQLError, path: list[str | int]) -> None:
        name = node.variable.name.value
        message = f"Variable '${name}' has invalid value{print_path_list(path)}: {error.message}"
        errors.append(GraphQLError(message, node, extensions={"path": [name, *map(str, path)]}))
        if len(errors) == MAX_ERRORS:
            raise TooManyErrors

    try:
        for node, signature in signatures:
            value = given.get(signature.name, Undefined)
            if value is not Undefined or not node.default_value:
                validate_input_value(value, signature.type, partial(note, node), not hints)
    except TooManyErrors:
        pass
    except RecursionError:
        errors.clear()
    return errors or [GraphQLError("Variable values are nested too deeply.")]
