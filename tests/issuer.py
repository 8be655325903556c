"""An OpenID Connect issuer on this machine, for tests: its keys, its tokens, and how often it was asked."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "jumelage"


class Issuer:
    """An issuer with keys of its own, which it may change."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.key_ids = {"RS256": "rsa-1", "ES256": "ec-1", "PS256": "rsa-1"}
        self.asked: list[str] = []
        self.down = False
        self.address = ""

    def keys(self) -> dict[str, Any]:
        """Return the key set as it is published."""
        by_rsa = json.loads(RSAAlgorithm.to_jwk(self.rsa.public_key()))
        by_curve = json.loads(ECAlgorithm.to_jwk(self.ec.public_key()))
        secret = {"kty": "oct", "kid": "secret", "k": base64.urlsafe_b64encode(b"s" * 32).decode()}
        return {
            "keys": [
                {**by_rsa, "kid": self.key_ids["RS256"], "use": "sig"},
                {**by_curve, "kid": "ec-1", "use": "sig"},
                secret,
            ]
        }

    def rotate(self) -> None:
        """Sign with another key from now on."""
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_ids["RS256"] = "rsa-2"

    def token(self, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token that is valid but for what is given; a claim given as None is left out."""
        now = int(time.time())
        whole = {"iss": self.address, "aud": AUDIENCE, "sub": "anna", "iat": now, "exp": now + 600, **claims}
        key = self.ec if algorithm == "ES256" else self.rsa
        named = {"kid": self.key_ids.get(algorithm, "rsa-1"), **(headers or {})}
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, key, algorithm, headers={k: v for k, v in named.items() if v is not None})


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Run an issuer for as long as the context lasts."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            if issuer.down:
                self.send_error(503)
                return
            configuration = {"issuer": issuer.address, "jwks_uri": f"{issuer.address}/keys"}
            body = json.dumps(issuer.keys() if self.path == "/keys" else configuration).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
