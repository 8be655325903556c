"""Sources and citations."""

from __future__ import annotations

from strawberry import auto

from schema.entity import entity
from schema.record import Node
from schema.source import one
from service import models


@entity(models.Source)
class Source(Node):
    """A publication that facts are taken from."""

    title: auto
    publisher: auto
    published_on: auto
    url: auto
    language: auto


@entity(models.Citation)
class Citation:
    """Where a record, or one field of it, comes from."""

    source: Source = one(models.Source, "source_id", "The publication.", required=True)
    field: auto
    locator: auto
    basis: auto
    note: auto
