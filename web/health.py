"""Signs of life, for watchdogs, containers and load balancers."""

import logging
from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from storage.errors import StorageError
from storage.schema import SchemaState, schema_of
from storage.upkeep import CrawlingPause, IntegrityCheck, known
from web.pages import service_of

router = APIRouter()
logger = logging.getLogger(__name__)

_FRESH = {"cache-control": "no-store"}


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def alive() -> Response:
    """200 as long as the process answers; it asks nobody else, so that a slow disk restarts nothing."""
    return JSONResponse({"status": "ok"}, headers=_FRESH)


@router.api_route("/readyz", methods=["GET", "HEAD"])
def ready(request: Request) -> Response:
    """200 where the database can be read, has the schema of this version and was whole; else 503.

    With 200 too it may say what somebody should see to: crawling that pauses, pages that were lost.
    """
    try:
        with service_of(request).database.read() as session:
            schema = schema_of(session.connection())
            if schema.state is not SchemaState.CURRENT:
                return _answer(f"the schema is {schema.state}", schema.revision)
            check = known(session, IntegrityCheck)
            pause = known(session, CrawlingPause)
    except (StorageError, SQLAlchemyError) as error:
        logger.warning("the database cannot be read: %s", error)
        return _answer("the database cannot be read")
    damage = "the weekly check found the database damaged" if check and check.database_problems else None
    warnings = []
    if check is not None and check.pages_lost:
        warnings.append("the weekly check could not read some archived pages")
    if pause is not None and pause.since_at is not None:
        warnings.append("crawling pauses because the disk is nearly full")
    return _answer(damage, schema.revision, warnings)


def _answer(reason: str | None, revision: str | None = None, warnings: Sequence[str] = ()) -> Response:
    facts = {
        "status": "ok" if reason is None else "not ready",
        "reason": reason,
        "schema": revision,
        "warnings": list(warnings),
    }
    return JSONResponse(facts, status_code=200 if reason is None else 503, headers=_FRESH)
