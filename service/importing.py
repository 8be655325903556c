"""Recording signings from a file of JSON lines, as often as it takes.

Knows lines and their numbers. A line is a RecordSigningInput; its key, where it gives
none, is made from the line itself, so that a run that was cut short is simply run again.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TextIO

from service.agreement_inputs import RecordSigningInput
from service.batch import ErrorPolicy, Rules, record_batch
from service.database import connections
from service.errors import Refusal, Refused, UserErrorCode, parse
from service.inputs import Input
from service.progress_bar import Advance
from service.recording import Outcome
from service.signing import record_signing, record_signings

LINES_A_BATCH = 500
_RULES = Rules(record_signing, record_signings)
Line = tuple[int, Input | Refused]
"""A line's number and what it says, or why it says nothing."""


@dataclass
class Tally:
    """What became of the lines so far."""

    recorded: int = 0
    known: int = 0
    refused: int = 0

    def __str__(self) -> str:
        return f"{self.recorded} recorded, {self.known} known already, {self.refused} refused"


async def import_lines(
    url: str, caller: str, lines: Iterable[bytes], report: TextIO, advance: Advance = lambda done: None
) -> Tally:
    """Record the lines' signings for the caller, and write each refusal to the report as a line of JSON.

    `advance` hears of lines as they are dealt with.
    """
    tally = Tally()
    async with connections(url) as pool:
        for batch in _batches(lines):
            given = [one for _, one in batch]
            recorded = await record_batch(pool, caller, given, _RULES, ErrorPolicy.EACH)
            for (number, _), outcome in zip(batch, recorded.results, strict=True):
                _count(tally, outcome)
                for refusal in outcome.refusals:
                    report.write(_reported(number, refusal))
            advance(len(batch))
    return tally


def _batches(lines: Iterable[bytes]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            batch.append((number, _read(line.strip())))
        if len(batch) == LINES_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _read(line: bytes) -> Input | Refused:
    try:
        given: Any = json.loads(line)
    except (ValueError, RecursionError):
        return Refused([Refusal(UserErrorCode.INVALID, "is not JSON: write one object a line, in UTF-8")])
    if isinstance(given, dict):
        given.setdefault("idempotencyKey", f"line-{sha256(line).hexdigest()}")
    try:
        return parse(RecordSigningInput, given)
    except Refused as refused:
        return refused


def _count(tally: Tally, outcome: Outcome) -> None:
    if outcome.refusals:
        tally.refused += 1
    elif outcome.replayed:
        tally.known += 1
    else:
        tally.recorded += 1


def _reported(number: int, refusal: Refusal) -> str:
    told = {"line": number, "code": refusal.code, "path": refusal.path, "message": refusal.message}
    if refusal.candidates:
        told["candidates"] = refusal.candidates
    return json.dumps(told, ensure_ascii=False) + "\n"
