"""An OpenID provider with a key of its own that says whatever a test wants: a real one can't be made to lie."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey


def encoded(value: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


ADA = {"sub": "ada", "email": "ada@example.org", "email_verified": True}


class CrookedProvider:
    """Its addresses, its key, and what it will say next."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.keys = [self.key]
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any], dict[str, Any]], str] = lambda h, c: jwt.encode(h, c, self.key)
        self.user_info: dict[str, Any] = dict(ADA)
        self.about: dict[str, Any] = {}
        self.token_answer: tuple[int, Any] | None = None
        self.nonce = ""
        self.asked: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def token(self) -> str:
        """The ID token of now: right, but for what a test has set."""
        now = int(time.time())
        right = {"iss": self.issuer, "aud": "snellen", "sub": "ada", "iat": now, "exp": now + 300, "nonce": self.nonce}
        claims = {key: value for key, value in {**right, **self.claims}.items() if value is not None}
        return self.sign(self.header, claims)

    def hmac_with(self, secret: bytes) -> None:
        """Sign with a secret that both know."""
        self.header = {"alg": "HS256", "kid": "one"}

        def sign(header: dict[str, Any], claims: dict[str, Any]) -> str:
            signed = f"{encoded(header)}.{encoded(claims)}"
            digest = hmac.digest(secret, signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

        self.sign = sign

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            urls = {
                "authorization_endpoint": "/auth",
                "token_endpoint": "/token",
                "jwks_uri": "/jwks",
                "userinfo_endpoint": "/me",
            }
            return 200, {"issuer": self.issuer, **{k: self.issuer + v for k, v in urls.items()}, **self.about}
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/token":
            self.asked.append(form)
            return self.token_answer or (200, {"id_token": self.token(), "access_token": "a", "token_type": "Bearer"})
        return (200, self.user_info) if path == "/me" else (404, {})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(*provider.answer(self.path, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self._say(*provider.answer(self.path, {k: v[0] for k, v in parse_qs(body).items()}))

            def _say(self, status: int, said: Any) -> None:
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@pytest.fixture
def crooked() -> Iterator[CrookedProvider]:
    made = CrookedProvider()
    yield made
    made.close()
