"""Media types: which of those offered a client takes, and likes most.

Knows the header Accept, with its wildcards and weights. Knows nothing of what is answered.
"""

from collections.abc import Sequence
from functools import lru_cache

MODERN = "application/graphql-response+json"
PLAIN = "application/json"
EVENT_STREAM = "text/event-stream"
# What tells a media type's answers apart need not be read twice; a header that is longer is not worth keeping.
KEPT_LENGTH = 500


def negotiate(accept: str | None, offers: Sequence[str]) -> str | None:
    """Return the offer that the client likes most; the first one where it has no preference, None where it takes none.

    Of two equally liked, the one that is named before the other, and then the one that is offered first.
    """
    if accept is None:
        return offers[0]
    if len(accept) > KEPT_LENGTH:
        return _negotiate(accept, tuple(offers))
    return _negotiated(accept, tuple(offers))


def _negotiate(accept: str, offers: tuple[str, ...]) -> str | None:
    ranges = [parsed for position, part in enumerate(accept.split(",")) if (parsed := _range(part, position))]
    if not ranges:
        return None if accept.strip() else offers[0]
    ranked = []
    for number, offer in enumerate(offers):
        matching = [(_specificity(name, offer), weight, position) for name, weight, position in ranges]
        specificity, weight, position = max(matching, key=lambda match: (match[0], -match[2]))
        if specificity and weight > 0:
            ranked.append((weight, specificity == 3, -position if specificity == 3 else 0, -number, offer))
    return max(ranked)[-1] if ranked else None


_negotiated = lru_cache(maxsize=256)(_negotiate)


def _range(part: str, position: int) -> tuple[str, float, int] | None:
    """Return a media range's name, weight and position; None where it is no range, or asks for another charset."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = (piece.strip().strip('"') for piece in parameter.partition("="))
        if key == "q":
            try:
                weight = float(value)
            except ValueError:
                return None
            if not 0 <= weight <= 1:
                return None
        elif key == "charset" and value not in ("utf-8", "utf8"):
            return None
    return (name, weight, position) if "/" in name else None


def _specificity(name: str, offer: str) -> int:
    """Return how exactly a range names the offer: 3 for by name, 2 for by its kind, 1 for any, 0 for not at all."""
    if name == offer:
        return 3
    if name == "*/*":
        return 1
    return 2 if name.endswith("/*") and offer.startswith(name[:-1]) else 0
