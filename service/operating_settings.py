"""What may differ between deployments in how the service is run and watched.

Knows the settings and what is allowed in them, each of which is an environment variable, see settings.py.
"""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class LogSettings(BaseSettings):
    """How the log is written."""

    log_format: Literal["human", "json"] = Field(
        default="human", description="How the log on stderr is written: lines for people, or JSON for machines."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged; info has a line for each request."
    )


class MetricsSettings(BaseSettings):
    """Where metrics are given."""

    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="A port of their own for the metrics, of the first worker, and those behind it of the others; "
        "0 for /metrics beside the API.",
    )


class ProcessSettings(BaseSettings):
    """How processes are run."""

    workers: int = Field(default=1, ge=1, le=64, description="How many processes answer on the one port.")
    worker_timeout_ms: int = Field(
        default=30_000,
        ge=100,
        le=3_600_000,
        description="For how long a worker may show no life before it is replaced, in milliseconds.",
    )
    drain_ms: int = Field(
        default=0,
        ge=0,
        le=600_000,
        description="For how long the service still answers after SIGTERM, while /health/ready says no, in "
        "milliseconds; as long as balancers take to notice.",
    )


class PoolSettings(BaseSettings):
    """How connections to the database are kept."""

    connect_timeout_ms: int = Field(
        default=3_000, ge=10, le=60_000, description="How long connecting to the database may take, in milliseconds."
    )
    pool_lifetime_s: int = Field(
        default=3_600, ge=0, le=604_800, description="After how many seconds a connection is replaced; 0 for never."
    )


class ReplicaSettings(BaseSettings):
    """How a standby of the database is read from."""

    read_database_url: str | None = Field(
        default=None, description="A standby of the database, for queries whose answer may be a little old."
    )
    read_max_lag_ms: int = Field(
        default=10_000,
        ge=1,
        le=3_600_000,
        description="How far the standby may be behind before the primary answers in its place, in milliseconds.",
    )


class OperatingSettings(LogSettings, MetricsSettings, ProcessSettings, PoolSettings, ReplicaSettings):
    """All settings of running and watching."""
