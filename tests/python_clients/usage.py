"""A client that ariadne-codegen generated, used as an application uses it: prints what it was given, as JSON.

It runs in the clients' own environment, beside the package `registry` that is generated from the schema.
"""

import asyncio
import json
import sys

from registry import (  # type: ignore[import-not-found]  # generated when the test runs
    AgreementKind,
    CityRef,
    Client,
    NamedCity,
    PartyInput,
    PartyRef,
    RecordSigningInput,
)


async def main(url: str, key: str) -> None:
    """Read a page, and record a signing."""
    cities = [CityRef(named=NamedCity(name=name, country="DE")) for name in ("Celle", "Dachau")]
    signing = RecordSigningInput(
        idempotencyKey="ariadne",
        kind=AgreementKind.FRIENDSHIP_CITY,
        signedOn="2025-05",
        parties=[PartyInput(party=PartyRef(city=city)) for city in cities],
    )
    async with Client(url, headers={"Authorization": f"Bearer {key}"}) as client:
        page = await client.agreement_list(first=3)
        recorded = await client.record_signing(input=signing)
    nodes = page.agreements.nodes
    parties = [
        {"name": one.party.name, "country": getattr(getattr(one.party, "country", None), "code", None)}
        for one in nodes[0].parties
    ]
    print(  # noqa: T201  (what the test reads)
        json.dumps(
            {
                "titles": [node.title for node in nodes],
                "parties": parties,
                "recorded": recorded.record_signing.agreement.title,
            }
        )
    )


asyncio.run(main(*sys.argv[1:]))
