"""What became of a request: one Fate for each answer and each failure."""

import gzip
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from OpenSSL.SSL import Error as OpenSSLError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from service_identity import VerificationError

from crawler.heads import HeadTooLarge
from crawler.refusals import AddressRefused
from crawler.robots import RobotsForbidden, RobotsUnreachable
from crawler.wholeness import BodyCut
from storage.models import Fate

_BLOCKING_STATUSES = frozenset({401, 403, 429, 451})
_PASSING = frozenset(
    {
        Fate.BLOCKED,
        Fate.HTTP_ERROR,
        Fate.CONNECTION_FAILED,
        Fate.TIMED_OUT,
        Fate.TLS_FAILED,
        Fate.ROBOTS_UNREACHABLE,
        Fate.CRAWL_ERROR,
    }
)
_RETRY_AFTER = (timedelta(minutes=20), timedelta(hours=2), timedelta(hours=8), timedelta(hours=24))
_DOUBTED_TRIES = 2
"""How often a page in doubt is asked for again: most never come, and each try is a request."""

_LONGEST_RETRY_AFTER_S = 86_400.0

_DAMAGED = (gzip.BadGzipFile, zlib.error, EOFError)
"""What expanding a damaged body raises; an error of brotli's own is told by its module."""

_BY_ERROR: tuple[tuple[type[BaseException], Fate], ...] = (
    (RobotsForbidden, Fate.ROBOTS_FORBIDDEN),
    (RobotsUnreachable, Fate.ROBOTS_UNREACHABLE),
    (AddressRefused, Fate.ADDRESS_REFUSED),
    (DownloadTimeoutError, Fate.TIMED_OUT),
    (DownloadCancelledError, Fate.TOO_LARGE),
    (IgnoreRequest, Fate.TOO_LARGE),  # what is left of them: the cap during decompression
    (CannotResolveHostError, Fate.CONNECTION_FAILED),
    (DownloadConnectionRefusedError, Fate.CONNECTION_FAILED),
    (ResponseDataLossError, Fate.CONNECTION_FAILED),
    (BodyCut, Fate.CONNECTION_FAILED),
    (HeadTooLarge, Fate.TOO_LARGE),
    (UnsupportedURLSchemeError, Fate.OFF_HOST),
    (NotSupported, Fate.OFF_HOST),
)


def fate_of_error(error: BaseException) -> tuple[Fate, str]:
    """The Fate that ``error`` means for its Entry, and its reason in a few words."""
    if isinstance(error, RobotsUnreachable) and error.error is not None:
        # The host itself does not answer: its own reason says more than that of robots.txt.
        return fate_of_error(error.error)
    if isinstance(error, IgnoreRequest) and "max redirections reached" in str(error):
        return Fate.HTTP_ERROR, "it redirects in a circle"
    if isinstance(error, _DAMAGED) or type(error).__module__.startswith("brotli"):
        return Fate.CONNECTION_FAILED, f"the body does not expand: {_words(error)}"
    if isinstance(error, DownloadFailedError):
        tls = _tls_reason(error)
        return (Fate.TLS_FAILED, tls) if tls else (Fate.CONNECTION_FAILED, _words(error))
    for kind, fate in _BY_ERROR:
        if isinstance(error, kind):
            return fate, _words(error)
    return Fate.CRAWL_ERROR, _words(error)


def fate_of_response(response: Response, hosts: frozenset[str]) -> tuple[Fate, str] | None:
    """The Fate of a response that is no page of its source, or None where it is one."""
    if response.status in _BLOCKING_STATUSES:
        return Fate.BLOCKED, f"status {response.status}"
    if response.status in (404, 410):
        return Fate.NOT_FOUND, f"status {response.status}"
    if response.status != 200:
        return Fate.HTTP_ERROR, f"status {response.status}"
    host = response.url.split("/")[2].partition(":")[0].lower()
    if host not in hosts:
        return Fate.OFF_HOST, f"redirected to {host}"
    if "dataloss" in response.flags or "partial" in response.flags:
        return Fate.CONNECTION_FAILED, "the body is incomplete"
    kind = (response.headers.get(b"Content-Type") or b"text/html").decode("latin-1").lower()
    if "html" not in kind and "xml" not in kind:
        return Fate.NOT_HTML, kind.partition(";")[0].strip()
    return None


def retry_at(fate: Fate, attempts: int, now: datetime, retry_after_s: float | None = None) -> datetime | None:
    """When to try an Entry again after its ``attempts``-th failure (from 1), or None for never.

    Failures that may pass are tried four times more over a day and a half, never before the host's
    own Retry-After; a page in doubt twice more: it may be listed before it is there, or the outlet may be
    down behind a front that has one answer to everything. The last fate stands.
    """
    tries = len(_RETRY_AFTER) if fate in _PASSING else _DOUBTED_TRIES if fate.is_doubted else 0
    if attempts > tries:
        return None
    return now + max(_RETRY_AFTER[attempts - 1], timedelta(seconds=retry_after_s or 0))


def retry_after_s(response: Response, now: datetime) -> float | None:
    """Seconds that a 429 or 503 asks us to wait (Retry-After, RFC 9110), a day at most; else None."""
    if response.status not in (429, 503):
        return None
    value = (response.headers.get(b"Retry-After") or b"").decode("latin-1").strip()
    if value.isdecimal():
        return min(float(value), _LONGEST_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_RETRY_AFTER_S)


def _tls_reason(error: BaseException) -> str | None:
    for cause in _causes(error):
        if isinstance(cause, OpenSSLError):
            return _openssl_words(cause) or "the TLS handshake failed"
        if isinstance(cause, VerificationError):
            return "the certificate is for another host"
    return None


def _openssl_words(error: OpenSSLError) -> str:
    # Most carry a list of (library, function, reason); SysCallError carries a number and words.
    if error.args and isinstance(error.args[0], list | tuple):
        return "; ".join(str(part[-1]) for part in error.args[0] if part and part[-1])
    return " ".join(str(part) for part in error.args)


def _causes(error: BaseException) -> list[BaseException]:
    """``error`` and all behind it; Twisted hides the reasons of a failed response in a list."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting and len(found) < 50:
        current = waiting.pop()
        found.append(current)
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause is not None]
        waiting += [reason.value for reason in getattr(current, "reasons", None) or ()]
    return found


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
