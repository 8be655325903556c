"""A client that sends whatever bytes it is given, and reads what comes back."""

import contextlib
import json
import socket
import time
from dataclasses import dataclass
from typing import Any

from tests.server import PATIENCE_S, Server


@dataclass
class Answer:
    """A response as it came, or nothing where the connection was closed without a word."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of the first error; empty where there is none."""
        errors = json.loads(self.body).get("errors") if self.body else None
        return str(errors[0]["extensions"]["code"]) if errors else ""


class Raw:
    """A connection to a server."""

    def __init__(self, server: Server) -> None:
        host, _, port = server.root.removeprefix("http://").rpartition(":")
        self.socket = socket.create_connection((host, int(port)), PATIENCE_S)
        self.kept = b""

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: Any) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; a server that has closed meanwhile does not mind."""
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def receive(self) -> bytes:
        """Return what comes next; nothing where the connection is closed."""
        try:
            return self.socket.recv(65_536)
        except ConnectionError:
            return b""

    def answer(self) -> Answer | None:
        """Return the next response, or None where the connection is closed without one."""
        while b"\r\n\r\n" not in self.kept:
            part = self.receive()
            if not part:
                return None
            self.kept += part
        head, _, rest = self.kept.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if first.split()[1] == "100":
            self.kept = rest
            return self.answer()
        length = int(headers.get("content-length", 0))
        while len(rest) < length:
            part = self.receive()
            if not part:
                break
            rest += part
        self.kept = rest[length:]
        return Answer(int(first.split()[1]), headers, rest[:length])

    def closed_within(self, seconds: float) -> bool:
        """Tell whether the server closes the connection within so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                if not self.socket.recv(65_536):
                    return True
            except ConnectionError:
                return True
            except TimeoutError:
                return False
        return False


def request(body: bytes = b"", method: str = "POST", target: str = "/graphql", **headers: str) -> bytes:
    """Write a request; headers are named with _ for -, and one that is empty is left out."""
    given = {"host": "x", "content_type": "application/json", "content_length": str(len(body)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items() if value]
    return f"{method} {target} HTTP/1.1\r\n".encode() + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
