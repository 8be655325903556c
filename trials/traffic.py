"""Callers who never give up: writers with idempotency keys, and followers who resume where they were.

They keep what they were told, to be compared with what there is in the end.
"""

import asyncio
import itertools
import json
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import InvalidHandshake, WebSocketException

from tests.sockets import opened, send, subscribe
from trials.programs import stop

# Long enough for what waits for a standby, short enough to be tried again within a failover.
PATIENCE_S = 15
AGAIN_S = 0.2
RECORD = """
mutation ($key: String!, $town: String!) {
  recordSigning(input: {idempotencyKey: $key, kind: SISTER_CITY, signedOn: "2024-03-22", parties: [
    {party: {city: {named: {name: $town, country: "DE"}}}}, {party: {city: {named: {name: "Kaohsiung", country: "TW"}}}}
  ]}) { agreement { id } cursor replayed userErrors { code message } }
}
"""
SIGNINGS = "subscription ($after: String) { signingRecorded(after: $after) { cursor agreement { id } } }"
CHANGES = "subscription ($after: String) { changes(after: $after) { cursor change { kind } } }"


@dataclass
class Writers:
    """Callers who record one signing after the other, each until it is acknowledged."""

    address: str
    key: str
    stopped: bool = False
    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def run(self, count: int) -> None:
        """Write until it is enough."""
        async with httpx.AsyncClient(timeout=PATIENCE_S, headers={"Authorization": f"Bearer {self.key}"}) as client:
            await asyncio.gather(*(self.write(client) for _ in range(count)))

    async def write(self, client: httpx.AsyncClient) -> None:
        """Write as one caller."""
        while not self.stopped:
            key = f"signing {next(self.numbers)}"
            self.acknowledged[key] = await self.insist(client, key)
            self.times.append(time.monotonic())
            await asyncio.sleep(0.02)

    async def insist(self, client: httpx.AsyncClient, key: str) -> tuple[str, str]:
        """Post a signing until it is acknowledged."""
        while True:
            if (answer := await self.post(client, key)) is not None:
                return answer
            await asyncio.sleep(AGAIN_S)

    async def post(self, client: httpx.AsyncClient, key: str) -> tuple[str, str] | None:
        """Post a signing once; return its identifier and cursor, or None where it has to be posted again."""
        body = {"query": RECORD, "variables": {"key": key, "town": f"Town of {key}"}}
        try:
            response = await client.post(f"http://{self.address}/graphql", json=body)
        except httpx.TransportError as error:
            self.told[type(error).__name__] += 1
            return None
        if "json" not in response.headers.get("content-type", ""):
            self.told[f"{response.status_code} by the balancer"] += 1
            return None
        answer = response.json()
        if "errors" in answer:
            self.told[answer["errors"][0]["extensions"]["code"]] += 1
            return None
        recorded = answer["data"]["recordSigning"]
        if recorded["userErrors"]:
            stop(f"FAILED  a signing was refused: {recorded}")
        self.told["replayed" if recorded["replayed"] else "recorded"] += 1
        return recorded["agreement"]["id"], recorded["cursor"]

    def silence(self, since: float) -> float:
        """Return for how long nothing was acknowledged, at the longest, since a moment."""
        moments = [since, *(moment for moment in self.times if moment > since)]
        return max(later - earlier for earlier, later in itertools.pairwise(moments))


@dataclass
class Follower:
    """A caller who follows, and comes back with its newest cursor whenever it is cut off."""

    address: str
    query: str
    after: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    resumed: int = -1
    told: Counter[str] = field(default_factory=Counter)

    def has(self, count: int) -> bool:
        """Tell whether so many messages have come."""
        return len(self.messages) >= count

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            with suppress(OSError, TimeoutError, WebSocketException, InvalidHandshake, AssertionError):
                async with opened(f"ws://{self.address}/graphql") as socket:
                    self.resumed += 1
                    await send(socket, subscribe(self.query, variables={"after": self.after}))
                    async for text in socket:
                        message = json.loads(text)
                        if message["type"] == "ping":
                            await send(socket, {"type": "pong"})
                        if not self.take(message):
                            break
            await asyncio.sleep(AGAIN_S)

    def take(self, message: dict[str, Any]) -> bool:
        """Take in a message, and tell whether the subscription goes on."""
        if message["type"] == "next" and "errors" not in message["payload"]:
            ((_, said),) = message["payload"]["data"].items()
            self.after = said["cursor"]
            if said.get("change", said.get("agreement")):  # else it is a checkpoint
                self.messages.append(said)
            return True
        if message["type"] in ("next", "error", "complete"):
            self.told[json.dumps(message)[:200]] += 1
            return False
        return True
