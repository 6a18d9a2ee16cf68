"""Before every page: who asks, and whether they may. What is not said to be open is closed."""

import ipaddress
import logging
from collections.abc import Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage import people
from storage.database import Database
from storage.errors import DatabaseBusy
from storage.people import KnownToken
from web.access import Access
from web.cookies import secret_cookie
from web.failure import show_failure
from web.pages import Clock
from web.passwords import digest_of
from web.people import NOBODY, SOMEBODY, Person, Role
from web.problems import problem

logger = logging.getLogger(__name__)

SIGN_IN = "/sign-in"
METRICS = "/metrics"
API = "/api/"
ASSETS = frozenset({"/style.css", "/script.js", "/icon.svg"})
OPEN_PATHS = ASSETS | {SIGN_IN, "/healthz", "/readyz"}
"""Served to everybody who can connect."""

SESSION_COOKIE = "diembao_session"
_READING = ("GET", "HEAD")


class Gate:
    """ASGI middleware, within ``web.guard.Guard``.

    It sets ``request.state.person`` for every request; ``request.state.session``, the token of the
    browser's sign-in, or None; and ``request.state.is_by_key``, whether a program came with an API key.
    Who may not read is sent to the sign-in page, or refused.
    """

    def __init__(self, app: ASGIApp, database: Database, access: Access, clock: Clock) -> None:
        self._app = app
        self._database = database
        self._access = access
        self._clock = clock
        self._networks = access.proxy.networks if access.proxy is not None else ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass the server's own messages on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        state = request.state
        state.person, state.session, state.is_by_key = NOBODY, None, False
        path = scope["path"]

        async def send_privately(message: Message) -> None:
            if message["type"] == "http.response.start" and path not in ASSETS:
                MutableHeaders(scope=message)["cache-control"] = "no-store"
            await send(message)

        refusal = await self._admit(request, path) if path not in ASSETS else None
        onward = send if self._access.is_open else send_privately
        await (refusal or self._app)(scope, receive, onward)

    async def _admit(self, request: Request, path: str) -> Response | None:
        """Find out who asks; the answer where they may not."""
        state = request.state
        key = _key_of(request) if path == METRICS or path.startswith(API) else None
        if key is not None:
            state.person = await self._person_of(key, people.person_of_key, people.note_key_seen)
            state.is_by_key = state.person.is_known
            return None if state.is_by_key else _unauthorized("This key is not known.")
        if self._access.is_open:
            state.person = SOMEBODY
            return None
        try:
            state.person = self._person_of_proxy(request)
        except ValueError:
            return _refused("The proxy's name for you is not one that can be used here.")
        if not state.person.is_known and self._access.signs_in:
            token = secret_cookie(request, SESSION_COOKIE)
            if token:
                state.person = await self._person_of(token, people.signed_in, people.note_seen)
                state.session = token if state.person.is_known else None
        is_open = path in OPEN_PATHS or (path == METRICS and self._access.has_open_metrics)
        return None if is_open or state.person.is_known else self._refusal(request, path)

    async def _person_of(
        self,
        secret: str,
        find: Callable[..., KnownToken | None],
        note_seen: Callable[..., None],
    ) -> Person:
        """Whom ``secret`` stands for; NOBODY where for nobody."""

        def look() -> KnownToken | None:
            digest, now = digest_of(secret), self._clock()
            with self._database.read() as session:
                known = find(session, digest, now)
            if known is not None and known.is_seen_note_due:
                try:
                    with self._database.write() as session:
                        note_seen(session, digest, now)
                except DatabaseBusy:  # no reason not to serve the page; the next one notes it
                    logger.info("the database was busy; that somebody was seen is noted later")
            return known

        known = await run_in_threadpool(look)
        return Person(known.person, Role(known.role)) if known is not None else NOBODY

    def _person_of_proxy(self, request: Request) -> Person:
        """Whom the proxy has signed in; NOBODY where the connection is not from it, or it says nothing.

        Raises ValueError where what it says is no name.
        """
        proxy = self._access.proxy
        if proxy is None or not proxy.user_header or not self._is_trusted(request.scope.get("peer")):
            return NOBODY
        written = request.headers.getlist(proxy.user_header)
        if not written:
            return NOBODY
        if len(written) > 1:  # one of them may be the browser's
            raise ValueError("two names")
        name = people.proper_name(written[0].strip().encode("latin-1").decode("utf-8"))
        return Person(name, Role.REVIEWER if name in proxy.reviewers else Role.READER)

    def _is_trusted(self, peer: str | None) -> bool:
        try:
            address = ipaddress.ip_address(peer or "")
        except ValueError:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in network for network in self._networks)

    def _refusal(self, request: Request, path: str) -> Response:
        if not self._access.signs_in:
            return _refused("These pages are read through a proxy that says who you are. It has not.")
        if path.startswith(API) or path == METRICS or path.endswith(".json"):
            return _unauthorized("Sign in, or send an API key.")
        if request.method not in _READING:
            return show_failure(request, 401)
        wanted = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?back={quote(wanted, safe='/')}", status_code=303)


def _key_of(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _unauthorized(why: str) -> Response:
    return problem(401, why, headers={"www-authenticate": "Bearer"})


def _refused(why: str) -> Response:
    return PlainTextResponse(f"{why}\n", status_code=403)
