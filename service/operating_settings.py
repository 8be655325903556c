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
        default=0, ge=0, le=65_535, description="A port of their own for the metrics; 0 for /metrics beside the API."
    )


class PoolSettings(BaseSettings):
    """How connections to the database are kept."""

    connect_timeout_ms: int = Field(
        default=3_000, ge=10, le=60_000, description="How long connecting to the database may take, in milliseconds."
    )
    pool_lifetime_s: int = Field(
        default=3_600, ge=0, le=604_800, description="After how many seconds a connection is replaced; 0 for never."
    )


class OperatingSettings(LogSettings, MetricsSettings, PoolSettings):
    """All settings of running and watching."""
