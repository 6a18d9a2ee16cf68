"""What stands before every page: the Host check, the security headers, and the last catch of errors."""

import logging
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware, the outermost one.

    A request whose Host header is not one of ``allowed_hosts`` (names without port) is refused, so that
    a page elsewhere cannot read ours through a name of its own that leads to this machine. Every
    response carries ``SECURITY_HEADERS``. An error that nobody caught is logged with its traceback and
    answered by ``failure_page``; no response shows its text.
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
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        if host_name(Headers(scope=scope).get("host", "")) not in self._allowed_hosts:
            refusal = PlainTextResponse("This name is not served here.\n", status_code=400)
            await refusal(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, receive, send_guarded)
        except Exception:
            logger.exception("page failed", extra={"path": scope["path"]})
            if has_begun:
                raise
            await self._failure_page(Request(scope))(scope, receive, send_guarded)


def host_name(header: str) -> str:
    """The name in a Host header, lower case, without its port; an IPv6 address keeps its brackets."""
    name = header.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]
