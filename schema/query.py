"""The queries: a list of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.agreement import Agreement, Area
from schema.change import ChangeConnection, changes
from schema.connection import Connection, pages
from schema.entity import entity
from schema.lookup import by_id, by_ids, city_by_reference, feed_cursor
from schema.relationship import Relationship, relationship
from schema.search import SearchConnection, search
from schema.source import many
from schema.statistics import AgreementCount, statistics
from service import models, plan

if TYPE_CHECKING:
    from schema.city import City
    from schema.country import Country
    from schema.delegation import Delegation
    from schema.event import Event
    from schema.evidence import Source
    from schema.giving import Contribution, Programme
    from schema.organization import Organization
    from schema.person import Person
    from schema.record import Node


@entity(None)
class Query:
    """What can be asked. All of one operation is answered from one moment's state of the registry."""

    node: Node | None = by_id("Any record, by its identifier; null where there is none.")
    nodes: list[Node | None] = by_ids("Records by their identifiers, in the same order; null where there is none.")
    countries: list[Country] = many(
        models.Country, plan.And(), "All countries, by code.", order=(plan.OrderKey("code"),)
    )
    city: City | None = city_by_reference()
    cities: Connection[City] = pages(
        models.City, "Cities that are known, whether or not anything was agreed with them."
    )
    organization: Organization | None = by_id("An organization, by its identifier; null where there is none.")
    organizations: Connection[Organization] = pages(
        models.Organization, "Companies, schools, offices and other bodies that agree, host or travel."
    )
    person: Person | None = by_id("A person, by its identifier; null where there is none.")
    people: Connection[Person] = pages(models.Person, "Who signed, witnessed, led or took part.")
    agreement: Agreement | None = by_id("An agreement, by its identifier; null where there is none.")
    agreements: Connection[Agreement] = pages(models.Agreement, "Agreements, signed and planned.")
    event: Event | None = by_id("An event, by its identifier; null where there is none.")
    events: Connection[Event] = pages(models.Event, "Events, held and planned.")
    delegation: Delegation | None = by_id("A delegation, by its identifier; null where there is none.")
    delegations: Connection[Delegation] = pages(
        models.Delegation, "Delegations of all cities and organizations, also planned ones."
    )
    contributions: Connection[Contribution] = pages(
        models.Contribution, "What parties gave each other: donations, gifts, assistance, knowledge."
    )
    programmes: Connection[Programme] = pages(models.Programme, "Plans of parties that agreements serve.")
    areas: Connection[Area] = pages(models.Area, "Subjects that agreements cover, such as tourism.")
    sources: Connection[Source] = pages(models.Source, "Publications that records cite.")
    agreement_stats: list[AgreementCount] = statistics("Agreements counted by one of their properties.")
    relationship: Relationship | None = relationship(
        "What two cities have done together; null where one of them is not known."
    )
    search: SearchConnection = search(
        "Records by the words of their names: first where the text is the name, then where it begins the name, then "
        "where the name holds every word. Of several words that are all very common, not every match is found."
    )
    changes: ChangeConnection = changes("Committed changes in order; with no cursor, from the oldest kept.")
    feed_cursor: str = feed_cursor()
