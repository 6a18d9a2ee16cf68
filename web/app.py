"""The application: pages over one database, behind the guard."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.desk import NEAR_MISS_SCORE
from storage.database import Database
from web import article, assets, digests, feeds, health, search, sources, summaries, today
from web.failure import show_failure
from web.guard import Guard
from web.pages import Clock, Service, system_clock

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def create_app(
    database: Database,
    *,
    zone: ZoneInfo,
    topic: str,
    allowed_hosts: Iterable[str] = LOOPBACK_NAMES,
    clock: Clock = system_clock,
    near_miss_score: float = NEAR_MISS_SCORE,
) -> FastAPI:
    """The reviewer's pages over ``database``, read-only.

    Times are shown on ``zone``'s clock; ``clock`` gives the present moment, aware. Requests under a
    name that ``allowed_hosts`` does not have are refused. ``near_miss_score``, 0 to 1, is for digests
    that are not built yet.
    """
    # The generated documentation pages would need scripts from elsewhere.
    app = FastAPI(title="diembao", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.service = Service(database, zone, topic, clock, near_miss_score)
    for module in (today, digests, summaries, feeds, article, search, sources, assets, health):
        app.include_router(module.router)
    app.add_exception_handler(HTTPException, _show_http_failure)
    app.add_exception_handler(RequestValidationError, _show_bad_request)
    app.add_middleware(Guard, allowed_hosts=tuple(allowed_hosts), failure_page=_failure_page(app))
    return app


def _failure_page(app: FastAPI) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        request.scope["app"] = app
        return show_failure(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    return page


async def _show_http_failure(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return show_failure(request, status)


async def _show_bad_request(request: Request, _error: Exception) -> Response:
    return show_failure(request, HTTPStatus.BAD_REQUEST)
