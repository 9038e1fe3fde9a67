"""What the server refuses: other hosts and origins, requests without the token, long bodies.

Any page on the web may send requests to this machine, and a name that it owns may point here (DNS
rebinding). So only requests to the server's own address count, and those that ask for anything
must carry a token that only this page has.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

LONGEST_BODY = 200_000  # bytes
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class TooLongError(Exception):
    """A body that goes on beyond the limit, whatever its header says."""


class Guard:
    """An application of ASGI around another, which sees only requests that may pass."""

    def __init__(self, app: App, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with the reason."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        try:
            await self._app(scope, _limited(receive), _with_headers(send))
        except TooLongError:
            await _refuse(send, 413, f"the body is longer than {LONGEST_BODY:,} bytes")

    def _refusal(self, method: str, headers: dict[str, str]) -> tuple[int, str] | None:
        """The status and the reason with which a request is refused; None if it may pass."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            return 421, "this server answers to its own address only"
        if origin is not None and origin != f"http://{host}":
            return 403, "this server answers to its own page only"
        if method in ("GET", "HEAD"):
            return None
        if method != "POST":
            return 405, "this server knows GET and POST only"
        if not secrets.compare_digest(
            headers.get("x-steppe-token", "").encode(), self._token.encode()
        ):
            return 403, "the token is missing or is that of another run; reload the page"
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return 415, "send application/json"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LONGEST_BODY:
            return 413, f"the body is longer than {LONGEST_BODY:,} bytes"
        return None


def _limited(receive: Receive) -> Receive:
    """Receive a body of any announced length up to the limit."""
    received = 0

    async def count() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LONGEST_BODY:
            raise TooLongError
        return message

    return count


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return add


async def _refuse(send: Send, status: int, reason: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{reason}\n".encode()})
