"""Article: the text with its evidence in place, the facts, and the verdict."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.build import beginning, digest_article
from digest.model import DigestArticle
from storage import queries
from storage.models import Evidence, JudgedArticle
from storage.revisions import History, history
from web.changes import Piece, changes
from web.highlight import Run, paragraphs
from web.pages import service_of, show

router = APIRouter()

_LARGEST_ID = 2**31 - 1
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
class Edit:
    """One change of the text by the outlet."""

    read_at: datetime
    pieces: list[Piece]


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


@router.api_route("/articles/{article_id}", methods=["GET", "HEAD"])
def article(request: Request, article_id: str) -> Response:
    """One article."""
    service = service_of(request)
    with service.database.read() as session:
        found = queries.article(session, _number(article_id), service.topic)
        past = history(session, found.article_id) if found is not None else None
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
        edits=_edits(past),
    )
    return show(request, "article.html", page)


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal()) or len(written) > 10 or int(written) > _LARGEST_ID:
        raise HTTPException(404)
    return int(written)


def _edits(past: History) -> list[Edit]:
    pairs = zip(past.revisions, past.revisions[1:], strict=False)
    edits = [Edit(after.read_at, changes(before.revision, after.revision)) for before, after in pairs]
    return edits[::-1]


def _reason(number: int, item: Evidence) -> Reason:
    return Reason(number, beginning(item.exact, _QUOTE_LENGTH), item.rule, item.weight)
