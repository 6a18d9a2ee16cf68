"""Story: one event once, with every outlet's telling of it, and a person's word on what belongs to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.build import digest_article
from digest.compared import ComparedQuantity, compared
from digest.harmless import json_escapes
from digest.i18n import Tongue
from digest.model import DigestArticle, DigestEntry, StatedDocument, StatedFirm
from digest.stated import stated_documents, stated_firms, stated_places
from storage import queries, regrouping, stories
from storage.models import JudgedArticle, Value
from storage.regrouping import NothingToMove
from storage.reviews import Review, reviews_of_stories
from storage.revisions import history
from storage.stories import Membership
from storage.tellings import digest_days, edited, page_numbers, tellings
from web.changes import Edit, edits
from web.forms import Form, text_field
from web.highlight import Run, paragraphs
from web.joining import joining_words
from web.language import language_of
from web.numbers import number_in_address, number_or_none
from web.pages import Service, service_of, show, twin
from web.people import Reviewer

router = APIRouter()

MOST_SHOWN = 24
"""Tellings shown side by side; the others are listed."""
_MOST_TEXT = 40_000
"""Code points of other tellings' texts that the page carries along."""
_MOST_EDITS = 8
_MOST_CANDIDATES = 6
_ADDRESS = re.compile(r"(?:.*/)?(?P<kind>stories|articles)/(?P<number>\d{1,10})(?:[?#].*)?")


@dataclass(frozen=True)
class Telling:
    """One outlet's telling, as shown beside the others."""

    article: DigestArticle
    is_shown: bool
    """Whether its text is the one on the page."""
    is_by_person: bool
    """Whether it is here by a person's word, and nobody has compared it with the others since."""
    reasons: list[str]
    """Why it was joined, in the reader's words."""
    digest_on: date | None
    page_id: int | None
    """Of the archived page that its text came out of."""
    has_lead: bool
    paragraphs: list[list[Run]] | None
    """Its text, where the page carries it along."""
    edits: list[Edit]


@dataclass(frozen=True)
class OtherStory:
    """A story that might tell the same event, or just did."""

    story_id: int
    article: DigestArticle
    tellings: int


@dataclass(frozen=True)
class Notice:
    """What a person's word has just done, and what undoes it."""

    kind: str
    """split, merged, or why nothing was done: nothing, unknown, same."""
    other: OtherStory | None = None
    """The story that was split off."""
    article_ids: tuple[int, ...] = ()
    """The tellings that a merge brought."""


@dataclass(frozen=True)
class StoryPage:
    """``story.html``."""

    story_id: int
    entry: DigestEntry
    shown: Telling
    tellings: list[Telling]
    """Side by side, the earliest first."""
    others: list[DigestArticle]
    """Those for which there is no room beside."""
    digest_days: list[date]
    """The digests that had one of them as new; the first had the story."""
    numbers: Sequence[ComparedQuantity]
    contradictions: int
    places: tuple[str, ...]
    documents: tuple[StatedDocument, ...]
    firms: tuple[StatedFirm, ...]
    review: Review
    candidates: list[OtherStory]
    notice: Notice | None


class StoryBody(Value):
    """The JSON twin of a story."""

    story_id: int
    entry: DigestEntry
    numbers: tuple[ComparedQuantity, ...]
    digest_days: tuple[date, ...]
    review: Review


@dataclass(frozen=True)
class _Found:
    """A story as read."""

    story_id: int
    places: dict[int, Membership]
    judged: list[JudgedArticle]
    entry: DigestEntry
    days: dict[int, date]
    review: Review

    @property
    def digest_days(self) -> list[date]:
        return sorted(set(self.days.values()))


@router.api_route("/stories/{story_id}.json", methods=["GET", "HEAD"])
def story_twin(request: Request, story_id: str) -> Response:
    """One story as JSON."""
    body = story_body(service_of(request), number_in_address(story_id))
    return twin(json_escapes(body.model_dump_json(indent=1)), "application/json", None)


def story_body(service: Service, story_id: int) -> StoryBody:
    """One story, or the one that has the articles of it since; HTTPException 404 where there is none."""
    with service.database.read() as session:
        found = _found(session, _standing(session, story_id), service)
    return StoryBody(
        story_id=found.story_id,
        entry=found.entry,
        numbers=compared(found.entry.articles),
        digest_days=tuple(found.digest_days),
        review=found.review,
    )


@router.api_route("/stories/{story_id}", methods=["GET", "HEAD"])
def story(request: Request, story_id: str) -> Response:
    """One story; one that was merged away leads to the story that has its articles."""
    service = service_of(request)
    asked = number_in_address(story_id)
    with service.database.read() as session:
        standing = _standing(session, asked)
        if standing != asked:
            # Not for good: a split may give the number back.
            return RedirectResponse(f"/stories/{standing}", status_code=302)
        page = _page(session, _found(session, standing, service), request)
    return show(request, "story.html", page)


@router.post("/stories/{story_id}/split")
def split(request: Request, story_id: str, form: Form, person: Reviewer) -> Response:
    """Make another story of the tellings chosen."""
    service = service_of(request)
    number = number_in_address(story_id)
    written = [number_or_none(value) for value in form.getlist("telling") if isinstance(value, str)]
    chosen = {value for value in written if value is not None}
    with service.database.write() as session:
        try:
            new = regrouping.split(session, _standing(session, number), chosen, service.clock())
        except NothingToMove:
            return _to(number, "refused=nothing")
    return _to(number, f"split={new}")


@router.post("/stories/{story_id}/merge")
def merge(request: Request, story_id: str, form: Form, person: Reviewer) -> Response:
    """Make one story of this and another."""
    service = service_of(request)
    number = number_in_address(story_id)
    with service.database.write() as session:
        here = _standing(session, number)
        other = _named(session, text_field(form, "other").strip())
        if other is None:
            return _to(number, "refused=unknown")
        groups = stories.members(session, [here, other])
        try:
            kept = regrouping.merge(session, here, other, service.clock())
        except NothingToMove:
            return _to(number, "refused=same")
    gone = other if kept == here else here
    return _to(kept, "merged=" + "-".join(str(item.article_id) for item in groups[gone]))


def _to(story_id: int, said: str) -> Response:
    return RedirectResponse(f"/stories/{story_id}?{said}", status_code=303)


def _standing(session: Session, story_id: int) -> int:
    standing = regrouping.standing_for(session, story_id)
    if standing is None:
        raise HTTPException(404)
    return standing


def _named(session: Session, written: str) -> int | None:
    """The story that a person names: by number, by its address or by an article's."""
    match = _ADDRESS.fullmatch(written)
    number = number_or_none(match["number"] if match else written)
    if number is None:
        return None
    if match and match["kind"] == "articles":
        place = stories.memberships(session, [number]).get(number)
        return place.story_id if place else None
    return regrouping.standing_for(session, number)


def _found(session: Session, story_id: int, service: Service) -> _Found:
    places = {item.article_id: item for item in stories.members(session, [story_id])[story_id]}
    judged = tellings(session, places, service.topic)
    if not judged:
        raise HTTPException(404)
    outlets = queries.outlet_names(session, places)
    days = digest_days(session, places)
    entry = DigestEntry(
        grade=max(item.flag.grade for item in judged),
        score=max(item.flag.score for item in judged),
        articles=tuple(digest_article(item, places[item.article_id], outlets) for item in judged),
        story_id=story_id,
        told_on=min(days.values(), default=None),
    )
    [review] = reviews_of_stories(session, [list(places)])
    return _Found(story_id, places, judged, entry, days, review)


def _page(session: Session, found: _Found, request: Request) -> StoryPage:
    service = service_of(request)
    tongue = Tongue(language_of(request), service.zone)
    shown = _shown(found, request.query_params.get("telling", ""), tongue)
    beside = found.judged[:MOST_SHOWN]
    if not any(item.article_id == shown for item in beside):
        beside = [*beside, next(item for item in found.judged if item.article_id == shown)]
    listed = _tellings(session, found, beside, shown, tongue)
    numbers = compared(found.entry.articles)
    stated = [item.statements for item in found.judged]
    besides = {item.article_id for item in beside}
    return StoryPage(
        story_id=found.story_id,
        entry=found.entry,
        shown=next(item for item in listed if item.is_shown),
        tellings=listed,
        others=[item for item in found.entry.articles if item.article_id not in besides],
        digest_days=found.digest_days,
        numbers=numbers,
        contradictions=sum(item.is_contradicted for item in numbers),
        places=stated_places(place for item in stated for place in item.places),
        documents=stated_documents(document for item in stated for document in item.documents),
        firms=stated_firms(firm for item in stated for firm in item.enterprises),
        review=found.review,
        candidates=_candidates(session, found.story_id, service),
        notice=_notice(session, found, request, service),
    )


def _shown(found: _Found, asked: str, tongue: Tongue) -> int:
    number = number_or_none(asked)
    if number is not None and any(item.article_id == number for item in found.judged):
        return number
    return found.entry.telling(tongue.locale).article_id


def _tellings(
    session: Session, found: _Found, beside: Sequence[JudgedArticle], shown: int, tongue: Tongue
) -> list[Telling]:
    pages = page_numbers(session, [item.revision_id or 0 for item in beside])
    changed = sorted(edited(session, [item.article_id for item in beside]))[:_MOST_EDITS]
    articles = {article.article_id: article for article in found.entry.articles}
    room = _MOST_TEXT
    listed = []
    for item in beside:
        place, text = found.places[item.article_id], item.revision.judged_text
        is_shown = item.article_id == shown
        room -= 0 if is_shown else len(text)
        past = history(session, item.article_id) if item.article_id in changed else None
        evidence = sorted(item.flag.evidence, key=lambda piece: piece.start)
        listed.append(
            Telling(
                article=articles[item.article_id],
                is_shown=is_shown,
                is_by_person=place.way == regrouping.JOINED,
                reasons=[joining_words(reason, tongue) for reason in place.reasons],
                digest_on=found.days.get(item.article_id),
                page_id=pages.get(item.revision_id or 0),
                has_lead=bool(item.revision.lead),
                paragraphs=paragraphs(text, evidence) if is_shown or room >= 0 else None,
                edits=edits(past) if past else [],
            )
        )
    return listed


def _candidates(session: Session, story_id: int, service: Service) -> list[OtherStory]:
    numbers = regrouping.likest(session, story_id, _MOST_CANDIDATES)
    found = (_other(session, number, service) for number in numbers)
    return [item for item in found if item is not None]


def _other(session: Session, story_id: int, service: Service) -> OtherStory | None:
    group = stories.members(session, [story_id]).get(story_id, [])
    first = next((item.article_id for item in group if item.way == regrouping.FIRST), None)
    judged = queries.article(session, first, service.topic) if first is not None else None
    return OtherStory(story_id, digest_article(judged), len(group)) if judged else None


def _notice(session: Session, found: _Found, request: Request, service: Service) -> Notice | None:
    """What the address says was just done, where it is still so."""
    asked = request.query_params
    if (split_off := number_or_none(asked.get("split", ""))) is not None:
        other = _other(session, split_off, service)
        return Notice("split", other) if other and other.story_id != found.story_id else None
    if merged := asked.get("merged"):
        ids = tuple(number for word in merged.split("-") if (number := number_or_none(word)) is not None)
        is_so = ids and set(ids) < set(found.places)
        return Notice("merged", article_ids=ids) if is_so else None
    refused = asked.get("refused")
    return Notice(refused) if refused in ("nothing", "unknown", "same") else None
