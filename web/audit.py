"""Audit: what was left out and came close, and what reviewers rejected, doubted, starred or noted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.build import digest_entry
from digest.export import TABLES, export_table
from digest.model import DigestEntry
from digest.updates import Stories
from storage import audit, queries, stories
from storage.audit import Queue, Wanted
from storage.models import JudgedArticle, Value
from storage.reviews import UNREVIEWED, Review, reviews_of, reviews_of_stories
from web.asked import LANGUAGES, Pager, choice_asked, date_asked, midnight
from web.cards import CARDS_SHOWN, CardLine, cards_pager, undoable
from web.pages import Service, service_of, show, table
from web.twins import json_twin

router = APIRouter()

MOST_EXPORTED = 10_000


@dataclass(frozen=True)
class AuditForm:
    """What the reader asked for, as understood; it fills the form again."""

    queue: Queue
    source: str | None
    language: str | None
    since: date | None
    until: date | None
    """Inclusive."""
    newest_first: bool

    @property
    def is_filtered(self) -> bool:
        """Whether there may be more without the filters."""
        return any((self.source, self.language, self.since, self.until))


@dataclass(frozen=True)
class AuditPage:
    """``audit.html``."""

    form: AuditForm
    counts: Mapping[Queue, int]
    """Stories of each queue with these filters; near misses are articles."""
    queries: Mapping[Queue, str]
    """The address's query for each queue with these filters."""
    sources: list[tuple[str, str]]
    """(id, name) of each Source that can be chosen."""
    languages: tuple[str, ...]
    entries: list[DigestEntry]
    """One story each, or one near miss."""
    reviews: Mapping[int, Review]
    """By the number of each entry's first article."""
    line: CardLine
    pager: Pager


class AuditedRow(Value):
    """One article of a queue, as the twin and the tables have it."""

    id: int
    title: str
    outlet: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime
    grade: int
    score: float
    sentences: tuple[str, ...]
    verdict: str | None
    judged_by: str
    judged_at: datetime | None
    starred: str
    """yes or nothing."""
    note: str
    noted_by: str
    url: str


@router.api_route("/audit", methods=["GET", "HEAD"])
def audit_page(request: Request) -> Response:
    """One queue, as cards."""
    service = service_of(request)
    with service.database.read() as session:
        sources, form = _asked(request, session)
        wanted = _wanted(form, service)
        counts = {queue: audit.count_stories(session, queue, service.topic, wanted) for queue in Queue}
        ways = cards_pager(request, counts[form.queue])
        start = (ways.page - 1) * CARDS_SHOWN
        found = audit.queued_stories(session, form.queue, service.topic, wanted, CARDS_SHOWN, start)
        entries = _entries(session, found)
        said = reviews_of_stories(
            session, [[article.article_id for article in item.articles] for item in entries]
        )
        line = CardLine(progress=None, unjudged=None, undoable=undoable(request, session))
    here = request.url.remove_query_params("page")
    page = AuditPage(
        form=form,
        counts=counts,
        queries={queue: here.include_query_params(queue=queue.value).query for queue in Queue},
        sources=sources,
        languages=LANGUAGES,
        entries=entries,
        reviews={item.articles[0].article_id: review for item, review in zip(entries, said, strict=True)},
        line=line,
        pager=ways,
    )
    return show(request, "audit.html", page)


@router.api_route("/audit.{suffix}", methods=["GET", "HEAD"])
def audit_twin(request: Request, suffix: str) -> Response:
    """One queue article by article: for a program, page by page, or as a table, whole."""
    service = service_of(request)
    if suffix != "json" and suffix not in TABLES:
        raise HTTPException(404)
    with service.database.read() as session:
        _, form = _asked(request, session)
        wanted = _wanted(form, service)
        total = audit.count(session, form.queue, service.topic, wanted)
        ways = cards_pager(request, total)
        size, start = (CARDS_SHOWN, (ways.page - 1) * CARDS_SHOWN) if suffix == "json" else (MOST_EXPORTED, 0)
        found = audit.queued(session, form.queue, service.topic, wanted, size, start)
        said = reviews_of(session, [item.article_id for item in found])
    rows = [_row(item, said.get(item.article_id, UNREVIEWED)) for item in found]
    if suffix != "json":
        return table(export_table(AuditedRow, rows, suffix, service.zone), f"audit-{form.queue}", suffix)
    return json_twin(
        {"queue": form.queue, "total": total, "page": ways.page, "pages": ways.pages, "articles": rows}
    )


def _asked(request: Request, session: Session) -> tuple[list[tuple[str, str]], AuditForm]:
    """The Sources that can be chosen, and what is asked for."""
    sources = list(queries.source_names(session).items())
    return sources, AuditForm(
        queue=Queue(choice_asked(request, "queue", {queue.value for queue in Queue}) or Queue.NEAR),
        source=choice_asked(request, "source", {id for id, _ in sources}),
        language=choice_asked(request, "language", LANGUAGES),
        since=date_asked(request, "since"),
        until=date_asked(request, "until"),
        newest_first=request.query_params.get("order") == "newest",
    )


def _wanted(form: AuditForm, service: Service) -> Wanted:
    return Wanted(
        source=form.source,
        language=form.language,
        since=midnight(form.since, service.zone) if form.since else None,
        until=midnight(form.until + timedelta(days=1), service.zone) if form.until else None,
        min_score=service.near_miss_score,
        newest_first=form.newest_first,
    )


def _entries(session: Session, groups: list[list[JudgedArticle]]) -> list[DigestEntry]:
    ids = [judged.article_id for group in groups for judged in group]
    known = Stories(places=stories.memberships(session, ids), outlets=queries.outlet_names(session, ids))
    return [digest_entry(group, known) for group in groups if group]


def _row(judged: JudgedArticle, review: Review) -> AuditedRow:
    revision, flag = judged.revision, judged.flag
    return AuditedRow(
        id=judged.article_id,
        title=revision.title,
        outlet=judged.source_name,
        language=revision.language,
        published_at=revision.published_at,
        first_seen_at=judged.first_seen_at,
        grade=flag.grade,
        score=flag.score,
        sentences=tuple(item.exact for item in flag.evidence),
        verdict=review.verdict,
        judged_by=review.judged_by,
        judged_at=review.judged_at,
        starred="yes" if review.is_starred else "",
        note=review.note,
        noted_by=review.noted_by,
        url=judged.url,
    )
