"""Reviews by programs: kept and undone with a key."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request

from storage import reviews
from storage.reviews import TAKEN_BACK, UNREVIEWED
from web.api.answers import Kept, Said, Undone
from web.api.asking import Id
from web.api.routing import WRITES, router_of
from web.pages import service_of
from web.people import Person, reviewer

router = router_of("Reviews")


def with_key(request: Request) -> Person:
    """The reviewer whose key the request has; 401 without a key, 403 for a reader's.

    A key even on loopback: a page elsewhere could post here through somebody's browser, and has none.
    """
    if not request.state.is_by_key:
        raise HTTPException(401, headers={"www-authenticate": "Bearer"})
    return reviewer(request)


ByKey = Annotated[Person, Depends(with_key)]
_SECURED: dict[str, Any] = {"security": [{"key": []}]}


@router.post("/reviews", responses=WRITES, openapi_extra=_SECURED)
def keep(request: Request, said: Said, person: ByKey) -> Kept:
    """Keep a verdict, a star or a note. Needs a reviewer's key."""
    service = service_of(request)
    kinds: dict[str, dict[str, Any]] = {
        "star": {"is_starred": True},
        "unstar": {"is_starred": False},
        "note": {"note": said.note},
        "none": {"verdict": TAKEN_BACK},
    }
    with service.database.write() as session:
        if not reviews.is_known(session, said.article_id):
            raise HTTPException(404)
        ids = reviews.tellings_of(session, said.article_id) if said.whole else [said.article_id]
        kept = reviews.record(
            session, ids, person.name, service.clock(), **kinds.get(said.act, {"verdict": said.act})
        )
        review = reviews.reviews_of(session, [said.article_id]).get(said.article_id, UNREVIEWED)
    return Kept(id=kept, article_ids=ids, review=review)


@router.delete("/reviews/{act_id}", responses=WRITES, openapi_extra=_SECURED)
def undo(request: Request, act_id: Id, person: ByKey) -> Undone:
    """Undo an act of one's own. Needs a reviewer's key."""
    service = service_of(request)
    with service.database.write() as session:
        undone = reviews.undo(session, act_id, person.name, service.clock())
    if undone is None:
        raise HTTPException(404)
    return Undone(id=undone.id, article_ids=list(undone.article_ids))
