"""Reviews: the acts of reviewers, posted from wherever cards stand."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter
from sqlmodel import Session
from starlette.datastructures import URL, FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.i18n import N_
from digest.model import Digest
from storage import reviews
from storage.reviews import LONGEST_NOTE, TAKEN_BACK, UNREVIEWED, Review
from web.cards import CARDS_SHOWN, CardLine, line_of, undoable
from web.forms import Form, back, text_field
from web.pages import day_in_address, service_of, show
from web.people import Reviewer

router = APIRouter()

SCRIPT_HEADER = "x-desk"
"""Set where the script posts, which wants the changed parts and not the page again."""
_ACT = re.compile(r"(confirmed|rejected|unsure|none|star|unstar|note|undo) ([0-9]{1,9})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_SAID = {
    "confirmed": N_("Confirmed"),
    "rejected": N_("Rejected"),
    "unsure": N_("Unsure"),
    "none": N_("Taken back"),
    "star": N_("Starred"),
    "unstar": N_("Star taken away"),
    "note": N_("Note saved"),
    "undo": N_("Undone"),
}


@dataclass(frozen=True)
class ReviewedPage:
    """``reviewed.html``."""

    said: str
    """What was done, in English words that the catalogues have."""
    reviews: Mapping[int, Review]
    """By the number of the article whose card it is."""
    line: CardLine


@router.post("/reviews")
def review(request: Request, form: Form, person: Reviewer) -> Response:
    """Keep one act, or undo one; then back to its card."""
    wanted = _ACT.fullmatch(text_field(form, "act"))
    if wanted is None:
        raise HTTPException(400)
    service = service_of(request)
    kind, number = wanted[1], int(wanted[2])
    is_whole = text_field(form, "whole") == "yes"
    with service.database.write() as session:
        touched = _act(session, form, kind, number, person.name, service.clock(), is_whole=is_whole)
    if request.headers.get(SCRIPT_HEADER) is None:
        answer = back(form)
        anchor = f"#article-{touched[0]}" if touched else ""
        answer.headers["location"] = answer.headers["location"].partition("#")[0] + anchor
        return answer
    changed = set(touched) & {number, *_shown(form)} if kind != "undo" else set(touched) & set(_shown(form))
    digest = _digest(request, text_field(form, "on"))
    with service.database.read() as session:
        page = ReviewedPage(
            said=_SAID[kind],
            reviews=_reviews(session, sorted(changed), is_whole=is_whole),
            line=line_of(request, session, digest, URL(text_field(form, "back", 2000)))
            if digest
            else CardLine(progress=None, unjudged=None, undoable=undoable(request, session)),
        )
    return show(request, "reviewed.html", page)


def _act(
    session: Session, form: FormData, kind: str, number: int, by: str, now: datetime, *, is_whole: bool
) -> list[int]:
    """The articles that the act is on, the one whose card it was first; none where nothing was undone."""
    if kind == "undo":
        undone = reviews.undo(session, number, by, now)
        return list(undone.article_ids) if undone else []
    if not reviews.is_known(session, number):
        raise HTTPException(404)
    others = [id for id in reviews.tellings_of(session, number) if id != number] if is_whole else []
    ids = [number, *others]
    if kind in ("star", "unstar"):
        reviews.record(session, ids, by, now, is_starred=kind == "star")
    elif kind == "note":
        note = text_field(form, f"note-{number}", LONGEST_NOTE)
        reviews.record(session, ids, by, now, note=note)
    else:
        reviews.record(session, ids, by, now, verdict=TAKEN_BACK if kind == "none" else kind)
    return ids


def _shown(form: FormData) -> list[int]:
    """The cards on the page of the script."""
    written = text_field(form, "shown", 12 * CARDS_SHOWN).split()[:CARDS_SHOWN]
    return [int(number) for number in written if _NUMBER.fullmatch(number)]


def _reviews(session: Session, article_ids: Iterable[int], *, is_whole: bool) -> dict[int, Review]:
    ids = list(article_ids)
    if is_whole:
        return dict(zip(ids, reviews.reviews_of_stories(session, [[id] for id in ids]), strict=True))
    said = reviews.reviews_of(session, ids)
    return {id: said.get(id, UNREVIEWED) for id in ids}


def _digest(request: Request, on: str) -> Digest | None:
    if not on:
        return None
    service = service_of(request)
    day: date = day_in_address(on)
    now = service.clock()
    return service.digest_on(day, now) or service.collecting(now)
