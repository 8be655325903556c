"""Publishes models as GraphQL types: each field says where its value comes from.

    @entity(models.City)
    class City(Party):
        native_name: auto                       # the model's column: its type, nullability and description
        country: Country = one("country_code")  # a source, see source.py

A column is published only by its name standing in a class here. Annotations are resolved among TYPES when the
schema is built, so that types may refer to each other in any order. Knows no SQL.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from datetime import datetime
from decimal import Decimal as PythonDecimal
from typing import Any, TypeVar, get_args

import strawberry
from sqlmodel import SQLModel
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from schema import scalars
from schema.source import Argument, ColumnSource, Source
from service.models import columns

TYPES: dict[str, Any] = {
    "ID": strawberry.ID,
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    **{name: getattr(scalars, name) for name in scalars.__all__},
}
# Identifiers' prefixes: which GraphQL type, and which table.
NODES: dict[str, tuple[str, str]] = {}
# A column's kind tells its scalar; else the Python type does.
SCALARS_BY_COLUMN: dict[type[Any], str] = {
    columns.Edtf: "PartialDate",
    columns.CountryCode: "CountryCode",
    columns.LanguageTag: "LanguageTag",
    columns.Url: "URL",
}
SCALARS_BY_TYPE: dict[type[Any], str] = {datetime: "DateTime", PythonDecimal: "Decimal"}

T = TypeVar("T", bound=type)
REQUIRED = object()


def publish_enum(members: type[columns.Described]) -> type[columns.Described]:
    """Publish an enumeration under its own name, with the descriptions of its members."""
    if members.__name__ not in TYPES:
        published = strawberry.enum(members, description=inspect.getdoc(members))
        for value in published.__strawberry_definition__.values:  # type: ignore[attr-defined]  # strawberry.enum() sets it
            value.description = members[value.name].description
        TYPES[members.__name__] = published
    return members


def entity(model: type[SQLModel] | None, *, interface: bool = False) -> Callable[[T], T]:
    """Publish the class as the GraphQL type of a model, or of none where its fields have other sources.

    Raises TypeError when the model lacks a column, when a field has no source or no description, and when
    GraphQL would promise a value where the database may hold null.
    """

    def publish(cls: T) -> T:
        for name, annotation in cls.__annotations__.items():
            source = cls.__dict__.get(name) or ColumnSource(name)
            if not isinstance(source, Source):
                raise TypeError(f"{cls.__name__}.{name} has no source")
            setattr(cls, name, _field(cls.__name__, name, annotation, source, model))
        annotations = {name: cls.__dict__[name].type_annotation for name in cls.__annotations__}
        decorate = strawberry.interface if interface else strawberry.type
        published = decorate(cls, description=_description(cls))
        restore_annotations(published, annotations)
        TYPES[cls.__name__] = published
        if model is not None and not interface and "prefix" in (info := _id_info(model)):
            NODES[info["prefix"]] = (cls.__name__, str(model.__tablename__))
        return published

    return publish


@dataclass(frozen=True)
class InputField:
    """A field of an input: its annotation, its description, and a default unless it is required."""

    annotation: str
    description: str
    default: Any = REQUIRED


def publish_input(name: str, description: str, fields: Mapping[str, InputField], *, one_of: bool = False) -> None:
    """Publish an input, whose fields are given by the names that they are published under."""
    body: dict[str, Any] = {"__annotations__": {}}
    for key, given in fields.items():
        field: StrawberryField = strawberry.field(
            name=key, description=given.description, default=MISSING if given.default is REQUIRED else given.default
        )
        field.type_annotation = StrawberryAnnotation(given.annotation, namespace=TYPES)
        body["__annotations__"][f"{key}_"] = given.annotation
        body[f"{key}_"] = field
    annotations = {key: body[key].type_annotation for key in body["__annotations__"]}
    published = strawberry.input(type(name, (), body), description=description, one_of=one_of)
    restore_annotations(published, annotations)
    TYPES[name] = published


def restore_annotations(published: Any, annotations: Mapping[str, StrawberryAnnotation | None]) -> None:
    """Give the fields their annotations again, which Strawberry rewrites with a namespace of its own choice."""
    for field in published.__strawberry_definition__.fields:
        if field.python_name in annotations:
            field.type_annotation = annotations[field.python_name]


def _description(cls: type) -> str:
    if not cls.__doc__:
        raise TypeError(f"{cls.__name__} has no description")
    return inspect.cleandoc(cls.__doc__)


def _id_info(model: type[SQLModel]) -> dict[Any, Any]:
    table = getattr(model, "__table__", None)
    return table.c["id"].info if table is not None and "id" in table.c else {}


def _field(owner: str, name: str, annotation: str, source: Source, model: type[SQLModel] | None) -> StrawberryField:
    description = source.description
    if isinstance(source, ColumnSource) and model is not None:
        annotation, described = _column(owner, annotation, source.column, model)
        description = description or described
    if not description:
        raise TypeError(f"{owner}.{name} has no description")
    public = name.removesuffix("_") if name.endswith("_") else None  # Python's keywords: from_ is published as from
    field: StrawberryField = strawberry.field(name=public, description=description, metadata={"source": source})
    field.type_annotation = StrawberryAnnotation(annotation, namespace=TYPES)
    field.arguments = [_argument(argument) for argument in source.arguments]
    return field


def _argument(argument: Argument) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=argument.name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(argument.annotation, namespace=TYPES),
        description=argument.description,
        default=argument.default,
    )


def _column(owner: str, annotation: str, column: str, model: type[SQLModel]) -> tuple[str, str]:
    """Return a column's GraphQL annotation and description; a given annotation is checked, not replaced."""
    if column not in model.model_fields:
        raise TypeError(f"{owner}: {model.__name__} has no column {column}")
    field = model.model_fields[column]
    table = getattr(model, "__table__", None)
    nullable = type(None) in get_args(field.annotation) if table is None else bool(table.c[column].nullable)
    if annotation != "auto":
        if nullable and not annotation.endswith("| None"):
            raise TypeError(f"{owner}: {model.__name__}.{column} may be null")
        return annotation, field.description or ""
    python = next((part for part in get_args(field.annotation) if part is not type(None)), field.annotation)
    if isinstance(python, type) and issubclass(python, columns.Described):
        publish_enum(python)
        scalar = python.__name__
    elif column == "id":
        scalar = "ID"
    else:
        kind = type(table.c[column].type) if table is not None else type(None)
        scalar = SCALARS_BY_COLUMN.get(kind) or SCALARS_BY_TYPE.get(python) or python.__name__  # type: ignore[arg-type,union-attr]  # a column has a type
    return (f"{scalar} | None" if nullable else scalar), field.description or ""
