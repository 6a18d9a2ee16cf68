"""Search: words and filters in, the articles that have them out."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.environment import pieces_of
from digest.export import EXPORTS, export, rows_of_hits
from digest.harmless import one_line
from storage import queries
from storage.search import SearchHit
from storage.search import search as search_store
from web.pages import Service, service_of, show, table

router = APIRouter()

HITS_SHOWN = 50
HITS_EXPORTED = 10_000
_LONGEST_QUERY = 200
_LANGUAGES = ("vi", "en", "fr", "zh", "es", "ru")


@dataclass(frozen=True)
class SearchForm:
    """What the reader asked for, as understood; it fills the form again."""

    query: str
    since: date | None
    until: date | None
    """Inclusive."""
    source: str | None
    language: str | None
    flagged: bool | None


@dataclass(frozen=True)
class Hit:
    """One found article."""

    found: SearchHit
    pieces: list[tuple[str, bool]]
    """The snippet, each piece with whether it is a match."""


@dataclass(frozen=True)
class SearchPage:
    """``search.html``."""

    form: SearchForm
    sources: list[tuple[str, str]]
    """(id, name) of each Source that can be chosen."""
    languages: tuple[str, ...]
    hits: list[Hit]
    """Empty too where nothing was asked yet."""
    is_cut: bool
    """Whether there may be more hits than are shown."""
    asked: str
    """The address's query, for the same search in another form."""


@router.api_route("/search", methods=["GET", "HEAD"])
def search(request: Request) -> Response:
    """The form, and the hits where there is a query."""
    service = service_of(request)
    with service.database.read() as session:
        sources = [(status.id, status.name) for status in queries.source_statuses(session)]
        form = _form(request, {source for source, _ in sources})
        found = _find(session, form, service, HITS_SHOWN + 1) if form.query else []
    hits = [Hit(hit, pieces_of(hit.snippet.text, hit.snippet.marks)) for hit in found[:HITS_SHOWN]]
    page = SearchPage(
        form, sources, _LANGUAGES, hits, is_cut=len(found) > HITS_SHOWN, asked=request.url.query
    )
    return show(request, "search.html", page)


@router.api_route("/search.{suffix}", methods=["GET", "HEAD"])
def search_table(request: Request, suffix: str) -> Response:
    """What the search finds, as a table: the same articles, and more of them than a page shows."""
    if suffix not in EXPORTS:
        raise HTTPException(404)
    service = service_of(request)
    with service.database.read() as session:
        sources = {status.id for status in queries.source_statuses(session)}
        form = _form(request, sources)
        hits = _find(session, form, service, HITS_EXPORTED) if form.query else []
    return table(export(rows_of_hits(hits), suffix, service.zone), "search", suffix)


def _form(request: Request, sources: set[str]) -> SearchForm:
    asked = request.query_params
    source, language, flagged = asked.get("source"), asked.get("language"), asked.get("flagged")
    return SearchForm(
        query=one_line(asked.get("q", ""))[:_LONGEST_QUERY],
        since=_date(asked.get("since", "")),
        until=_date(asked.get("until", "")),
        source=source if source in sources else None,
        language=language if language in _LANGUAGES else None,
        flagged={"yes": True, "no": False}.get(flagged or ""),
    )


def _date(written: str) -> date | None:
    try:
        on = date.fromisoformat(written)
    except ValueError:
        return None
    # Beyond these a day has no neighbour or no midnight in every zone, and no article either.
    return on if 1900 <= on.year <= 2999 else None


def _find(session: Session, form: SearchForm, service: Service, limit: int) -> list[SearchHit]:
    def midnight(on: date) -> datetime:
        return datetime.combine(on, time(), tzinfo=service.zone)

    return search_store(
        session,
        form.query,
        service.topic,
        since=midnight(form.since) if form.since else None,
        until=midnight(form.until + timedelta(days=1)) if form.until else None,
        source=form.source,
        language=form.language,
        flagged=form.flagged,
        limit=limit,
    )
