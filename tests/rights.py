"""Who may what: every kind of caller, every operation that the schema has, and what comes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from service.keys import Scope, create_key, revoke_key
from tests.issuer import Issuer
from tests.transports import READING, STREAMING, Transport

# What changes who is who needs the wider right; whatever else is written, the right to record.
REGISTRY = {
    *("createCity", "updateCity", "mergeCities", "createOrganization", "updateOrganization", "mergeOrganizations"),
    *("updatePerson", "mergePeople", "retract"),
}
SIGNINGS = {
    *("recordSigning", "recordSignings", "announceAgreement", "amendAgreement", "endAgreement", "recordEvent"),
    *("updateEvent", "recordDelegation", "updateDelegation", "recordContribution", "recordProgramme"),
    *("updateProgramme", "cite"),
}
EACH_SCOPE = {scope.name.lower(): frozenset({scope}) for scope in Scope}


@dataclass(frozen=True)
class Role:
    """A kind of caller: how it comes, whether it is let in, and what it may write; None where it shows nothing."""

    name: str
    shows: str | None
    valid: bool = True
    scopes: frozenset[Scope] | None = frozenset()


ANONYMOUS = Role("anonymous", None, scopes=None)
UNSCOPED_KEY, UNSCOPED_TOKEN = Role("a key without a scope", "key"), Role("a token without a scope", "token")
EXPIRED_KEY = Role("an expired key", "expired key", valid=False)
REVOKED_KEY = Role("a revoked key", "revoked key", valid=False)
ROLES = [
    ANONYMOUS,
    UNSCOPED_KEY,
    *(Role(f"a key with {name}", "key", scopes=scopes) for name, scopes in EACH_SCOPE.items()),
    EXPIRED_KEY,
    REVOKED_KEY,
    Role("a malformed key", "malformed key", valid=False),
    Role("a key that nobody made", "unknown key", valid=False),
    UNSCOPED_TOKEN,
    *(Role(f"a token with {name}", "token", scopes=scopes) for name, scopes in EACH_SCOPE.items()),
    Role("an expired token", "expired token", valid=False),
]


@dataclass(frozen=True)
class Policy:
    """What the operator lets those do who have no key."""

    name: str
    anonymous: bool
    introspection: str


SHIPPED = Policy("as shipped", anonymous=True, introspection="everyone")
OPEN = Policy("open", anonymous=True, introspection="keys")
CLOSED = Policy("closed", anonymous=False, introspection="nobody")


async def authorization(role: Role, connection: asyncpg.Connection, issuer: Issuer) -> str | None:
    """Make what a role shows."""
    scopes = role.scopes or frozenset()
    past = datetime.now(UTC) - timedelta(seconds=5)
    match role.shows:
        case None:
            return None
        case "token" | "expired token":
            expiry: dict[str, Any] = {} if role.valid else {"exp": int(past.timestamp()) - 60}
            return f"Bearer {issuer.token(scope=' '.join(scopes), **expiry)}"
        case "malformed key":
            return "Bearer jml_a_b"
        case "unknown key":
            return f"Bearer jml_aaaaaaaaaa_{'0' * 64}"
    key = await create_key(connection, role.name, [Scope.ADMIN], "", past if role is EXPIRED_KEY else None)
    if role.valid:
        await connection.execute("UPDATE api_key SET scopes = $1 WHERE name = $2", sorted(scopes), role.name)
    if role is REVOKED_KEY:
        await revoke_key(connection, key.split("_")[1])
    return f"Bearer {key}"


@dataclass(frozen=True)
class Operation:
    """An operation with one root field."""

    kind: str
    field: str
    document: str

    def variables(self, inputs: Mapping[str, Any], after: str) -> dict[str, Any]:
        """Return the operation's variables: the mutation's input, or the cursor behind which to follow."""
        if self.kind == "subscription":
            return {"after": after}
        return {"input": inputs[self.field]} if self.field in inputs else {}


def operations(schema: GraphQLSchema) -> Iterator[Operation]:
    """Yield an operation for each root field of the schema, and those that every schema answers."""
    assert schema.query_type and schema.mutation_type and schema.subscription_type
    for name, field in schema.query_type.fields.items():
        yield Operation("query", name, f"{{ {name}{arguments(field)}{selection(field)} }}")
    for name in schema.subscription_type.fields:
        yield Operation("subscription", name, f"subscription ($after: String) {{ {name}(after: $after) {{ cursor }} }}")
    for name, field in schema.mutation_type.fields.items():
        ((argument, given),) = [each for each in field.args.items() if is_required_argument(each[1])]
        asked = f"{name}({argument}: $input) {{ __typename }}"
        yield Operation("mutation", name, f"mutation ($input: {given.type}) {{ {asked} }}")
    yield Operation("query", "__typename", "{ __typename }")
    yield Operation("mutation", "__typename", "mutation { __typename }")
    yield Operation("introspection", "__schema", "{ __schema { queryType { name } } }")
    yield Operation("introspection", "__type", '{ __type(name: "City") { name } }')


def selection(field: GraphQLField) -> str:
    """Return the least that can be selected of a field."""
    return "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"


def arguments(field: GraphQLField) -> str:
    """Return the arguments without which a field cannot be asked for."""
    given = [f"{name}: {literal(each.type)}" for name, each in field.args.items() if is_required_argument(each)]
    return f"({', '.join(given)})" if given else ""


def literal(type_: GraphQLInputType) -> str:
    """Return a value of a type as a document has it."""
    if isinstance(type_, GraphQLNonNull):
        return literal(type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{literal(type_.of_type)}, {literal(type_.of_type)}]"
    if isinstance(type_, GraphQLEnumType):
        return str(next(iter(type_.values)))
    if isinstance(type_, GraphQLInputObjectType):
        name, field = next(iter(type_.fields.items()))
        assert type_.is_one_of or not any(map(is_required_input_field, type_.fields.values()))
        return f"{{ {name}: {literal(field.type)} }}"
    return '"IDENTIFIER"' if type_.name == "ID" else '"a"'


def expected(role: Role, policy: Policy, operation: Operation, transport: Transport) -> tuple[str, ...]:
    """Return the codes with which an operation is to be answered; none where it is to be performed."""
    if not role.valid or (role.shows is None and not policy.anonymous):
        return ("UNAUTHENTICATED",)
    match operation.kind:
        case "subscription" if transport not in STREAMING:
            return ("BAD_REQUEST",)
        case "mutation" if transport in READING:
            return ("MUTATION_BY_GET",)
        case "mutation" if operation.field != "__typename":
            if role.scopes is None:
                return ("UNAUTHENTICATED",)
            return () if operation.field in permitted(role) else ("FORBIDDEN",)
        case "introspection" if policy.introspection == "nobody":
            return ("FORBIDDEN",)
        case "introspection" if policy.introspection == "keys" and role.shows is None:
            return ("UNAUTHENTICATED",)
    return ()


def permitted(role: Role) -> set[str]:
    """Return the mutations that a role may perform."""
    scopes = role.scopes or frozenset()
    return {
        *(SIGNINGS if scopes & {Scope.SIGNINGS_WRITE, Scope.ADMIN} else ()),
        *(REGISTRY if scopes & {Scope.REGISTRY_WRITE, Scope.ADMIN} else ()),
    }
