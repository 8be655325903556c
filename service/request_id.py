"""Which request is being answered: an identifier in the log, in the response's headers and in every error.

Knows how an identifier is made and carried along. Knows nothing of what is asked or answered.
"""

import itertools
import re
import secrets
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")
# A process draws its own prefix and counts: as unique as drawing each, for a fraction of the cost.
_PREFIX = secrets.token_hex(6)
_numbers = itertools.count(1)
_GIVEN = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


def begin_request(given: bytes | None = None) -> str:
    """Name the request that begins, by what a proxy in front called it if that is well formed; return the name."""
    well_formed = given is not None and _GIVEN.fullmatch(given)
    name = given.decode("ascii") if given and well_formed else f"{_PREFIX}-{next(_numbers):x}"
    _current.set(name)
    return name


def current_request_id() -> str:
    """Return the name of the request that is being answered; empty outside of one."""
    return _current.get()
