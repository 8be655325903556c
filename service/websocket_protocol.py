"""The WebSocket protocol below the application: uvicorn's, with bounds on what a peer may cost.

Knows frames and connections, and nothing of messages. uvicorn alone answers pings without end, waits for whoever reads
nothing, and resets the connection of whoever still sends while it is told why it is closed.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from service.http.protocol import AT_ONCE

CUT = "jumelage.cut"
BURST_S = 10
"""How many seconds' worth of messages may come at once."""
LINGER_S = 5.0
"""How long a peer may take to read why it is closed."""


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket connection whose peer may send so many messages a second, and must read what it is sent."""

    def __init__(self, *, messages_per_s: int, **given: Any) -> None:
        """Take how many messages and pings a second the peer may send for long."""
        super().__init__(**given)
        self.messages_per_s = messages_per_s
        self.allowance = float(messages_per_s * BURST_S)
        self.counted_at = self.loop.time()
        self.failed = False
        self.close_timeout = LINGER_S

    def handle_connect(self, event: Any) -> None:
        """Let the application cut the connection, where no farewell would be read."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"] |= {CUT: {"cut": self.transport.abort}, AT_ONCE: {"send": self.send_at_once}}

    def send_at_once(self, text: bytes) -> bool:
        """Send a text; return False where the peer reads slowly, or is gone."""
        if self.close_sent or self.disconnected or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.conn.send_text(text)
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def data_received(self, data: bytes) -> None:
        """Take what comes; once the connection has failed it is thrown away, until the peer has read why."""
        if not self.failed:
            super().data_received(data)

    def handle_events(self) -> None:
        """Handle what came, or close a connection on which too much comes."""
        now = self.loop.time()
        most = self.messages_per_s * BURST_S
        self.allowance = min(most, self.allowance + (now - self.counted_at) * self.messages_per_s)
        self.allowance -= len(self.conn.events)
        self.counted_at = now
        if self.allowance < 0 and self.handshake_complete and not self.close_sent:
            self.fail(CloseCode.POLICY_VIOLATION, f"More than {self.messages_per_s} messages a second")
        else:
            super().handle_events()

    def handle_ping(self) -> None:
        """Answer a ping, unless earlier answers wait to be read."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on, unless it is text that is none."""
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self.frames = []
            self.fail(CloseCode.INVALID_DATA, "Text must be UTF-8")
        else:
            super().send_receive_event_to_app()

    def fail(self, code: CloseCode, reason: str) -> None:
        """Close the connection for what the peer did."""
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        """Tell the peer why the connection is closed, and take no notice of what it still sends.

        Closed at once, with data unread, the connection would be reset and the reason lost on the way.
        """
        sent = self.conn.close_sent
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": sent.code if sent else 1006, "reason": sent.reason if sent else ""}
        )
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self.failed = True
        self.linger()

    def keepalive_timeout(self) -> None:
        """Close the connection of a peer that does not answer, also where it reads nothing."""
        super().keepalive_timeout()
        self.linger()

    def linger(self) -> None:
        """Say no more, and cut the connection unless the peer does it first."""
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(LINGER_S, self.transport.abort)
        if not self.transport.is_closing() and self.transport.can_write_eof():
            self.transport.write_eof()
