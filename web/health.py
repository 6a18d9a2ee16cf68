"""Signs of life, for watchdogs, containers and load balancers."""

import logging

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from storage.errors import StorageError
from storage.schema import SchemaState, schema_of
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
    """200 where the database can be read and has the schema of this version; else 503 with the reason."""
    try:
        with service_of(request).database.read() as session:
            schema = schema_of(session.connection())
    except (StorageError, SQLAlchemyError) as error:
        logger.warning("the database cannot be read: %s", error)
        return _answer("the database cannot be read")
    if schema.state is SchemaState.CURRENT:
        return _answer(None, schema.revision)
    return _answer(f"the schema is {schema.state}", schema.revision)


def _answer(reason: str | None, revision: str | None = None) -> Response:
    facts = {"status": "ok" if reason is None else "not ready", "reason": reason, "schema": revision}
    return JSONResponse(facts, status_code=200 if reason is None else 503, headers=_FRESH)
