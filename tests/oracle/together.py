"""What the fields answer that speak of several records at once: changes, partners, relationships, statistics."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.oracle.answers import RECORDS, Reference, answers, visible
from tests.oracle.days import earliest
from tests.oracle.fields import city
from tests.oracle.filters import keeps
from tests.oracle.lists import CURSOR, Key, column, cut, first_day
from tests.oracle.registry import Registry, Row

# ── changes ───────────────────────────────────────────────────────────────────────────────────────────────


def feed_cursor(registry: Registry, place: Row) -> str:
    """Return the cursor just behind a change, or at the head of the feed."""
    (head,) = registry["feed_head"]
    return f"{head['epoch']}.{place['seq']}.{place['hash'].hex()[:8]}"


def feed_cursors(registry: Registry) -> list[str]:
    """Return the cursors of all changes, and the one before the first."""
    (head,) = registry["feed_head"]
    return [f"{head['epoch']}.0.{'0' * 8}", *(feed_cursor(registry, change) for change in registry["change"])]


@answers("Query.feedCursor")
def feed_head(reference: Reference, _: None) -> str:
    """Return where the feed stands."""
    (head,) = reference.registry["feed_head"]
    return feed_cursor(reference.registry, head)


@answers("Change.cursor")
def cursor_of_change(reference: Reference, change: Row) -> str:
    """Return the cursor just behind the change."""
    return feed_cursor(reference.registry, change)


@answers("Change.subject")
def subject(reference: Reference, change: Row) -> Row | None:
    """Return the record as it is now: a duplicate's survivor, nothing once it was taken back."""
    return reference.find(change["subject_id"])


@answers("Query.changes")
def changes(reference: Reference, _: None, **arguments: Any) -> dict[str, Any]:
    """Return a page of all changes."""
    return page_of_changes(reference, reference.registry["change"], arguments, 100)


@answers("Record.history")
def history(reference: Reference, record: Row, **arguments: Any) -> dict[str, Any]:
    """Return a page of a record's own changes; those of its duplicates are theirs."""
    return page_of_changes(reference, reference.rows("change", subject_id=record["id"]), arguments, 20)


def page_of_changes(reference: Reference, rows: Sequence[Row], arguments: dict[str, Any], usual: int) -> dict[str, Any]:
    """Return the changes behind the cursor, oldest first, that the filter keeps; as many as usual if not told."""
    kept = [row for row in rows if keeps(reference, "ChangeFilter", arguments.get("filter"), row)]
    kept.sort(key=lambda row: int(row["seq"]))
    start = 0 if arguments.get("after") is None else int(arguments["after"].split(".")[1])
    window = [row for row in kept if row["seq"] > start]
    shown = window[: usual if arguments.get("first") is None else arguments["first"]]
    cursors = [feed_cursor(reference.registry, row) for row in shown]
    return {
        "edges": [{"cursor": cursor, "node": row} for cursor, row in zip(cursors, shown, strict=True)],
        "nodes": shown,
        "pageInfo": {
            "hasNextPage": len(shown) < len(window),
            "hasPreviousPage": len(window) < len(kept),
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


# ── partners ──────────────────────────────────────────────────────────────────────────────────────────────

BY_NEWEST = (Key("NEWEST", column("newest"), True), Key("KEY", column("key"), True))


@answers("City.partners")
def partners(reference: Reference, row: Row, **arguments: Any) -> dict[str, Any]:
    """Return a page of the cities that agreements of the kinds and statuses join to this one."""
    shared: dict[str, list[Row]] = {}
    kinds, statuses = (arguments.get(name) for name in ("kinds", "statuses"))
    for agreement in reference.rows("agreement"):
        counts = kinds is None or agreement["kind"] in kinds
        counts = counts and reference.status(agreement) in (["IN_FORCE"] if statuses is None else statuses)
        cities = cities_of(reference, "agreement_party", agreement)
        if counts and visible(agreement) and row["id"] in cities:
            for other in cities - {row["id"]}:
                shared.setdefault(other, []).append(agreement)
    groups = [partner(other, agreements) for other, agreements in shared.items()]
    ends = {end: arguments[end] for end in ("after", "before") if arguments.get(end) is not None}
    known = {end: place_of_partner(reference.cursors[cursor]) for end, cursor in ends.items()}
    page = cut(groups, BY_NEWEST, lambda group: f"{CURSOR}partner {group['newest']},{group['key']}", known, arguments)
    for edge in page["edges"]:
        edge.update(edge["node"]["edge"], node=reference.row("city", edge["node"]["key"]))
    page["nodes"] = [edge["node"] for edge in page["edges"]]
    return page


def partner(key: str, agreements: Sequence[Row]) -> Row:
    """Return a partner as a row: what it is ordered by, and what its edge says."""
    signed = first_signed(agreements)
    days = [earliest(agreement["signed_on"]) for agreement in signed]
    edge = {
        "since": signed[0]["signed_on"] if signed else None,
        "kinds": sorted({agreement["kind"] for agreement in agreements}),
        "agreementCount": len(agreements),
    }
    return Row("partner", {"key": key, "newest": str(max(days)) if days else None, "edge": edge})


def place_of_partner(mark: str) -> Row:
    """Return the place that a cursor's mark names."""
    newest, key = mark.split()[-1].split(",")
    return Row("partner", {"key": key, "newest": None if newest == "None" else newest})


def first_signed(agreements: Sequence[Row]) -> list[Row]:
    """Return the agreements whose date of signing is known, oldest first."""
    signed = [agreement for agreement in agreements if agreement["signed_on"] is not None]
    return sorted(signed, key=lambda agreement: (earliest(agreement["signed_on"]), agreement["id"]))


def cities_of(reference: Reference, link: str, row: Row, *statuses: str) -> set[str]:
    """Return the identifiers of the cities that the rows of the link, of those statuses if given, name for the row."""
    found = reference.rows(link, **{f"{row.table}_id": row["id"]})
    return {each["city_id"] for each in found if each["city_id"] and not (statuses and each["status"] not in statuses)}


# ── relationships ─────────────────────────────────────────────────────────────────────────────────────────

DATES = {"agreement": "signed_on", "event": "starts_on", "delegation": "arrived_on", "contribution": "given_on"}
OLDEST_FIRST = (
    Key("EARLIEST", lambda row: first_day(DATES[row.table])(row), False),
    Key("ID", column("id"), False),
)


@answers("Query.relationship")
def relationship(reference: Reference, _: None, between: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the two cities; nothing where one, from the first on, is not known, or both are one."""
    found = []
    for ref in between:
        named = city(reference, None, ref)
        if named is None:
            return None
        found.append(named)
    return None if found[0] is found[1] else {"cities": found}


@answers("Relationship.cities")
def cities(_: Reference, asked: dict[str, Any]) -> list[Row]:
    """Return the two cities in the order asked."""
    found: list[Row] = asked["cities"]
    return found


def joint(reference: Reference, asked: dict[str, Any], *tables: str) -> list[Row]:
    """Return what stands in lists of what the two did together."""
    one, other = (row["id"] for row in asked["cities"])
    rows = [row for table in tables for row in reference.rows(table) if visible(row)]
    return [row for row in rows if ACTS[row.table](reference, row, one, other)]


def agreed(reference: Reference, agreement: Row, one: str, other: str) -> bool:
    """Tell whether both are party."""
    return {one, other} <= cities_of(reference, "agreement_party", agreement)


def met(reference: Reference, event: Row, one: str, other: str) -> bool:
    """Tell whether each is the place, a host, or a participant of the event who came or said they would."""
    came = cities_of(reference, "participation", event, "CONFIRMED", "ATTENDED")
    return {one, other} <= came | cities_of(reference, "event_host", event) | {event["city_id"]}


def travelled(reference: Reference, delegation: Row, one: str, other: str) -> bool:
    """Tell whether one sent the delegation, and it went to the other or was its guest."""
    received = cities_of(reference, "delegation_host", delegation) | {delegation["destination_city_id"]}
    return any(delegation["from_city_id"] == a and b in received for a, b in ((one, other), (other, one)))


def gave(_: Reference, contribution: Row, one: str, other: str) -> bool:
    """Tell whether one gave it to the other."""
    return (contribution["giver_city_id"], contribution["recipient_city_id"]) in ((one, other), (other, one))


ACTS: dict[str, Callable[[Reference, Row, str, str], bool]] = {
    "agreement": agreed,
    "event": met,
    "delegation": travelled,
    "contribution": gave,
}


@answers("Relationship.since")
def since(reference: Reference, asked: dict[str, Any]) -> Any:
    """Return the earliest known signing."""
    signed = first_signed(joint(reference, asked, "agreement"))
    return signed[0]["signed_on"] if signed else None


@answers("Relationship.agreements")
def agreements_between(reference: Reference, asked: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    """Return a page of the agreements of which both are party."""
    return reference.page("agreement", joint(reference, asked, "agreement"), arguments)


@answers("Relationship.timeline")
def timeline(reference: Reference, asked: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    """Return a page of all that the two did together, oldest first."""
    ends = {end: arguments[end] for end in ("after", "before") if arguments.get(end) is not None}
    names = {end: reference.cursors[cursor].split()[-1] for end, cursor in ends.items()}
    known = {end: reference.by_key[RECORDS[name.partition("_")[0]]][name] for end, name in names.items()}
    items = joint(reference, asked, *ACTS)
    return cut(items, OLDEST_FIRST, lambda row: f"{CURSOR}timeline {row['id']}", known, arguments)


# ── statistics ────────────────────────────────────────────────────────────────────────────────────────────


def parties(reference: Reference, agreement: Row) -> list[Row]:
    """Return the parties of an agreement."""
    found = (reference.party(row) for row in reference.rows("agreement_party", agreement_id=agreement["id"]))
    return [party for party in found if party is not None]


def areas(reference: Reference, agreement: Row) -> list[Row]:
    """Return the areas that an agreement covers."""
    rows = reference.rows("agreement_area", agreement_id=agreement["id"])
    return [reference.by_key["area"][row["area_id"]] for row in rows]


def words(_: Reference, member: str) -> str:
    """Return a member of an enumeration in words."""
    return member[0] + member[1:].lower().replace("_", " ")


def country(reference: Reference, code: str) -> str:
    """Return a country's name in English, or else its code."""
    named = reference.rows("country_name", country_code=code, language="en")
    return str(named[0]["name"]) if named else code


def name_of_area(reference: Reference, slug: str) -> str:
    """Return the name of the area."""
    return str(reference.rows("area", slug=slug)[0]["name"])


# For each dimension: what an agreement counts under, and what people call that.
DIMENSIONS: dict[str, tuple[Callable[[Reference, Row], list[Any]], Callable[[Reference, str], str]]] = {
    "KIND": (lambda _, row: [row["kind"]], words),
    "STATUS": (lambda reference, row: [reference.status(row)], words),
    "YEAR": (lambda _, row: [row["signed_on"][:4] if row["signed_on"] else "unknown"], lambda _, key: key),
    "COUNTRY": (lambda reference, row: [party["country_code"] for party in parties(reference, row)], country),
    "CITY": (
        lambda reference, row: [party["id"] for party in parties(reference, row) if party.table == "city"],
        lambda reference, key: str(reference.by_key["city"][key]["name"]),
    ),
    "AREA": (lambda reference, row: [area["slug"] for area in areas(reference, row)], name_of_area),
}


@answers("Query.agreementStats")
def agreement_stats(reference: Reference, _: None, by: str, **arguments: Any) -> list[dict[str, Any]]:
    """Count agreements: years in order, all else the most frequent first."""
    keys, label = DIMENSIONS[by]
    kept = [row for row in reference.rows("agreement") if visible(row)]
    kept = [row for row in kept if keeps(reference, "AgreementFilter", arguments.get("filter"), row)]
    counts = Counter(key for row in kept for key in set(keys(reference, row)) if key is not None)
    ordered = sorted(counts, key=lambda key: (0 if by == "YEAR" else -counts[key], key))
    return [{"key": key, "label": label(reference, key), "count": counts[key]} for key in ordered]


@answers("AgreementCount.key")
def key_of_count(_: Reference, count: dict[str, Any]) -> Any:
    """Return what the agreements have in common."""
    return count["key"]


@answers("AgreementCount.label")
def label_of_count(_: Reference, count: dict[str, Any]) -> Any:
    """Return what people call it."""
    return count["label"]


@answers("AgreementCount.count")
def count_of_count(_: Reference, count: dict[str, Any]) -> Any:
    """Return how many there are."""
    return count["count"]


# ── by identifier ─────────────────────────────────────────────────────────────────────────────────────────


@answers("Query.nodes")
def nodes(reference: Reference, _: None, ids: list[str]) -> list[Row | None]:
    """Return records by their identifiers, in their order."""
    return [reference.find(one) for one in ids]
