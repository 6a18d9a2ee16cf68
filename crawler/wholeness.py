"""Expands compressed bodies and notices one that was cut off: Scrapy takes what there is for the whole."""

import zlib

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware

_GZIP = 31
"""zlib's window bits for gzip with header and checksum."""


class BodyCut(Exception):
    """A gzip body ends before its end mark."""

    def __init__(self) -> None:
        super().__init__("the compressed body is cut off")


class ExpandWhole(HttpCompressionMiddleware):
    """Scrapy's middleware, with gzip expanded once and in one go: it is what nearly every page comes as."""

    @staticmethod
    def _decode(body: bytes, encoding: bytes, max_size: int) -> bytes:
        """``body`` expanded; raises BodyCut where a gzip body has no end."""
        if encoding in (b"gzip", b"x-gzip") and body[:2] == b"\x1f\x8b":
            expander = zlib.decompressobj(_GZIP)
            try:
                expanded = expander.decompress(body, max_size)
            except zlib.error:
                expanded = b""  # damaged in another way: Scrapy's expander says so itself
            else:
                is_larger_than_the_cap = bool(expander.unconsumed_tail)
                if not expander.eof and not is_larger_than_the_cap:
                    raise BodyCut
            if expanded and expander.eof and not expander.unused_data:
                return expanded
        return HttpCompressionMiddleware._decode(body, encoding, max_size)
