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
    return _feed(digests_feed(found, locale, service.zone, _home(request)), locale)


@router.api_route("/flagged.atom", methods=["GET", "HEAD"])
def flagged(request: Request) -> Response:
    """The articles flagged last."""
    service, locale = service_of(request), language_of(request)
    with service.database.read() as session:
        found = queries.newest_flagged(session, service.topic, ARTICLES_SHOWN)
    return _feed(flagged_feed(found, locale, service.zone, _home(request)), locale)


def _home(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _feed(written: bytes, locale: str) -> Response:
    headers = {
        "content-language": locale,
        "vary": "Accept-Language, Cookie",
        "cache-control": "no-cache",
    }
    return Response(written, media_type=MEDIA_TYPE, headers=headers)
