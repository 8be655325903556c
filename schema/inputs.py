"""Publishes the inputs of the rules as GraphQL inputs, field for field.

An input is declared once, in service/, where its rules check it; here its annotations become GraphQL's.
"""

import inspect
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from strawberry import UNSET

from schema.entity import REQUIRED, SCALARS_BY_TYPE, TYPES, InputField, publish_enum, publish_input
from service.inputs import Input, Scalar
from service.models.columns import Described


def publish_input_model(model: type[Input]) -> str:
    """Publish the model, and the models that its fields name, under their own names; return the name."""
    name = model.__name__
    if name in TYPES:
        return name
    TYPES[name] = None  # stands for itself while its fields are published, which may name it
    fields = {
        str(info.alias): InputField(
            _annotation(info), info.description or "", REQUIRED if info.is_required() else _default(info)
        )
        for info in model.model_fields.values()
    }
    publish_input(name, inspect.cleandoc(model.__doc__ or ""), fields, one_of=model.one_of)
    return name


def _default(info: FieldInfo) -> Any:
    return UNSET if info.default is None else info.default


def _annotation(info: FieldInfo) -> str:
    written = _written(info.annotation, info.metadata)
    return written if info.is_required() or written.endswith("| None") else f"{written} | None"


def _written(annotation: Any, metadata: Any = ()) -> str:
    """Write a Python annotation as one that names published types."""
    for mark in metadata:
        if isinstance(mark, Scalar):
            return mark.name
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _written(arguments[0], arguments[1:])
    if origin in (Union, UnionType):
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        return f"{_written(inner)} | None"
    if origin is list:
        return f"list[{_written(arguments[0])}]"
    if issubclass(annotation, Input):
        return publish_input_model(annotation)
    if issubclass(annotation, Described):
        publish_enum(annotation)
    return SCALARS_BY_TYPE.get(annotation) or str(annotation.__name__)
