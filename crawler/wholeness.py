"""Notices a compressed body that was cut off: Scrapy's expander takes what there is for the whole."""

import zlib

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

_GZIP = 31
"""zlib's window bits for gzip with header and checksum."""


class BodyCut(Exception):
    """The gzip body of ``url`` ends before its end mark."""

    def __init__(self, url: str) -> None:
        super().__init__("the compressed body is cut off")
        self.url = url


class ExpectWhole:
    """Downloader middleware; stands between the network and HttpCompressionMiddleware."""

    def __init__(self, cap_bytes: int) -> None:
        self._cap_bytes = cap_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ExpectWhole":
        """Take the cap from DOWNLOAD_MAXSIZE."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_response(self, request: Request, response: Response) -> Response:
        """``response`` as it is; raises BodyCut where its gzip body has no end."""
        encoding = (response.headers.get(b"Content-Encoding") or b"").strip().lower()
        if encoding in (b"gzip", b"x-gzip") and response.body[:2] == b"\x1f\x8b":
            expander = zlib.decompressobj(_GZIP)
            try:
                expander.decompress(response.body, self._cap_bytes)
            except zlib.error:
                return response  # damaged in another way: the expander says so itself
            is_larger_than_the_cap = bool(expander.unconsumed_tail)
            if not expander.eof and not is_larger_than_the_cap:
                raise BodyCut(response.url)
        return response
