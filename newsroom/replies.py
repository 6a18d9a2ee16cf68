"""What a replica answers, before HTTP: a status, bytes and their type."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property

HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """An answer to one request."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    @cached_property
    def etag(self) -> str:
        """A validator made from the body; weak, since the body may also travel compressed."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    @cached_property
    def gzipped(self) -> bytes:
        """The body, compressed for the way."""
        return gzip.compress(self.body, compresslevel=4, mtime=0)


def page(text: str, status: int = 200) -> Reply:
    """An HTML page."""
    return Reply(text.encode(), HTML, status)


def xml(text: str) -> Reply:
    """A feed or sitemap."""
    return Reply(text.encode(), XML)


def moved(url: str) -> Reply:
    """A permanent redirect."""
    return Reply(b"", HTML, 301, (("Location", url),))
