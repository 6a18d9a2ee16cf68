"""A digest as cards to be judged: one page of them, what is said of each, and how far the whole is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session
from starlette.datastructures import URL
from starlette.requests import Request

from digest.model import Digest, DigestEntry
from storage.reviews import Review, ReviewProgress, last_act, progress_of, reviews_of_stories
from web.asked import Pager, last_page, page_asked, pager
from web.language import language_of
from web.pages import service_of
from web.people import person_of

CARDS_SHOWN = 15
"""Cards on one page: a page stays below 100 kB, and a form below ``web.forms.MOST_FIELDS``."""
UNDO_LASTS = timedelta(hours=12)
"""An act that is older is taken back on its card, not by a key pressed by chance."""


@dataclass(frozen=True)
class CardLine:
    """``_card_line.html``: how far the cards of all pages are judged."""

    progress: ReviewProgress | None
    """Of entries and updates; None where the cards are no digest."""
    unjudged: str | None
    """Address of the first card without a verdict."""
    undoable: int | None
    """The act that this person would undo."""


@dataclass(frozen=True)
class Cards:
    """``_cards.html``."""

    digest: Digest
    """With the entries, updates and near misses of this page alone; its counts are of all."""
    reviews: Mapping[int, Review]
    """By the number of each entry's first article."""
    line: CardLine
    pager: Pager
    path: str
    """Of the page's address."""
    near_listed: int


def cards_of(request: Request, session: Session, digest: Digest) -> Cards:
    """``digest`` as cards, that page of them which ``page`` in the address names."""
    counted = [*digest.entries, *digest.updates]
    everything = [*counted, *digest.near_misses]
    reviews = reviews_of_stories(session, _groups(everything))
    ways = cards_pager(request, len(everything))
    shown = everything[(ways.page - 1) * CARDS_SHOWN : ways.page * CARDS_SHOWN]
    return Cards(
        digest=digest.model_copy(update=_parts(digest, shown)),
        reviews={
            entry.articles[0].article_id: review for entry, review in zip(everything, reviews, strict=True)
        },
        line=_line(request, session, request.url, counted, reviews[: len(counted)]),
        pager=ways,
        path=request.url.path,
        near_listed=len(digest.near_misses),
    )


def line_of(request: Request, session: Session, digest: Digest, address: URL) -> CardLine:
    """How far ``digest`` is judged; ``address`` is that of the page on which its cards stand."""
    counted = [*digest.entries, *digest.updates]
    return _line(request, session, address, counted, reviews_of_stories(session, _groups(counted)))


def cards_pager(request: Request, total: int) -> Pager:
    """The Pager of ``total`` cards at the page that is asked for; past the last one it is the last."""
    page = min(page_asked(request), last_page(total, CARDS_SHOWN))
    return pager(request, page, total, CARDS_SHOWN)


def undoable(request: Request, session: Session) -> int | None:
    """The act that the person behind ``request`` would undo now."""
    act = last_act(session, person_of(request).name)
    return act.id if act is not None and service_of(request).clock() - act.at < UNDO_LASTS else None


def _line(
    request: Request,
    session: Session,
    address: URL,
    entries: Sequence[DigestEntry],
    reviews: Sequence[Review],
) -> CardLine:
    at = next((at for at, review in enumerate(reviews) if review.verdict is None), None)
    unjudged = None
    if at is not None:
        page = address.include_query_params(page=at // CARDS_SHOWN + 1)
        unjudged = f"{page.path}?{page.query}#article-{entries[at].telling(language_of(request)).article_id}"
    return CardLine(
        progress=progress_of(session, _groups(entries), reviews),
        unjudged=unjudged,
        undoable=undoable(request, session),
    )


def _groups(entries: Sequence[DigestEntry]) -> list[list[int]]:
    return [[article.article_id for article in entry.articles] for entry in entries]


def _parts(digest: Digest, shown: Sequence[DigestEntry]) -> dict[str, tuple[DigestEntry, ...]]:
    here = {id(entry) for entry in shown}
    names = ("entries", "updates", "near_misses")
    return {name: tuple(entry for entry in getattr(digest, name) if id(entry) in here) for name in names}
