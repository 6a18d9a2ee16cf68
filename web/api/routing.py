"""How the API's routes answer: an entity tag on what is read, and problems instead of pages."""

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from storage.errors import DatabaseBusy
from web.problems import Fault, Problem, problem

PREFIX = "/api/v1"
_Answers = dict[int | str, dict[str, Any]]
_UNCHANGED: _Answers = {304: {"description": "It has not changed since the entity tag in If-None-Match."}}


def _problems(*statuses: int) -> _Answers:
    return {status: {"model": Problem} for status in statuses}


READS: _Answers = _UNCHANGED | _problems(401, 422, 500, 503)
"""What else than its answer an operation that reads may give."""
READS_ONE: _Answers = READS | _problems(404)
"""The same of one that looks for one thing."""
WRITES: _Answers = _problems(400, 401, 403, 404, 422, 500, 503)
"""The same of one that changes something."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """A route whose answers to GET carry an ETag, and are not sent again to whoever has them."""

    def get_route_handler(self) -> Handler:
        """The route's own handler, and what is done with its answer."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except DatabaseBusy:
                return problem(503)
            if request.method != "GET" or response.status_code != 200:
                return response
            tag = f'W/"{sha256(bytes(response.body)).hexdigest()[:24]}"'
            headers = {"etag": tag, "cache-control": "no-cache", "vary": "Authorization, Cookie"}
            if tag in _tags(request.headers.get("if-none-match", "")):
                return Response(status_code=304, headers=headers)
            response.headers.update(headers)
            return response

        return answer


def router_of(subject: str) -> APIRouter:
    """A router for the operations on one ``subject``."""
    return APIRouter(prefix=PREFIX, route_class=ApiRoute, tags=[subject])


def is_for_api(path: str) -> bool:
    """Whether ``path`` is one of the API's."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def problem_of(error: Exception) -> Response:
    """What a program is told of ``error``; no text of it but for what is wrong in the request."""
    if isinstance(error, RequestValidationError):
        wrong = error.errors()[:20]
        found = tuple(
            Fault(where=".".join(map(str, item["loc"])), what=str(item["msg"]).removeprefix("Value error, "))
            for item in wrong
        )
        return problem(422, errors=found)
    if isinstance(error, HTTPException):
        return problem(error.status_code, headers=error.headers)
    return problem(500)


def next_address(request: Request, **cursor: str | int) -> str:
    """The address of the part that follows this one: the same question from ``cursor`` on."""
    return f"{request.url.path}?{request.url.include_query_params(**cursor).query}"


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",")[:32]}
