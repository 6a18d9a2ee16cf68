"""Digests, stories and articles."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.model import Digest
from storage import audit, queries, reviews, stories, trends
from storage.digest_outlines import digest_outlines
from storage.models import JudgedArticle
from storage.search import SearchHit, search
from storage.search_filters import Filters, Grade, Judged
from storage.trends import Selection
from web.api.answers import (
    ArticleLine,
    Articles,
    ArticleText,
    DigestLine,
    Digests,
    ReviewedArticle,
    Reviews,
    StoryList,
)
from web.api.asking import (
    MOST_SKIPPED,
    USUAL,
    After,
    Day,
    FlagGrade,
    Id,
    Language,
    Limit,
    Place,
    Since,
    Skip,
    Until,
    Words,
    first_moment,
    moment_after,
)
from web.api.routing import READS, READS_ONE, next_address, router_of
from web.pages import service_of
from web.story import StoryBody, story_body

router = router_of("Stories")

_EVER = date(1900, 1, 1)


@router.get("/digests", responses=READS)
def digests(
    request: Request,
    limit: Limit = USUAL,
    before: Annotated[Day | None, Query(description="Only digests of earlier days.")] = None,
) -> Digests:
    """List the frozen digests, the newest first."""
    with service_of(request).database.read() as session:
        days = [on for on in queries.digest_dates(session) if before is None or on < before]
        shown = days[:limit]
        found = digest_outlines(session, shown[-1], shown[0]) if shown else []
    lines = [
        DigestLine(on=item.on, built_at=item.built_at, since=item.since, until=item.until)
        for item in reversed(found)
    ]
    more = next_address(request, before=shown[-1].isoformat()) if len(days) > limit else None
    return Digests(items=lines, next=more)


@router.get("/digests/{on}", responses=READS_ONE)
def digest(request: Request, on: Annotated[Day, Path(description="The local day.")]) -> Digest:
    """Give one digest, whole; today's before it is built as it would be now."""
    service = service_of(request)
    found = service.digest_on(on, service.clock())
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/stories", responses=READS)
def story_list(
    request: Request,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    grade: FlagGrade = None,
    place: Place = None,
    limit: Limit = USUAL,
    after: After = None,
) -> StoryList:
    """List stories, those told last first; each by its first telling that fits."""
    service = service_of(request)
    selection = Selection(
        since=first_moment(since, service),
        until=moment_after(until, service),
        language=language,
        grades=(int(grade),) if grade else (1, 2),
        place=place,
    )
    with service.database.read() as session:
        found = trends.told_stories(
            session, service.topic, selection, limit + 1, after=after, are_grouped=True
        )
    shown = found[:limit]
    more = next_address(request, after=shown[-1].story_id or 0) if len(found) > limit else None
    return StoryList(items=shown, next=more)


@router.get("/stories/{story_id}", responses=READS_ONE)
def story(request: Request, story_id: Id) -> StoryBody:
    """Give one story with every telling; of one that was merged away, the story that has its articles."""
    return story_body(service_of(request), story_id)


@router.get("/articles", responses=READS)
def articles(  # noqa: PLR0913, PLR0917
    request: Request,
    q: Words = "",
    since: Since = None,
    until: Until = None,
    source: Annotated[str | None, Query(max_length=64, description="A source's id.")] = None,
    language: Language = None,
    place: Place = None,
    grade: Annotated[
        Grade | None, Query(description="2, 1, 0, or flagged for 2 and 1; 0 includes what is not judged yet.")
    ] = None,
    verdict: Annotated[Judged | None, Query(description="What a reviewer said last.")] = None,
    firm: Annotated[str | None, Query(max_length=200, description="A firm's key in the register.")] = None,
    document: Annotated[
        str | None, Query(max_length=200, description="A document's key in the register.")
    ] = None,
    sort: Annotated[
        Literal["best", "newest"],
        Query(description="best: with the marks as typed first, then the newest."),
    ] = "best",
    limit: Limit = USUAL,
    after: After = None,
) -> Articles:
    """Search the articles, by words and filters; without any, list all, the newest first."""
    service = service_of(request)
    filters = Filters(
        since=first_moment(since or _EVER, service),
        until=moment_after(until, service),
        source=source,
        language=language,
        province=place,
        grade=grade,
        verdict=verdict,
        firm=firm,
        document=document,
    )
    with service.database.read() as session:
        found = search(session, q, service.topic, filters, sort=sort, after=after, limit=limit + 1)
    shown = found[:limit]
    more = next_address(request, after=shown[-1].article_id) if len(found) > limit else None
    return Articles(items=[_line(hit, hit.snippet.text) for hit in shown], next=more)


@router.get("/articles/{article_id}", responses=READS_ONE)
def article(request: Request, article_id: Id) -> ArticleText:
    """Give one judged article with its text, evidence and what it states."""
    service = service_of(request)
    with service.database.read() as session:
        found = queries.article(session, article_id, service.topic)
        if found is None:
            raise HTTPException(404)
        place = stories.memberships(session, [article_id]).get(article_id)
        review = reviews.reviews_of(session, [article_id]).get(article_id, reviews.UNREVIEWED)
    return ArticleText(article=found, story_id=place.story_id if place else None, review=review)


@router.get("/reviews", responses=READS)
def review_queue(
    request: Request,
    queue: Annotated[
        audit.Queue, Query(description="near: near misses without a verdict; else what reviewers said.")
    ] = audit.Queue.NEAR,
    limit: Limit = USUAL,
    skip: Skip = 0,
) -> Reviews:
    """List a queue of the audit: near misses by score, the others by the last word."""
    service = service_of(request)
    wanted = audit.Wanted(min_score=service.near_miss_score if queue is audit.Queue.NEAR else 0.0)
    with service.database.read() as session:
        found = audit.queued(session, queue, service.topic, wanted, limit, skip)
        total = audit.count(session, queue, service.topic, wanted)
        said = reviews.reviews_of(session, [item.article_id for item in found])
    items = [
        ReviewedArticle(article=_line(item), review=said.get(item.article_id, reviews.UNREVIEWED))
        for item in found
    ]
    return Reviews(items=items, total=total, next=next_part(request, skip + limit, total))


def next_part(request: Request, skip: int, total: int) -> str | None:
    """The address of the part that begins after ``skip`` of ``total`` items; None where none does."""
    return next_address(request, skip=skip) if skip < total and skip <= MOST_SKIPPED else None


def _line(item: JudgedArticle | SearchHit, snippet: str = "") -> ArticleLine:
    return ArticleLine(
        id=item.article_id,
        url=item.url,
        source=item.source,
        outlet=item.source_name,
        language=item.revision.language,
        title=item.revision.title,
        published_at=item.revision.published_at,
        first_seen_at=item.first_seen_at,
        grade=item.flag.grade if item.flag else None,
        score=item.flag.score if item.flag else None,
        snippet=snippet,
    )
