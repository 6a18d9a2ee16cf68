"""A name that answers with a public address first and with a private one later (DNS rebinding)."""

import pytest
from loopback import FEED, HOST, Answer, Outlet, feed
from sqlmodel import select
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from zope.interface import implementer

from crawler import guard
from crawler.guard import GuardedResolver, install_guard
from storage.models import Fate
from storage.tables import EntryRow

PUBLIC, PRIVATE = "113.160.0.1", "10.0.0.1"
XML = {"Content-Type": "application/rss+xml"}
PAGE = b"<html><body><h1>T</h1><p>text</p></body></html>"


@implementer(IHostResolution)
class Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None: ...


@implementer(IHostnameResolver)
class Upstream:
    """Answers each question with the next of ``answers``, the last one again and again."""

    def __init__(self, *answers: tuple[str, ...], port: int | None = None) -> None:
        self.waiting = list(answers)
        self.asked: list[str] = []
        self.port = port

    def resolveHostName(self, receiver, hostName, portNumber=0, addressTypes=None, transportSemantics="TCP"):
        self.asked.append(hostName)
        answer = self.waiting.pop(0) if len(self.waiting) > 1 else self.waiting[0]
        resolution = Resolution(hostName)
        receiver.resolutionBegan(resolution)
        for address in answer:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, self.port or portNumber))
        receiver.resolutionComplete()
        return resolution


def dialled(upstream: Upstream, times: int) -> list[list[str]]:
    """The addresses that Twisted dials for a host of that name, connection by connection."""
    reactor = MemoryReactorClock()
    reactor.installNameResolver(GuardedResolver(upstream))
    found = []
    for _ in range(times):
        before = len(reactor.tcpClients)
        attempt = HostnameEndpoint(reactor, "rebound.example", 443).connect(Factory.forProtocol(Protocol))
        attempt.addErrback(lambda failure: None)
        reactor.pump([0.5] * 4)
        found.append([client[0] for client in reactor.tcpClients[before:]])
    return found


def test_each_connection_is_judged_by_the_answer_that_it_dials() -> None:
    upstream = Upstream((PUBLIC,), (PRIVATE,), (PUBLIC,), ("127.0.0.1",), ("::ffff:127.0.0.1",))
    assert dialled(upstream, 5) == [[PUBLIC], [], [PUBLIC], [], []]
    assert len(upstream.asked) == 5, "one question for each connection: none to judge and another to dial"


def test_of_a_mixed_answer_only_the_public_address_is_dialled() -> None:
    assert dialled(Upstream((PRIVATE, PUBLIC, "169.254.169.254")), 1) == [[PUBLIC]]


def test_a_crawl_that_is_rebound_after_robots_and_feed(
    outlet: Outlet, crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outlet's loopback address stands for a public one: nothing else can be reached in a test."""
    outlet.answers = {
        "/robots.txt": Answer(404, headers={"Connection": "close"}),
        FEED: Answer(body=feed("/a-post1.html"), headers=XML | {"Connection": "close"}),
        "/a-post1.html": Answer(body=PAGE),
    }
    judge = guard.is_public
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1" or judge(address))
    upstream = Upstream(("127.0.0.1",), ("127.0.0.1",), ("127.0.0.2",), port=outlet.port)
    monkeypatch.setattr(install_guard(()), "_inner", upstream)
    spider = crawl(connect_to=())
    assert upstream.asked == [HOST] * 3
    assert outlet.paths() == ["/robots.txt", FEED]
    with spider.intake.database.read() as session:
        [row] = session.exec(select(EntryRow)).all()
    assert row.fate == Fate.ADDRESS_REFUSED
    assert "127.0.0.2" in row.fate_detail
