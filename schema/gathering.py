"""Answers to many inputs of one call, whose records are read together: one list a selection, not one read an input.

A record that an answer names stands in its plan as a constant to be filled in. Pure: the lists are read by others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schema.source import visible
from service import plan
from service.models import MODELS

if TYPE_CHECKING:
    from graphql import FieldNode


@dataclass
class Wanted:
    """The records of one table of which the same is wanted."""

    table: str
    selection: plan.Node
    identifiers: dict[str, None] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)

    def plan(self) -> plan.Many:
        """Plan the records as a list of {id, it}; those that are not visible are left out."""
        named = plan.AnyOf(plan.Column("id"), tuple(self.identifiers))
        selection = plan.Object((("id", plan.Column("id")), ("it", self.selection)))
        return plan.Many(self.table, plan.both(named, visible(MODELS[self.table])), (plan.OrderKey("id"),), selection)


@dataclass(frozen=True)
class Named:
    """The place of one record in an answer."""

    wanted: Wanted
    identifier: str


class Gathering:
    """The records that the answers of one call name."""

    def __init__(self) -> None:
        """Start with none."""
        self.wanted: dict[tuple[Any, ...], Wanted] = {}

    def named(
        self, nodes: list[FieldNode], table: str, identifier: str, select: Callable[[], plan.Node]
    ) -> plan.Constant:
        """Note a record whose selection the nodes hold; it is planned once for all of them."""
        key = (table, *map(id, nodes))
        if key not in self.wanted:
            self.wanted[key] = Wanted(table, select())
        self.wanted[key].identifiers[identifier] = None
        return plan.Constant(Named(self.wanted[key], identifier))

    def plan(self) -> plan.Object | None:
        """Plan all the lists, in one statement; None where no record is named."""
        lists = tuple((f"l{at}", wanted.plan()) for at, wanted in enumerate(self.wanted.values()))
        return plan.Object(lists) if lists else None

    def take(self, lists: dict[str, list[dict[str, Any]]]) -> None:
        """Take the lists as they were read."""
        for wanted, rows in zip(self.wanted.values(), lists.values(), strict=True):
            wanted.found = {row["id"]: row["it"] for row in rows}


def filled(node: plan.Node) -> Any:
    """Return the answer that the plan makes once its records are there; in lists, those that are not are left out."""
    match node:
        case plan.Constant(Named(wanted, identifier)):
            return wanted.found.get(identifier)
        case plan.Constant(value):
            return value
        case plan.Object(fields):
            return {key: filled(value) for key, value in fields}
        case plan.Array(elements):
            values = [(element, filled(element)) for element in elements]
            return [value for element, value in values if value is not None or not _is_record(element)]
    raise TypeError(f"{type(node).__name__} is read from no list")


def _is_record(node: plan.Node) -> bool:
    return isinstance(node, plan.Constant) and isinstance(node.value, Named)
