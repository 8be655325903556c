"""Changing a record that is there: the row locked, the version compared, only what is given replaced.

Knows what "absent stays, null clears" means and how a version grows. Knows no record's own rules.
"""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Optional, cast

from pydantic import Field, SerializerFunctionWrapHandler, create_model, field_validator, model_serializer
from pydantic_core.core_schema import ValidationInfo

from service.citation import Cited, gather_citations, write_citations
from service.errors import Path, Refused, UserErrorCode
from service.inputs import INT_MAX, CitationInput, IdText, Input, WholeNumber, citations_field, key_field
from service.models import TABLES
from service.models.enums import ChangeKind
from service.recording import Transaction
from service.reference import References

PREFIXES = {
    str(table.c["id"].info["prefix"]): name
    for name, table in TABLES.items()
    if "retracted_at" in table.c and "prefix" in table.c["id"].info
}
"""The tables of records by the prefix of their identifiers."""


class Patch(Input):
    """Changes to a record: a field left out stays as it is, a field given as null is cleared."""

    kept: ClassVar[Collection[str]] = ()
    """The fields that a record is never without."""

    @field_validator("*", mode="after")
    @classmethod
    def _cleared(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name in cls.kept:
            raise ValueError("cannot be cleared: leave it out to keep it as it is")
        return value

    @model_serializer(mode="wrap")
    def _with_cleared(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Tell null from absent, so that they do not count as the same input."""
        content: dict[str, Any] = serialize(self)
        if cleared := sorted(name for name in self.model_fields_set if getattr(self, name) is None):
            content["cleared"] = cleared
        return content

    def gives(self, name: str) -> bool:
        """Tell whether the field is to change, be it to nothing."""
        return name in self.model_fields_set


class UpdateInput(Input):
    """Changes to a record of one kind."""

    idempotency_key: str = key_field()
    id: IdText = Field(description="Which record, by the id that it was answered with.")
    expected_version: WholeNumber = Field(
        ge=1, le=INT_MAX, description="The version that the changes are meant for; another one is refused."
    )
    patch: Any = Field(description="What changes: a field left out stays as it is, null clears it, a list replaces.")
    citations: list[CitationInput] | None = citations_field()


def update_input(
    record: str, model: type[Input], *, without: Collection[str] = (), kept: Collection[str] = ()
) -> type[UpdateInput]:
    """Make the input that changes a record, whose patch has the fields of the input that creates one."""
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if name not in {"idempotency_key", "citations", *without}:
            # What checks a value checks it below Optional, so that it is not given the null that clears a field.
            checked = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            optional, annotation = copy(info), cast(Any, Optional[checked])  # noqa: UP045 (made at run time)
            optional.default, optional.annotation, optional.metadata = None, annotation, []
            fields[name] = (annotation, optional)
    patch = create_model(f"{record}Patch", __base__=Patch, **fields)
    noun = record.lower()
    article = "an" if noun[0] in "aeio" else "a"
    patch.__doc__ = f"Changes to {article} {noun}: a field left out stays as it is, a field given as null is cleared."
    patch.kept = kept
    given = (patch, Field(description="What is to change; lists given replace those that are there."))
    update = create_model(f"Update{record}Input", __base__=UpdateInput, patch=given)
    update.__doc__ = f"Changes to {article} {noun}."
    return update


@dataclass(frozen=True)
class Current:
    """A record as it stands, locked until the transaction ends."""

    table: str
    id: str
    row: Mapping[str, Any]

    def then(self, patch: Patch, name: str) -> Any:
        """Return what the field will be: as the patch gives it, else as it is."""
        return getattr(patch, name) if patch.gives(name) else self.row[name]


async def lock_any(tx: Transaction, id_: str, expected_version: int | None, path: Path) -> Current:
    """Lock a record of whatever kind; see lock_record."""
    table = PREFIXES.get(id_.partition("_")[0])
    if table is None:
        tx.refuse(UserErrorCode.NOT_FOUND, "names no record of the registry", path)
        raise Refused(tx.refusals)
    return await lock_record(tx, table, id_, expected_version, path)


async def lock_record(
    tx: Transaction, table: str, id_: str, expected_version: int | None, path: Path = ("id",)
) -> Current:
    """Lock the record and return it, the survivor where it was merged.

    Raises Refused where there is none, or where it has changed since the version that the caller has seen.
    """
    merged = "merged_into_id" in TABLES[table].c
    wanted = f"(SELECT coalesce(merged_into_id, id) FROM {table} WHERE id = $1)" if merged else "$1"
    row = await tx.connection.fetchrow(
        f"SELECT * FROM {table} WHERE id = {wanted} AND retracted_at IS NULL FOR NO KEY UPDATE", id_
    )
    if row is None:
        tx.refuse(UserErrorCode.NOT_FOUND, f"names no {table} of the registry", path)
        raise Refused(tx.refusals)
    if expected_version not in {None, row["version"]}:
        message = f"is not the record's version, which is {row['version']}: read it again and decide anew"
        tx.refuse(UserErrorCode.VERSION_CONFLICT, message, ("expectedVersion",), (row["id"],))
    tx.check()
    return Current(table, row["id"], dict(row))


async def revise(
    tx: Transaction,
    current: Current,
    changes: Mapping[str, Mapping[str, Any]],
    *,
    others: Collection[str] = (),
    kind: ChangeKind = ChangeKind.UPDATED,
) -> None:
    """Write the changes, given as columns by published field, raise the version and announce what differs.

    The others are published fields that were written elsewhere.
    """
    differing = [
        field
        for field, columns in changes.items()
        if any(current.row[column] != value for column, value in columns.items())
    ]
    written = {column: value for columns in changes.values() for column, value in columns.items()}
    assert written.keys() <= set(TABLES[current.table].c.keys())  # noqa: S101 (names become SQL text)
    assignments = "".join(f", {column} = ${at}" for at, column in enumerate(written, 2))
    version = await tx.connection.fetchval(
        f"UPDATE {current.table} SET version = version + 1, updated_at = now(){assignments}"
        " WHERE id = $1 RETURNING version",
        current.id,
        *written.values(),
    )
    tx.announce(kind, current.id, tuple(dict.fromkeys((*differing, *others))), version=version)


@dataclass
class Update:
    """An update under way: the record as it stands, its patch, and what the patch names."""

    tx: Transaction
    current: Current
    patch: Any
    references: References
    cited: list[Cited]

    def given(self, *names: str) -> list[str]:
        """Return the published names of those of the fields that are to change."""
        aliases = {name: info.alias or name for name, info in type(self.patch).model_fields.items()}
        return [aliases[name] for name in names if self.patch.gives(name)]

    def columns(self, *names: str) -> dict[str, dict[str, Any]]:
        """Return the changes of fields that are stored in a column of the same name."""
        fields = zip(self.given(*names), filter(self.patch.gives, names), strict=True)
        return {published: {name: _stored(getattr(self.patch, name))} for published, name in fields}

    async def write(self, changes: Mapping[str, Mapping[str, Any]], *lists: str) -> str:
        """Write the changes beside the lists, which were replaced already, and return the record's identifier."""
        await write_citations(self.tx, [(self.current.id, one) for one in self.cited])
        others = [*self.given(*lists), *(["citations"] if self.cited else [])]
        await revise(self.tx, self.current, changes, others=others)
        return self.current.id


async def begin_update(tx: Transaction, table: str, payload: UpdateInput) -> Update:
    """Lock the record that the input changes and note what it cites."""
    current = await lock_record(tx, table, payload.id, payload.expected_version)
    references = References(tx)
    cited = gather_citations(tx, references, table, payload.citations, ("citations",))
    if not payload.patch.model_fields_set and not cited:
        tx.refuse(UserErrorCode.INVALID, "gives no field: name what is to change", ("patch",))
    return Update(tx, current, payload.patch, references, cited)


def _stored(value: Any) -> Any:
    return getattr(value, "value", value)
