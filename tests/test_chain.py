from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.chain import FeedCursor, change_hash, feed_cursor, parse_feed_cursor

AT = datetime(2024, 3, 22, 7, tzinfo=UTC)


def hashed(**changed: object) -> bytes:
    facts: dict[str, object] = {
        "previous": bytes(32),
        "seq": 1,
        "at": AT,
        "actor": "city",
        "kind": "CREATED",
        "subject_id": "agr_1",
        "version": 1,
        "fields": ["kind", "title"],
        "signing": True,
    }
    return change_hash(**{**facts, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"previous": bytes(31) + b"\1"},
        {"seq": 2},
        {"at": AT + timedelta(microseconds=1)},
        {"actor": "citz"},
        {"kind": "UPDATED"},
        {"subject_id": "agr_2"},
        {"version": 2},
        {"fields": ["kind,title"]},
        {"fields": ["title", "kind"]},
        {"signing": False},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_column_of_a_change_reaches_its_hash(changed: dict[str, object]) -> None:
    assert hashed(**changed) != hashed()


def test_an_instant_is_hashed_whatever_its_time_zone() -> None:
    assert hashed(at=AT.astimezone(timezone(timedelta(hours=8)))) == hashed()


def test_a_cursor_reads_back_and_knows_its_change() -> None:
    digest = hashed()
    cursor = parse_feed_cursor(feed_cursor("a1b2c3d4", 12, digest))
    assert cursor == FeedCursor("a1b2c3d4", 12, digest.hex()[:8])
    assert cursor.fits(digest)
    assert not cursor.fits(bytes(32))


@pytest.mark.parametrize("text", ["", "12", "a.1", "a.01.00000000", "a.-1.00000000", "a.1.0000000G", "a.１.00000000"])
def test_refuses_what_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        parse_feed_cursor(text)
