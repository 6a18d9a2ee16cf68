"""A cap on what an answer sends before its body. Checked against scrapy 2.19 and twisted 26.10.

Twisted ends a connection at a header of 16 KB, and takes as many headers as come: 100,000 of them are
kept, and a host that never ends them fills the memory until the time limit.
"""

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web._newclient import Request as TxRequest
from twisted.web.iweb import IResponse

MAX_HEAD_BYTES = 65_536
"""Of status line and headers together; browsers and servers allow 8 to 256 KB, outlets send 1 to 4."""


class HeadTooLarge(Exception):
    """The headers of an answer are larger than MAX_HEAD_BYTES, or one of them than Twisted allows."""

    def __init__(self) -> None:
        super().__init__(f"the headers exceed {MAX_HEAD_BYTES // 1024} KB, or one of them 16 KB")


class _CappedParser(_LenientHTTPClientParser):
    head_bytes = 0

    def lineReceived(self, line: bytes) -> None:
        self.head_bytes += len(line) + 1
        if self.head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLarge
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        raise HeadTooLarge


class _CappedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: TxRequest) -> "Deferred[IResponse]":
        answered = super().request(request)
        assert self._parser is not None
        self._parser.__class__ = _CappedParser  # as Scrapy does: the parser's class is no argument
        return answered

    def _giveUp(self, reason: Failure) -> None:
        super()._giveUp(reason)  # type: ignore[no-untyped-call]
        if isinstance(reason.value, HeadTooLarge) and self.transport is not None:
            self.transport.abortConnection()  # a polite end of TLS would go on reading meanwhile


class _CappedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        return _CappedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class CappedHandler(HTTP11DownloadHandler):
    """Scrapy's handler of http and https; an answer with too large a head fails with HeadTooLarge."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _CappedFactory

    async def download_request(self, request: Request) -> Response:
        """As Scrapy's; what is too large is no passing failure, so it must not look like one."""
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            reasons = getattr(error.__cause__, "reasons", None) or ()
            if any(isinstance(reason.value, HeadTooLarge) for reason in reasons):
                raise HeadTooLarge from error
            raise
