"""A small HTTPS outlet on loopback whose answers a test sets, and the reactor to crawl it with."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar, cast

import trustme

from crawler.source import Listing, ListingKind, Source

Result = TypeVar("Result")
HOST = "baomau.example"
FEED = "/rss/home.rss"


def source(**changes: object) -> Source:
    facts: dict[str, object] = {
        "id": "baomau",
        "name": "Báo Mẫu",
        "home": f"https://{HOST}/",
        "languages": ("vi",),
        "hosts": frozenset({HOST}),
        "article": r"-post(?P<id>\d+)\.html$",
        "listings": (Listing(ListingKind.FEED, f"https://{HOST}{FEED}"),),
        "delay_s": 1.0,
    }
    return Source(**{**facts, **changes})  # type: ignore[arg-type]


def feed(*paths: str) -> bytes:
    items = "".join(
        f"<item><title>Bài {path}</title><link>https://{HOST}{path}</link>"
        "<pubDate>Sat, 21 Nov 2026 19:44:41 +07:00</pubDate></item>"
        for path in paths
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


@dataclass
class Answer:
    """What the outlet sends; ``after_s`` first waits, ``sent`` cuts the body short."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    after_s: float = 0
    sent: int | None = None


class Outlet:
    """Serves ``answers`` by path, for any host; counts requests and how many came at once."""

    def __init__(self, authority: trustme.CA, names: list[str]) -> None:
        self.answers: dict[str, Answer | Callable[[BaseHTTPRequestHandler], Answer]] = {}
        self.requests: list[tuple[str, str]] = []
        self.request_headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [path for _, path in self.requests]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outlet = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with outlet._lock:
                    outlet.requests.append((self.headers["Host"], self.path))
                    outlet.request_headers.append(dict(self.headers))
                    outlet.times.append(time.monotonic())
                    outlet._now += 1
                    outlet.most_at_once = max(outlet.most_at_once, outlet._now)
                try:
                    outlet._answer(self)
                finally:
                    with outlet._lock:
                        outlet._now -= 1

            def log_message(self, *_: Any) -> None: ...

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        answer = self.answers.get(handler.path, Answer(404, b"nothing here"))
        if callable(answer):
            answer = answer(handler)
        time.sleep(answer.after_s)
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body[: answer.sent])
        if answer.sent is not None:
            handler.close_connection = True


class ReactorThread:
    """Twisted's asyncio reactor in a thread: a process can start it once, tests need it often."""

    def __init__(self) -> None:
        from twisted.internet import reactor  # noqa: PLC0415  conftest.py installs it

        # The reactor's own: another that happens to run in this thread would take the work and never do it.
        self._loop = cast(Any, reactor)._asyncioEventloop
        threading.Thread(target=reactor.run, kwargs={"installSignalHandlers": False}, daemon=True).start()

    def run(self, work: Coroutine[Any, Any, Result], within_s: float = 60) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)
