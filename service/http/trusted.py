"""Documents that are known by an identifier: trusted by the operator, or registered by clients.

Knows the three ways in which clients name one: documentId, Relay's doc_id, Apollo's persistedQuery. Knows nothing of
what a document says.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schema.document import Kept, RequestRefused
from schema.errors import ErrorCode, refusal
from service.failure import OperatorError
from service.http.refusal import Malformed

REGISTERED_CHARACTERS = 2_000_000
_HASH = re.compile("[0-9a-f]{64}")


class Documents:
    """Finds the document that a request names."""

    def __init__(self, trusted: Mapping[str, str], *, only: bool = False, register: bool = False) -> None:
        """Trust these documents, by identifier, or nothing else; let clients register others."""
        self.trusted, self.only = trusted, only
        self.texts = frozenset(trusted.values())
        self.registered: Kept[str, str] | None = None
        if register and not only:
            self.registered = Kept(REGISTERED_CHARACTERS, lambda _, text: len(text))

    def find(self, given: Mapping[str, Any]) -> tuple[str, str | None]:
        """Return the document and, where it is to be registered, its hash. Raises Malformed, RequestRefused."""
        query = given.get("query")
        if query is not None and not isinstance(query, str):
            raise Malformed('"query" must be a string.', json=True)
        persisted = _persisted(given)
        if persisted is not None:
            return self.find_persisted(persisted, query)
        if query is None:
            return self.find_trusted(given), None
        if self.only and query not in self.texts:
            raise RequestRefused(
                refusal("Only the operator's trusted documents are answered here.", ErrorCode.DOCUMENT_NOT_TRUSTED)
            )
        return query, None

    def find_trusted(self, given: Mapping[str, Any]) -> str:
        """Return the document that an identifier names."""
        identifier = given.get("documentId")
        if identifier is None:
            identifier = given.get("doc_id")
        if identifier is None:
            raise Malformed('Send a JSON object with the document under "query".', json=True)
        if not isinstance(identifier, str):
            raise Malformed('"documentId" must be a string.', json=True)
        known = self.trusted.get(identifier.removeprefix("sha256:"))
        if known is None and self.registered is not None:
            known = self.registered.get(identifier.removeprefix("sha256:"))
        if known is None:
            message = "No document has this identifier; the operator adds it to the manifest."
            raise RequestRefused(refusal(message, ErrorCode.DOCUMENT_UNKNOWN))
        return known

    def find_persisted(self, hash_: str, query: str | None) -> tuple[str, str | None]:
        """Return the document of a hash, or the one that is sent to be registered under it."""
        if query is not None and hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest() != hash_:
            raise Malformed("The hash of persistedQuery is not that of the document.", json=True)
        known = self.trusted.get(hash_)
        if known is None and self.registered is not None:
            known = self.registered.get(hash_)
        if known is not None:
            return known, None
        if query is not None and not self.only:
            return query, hash_ if self.registered is not None else None
        if self.registered is not None:
            raise RequestRefused(refusal("PersistedQueryNotFound", ErrorCode.PERSISTED_QUERY_NOT_FOUND))
        if self.only:
            message = "Only the operator's trusted documents are answered here."
            raise RequestRefused(refusal(message, ErrorCode.DOCUMENT_NOT_TRUSTED))
        raise RequestRefused(refusal("PersistedQueryNotSupported", ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED))

    def register(self, hash_: str, text: str) -> None:
        """Keep a document that was answered, under its hash."""
        if self.registered is not None:
            self.registered.put(hash_, text)


def _persisted(given: Mapping[str, Any]) -> str | None:
    """Return the hash by which Apollo's clients name a document. Raises Malformed."""
    persisted = (given.get("extensions") or {}).get("persistedQuery")
    if persisted is None:
        return None
    hash_ = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(hash_, str) or not _HASH.fullmatch(hash_) or persisted.get("version") != 1:
        raise Malformed('"persistedQuery" needs "version": 1 and "sha256Hash", 64 hexadecimal digits.', json=True)
    return hash_


def read_manifest(path: Path) -> dict[str, str]:
    """Return the documents of a manifest by identifier. Raises OperatorError.

    Takes an object of identifiers and documents, as Relay's and GraphQL Code Generator's tools write it, and the
    manifest of Apollo's.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"the manifest of trusted documents {path} cannot be read: {error}") from None
    if isinstance(given, dict) and given.get("format") == "apollo-persisted-query-manifest":
        operations = given.get("operations")
        pairs = [(one.get("id"), one.get("body")) for one in operations or () if isinstance(one, dict)]
    else:
        pairs = list(given.items()) if isinstance(given, dict) else [(None, None)]
    documents: dict[str, str] = {}
    for identifier, document in pairs:
        if not isinstance(identifier, str) or not isinstance(document, str):
            raise OperatorError(f"the manifest {path} must be a JSON object of identifiers and documents")
        documents[identifier.removeprefix("sha256:")] = document
    return documents
