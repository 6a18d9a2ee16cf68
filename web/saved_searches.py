"""Saved searches: kept by name for whoever asks, and taken away again."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from storage import queries
from storage.searches import forget_search, save_search
from web.forms import Form, back, text_field
from web.pages import service_of
from web.people import person_of
from web.search_form import SearchForm

router = APIRouter()

_LONGEST_QUERY = 2000
_LARGEST_ID = 2**31 - 1


@router.post("/searches")
def save(request: Request, form: Form) -> Response:
    """Keep a search under a name."""
    service = service_of(request)
    with service.database.read() as session:
        sources = queries.source_names(session)
    asked = SearchForm.of_query(text_field(form, "query", _LONGEST_QUERY), sources)
    if not asked.is_asking:
        raise HTTPException(400)
    name = text_field(form, "name") or asked.q
    with service.database.write() as session:
        if not save_search(session, person_of(request).name, name, asked.asked(), service.clock()):
            raise HTTPException(400)
    return back(form, "/search")


@router.post("/searches/{id}/forget")
def forget(request: Request, id: int, form: Form) -> Response:
    """Take one away."""
    if 0 < id <= _LARGEST_ID:
        with service_of(request).database.write() as session:
            forget_search(session, person_of(request).name, id)
    return back(form, "/search")
