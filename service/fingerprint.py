"""What makes two inputs the same input.

Knows the canonical form of an input. Knows no SQL: the fingerprint is kept beside the idempotency key.
"""

import json
import unicodedata
from decimal import Decimal
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

# They say how an input is handled, not what is to be recorded: a check may be followed by the recording itself.
_NOT_CONTENT = {"idempotency_key", "validate_only"}


def fingerprint(operation: str, payload: BaseModel) -> bytes:
    """Return SHA-256 over the operation's name and the input in canonical form.

    The order of keys does not matter, nor whether a default is written out, left out or null, nor whether a
    number is written 1 or 1.0, nor which of Unicode's equivalent forms a text has.
    """
    content = payload.model_dump(by_alias=True, exclude=_NOT_CONTENT, exclude_defaults=True, exclude_none=True)
    text = json.dumps([operation, _canonical(content)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).digest()


def _canonical(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value
