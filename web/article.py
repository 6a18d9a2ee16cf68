"""Article: the text with its evidence in place, the facts, and the verdict."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.build import beginning, digest_article
from digest.model import DigestArticle
from storage import queries, stories
from storage.models import Evidence, JudgedArticle
from storage.reviews import UNREVIEWED, Review, reviews_of
from storage.revisions import history
from storage.tellings import page_numbers
from web.changes import Edit, edits
from web.highlight import Run, paragraphs
from web.numbers import number_in_address
from web.pages import service_of, show

router = APIRouter()

_QUOTE_LENGTH = 110


@dataclass(frozen=True)
class Reason:
    """One piece of evidence, as listed beside the text."""

    number: int
    """From 1; its anchor in the text is ``evidence-<number>``."""
    beginning: str
    rule: str
    weight: float


@dataclass(frozen=True)
class ArticlePage:
    """``article.html``."""

    article: JudgedArticle
    paragraphs: list[list[Run]]
    """Lead and text; the first paragraph is the lead where the article has one."""
    has_lead: bool
    reasons: list[Reason]
    stated: DigestArticle
    """The same article as the digest shows it; here for the numbers and names that it states."""
    vanished_at: datetime | None
    """When the outlet's page was found to be gone."""
    edits: list[Edit]
    """What the outlet changed since, the newest change first."""
    story_id: int | None
    """The event that it tells; None where it is not grouped."""
    page_id: int | None
    """Of the archived page that the text came out of."""
    review: Review


@router.api_route("/articles/{article_id}", methods=["GET", "HEAD"])
def article(request: Request, article_id: str) -> Response:
    """One article."""
    service = service_of(request)
    with service.database.read() as session:
        found = queries.article(session, number_in_address(article_id), service.topic)
        past = history(session, found.article_id) if found is not None else None
        place = stories.memberships(session, [found.article_id]) if found is not None else {}
        pages = page_numbers(session, [found.revision_id or 0]) if found is not None else {}
        said = reviews_of(session, [found.article_id]) if found is not None else {}
    if found is None or past is None:
        raise HTTPException(404)
    evidence = sorted(found.flag.evidence, key=lambda item: item.start)
    page = ArticlePage(
        article=found,
        paragraphs=paragraphs(found.revision.judged_text, evidence),
        has_lead=bool(found.revision.lead),
        reasons=[_reason(number, item) for number, item in enumerate(evidence, start=1)],
        stated=digest_article(found),
        vanished_at=past.vanished_at,
        edits=edits(past),
        story_id=place[found.article_id].story_id if place else None,
        page_id=pages.get(found.revision_id or 0),
        review=said.get(found.article_id, UNREVIEWED),
    )
    return show(request, "article.html", page)


def _reason(number: int, item: Evidence) -> Reason:
    return Reason(number, beginning(item.exact, _QUOTE_LENGTH), item.rule, item.weight)
