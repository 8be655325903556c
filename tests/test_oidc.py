"""Tokens of an OpenID Connect issuer: which are taken, as whom, and how often the issuer is asked for its keys."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from service.keys import Scope
from service.oidc import ASKED_AGAIN_S, KEYS_KEPT_S, TokenRefused, Tokens
from tests.edge import codes, edge
from tests.issuer import AUDIENCE, Issuer, issuing


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    """An issuer, one for all tests: its keys take long to make."""
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def issuer(running: Issuer) -> Issuer:
    """The issuer, which nobody has asked yet."""
    running.asked.clear()
    running.down = False
    return running


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def tokens(issuer: Issuer, *, claim: str = "scope", clock: Clock | None = None) -> Tokens:
    """Return who recognises the issuer's tokens."""
    return Tokens(issuer.address, AUDIENCE, ("RS256", "ES256"), claim, clock or Clock())


async def refused(known: Tokens, token: str) -> str:
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as caught:
        await known.caller(token)
    return str(caught.value)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_knows_who_a_token_names_and_what_it_permits(issuer: Issuer, algorithm: str) -> None:
    caller = await tokens(issuer).caller(issuer.token(algorithm, scope="signings:write openid moon:land"))
    assert (caller.name, caller.key_id) == ("oidc:anna", None)
    assert caller.scopes == {Scope.SIGNINGS_WRITE}
    assert caller.expires_at is not None
    assert 500 < caller.expires_at.timestamp() - time.time() < 700


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({}, set()),
        ({"permissions": ["registry:write", "admin"]}, {Scope.REGISTRY_WRITE, Scope.ADMIN}),
        ({"permissions": "registry:write"}, {Scope.REGISTRY_WRITE}),
        ({"permissions": [1, None, "admin"]}, {Scope.ADMIN}),
        ({"permissions": {"admin": True}}, set()),
        ({"permissions": 7}, set()),
        ({"scope": "admin"}, set()),
    ],
)
async def test_reads_scopes_from_the_claim_that_is_set(issuer: Issuer, claims: Any, scopes: set[Scope]) -> None:
    caller = await tokens(issuer, claim="permissions").caller(issuer.token(**claims))
    assert caller.scopes == scopes


def encoded(part: dict[str, str]) -> str:
    """Return a part of a token as it is written."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def unsigned(issuer: Issuer) -> str:
    """Return a token that claims to need no signature."""
    return f"{encoded({'alg': 'none', 'kid': 'rsa-1'})}.{issuer.token().split('.')[1]}."


def signed_with_the_public_key(issuer: Issuer) -> str:
    """Return a token whose shared secret is the issuer's public key, which everybody knows."""
    public = json.dumps(issuer.keys()["keys"][0]).encode()
    signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa-1'})}.{issuer.token().split('.')[1]}"
    signature = hmac.digest(public, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


NOW = int(time.time())
WRONG = [
    pytest.param(lambda issuer: issuer.token(exp=NOW - 60), "it has expired", id="expired"),
    pytest.param(lambda issuer: issuer.token(nbf=NOW + 3_600), "it is not valid yet", id="not valid yet"),
    pytest.param(lambda issuer: issuer.token(aud="other"), "it is for another audience", id="another audience"),
    pytest.param(lambda issuer: issuer.token(aud=None), "it lacks a claim", id="no audience"),
    pytest.param(lambda issuer: issuer.token(exp=None), "it lacks a claim", id="never expires"),
    pytest.param(lambda issuer: issuer.token(sub=None), "it lacks a claim", id="nobody"),
    pytest.param(lambda issuer: issuer.token(iss="https://other"), "it is of another issuer", id="another issuer"),
    pytest.param(lambda issuer: issuer.token(sub="a\nb"), "subject", id="a subject with a line break"),
    pytest.param(lambda issuer: issuer.token(sub="x" * 256), "subject", id="a long subject"),
    pytest.param(lambda issuer: issuer.token(sub=""), "subject", id="an empty subject"),
    pytest.param(lambda issuer: issuer.token()[:-4] + "AAAA", "its signature", id="another signature"),
    pytest.param(lambda issuer: issuer.token("PS256"), "kind that is not taken", id="a signature not allowed"),
    pytest.param(unsigned, "kind that is not taken", id="no signature"),
    pytest.param(signed_with_the_public_key, "kind that is not taken", id="a shared secret"),
    pytest.param(lambda issuer: issuer.token(headers={"kid": "none"}), "no such key", id="an unknown key"),
    pytest.param(lambda issuer: issuer.token(headers={"kid": "secret"}), "no such key", id="a secret key"),
    pytest.param(lambda issuer: issuer.token("ES256", headers={"kid": "rsa-1"}), "does not fit", id="another's key"),
    pytest.param(lambda issuer: issuer.token(pad="x" * 20_000), "too long", id="a long token"),
    pytest.param(lambda issuer: "a.b.c", "neither a key nor a token", id="no token"),
    pytest.param(lambda issuer: "é" * 20, "neither a key nor a token", id="no ASCII"),
    pytest.param(lambda issuer: "..", "neither a key nor a token", id="dots"),
]


@pytest.mark.parametrize(("make", "reason"), WRONG)
async def test_refuses_every_other_token_and_says_why(issuer: Issuer, make: Any, reason: str) -> None:
    token = make(issuer)
    told = await refused(tokens(issuer), token)
    assert reason in told
    assert token not in told


async def test_asks_for_keys_once_and_again_when_the_issuer_changes_them(issuer: Issuer) -> None:
    clock = Clock()
    known = tokens(issuer, clock=clock)
    for _ in range(5):
        await known.caller(issuer.token())
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
    old = issuer.token()
    issuer.rotate()
    try:
        assert "no such key" in await refused(known, issuer.token())  # it was asked a moment ago
        clock.now += ASKED_AGAIN_S
        assert (await known.caller(issuer.token())).name == "oidc:anna"
        assert "no such key" in await refused(known, old)
        assert len(issuer.asked) == 4
    finally:
        issuer.key_ids["RS256"] = "rsa-1"


async def test_strangers_do_not_make_it_ask_again_and_again(issuer: Issuer) -> None:
    known = tokens(issuer)
    for number in range(20):
        await refused(known, issuer.token(headers={"kid": f"made-up-{number}"}))
    assert len(issuer.asked) == 2


async def test_goes_on_with_the_keys_it_has_while_the_issuer_is_away(issuer: Issuer) -> None:
    clock = Clock()
    known = tokens(issuer, clock=clock)
    await known.caller(issuer.token())
    issuer.down = True
    clock.now += KEYS_KEPT_S + 1
    assert (await known.caller(issuer.token())).name == "oidc:anna"
    assert "no such key" in await refused(tokens(issuer), issuer.token())


async def test_takes_no_keys_from_a_configuration_of_another_issuer(issuer: Issuer) -> None:
    other = Tokens(issuer.address + "/", AUDIENCE, ("RS256",), "scope", Clock())
    assert "no such key" in await refused(other, issuer.token(iss=issuer.address + "/"))


async def test_tokens_and_keys_are_taken_side_by_side(issuer: Issuer, database: str) -> None:
    settings = {"oidc_issuer": issuer.address, "oidc_audience": AUDIENCE, "anonymous": False}
    async with edge(database, **settings) as running:

        async def ask(authorization: str) -> list[str]:
            return codes(await running.post("{ feedCursor }", headers={"authorization": authorization}))

        assert await ask(f"Bearer {issuer.token()}") == []
        assert await ask(f"Bearer {issuer.token(exp=NOW - 60)}") == ["UNAUTHENTICATED"]
        assert await ask("Bearer jml_aaaaaaaaaa_" + "0" * 64) == ["UNAUTHENTICATED"]
        given = '{idempotencyKey: "a", kind: OTHER, parties: []}'
        write = f"mutation {{ recordSigning(input: {given}) {{ userErrors {{ code }} }} }}"
        for scope, expected in (("registry:write", ["FORBIDDEN"]), ("signings:write", [])):
            token = issuer.token(scope=scope)
            answer = await running.post(write, headers={"authorization": f"Bearer {token}"})
            assert codes(answer) == expected
