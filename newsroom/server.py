"""The newsroom as a server: HTTPS on loopback for all hosts at once, in a thread."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsroom import press
from newsroom.articles import Article
from newsroom.certificates import Certificates, issue
from newsroom.exchange import later, respond
from newsroom.faults import Fault, Switchboard
from newsroom.outlets import HOSTS
from newsroom.replies import Reply
from newsroom.requestlog import LoggedRequest, RequestLog
from newsroom.shelf import Shelf, with_replaced
from newsroom.wire import OpenLines, Wire

_ADDRESS = "127.0.0.1"
_START_LIMIT_S = 10.0
_STOP_LIMIT_S = 5.0


class NewsroomError(Exception):
    """The server could not be started."""


class Newsroom:
    """All outlets on one loopback port, from ``with`` to its end.

    ``articles`` may be replaced while it runs; ``publish`` and ``withdraw`` change one. ``faults``
    makes hosts misbehave, ``requests`` is the log of what was asked.

    Args:
        articles: What is in print.
        now: The newsroom's present, aware: dates its feeds, ends its sitemaps.
        folder_for_certificates: Where the authority's certificate and the server's key are written.
        port: 0 takes a free one.
    """

    def __init__(
        self, articles: Iterable[Article], now: datetime, folder_for_certificates: Path, port: int = 0
    ) -> None:
        if now.tzinfo is None:
            raise ValueError("now has no time zone; give an aware datetime.")
        moment = now.astimezone(UTC).replace(microsecond=0)
        self._shelf = Shelf(tuple(articles), now, moment)
        self._shelf_lock = threading.Lock()
        self._folder = folder_for_certificates
        self._wanted_port = port
        self.hosts = HOSTS
        self.requests = RequestLog()
        self.faults = Switchboard()
        self._lines = OpenLines()
        self.port = 0
        self.ca_file = folder_for_certificates / "newsroom-ca.pem"

    @property
    def connect_to(self) -> list[str]:
        """One ``HOST:443:127.0.0.1:PORT`` for each host, as curl's ``--connect-to`` takes it."""
        return [f"{host}:443:{_ADDRESS}:{self.port}" for host in self.hosts]

    @property
    def articles(self) -> tuple[Article, ...]:
        """What is in print."""
        return self._shelf.articles

    @articles.setter
    def articles(self, articles: Iterable[Article]) -> None:
        with self._shelf_lock:
            self._reshelve(tuple(articles))

    def publish(self, article: Article) -> None:
        """Put ``article`` in print, in the place of the one at its address where there is one."""
        with self._shelf_lock:
            self._reshelve(with_replaced(self._shelf.articles, article))

    def withdraw(self, url: str) -> None:
        """Take the article at ``url`` out of print: 404 from now on, and on no list."""
        with self._shelf_lock:
            self._reshelve(tuple(article for article in self._shelf.articles if article.url != url))

    def _reshelve(self, articles: tuple[Article, ...]) -> None:
        self._shelf = Shelf(articles, self._shelf.now, later(self._shelf.changed_at))

    def __enter__(self) -> Self:
        """Start serving; returns once the port answers. Raises NewsroomError where it cannot."""
        certificates = issue(self._folder)
        listener = self._listen()
        self.port = listener.getsockname()[1]
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "HEAD"])])
        config = uvicorn.Config(
            app,
            ssl_certfile=certificates.chain_and_key_file,
            http=self._lines.protocol(),  # h11: it keeps nothing of a connection that a fault takes over
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
        )
        config.load()
        assert config.ssl is not None
        config.ssl.sni_callback = self._certificate_chooser(certificates)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="newsroom", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise NewsroomError("The newsroom's server did not start; see the log above.")
            time.sleep(0.005)
        return self

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_ADDRESS, self._wanted_port))
        except OSError as error:
            listener.close()
            wanted = f"{_ADDRESS}:{self._wanted_port}"
            raise NewsroomError(f"The newsroom cannot listen on {wanted}: {error.strerror}.") from error
        return listener

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving; answers that hang are given up."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(_STOP_LIMIT_S)

    def _certificate_chooser(self, certificates: Certificates) -> Callable[..., None]:
        """What OpenSSL asks when a client has named the host that it wants."""

        def choose(line: ssl.SSLObject, host: str | None, context: ssl.SSLContext) -> None:
            misfit = self.faults.certificate_of((host or "").lower())
            if misfit is not None:
                line.context = certificates.wrong_context(misfit)

        return choose

    async def _answer(self, request: Request) -> Response:
        at, began = datetime.now(UTC), time.perf_counter()
        host = request.headers.get("host", "").partition(":")[0].lower()
        path, query = request.url.path, request.url.query
        fault = self.faults.met(host, f"{path}?{query}" if query else path)
        if fault and fault.hang_s:
            await asyncio.sleep(fault.hang_s)
        shelf = self._shelf
        reply = self._reply(request, host, fault)
        response = respond(request, reply, shelf.changed_at, fault.truncate_to if fault else None)
        self.requests.add(
            LoggedRequest(
                at=at,
                took_s=time.perf_counter() - began,
                method=request.method,
                host=host,
                path=path,
                query=query,
                status=response.status_code,
                user_agent=request.headers.get("user-agent", ""),
                if_none_match=request.headers.get("if-none-match"),
                if_modified_since=request.headers.get("if-modified-since"),
                accept_encoding=request.headers.get("accept-encoding"),
            )
        )
        if fault and fault.wire:
            await self._send_by_hand(request, reply, fault.wire)
        return response

    def _reply(self, request: Request, host: str, fault: Fault | None) -> Reply:
        path, query = request.scope["path"], dict(request.query_params)
        if fault is None:
            return press.answer(self._shelf, host, path, query)
        return fault.spoil(press.answer(self._shelf, host, fault.path or path, query))

    async def _send_by_hand(self, request: Request, reply: Reply, wire: Wire) -> None:
        """Past the server, which then finds the client gone and sends nothing."""
        line = self._lines.get(request.scope["client"])
        if line is not None:
            await wire.send(reply, line)
            while not await request.is_disconnected():
                await asyncio.sleep(0.005)
