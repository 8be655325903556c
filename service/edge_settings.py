"""What may differ between deployments at the edge: how requests are read, what they may ask for, and who may ask.

Knows the settings and what is allowed in them, each of which is an environment variable, see settings.py.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

# Signatures that anyone can check and only the issuer can make; shared secrets and "none" are not offered.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
MIB = 1024 * 1024

Names = Annotated[tuple[str, ...], NoDecode]


class RequestSettings(BaseSettings):
    """How requests are read and answered."""

    http_profile: Literal["default", "draft"] = Field(
        default="default",
        description="Which edition of GraphQL over HTTP decides statuses: default passes the audits of graphql-http, "
        "draft follows the edition of 2026 (422 for what is not valid, 294 for data with errors).",
    )
    head_timeout_ms: int = Field(
        default=10_000,
        ge=10,
        le=600_000,
        description="How long a connection may take to send a request's headers, in milliseconds.",
    )
    body_timeout_ms: int = Field(
        default=10_000, ge=10, le=600_000, description="How long a request's body may take, in milliseconds."
    )
    write_timeout_ms: int = Field(
        default=10_000,
        ge=10,
        le=600_000,
        description="How long a client may leave an answer unread before it is cut off, in milliseconds.",
    )
    idle_timeout_ms: int = Field(
        default=10_000,
        ge=10,
        le=600_000,
        description="How long a connection may rest between two requests, in milliseconds.",
    )
    connections_max: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Connections at most, WebSockets included; more are turned away.",
    )
    head_max_bytes: int = Field(
        default=64 * 1024, ge=1_024, le=MIB, description="How long a request's address and headers may be together."
    )
    body_max_bytes: int = Field(default=256 * 1024, ge=1_024, le=64 * MIB, description="How long a body may be.")
    bulk_body_max_bytes: int = Field(
        default=2 * MIB, ge=1_024, le=64 * MIB, description="How long the body of recordSignings may be."
    )
    bodies_max_bytes: int = Field(
        default=32 * MIB,
        ge=1_024,
        le=1_024 * MIB,
        description="How much may be held of all bodies together that are still arriving.",
    )


class LimitSettings(BaseSettings):
    """What one operation, and one caller, may ask for."""

    max_characters: int = Field(default=15_000, ge=1, le=MIB, description="Characters of a document.")
    max_tokens: int = Field(default=2_000, ge=1, le=100_000, description="Tokens of a document.")
    max_operations: int = Field(default=5, ge=1, le=1_000, description="Operations in a document.")
    max_aliases: int = Field(default=30, ge=0, le=10_000, description="Aliases in a document.")
    max_directives: int = Field(default=8, ge=0, le=10_000, description="Directives in a document.")
    max_depth: int = Field(default=12, ge=1, le=100, description="How many fields deep a selection may be.")
    max_fields: int = Field(default=2_000, ge=1, le=100_000, description="Fields of an operation, fragments spread.")
    max_rows: int = Field(
        default=500_000,
        ge=1,
        le=1_000_000_000,
        description="Rows that an operation may return by its page sizes; a plain list counts as 10.",
    )
    max_page: int = Field(default=100, ge=1, le=10_000, description="Rows of a page.")
    max_conditions: int = Field(default=200, ge=1, le=10_000, description="Conditions in all filters of an operation.")
    max_values: int = Field(
        default=10_000, ge=1, le=1_000_000, description="Values in the variables of a request; of a bulk, ten times."
    )
    rate_per_s: int = Field(
        default=5_000_000,
        ge=0,
        le=1_000_000_000,
        description="Cost that a caller may ask for each second, as `extensions.cost` counts it; 0 for no limit.",
    )
    rate_burst: int = Field(
        default=50_000_000, ge=1, le=10_000_000_000, description="Cost that a caller may ask for at once after a rest."
    )
    refusals_ms_per_s: int = Field(
        default=10,
        ge=0,
        le=1_000,
        description="How many milliseconds of each second may be spent on refusing what one caller sends, 25 seconds' "
        "worth at once; then it waits, but for operations that are known, and with a key for documents that are. 0 for "
        "no limit, as without a rate.",
    )


class AccessSettings(BaseSettings):
    """Who may ask."""

    anonymous: bool = Field(default=True, description="Answer queries and subscriptions without a key.")
    introspection: Literal["everyone", "keys", "nobody"] = Field(
        default="everyone", description="Who may ask for the schema and is told what a misspelt name may have meant."
    )
    cors_origins: Names = Field(
        default=(),
        description="Origins whose pages may use the API, such as https://app.example.com, comma-separated; * for all.",
    )
    oidc_issuer: str | None = Field(
        default=None, description="The address of an OpenID Connect issuer whose tokens are taken as well as keys."
    )
    oidc_audience: str | None = Field(default=None, description="The audience that such a token must name.")
    oidc_algorithms: Names = Field(
        default=("RS256", "ES256"), description="Signatures that are taken, comma-separated."
    )
    oidc_scopes_claim: str = Field(default="scope", description="The claim that names what a token permits.")
    documents: Path | None = Field(default=None, description="A manifest of trusted documents.")
    documents_only: bool = Field(default=False, description="Answer trusted documents only.")
    documents_register: bool = Field(
        default=False, description="Let clients register documents by their hash (automatic persisted queries)."
    )
    cache_control: str = Field(
        default="no-cache", description="The header Cache-Control of answers to GET that may be kept."
    )
    answers_kept_bytes: int = Field(
        default=0, ge=0, le=1_024 * MIB, description="Memory for answers given again while nothing changes; 0 for none."
    )

    @field_validator("cors_origins", "oidc_algorithms", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"names {origin!r}, which is no origin: write scheme://host or scheme://host:port")
        return origins

    @field_validator("oidc_algorithms")
    @classmethod
    def _signatures(cls, algorithms: tuple[str, ...]) -> tuple[str, ...]:
        for algorithm in algorithms:
            if algorithm not in ALGORITHMS:
                raise ValueError(f"names {algorithm!r}; known are {', '.join(ALGORITHMS)}")
        if not algorithms:
            raise ValueError("names no signature")
        return algorithms

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, issuer: str | None) -> str | None:
        if issuer is not None and not re.fullmatch(
            r"https://\S+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\S*)?", issuer
        ):
            raise ValueError("must begin with https://")
        return issuer

    @field_validator("cache_control")
    @classmethod
    def _header(cls, value: str) -> str:
        if not re.fullmatch(r"[!-~]+( ?[!-~]+)*", value):
            raise ValueError("is no header's value")
        return value

    @model_validator(mode="after")
    def _complete(self) -> "AccessSettings":
        if self.oidc_issuer is not None and self.oidc_audience is None:
            raise ValueError("JUMELAGE_OIDC_ISSUER needs JUMELAGE_OIDC_AUDIENCE, so that no token for others is taken")
        if self.documents_only and self.documents is None:
            raise ValueError("JUMELAGE_DOCUMENTS_ONLY needs JUMELAGE_DOCUMENTS, the manifest of what is answered")
        return self


class EdgeSettings(RequestSettings, LimitSettings, AccessSettings):
    """All settings of the edge."""
