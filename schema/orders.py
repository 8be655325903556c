"""The orders that lists are offered in, and the column behind each."""

from service.models.columns import Described
from service.plan import OrderKey


class Direction(Described):
    """Which end of an order comes first. Unknown comes last in either direction."""

    ASC = "ASC", "Smallest, earliest, A first."
    DESC = "DESC", "Largest, latest, Z first."


class AgreementOrderField(Described):
    """What agreements can be ordered by."""

    SIGNED_ON = "SIGNED_ON", "By the earliest day on which it may have been signed."
    EXPIRES_ON = "EXPIRES_ON", "By the earliest day on which its term may end."
    TITLE = "TITLE", "By title, without case and accents."
    CREATED_AT = "CREATED_AT", "By when it came into the registry."
    UPDATED_AT = "UPDATED_AT", "By when it last changed."


class CityOrderField(Described):
    """What cities can be ordered by."""

    NAME = "NAME", "By name, without case and accents."
    COUNTRY = "COUNTRY", "By country code."
    POPULATION = "POPULATION", "By number of inhabitants."
    CREATED_AT = "CREATED_AT", "By when it came into the registry."


class EventOrderField(Described):
    """What events can be ordered by."""

    STARTS_ON = "STARTS_ON", "By the earliest day on which it may have started."
    NAME = "NAME", "By name, without case and accents."
    CREATED_AT = "CREATED_AT", "By when it came into the registry."


class DelegationOrderField(Described):
    """What delegations can be ordered by."""

    ARRIVED_ON = "ARRIVED_ON", "By the earliest day on which it may have arrived."
    NAME = "NAME", "By name, without case and accents."
    CREATED_AT = "CREATED_AT", "By when it came into the registry."


NAME = OrderKey("name_folded")
CREATED_AT = OrderKey("created_at", "timestamptz")

# For each table: the published order and what each of its members orders by.
ORDERS: dict[str, tuple[type[Described], dict[str, OrderKey]]] = {
    "agreement": (
        AgreementOrderField,
        {
            "SIGNED_ON": OrderKey("signed_on_earliest", "date", nullable=True),
            "EXPIRES_ON": OrderKey("expires_on_earliest", "date", nullable=True),
            "TITLE": OrderKey("title_folded"),
            "CREATED_AT": CREATED_AT,
            "UPDATED_AT": OrderKey("updated_at", "timestamptz"),
        },
    ),
    "city": (
        CityOrderField,
        {
            "NAME": NAME,
            "COUNTRY": OrderKey("country_code"),
            "POPULATION": OrderKey("population", "integer", nullable=True),
            "CREATED_AT": CREATED_AT,
        },
    ),
    "event": (
        EventOrderField,
        {
            "STARTS_ON": OrderKey("starts_on_earliest", "date", nullable=True),
            "NAME": NAME,
            "CREATED_AT": CREATED_AT,
        },
    ),
    "delegation": (
        DelegationOrderField,
        {
            "ARRIVED_ON": OrderKey("arrived_on_earliest", "date", nullable=True),
            "NAME": NAME,
            "CREATED_AT": CREATED_AT,
        },
    ),
}

# What a list is ordered by when nothing is asked for: the newest happening, or the name, first.
DEFAULTS: dict[str, OrderKey] = {
    "agreement": OrderKey("signed_on_earliest", "date", descending=True, nullable=True),
    "city": NAME,
    "event": OrderKey("starts_on_earliest", "date", descending=True, nullable=True),
    "delegation": OrderKey("arrived_on_earliest", "date", descending=True, nullable=True),
    "organization": NAME,
    "person": NAME,
    "programme": NAME,
    "contribution": OrderKey("given_on_earliest", "date", descending=True, nullable=True),
    "participation": OrderKey("id", descending=True),
    "area": OrderKey("slug"),
    "source": OrderKey("published_on_earliest", "date", descending=True, nullable=True),
}
