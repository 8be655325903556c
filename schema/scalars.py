"""The scalars of the contract: how a value is read from a request, and what it means.

Values are written by the database, so no scalar serialises anything. A value that is refused says what is allowed.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal as PythonDecimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from service.dates import PartialDate as ParsedPartialDate

PartialDate = NewType("PartialDate", str)
Date = NewType("Date", date)
DateTime = NewType("DateTime", str)
Decimal = NewType("Decimal", PythonDecimal)
CountryCode = NewType("CountryCode", str)
LanguageTag = NewType("LanguageTag", str)
URL = NewType("URL", str)

__all__ = ["URL", "CountryCode", "Date", "DateTime", "Decimal", "LanguageTag", "PartialDate"]


def _text(value: Any, allowed: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be {allowed}, written as a string")
    return value


def _partial_date(value: Any) -> str:
    return ParsedPartialDate.parse(_text(value, "a date such as 2024-03-22, 2024-03 or 2024")).text


def _date(value: Any) -> date:
    text = _text(value, "a day such as 2024-03-22")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("must be a day such as 2024-03-22")
    return date.fromisoformat(text)


def _decimal(value: Any) -> PythonDecimal:
    text = value if isinstance(value, str) else str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", text):
        raise ValueError('must be a decimal number such as "300000.00"')
    return PythonDecimal(text)


def _pattern(pattern: str, allowed: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        text = _text(value, allowed)
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {allowed}")
        return text

    return parse


def _unread(value: Any) -> Any:
    raise ValueError("is not taken as an input")


def _scalar(
    name: str, description: str, parse: Callable[[Any], Any], specified_by: str | None = None
) -> ScalarDefinition:
    definition: ScalarDefinition = strawberry.scalar(
        name=name, description=description, parse_value=parse, specified_by_url=specified_by
    )
    return definition


SCALARS: dict[object, ScalarDefinition] = {
    PartialDate: _scalar(
        "PartialDate",
        "A calendar date as precise as its source: the day 2024-03-22, the month 2024-03 or the year 2024. A ~ at "
        "the end means approximate, a ? uncertain, a % both (EDTF levels 0 and 1).",
        _partial_date,
        "https://www.loc.gov/standards/datetime/",
    ),
    Date: _scalar("Date", "A full calendar date, YYYY-MM-DD.", _date),
    DateTime: _scalar("DateTime", "An instant in UTC, as RFC 3339 writes it.", _unread),
    Decimal: _scalar("Decimal", 'An exact decimal number, written as a string: "300000.00".', _decimal),
    CountryCode: _scalar(
        "CountryCode",
        "A country as ISO 3166-1 alpha-2 writes it, such as TW; XK is Kosovo.",
        _pattern(r"[A-Z]{2}", "two capital letters such as TW"),
    ),
    LanguageTag: _scalar(
        "LanguageTag",
        "A language as BCP 47 writes it, such as en or zh-Hant.",
        _pattern(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "a language tag such as en or zh-Hant"),
        "https://www.rfc-editor.org/info/bcp47",
    ),
    URL: _scalar(
        "URL",
        "An absolute http or https address.",
        _pattern(r"https?://[^\s/]+\S*", "an address that starts with http:// or https://"),
    ),
}
