"""What may differ between deployments about connections that stay open: WebSockets and event streams.

Knows the settings and what is allowed in them, each of which is an environment variable, see settings.py.
"""

from pydantic import Field
from pydantic_settings import BaseSettings


class StreamSettings(BaseSettings):
    """How many may follow, how, and for how long one that does not take part is put up with."""

    streams_per_caller_max: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="WebSockets and event streams that one caller may have open; without a key, one address. Behind a "
        "proxy that does not tell addresses, all callers without a key are one.",
    )
    socket_operations_max: int = Field(
        default=32, ge=1, le=10_000, description="Operations that may run on one WebSocket."
    )
    socket_message_max_bytes: int = Field(
        default=64 * 1024, ge=1_024, le=64 * 1024 * 1024, description="How long a message on a WebSocket may be."
    )
    socket_messages_per_s: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="Messages and pings a second that a WebSocket may send for long; ten seconds' worth at once.",
    )
    socket_init_timeout_ms: int = Field(
        default=5_000,
        ge=10,
        le=600_000,
        description="How long a WebSocket may take to introduce itself, in milliseconds.",
    )
    socket_ping_interval_ms: int = Field(
        default=15_000, ge=10, le=600_000, description="How often a WebSocket is pinged, in milliseconds."
    )
    socket_ping_timeout_ms: int = Field(
        default=10_000,
        ge=10,
        le=600_000,
        description="How long a WebSocket may take to answer a ping, in milliseconds.",
    )
    stream_write_timeout_ms: int = Field(
        default=10_000,
        ge=10,
        le=600_000,
        description="How long a subscriber may leave a message unread before it is dropped, in milliseconds.",
    )
    checkpoint_interval_ms: int = Field(
        default=15_000,
        ge=10,
        le=600_000,
        description="How often a subscriber with no news is told how far the feed has come, in milliseconds.",
    )
