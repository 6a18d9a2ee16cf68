"""What stands before every page: Host check, security headers, limit on bodies, last catch of errors."""

import logging
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

MOST_BODY_BYTES = 1_000_000
"""Of a request: more than any form or call of ours holds."""

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with that, browsers keep the Origin of our own forms to themselves.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware, the outermost one.

    A request whose Host header is not one of ``allowed_hosts`` (names without port) is refused, so that
    a page elsewhere cannot read ours through a name of its own that leads to this machine; so is a
    request whose body exceeds ``MOST_BODY_BYTES``. Every response carries ``SECURITY_HEADERS``. An error
    that nobody caught is logged with its traceback and answered by ``failure_page``; no response shows its
    text. ``scope["peer"]`` is the address that connects, whatever headers say.
    """

    def __init__(
        self, app: ASGIApp, allowed_hosts: Iterable[str], failure_page: Callable[[Request], Response]
    ) -> None:
        self._app = app
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._failure_page = failure_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass the server's own messages on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)  # an archived page has a stricter policy of its own
            await send(message)

        scope["peer"] = scope["client"][0] if scope.get("client") else None
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, _limited(receive), send_guarded)
        except Exception:
            logger.exception("page failed", extra={"path": scope["path"]})
            if has_begun:
                raise
            await self._failure_page(Request(scope))(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or host_name(hosts[0]) not in self._allowed_hosts:
            return PlainTextResponse("This name is not served here.\n", status_code=400)
        if not scope["path"].startswith("/"):  # a whole address, with a name of its own
            return PlainTextResponse("This address is not served here.\n", status_code=400)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:20]) > MOST_BODY_BYTES:
            return PlainTextResponse("This is more than is taken here.\n", status_code=413)
        return None


def _limited(receive: Receive) -> Receive:
    """``receive`` that ends with 413 where a body without a declared length grows too long."""
    received = 0

    async def receive_some() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MOST_BODY_BYTES:
            raise HTTPException(413)
        return message

    return receive_some


def host_name(header: str) -> str:
    """The name in a Host header, lower case, without its port; an IPv6 address keeps its brackets."""
    name = header.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]
