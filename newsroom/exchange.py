"""From a Reply to an HTTP response: validators, compression, HEAD, and the faults of the way."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from newsroom import dates
from newsroom.replies import Reply

_SMALLEST_GZIPPED_BYTES = 500
_COMPRESSIBLE = ("text/", "application/json", "application/xml")


def respond(request: Request, reply: Reply, changed_at: datetime, truncate_to: int | None = None) -> Response:
    """The response to ``request``: 304 where the client's copy is still good, gzip where accepted."""
    headers = dict(reply.headers)
    if reply.status == 200:
        headers |= {"ETag": reply.etag, "Last-Modified": dates.http_date(changed_at)}
        headers["Cache-Control"] = "public, max-age=60"
    if reply.status == 200 and _is_unchanged(request, reply.etag, changed_at):
        return Response(None, 304, headers)
    body = reply.body
    if reply.content_type.startswith(_COMPRESSIBLE) and "Content-Encoding" not in headers:
        headers["Vary"] = "Accept-Encoding"
        if len(body) >= _SMALLEST_GZIPPED_BYTES and _accepts_gzip(request):
            headers["Content-Encoding"] = "gzip"
            body = reply.gzipped
    headers |= {"Content-Type": reply.content_type, "Content-Length": str(len(body))}
    if request.method == "HEAD":
        return Response(None, reply.status, headers)
    if truncate_to is not None and truncate_to < len(body):
        return StreamingResponse(_cut(body, truncate_to), reply.status, headers)
    return Response(body, reply.status, headers)


def _is_unchanged(request: Request, etag: str, changed_at: datetime) -> bool:
    """RFC 9110, section 13.2.2: If-None-Match alone counts where it is sent."""
    wanted = request.headers.get("if-none-match")
    if wanted is not None:
        known = {each.strip().removeprefix("W/") for each in wanted.split(",")}
        return "*" in known or etag.removeprefix("W/") in known
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return changed_at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # an unreadable or zoneless date is no condition
        return False


def _accepts_gzip(request: Request) -> bool:
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0"}
    return False


async def _cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    yield body[:size]


def later(changed_at: datetime) -> datetime:
    """A moment that Last-Modified can tell from ``changed_at``: HTTP knows whole seconds only."""
    return changed_at + timedelta(seconds=1)
