"""The Atom feeds: digests, and flagged articles."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from digest.desk import last_digests
from digest.feeds import MEDIA_TYPE, digests_feed, flagged_feed
from storage import queries
from web.language import language_of
from web.pages import service_of

router = APIRouter()

DIGESTS_SHOWN = 14
ARTICLES_SHOWN = 100


@router.api_route("/digests.atom", methods=["GET", "HEAD"])
def digests(request: Request) -> Response:
    """The last built digests, whole."""
    service, locale = service_of(request), language_of(request)
    found = last_digests(service.database, DIGESTS_SHOWN)
    return feed_response(digests_feed(found, locale, service.zone, home_of(request)), locale)


@router.api_route("/flagged.atom", methods=["GET", "HEAD"])
def flagged(request: Request) -> Response:
    """The articles flagged last."""
    service, locale = service_of(request), language_of(request)
    with service.database.read() as session:
        found = queries.newest_flagged(session, service.topic, ARTICLES_SHOWN)
    return feed_response(flagged_feed(found, locale, service.zone, home_of(request)), locale)


def home_of(request: Request) -> str:
    """The address of the pages, as the reader has it."""
    return str(request.base_url).rstrip("/")


def feed_response(written: bytes, locale: str) -> Response:
    """``written``, a feed in the language ``locale``."""
    headers = {
        "content-language": locale,
        "vary": "Accept-Language, Cookie",
        "cache-control": "no-cache",
    }
    return Response(written, media_type=MEDIA_TYPE, headers=headers)
