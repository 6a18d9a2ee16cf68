"""The benchmark's server: ``crawl_server.py PAGES ONE_IN``.

Pages are made beforehand, kept gzipped in memory and sent by a bare asyncio protocol.

It costs a fraction of a millisecond a page, so that what is measured is the crawler.
Prints one line of JSON once it answers.
"""

import asyncio
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.crawl_pages import SOURCES, gzipped, make_pages
from newsroom.outlets import OUTLETS

_Answers = dict[bytes, bytes]


def main() -> None:
    """Make the pages, then serve until ended."""
    answers: _Answers = {}
    paths: dict[str, list[str]] = {source: [] for source in SOURCES}
    sizes = []
    for page in make_pages(int(sys.argv[1]), one_in=int(sys.argv[2])):
        answers[page.path.encode()] = _answer(gzipped(page), b"text/html; charset=utf-8", is_gzipped=True)
        paths[page.source].append(page.path)
        sizes.append(len(page.body))
    for source in SOURCES:
        listed = "".join(
            f"<url><loc>http://{OUTLETS[source].host}{path}</loc></url>" for path in paths[source]
        )
        listing = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'
        answers[f"/{source}.xml".encode()] = _answer(listing.encode(), b"text/xml")
    facts = {
        "hosts": {source: OUTLETS[source].host for source in SOURCES},
        "paths": [path for group in zip(*paths.values(), strict=True) for path in group],
        "median_kb": round(statistics.median(sizes) / 1000),
    }
    asyncio.run(_serve(answers, facts))


def _answer(body: bytes, content_type: bytes, *, is_gzipped: bool = False) -> bytes:
    encoding = b"Content-Encoding: gzip\r\n" if is_gzipped else b""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n"
    return head % (content_type, encoding, len(body)) + body


_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class _Connection(asyncio.Protocol):
    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            self._transport.write(self._answers.get(path, _MISSING))


async def _serve(answers: _Answers, facts: dict[str, object]) -> None:
    loop = asyncio.get_running_loop()
    # Port 0 takes a free one; every address of 127.0.0.0/8 reaches it, so each way sees four hosts.
    server = await loop.create_server(lambda: _Connection(answers), "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps(facts | {"port": port}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main()
