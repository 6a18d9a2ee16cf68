"""The application: pages over one database, behind the guard."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from digest.desk import NEAR_MISS_SCORE
from storage.database import Database
from web import (
    archived,
    article,
    assets,
    audit,
    digests,
    feeds,
    health,
    metrics,
    quantities,
    registers,
    reviews,
    saved_searches,
    search,
    settings_page,
    sign_in,
    source,
    sources,
    story,
    summaries,
    today,
    trends,
)
from web.access import LOOPBACK_NAMES, LOOPBACK_ONLY, Access
from web.api import description
from web.api.routing import is_for_api, problem_of
from web.attempts import Attempts
from web.failure import show_failure
from web.gate import Gate
from web.guard import Guard
from web.pages import Clock, Service, system_clock
from web.passwords import prepare
from web.problems import problem

# The first whose address fits serves; one a line, so that one can be added with a line.
_PAGES = (
    today,
    digests,
    summaries,
    feeds,
    article,
    archived,
    story,
    search,
    saved_searches,
    trends,
    quantities,
    registers,
    sources,
    source,
    settings_page,
    reviews,
    audit,
    assets,
    health,
    metrics,
    sign_in,
    *description.MODULES,
    description,
)


def create_app(
    database: Database,
    *,
    zone: ZoneInfo,
    topic: str,
    allowed_hosts: Iterable[str] = LOOPBACK_NAMES,
    clock: Clock = system_clock,
    near_miss_score: float = NEAR_MISS_SCORE,
    access: Access = LOOPBACK_ONLY,
) -> FastAPI:
    """The reviewer's pages over ``database``.

    Times are shown on ``zone``'s clock; ``clock`` gives the present moment, aware. Requests under a
    name that ``allowed_hosts`` does not have are refused. ``near_miss_score``, 0 to 1, is for digests
    that are not built yet. ``access`` says who may do what; its ``allowed_hosts`` are not looked at.
    """
    # The generated documentation pages would need scripts from elsewhere.
    app = FastAPI(title="diembao", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.service = Service(database, zone, topic, clock, near_miss_score)
    for module in _PAGES:
        app.include_router(module.router)
    app.state.access, app.state.attempts = access, Attempts()
    if access.signs_in:
        prepare()
    app.add_exception_handler(HTTPException, _show_http_failure)
    app.add_exception_handler(RequestValidationError, _show_bad_request)
    # The last one added is the first that a request meets.
    app.add_middleware(Gate, database=database, access=access, clock=clock)
    if access.proxy is not None:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(access.proxy.addresses))
    app.add_middleware(Guard, allowed_hosts=tuple(allowed_hosts), failure_page=_failure_page(app))
    return app


def _failure_page(app: FastAPI) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        request.scope["app"] = app
        if is_for_api(request.url.path):
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR)
        return show_failure(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    return page


async def _show_http_failure(request: Request, error: Exception) -> Response:
    if is_for_api(request.url.path):
        return problem_of(error)
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return show_failure(request, status)


async def _show_bad_request(request: Request, error: Exception) -> Response:
    if is_for_api(request.url.path):
        return problem_of(error)
    return show_failure(request, HTTPStatus.BAD_REQUEST)
