"""Today: the digest of the day, or what is collected so far; and the next one in the making."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from storage import queries
from storage.queries import Progress
from web.cards import Cards, cards_of
from web.pages import service_of, show

router = APIRouter()

REFRESH_S = 5
"""How often a page that has nothing to show yet looks again."""


@dataclass(frozen=True)
class TodayPage:
    """``today.html``."""

    cards: Cards
    progress: Progress | None
    """How far the first reading of the sources is; None once all were read, or the digest is built."""
    more: int
    """Entries collected since a built digest, for the next one."""
    refresh_s: int | None
    """Seconds until the page looks again; None where it has something to show."""


@dataclass(frozen=True)
class NextPage:
    """``next.html``."""

    cards: Cards


@router.api_route("/", methods=["GET", "HEAD"])
def today(request: Request) -> Response:
    """The digest of today."""
    service = service_of(request)
    now = service.clock()
    digest = service.digest_on(now.astimezone(service.zone).date(), now)
    assert digest is not None  # today always has one, final or not
    more = service.entries_since(digest, now) if digest.is_final else 0
    with service.database.read() as session:
        progress = None if digest.is_final else _unfinished(queries.progress(session))
        cards = cards_of(request, session, digest)
    page = TodayPage(
        cards=cards,
        progress=progress,
        more=more,
        refresh_s=REFRESH_S if progress and not digest.entries else None,
    )
    return show(request, "today.html", page)


@router.api_route("/next", methods=["GET", "HEAD"])
def upcoming(request: Request) -> Response:
    """The next digest as it would be now."""
    service = service_of(request)
    digest = service.collecting(service.clock())
    with service.database.read() as session:
        cards = cards_of(request, session, digest)
    return show(request, "next.html", NextPage(cards))


def _unfinished(progress: Progress) -> Progress | None:
    is_read = progress.sources and progress.sources_read >= progress.sources
    return None if is_read and (progress.articles or not progress.entries_pending) else progress
