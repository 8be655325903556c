"""An operation answered twice, by the service and by the reference, and compared with the order of keys."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from schema.execution import Executor, GraphQLRequest
from service.database import Database
from tests.oracle import search as _search  # noqa: F401  # fills, with together.py and fields.py, what is answered
from tests.oracle import together as _together  # noqa: F401
from tests.oracle.answers import Reference
from tests.oracle.lists import CURSOR
from tests.oracle.registry import Registry

ALONG_A_LINK = " AS k0"
"""What a statement holds that reads a list along a link, see service/sql/carried.py."""
GATHERED = " AS by0"
"""What a statement holds that puts what it found along a link in another order."""


@dataclass(frozen=True)
class Operation:
    """A document with one operation, and its variables."""

    document: str
    variables: dict[str, Any] = field(default_factory=dict)


class Counted(Database):
    """A database that keeps the statements that it ran; of one connection, so that none is missed."""

    statements: list[str]

    async def watch(self) -> "Counted":
        """Start to keep statements."""
        self.statements = []
        for pool in (self.pool, self.particular):
            async with pool.acquire() as connection:
                connection.add_query_logger(self._note)
        return self

    async def _note(self, ran: asyncpg.connection.LoggedQuery) -> None:
        self.statements.append(ran.query)


class Trial:
    """Compares answers over one registry."""

    def __init__(self, database: Counted, executor: Executor, registry: Registry) -> None:
        """Start with no cursor known."""
        self.database, self.executor, self.registry = database, executor, registry
        self.cursors: dict[str, str] = {}
        self.marks: dict[str, str] = {}
        self.walked = self.gathered = 0
        self.reference = Reference(registry, self.cursors)

    async def difference(self, operation: Operation) -> str | None:
        """Return where the two answers to the operation differ, or how many statements it took if not one."""
        while True:
            today = datetime.now(UTC).date()
            self.database.statements.clear()
            request = GraphQLRequest(operation.document, variables=operation.variables)
            answer = json.loads((await self.executor.answer(request)).body, object_pairs_hook=tuple)
            await asyncio.sleep(0)  # asyncpg tells of a statement only after its answer
            if today == datetime.now(UTC).date():
                break
        self.walked += any(ALONG_A_LINK in statement for statement in self.database.statements)
        self.gathered += any(GATHERED in statement for statement in self.database.statements)
        data, codes = self.reference.answer(operation.document, operation.variables, today)
        if codes:
            errors = dict(answer).get("errors", ())
            answered = [dict(dict(error)["extensions"])["code"] for error in errors]
            return None if set(answered) == set(codes) else f"{codes} expected, {answer} answered"
        if len(self.database.statements) != 1 and not _is_introspection(data):
            return f"{len(self.database.statements)} statements, {dict(answer).get('errors', 'no errors')}"
        expected = (("data", json.loads(json.dumps(data), object_pairs_hook=tuple)),)
        return self.compare(expected, answer, "")

    def compare(self, expected: Any, answered: Any, path: str) -> str | None:
        """Return the first place where the answer is another than expected."""
        if isinstance(expected, str) and expected.startswith(CURSOR):
            return self.compare_cursor(expected, answered, path)
        if isinstance(expected, tuple) and isinstance(answered, tuple):
            wanted, given = ([key for key, _ in pairs] for pairs in (expected, answered))
            if wanted != given:
                return f"{path}: keys {wanted} expected, {given} answered: {answered}"
            pairs = zip(expected, answered, strict=True)
            found = (self.compare(one, other, f"{path}.{key}") for (key, one), (_, other) in pairs)
            return next((difference for difference in found if difference), None)
        if isinstance(expected, list) and isinstance(answered, list):
            if len(expected) != len(answered):
                return f"{path}: {len(expected)} expected, {len(answered)} answered:\n{expected}\n{answered}"
            elements = enumerate(zip(expected, answered, strict=True))
            found = (self.compare(one, other, f"{path}[{at}]") for at, (one, other) in elements)
            return next((difference for difference in found if difference), None)
        same = expected == answered and isinstance(expected, bool) == isinstance(answered, bool)
        return None if same else f"{path}: {expected!r} expected, {answered!r} answered"

    def compare_cursor(self, mark: str, cursor: Any, path: str) -> str | None:
        """Return what is wrong where one place in one order has two cursors, or two places have one."""
        if not isinstance(cursor, str):
            return f"{path}: a cursor expected, {cursor!r} answered"
        if self.cursors.setdefault(cursor, mark) != mark:
            return f"{path}: the cursor of {mark} is that of {self.cursors[cursor]}"
        if self.marks.setdefault(mark, cursor) != cursor:
            return f"{path}: {mark} has two cursors"
        return None


def _is_introspection(data: dict[str, Any] | None) -> bool:
    """Tell whether nothing of the registry was asked for, only types' names and the schema."""
    return all(
        value == "Query" or (isinstance(value, dict) and "queryType" in value) for value in (data or {}).values()
    )
