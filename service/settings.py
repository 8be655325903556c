"""All that may differ between deployments.

Knows the environment variables, their defaults and what is allowed in them. Reads no file, and
knows nothing of what the settings are used for.
"""

import difflib
import os
import re
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args, get_origin

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

from service.addresses import for_writing
from service.edge_settings import EdgeSettings
from service.failure import OperatorError
from service.operating_settings import OperatingSettings
from service.stream_settings import StreamSettings

PREFIX = "JUMELAGE_"

_PORT = "6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}"
_SERVICE_LINK = re.compile(r"_(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP|SCTP))(_|$)")
_HOST = re.compile(rf"(\[[0-9a-fA-F:.%]+\]|[^\[\]:\s]*)(:({_PORT}))?")


class SettingsError(OperatorError):
    """Name the variable, the value given (never a secret or an address) and what is allowed."""

    exit_code: ClassVar[int] = 2


class Settings(OperatingSettings, StreamSettings, EdgeSettings):
    """Hold what was set in the environment; an empty variable counts as not set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    host: str = Field(
        default="127.0.0.1",
        validation_alias="HOST",
        description="The address to listen on; 0.0.0.0 for every interface.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, validation_alias="PORT", description="The port to listen on; 0 for any free one."
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="The PostgreSQL database to use (15 or later), one or several servers of it; without it the "
        "service runs an embedded server of its own.",
    )
    data_dir: Path = Field(
        default=Path("data"), description="The folder of the embedded server and of the first API key."
    )
    migrate: bool = Field(
        default=True,
        description="Bring the database to this release's schema at the start; else refuse one that is not there.",
    )
    load_releases: bool = Field(default=True, description="Load the releases that come with the service at its start.")
    key_pepper: SecretStr = Field(
        default=SecretStr(""),
        description="A secret mixed into the stored form of API keys; changing it makes every key invalid.",
    )
    pool_min: int = Field(default=2, ge=0, le=1000, description="Connections to the database kept open.")
    pool_max: int = Field(default=10, ge=1, le=1000, description="Connections to the database at most.")
    statement_timeout_ms: int = Field(
        default=10_000, ge=1, le=3_600_000, description="How long one statement may run, in milliseconds."
    )
    explorer: bool = Field(default=True, description="Serve the explorer, the page for trying out operations.")

    @field_validator("database_url", "read_database_url")
    @classmethod
    def _postgresql(cls, url: str | None, field: ValidationInfo) -> str | None:
        if url is None:
            return None
        scheme, separator, rest = url.partition("://")
        if not separator or scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
            raise ValueError("must begin with postgresql:// or postgres://")
        for host in re.split("[/?]", rest)[0].rpartition("@")[2].split(","):
            if not _HOST.fullmatch(host):
                raise ValueError("has a host or port that is none: write postgresql://user:password@host:port/database")
        address = f"{'postgresql' if '+' in scheme else scheme}://{rest}"
        return for_writing(address) if field.field_name == "database_url" else address

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.pool_min > self.pool_max:
            raise ValueError(
                f"{PREFIX}POOL_MIN is {self.pool_min}, but must be at most {PREFIX}POOL_MAX, which is {self.pool_max}"
            )
        if self.metrics_port and self.metrics_port + self.workers - 1 > 65_535:
            raise ValueError(
                f"{PREFIX}METRICS_PORT is {self.metrics_port}, which leaves no port for each of {self.workers} workers"
            )
        return self


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises SettingsError for a value that is not allowed, and for a variable with the service's
    prefix that it does not know: a misspelt setting must not be ignored.
    """
    _refuse_unknown()
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_explain(error.errors()[0])) from None


def variable(name: str) -> str:
    """Give the environment variable of a field."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


def _refuse_unknown() -> None:
    known = [variable(name) for name in Settings.model_fields]
    for given in sorted(os.environ):
        if given.upper().startswith(PREFIX) and given.upper() not in known and not _links_service(given):
            close = difflib.get_close_matches(given.upper(), known, n=1, cutoff=0.75)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
            raise SettingsError(f"{given} is not a setting: {hint}")


def _links_service(name: str) -> bool:
    """Tell whether Kubernetes made the variable, for a service whose name begins as ours do."""
    return bool(_SERVICE_LINK.search(name)) or (name.endswith("_PORT") and "://" in os.environ[name])


def _explain(error: ErrorDetails) -> str:
    cause = error.get("ctx", {}).get("error")
    if not error["loc"]:
        return str(cause)
    location = str(error["loc"][0])
    name = next(name for name in Settings.model_fields if location in (name, variable(name)))
    if cause is not None:
        return f"{variable(name)} {cause}"
    field = Settings.model_fields[name]
    given = "" if field.annotation is SecretStr else f" is {_shown(error['input'])}, but"
    return f"{variable(name)}{given} must be {allowed(field)}"


def allowed(field: FieldInfo) -> str:
    """Say what may be given for a field."""
    if field.annotation is bool:
        return "true or false"
    if field.annotation is int:
        bounds = {type(bound).__name__: bound for bound in field.metadata}
        return f"a whole number from {bounds['Ge'].ge} to {bounds['Le'].le}"
    if get_origin(field.annotation) is Literal:
        *others, last = get_args(field.annotation)
        return f"{', '.join(others)} or {last}"
    return "given as text"


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:60] + "...")
