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


class OperatingSettings(LogSettings):
    """All settings of running and watching."""
