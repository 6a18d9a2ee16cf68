"""Search: words and filters in; the articles that have them, and what else could be chosen, out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.environment import pieces_of
from digest.export import EXPORTS, export, rows_of_hits
from digest.feeds import search_feed
from digest.i18n import N_, Tongue
from storage import queries
from storage.facets import FACETS, MOST_COUNTED, Facets, count_facets
from storage.search import SearchHit, count_new
from storage.search import search as search_store
from storage.search_filters import GRADES, VERDICTS, Grade, Judged, Words, name_of
from storage.search_text import Query
from storage.searches import LONGEST_NAME, SavedSearch, saved_searches
from web.asked import LANGUAGES
from web.feeds import feed_response, home_of
from web.language import language_of
from web.pages import Service, service_of, show, table
from web.people import person_of
from web.search_form import SearchForm
from web.twins import json_twin

router = APIRouter()

HITS_SHOWN = 25
"""At once; they are long, and who looks further asks more narrowly."""
HITS_EXPORTED = 10_000
FEED_ENTRIES = 50
VALUES_SHOWN = 8
"""Of a facet at once; the others are behind a click."""
FRESH = timedelta(days=1)
"""A saved search says how many of its articles were first seen in this time."""
_MOST_WORDS_TRIED = 6

FACET_NAMES = {
    "grade": N_("On the topic"),
    "verdict": N_("Verdict"),
    "source": N_("Source"),
    "language": N_("Language"),
    "province": N_("Province"),
    "since": N_("From"),
    "until": N_("To"),
    "firm": N_("Firm"),
    "document": N_("Document"),
}


@dataclass(frozen=True)
class Hit:
    """One found article."""

    found: SearchHit
    pieces: list[tuple[str, bool]]
    """The snippet, each piece with whether it is a match."""


@dataclass(frozen=True)
class Choice:
    """One value of a facet, and where it leads."""

    value: str
    count: int
    is_whole: bool
    """False where ``count`` is the least that there are."""
    asked: str
    """The query of the search with it, or without it where it is chosen."""
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """The values of one facet in the present result."""

    field: str
    name: str
    """Not translated yet."""
    choices: list[Choice]
    more: list[Choice]
    """The rarer ones."""


@dataclass(frozen=True)
class Chip:
    """One filter that narrows the search."""

    field: str
    name: str
    """Not translated yet."""
    value: Any
    asked: str
    """The query of the search without it."""
    without: int | None
    """How many are found without it, where nothing is found with it."""
    is_whole: bool
    """False where ``without`` is the least that there are."""


@dataclass(frozen=True)
class Saved:
    """A saved search, and how many of its articles are new since yesterday."""

    search: SavedSearch
    new: int


@dataclass(frozen=True)
class SearchPage:
    """``search.html``."""

    form: SearchForm
    source_names: dict[str, str]
    """By id, of each Source that can be chosen."""
    languages: tuple[str, ...]
    grades: tuple[Grade, ...]
    verdicts: tuple[Judged, ...]
    hits: list[Hit]
    """Empty too where nothing was asked yet."""
    total: int
    is_whole: bool
    """False where ``total`` is the least that there are."""
    most_counted: int
    facets: list[Facet]
    chips: list[Chip]
    unknown_words: list[str]
    """Where nothing is found: words that no text has."""
    asked: str
    """The address's query from the first page, for the same search in another form."""
    later: str | None
    """The query of the next page."""
    saved: list[Saved]
    longest_name: int


@router.api_route("/search", methods=["GET", "HEAD"])
def search(request: Request) -> Response:
    """The form, and the hits where something is asked."""
    service = service_of(request)
    with service.database.read() as session:
        names = queries.source_names(session)
        form = SearchForm.of(request.query_params, names)
        words = Words(session, form.q)
        found = _find(words, form, service, HITS_SHOWN + 1)
        facets = count_facets(session, words, service.topic, form.filters(service.zone))
        is_empty = form.is_asking and not found and form.after is None
        page = SearchPage(
            form=form,
            source_names=names,
            languages=tuple(dict.fromkeys((*LANGUAGES, *filter(None, [form.language])))),
            grades=GRADES,
            verdicts=VERDICTS,
            hits=[Hit(hit, pieces_of(hit.snippet.text, hit.snippet.marks)) for hit in found[:HITS_SHOWN]],
            total=facets.total,
            is_whole=facets.is_whole,
            most_counted=MOST_COUNTED,
            facets=list(_facets(form, facets)),
            chips=_chips(words, form, service, names, is_empty=is_empty),
            unknown_words=_unknown_words(session, words) if is_empty else [],
            asked=form.asked(),
            later=form.asked(after=found[HITS_SHOWN - 1].article_id) if len(found) > HITS_SHOWN else None,
            saved=_saved(session, request, names),
            longest_name=LONGEST_NAME,
        )
    return show(request, "search.html", page)


@router.api_route("/search.json", methods=["GET", "HEAD"])
def search_twin(request: Request) -> Response:
    """A page of the search for a program: the hits, the counts of the facets, and the next page."""
    service = service_of(request)
    with service.database.read() as session:
        form = SearchForm.of(request.query_params, queries.source_names(session))
        words = Words(session, form.q)
        found = _find(words, form, service, HITS_SHOWN + 1)
        facets = count_facets(session, words, service.topic, form.filters(service.zone))
    is_more = len(found) > HITS_SHOWN
    return json_twin(
        {
            "total": facets.total,
            "is_whole": facets.is_whole,
            "facets": facets.values,
            "hits": [hit.model_dump(exclude={"revision": {"text"}}) for hit in found[:HITS_SHOWN]],
            "next": f"/search.json?{form.asked(after=found[HITS_SHOWN - 1].article_id)}" if is_more else None,
        }
    )


@router.api_route("/search.atom", methods=["GET", "HEAD"])
def search_atom(request: Request) -> Response:
    """The newest articles that the search finds, to follow in a feed reader."""
    service, locale = service_of(request), language_of(request)
    with service.database.read() as session:
        form = replace(
            SearchForm.of(request.query_params, queries.source_names(session)), sort="newest", after=None
        )
        found = _find(Words(session, form.q), form, service, FEED_ENTRIES)
    tongue = Tongue(locale, service.zone)
    title = tongue.say("Điểm báo: %(search)s") % {"search": form.q or tongue.say("Search")}
    path = f"/search?{form.asked()}"
    return feed_response(search_feed(found, title, path, locale, home_of(request)), locale)


@router.api_route("/search.{suffix}", methods=["GET", "HEAD"])
def search_table(request: Request, suffix: str) -> Response:
    """All that the search finds, as a table: the same articles in the same order."""
    if suffix not in EXPORTS:
        raise HTTPException(404)
    service = service_of(request)
    with service.database.read() as session:
        form = replace(SearchForm.of(request.query_params, queries.source_names(session)), after=None)
        hits = _find(Words(session, form.q), form, service, HITS_EXPORTED, has_snippets=False)
    return table(export(rows_of_hits(hits), suffix, service.zone), "search", suffix)


def _find(
    words: Words, form: SearchForm, service: Service, limit: int, *, has_snippets: bool = True
) -> list[SearchHit]:
    return search_store(
        words.session,
        words,
        service.topic,
        form.filters(service.zone),
        sort=form.sort,
        after=form.after,
        limit=limit,
        has_snippets=has_snippets,
    )


def _facets(form: SearchForm, counted: Facets) -> Iterator[Facet]:
    for field in FACETS:
        chosen = getattr(form, field)
        choices = [
            Choice(
                value=item.value,
                count=item.count,
                is_whole=item.is_whole,
                asked=form.asked(**{field: None if item.value == chosen else item.value}),
                is_chosen=item.value == chosen,
            )
            for item in counted.values[field]
        ]
        if choices:
            first = [c for number, c in enumerate(choices) if number < VALUES_SHOWN or c.is_chosen]
            rest = [choice for choice in choices if choice not in first]
            yield Facet(field, FACET_NAMES[field], first, rest)


def _chips(
    words: Words, form: SearchForm, service: Service, names: dict[str, str], *, is_empty: bool
) -> list[Chip]:
    chips = []
    for field in form.given:
        without, is_whole = None, True
        wider = SearchForm.of_query(form.asked(**{field: None}), names)
        if is_empty and wider.is_asking:
            counted = count_facets(words.session, words, service.topic, wider.filters(service.zone))
            without, is_whole = counted.total, counted.is_whole
        value = name_of(words.session, field, getattr(form, field))
        chips.append(Chip(field, FACET_NAMES[field], value, form.asked(**{field: None}), without, is_whole))
    return chips


def _unknown_words(session: Session, words: Words) -> list[str]:
    unknown = []
    for term in words.query.terms[:_MOST_WORDS_TRIED]:
        alone = Query(terms=(term,))
        looked_up = words if words.query == alone else Words(session, alone)
        if looked_up.rare_ids() == []:
            unknown.append(" ".join(term.marked))
    return unknown


def _saved(session: Session, request: Request, sources: dict[str, str]) -> list[Saved]:
    service = service_of(request)
    since = service.clock() - FRESH
    found = []
    for saved in saved_searches(session, person_of(request).name):
        form = SearchForm.of_query(saved.query, sources)
        new = count_new(session, form.q, service.topic, form.filters(service.zone), since)
        found.append(Saved(saved, new))
    return found
