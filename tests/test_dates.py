from datetime import UTC, date, datetime

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.dates import PartialDate, is_ahead, out_of_order

Pool = asyncpg.Pool
MARKS = ("", "~", "?", "%")


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2024-03-22", date(2024, 3, 22), date(2024, 3, 22)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02~", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024?", date(2024, 1, 1), date(2024, 12, 31)),
        ("0001%", date(1, 1, 1), date(1, 12, 31)),
        ("9999-12", date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_reads_the_days_that_a_date_can_mean(text: str, earliest: date, latest: date) -> None:
    assert PartialDate.parse(text) == PartialDate(text, earliest, latest)


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-30", "0000", "2024-13", "2024-00", "~2024", "2024 ", " 2024", "2024-3-2", "24", "", "2024~?"),
        *("2024-03-22T00:00", "2024-03-22\n", "-2024", "20240322", "2024/2025", "２０２４", "٢٠٢٤"),
    ],
)
def test_refuses_what_is_no_date_and_says_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="2024-03-22, 2024-03 or 2024"):
        PartialDate.parse(text)


@st.composite
def partial_dates(draw: st.DrawFn) -> str:
    day = draw(st.dates())
    precision = draw(st.sampled_from((4, 7, 10)))
    return day.isoformat()[:precision] + draw(st.sampled_from(MARKS))


@given(partial_dates())
def test_every_day_of_the_calendar_reads_back(text: str) -> None:
    parsed = PartialDate.parse(text)
    assert parsed.text == text
    assert parsed.earliest <= parsed.latest
    assert text.startswith(parsed.earliest.isoformat()[: len(text.rstrip("~?%"))])
    assert text.startswith(parsed.latest.isoformat()[: len(text.rstrip("~?%"))])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(partial_dates(), st.from_regex(r"\A[0-9]{4}(-[0-9]{2}){0,2}[~?%]?\Z")))
async def test_agrees_with_the_database(pool: "Pool[asyncpg.Record]", text: str) -> None:
    try:
        parsed = PartialDate.parse(text)
        expected: tuple[date, date] | None = (parsed.earliest, parsed.latest)
    except ValueError:
        expected = None
    try:
        row = await pool.fetchrow("SELECT edtf_earliest($1), edtf_latest($1)", text)
        found = tuple(row) if row else None
    except asyncpg.DataError:
        found = None
    assert found == expected


NOW = datetime(2024, 3, 31, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("2024-03", False),
        ("2024", False),
        ("2024-04", True),
        ("2024-03-31", False),
        ("2024-04-01", True),
        (None, False),
    ],
)
def test_a_date_is_ahead_only_when_none_of_its_days_has_begun_anywhere(text: str | None, *, ahead: bool) -> None:
    assert is_ahead(text, NOW) is ahead


def test_a_day_has_begun_once_it_has_in_the_first_time_zone() -> None:
    assert is_ahead("2024-04-01", NOW)
    assert not is_ahead("2024-04-01", NOW.replace(hour=10, minute=0))


@pytest.mark.parametrize(
    ("first", "then", "wrong"),
    [
        ("2024-03-22", "2024-03-21", True),
        ("2024-03-22", "2024-03", False),
        ("2024", "2024-01-01", False),
        ("2025", "2024-12-31", True),
        (None, "2024", False),
        ("2024", None, False),
    ],
)
def test_a_period_is_out_of_order_only_when_no_reading_puts_it_right(
    first: str | None, then: str | None, *, wrong: bool
) -> None:
    assert out_of_order(first, then) is wrong
