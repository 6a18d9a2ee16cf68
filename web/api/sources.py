"""Sources: how each is, and its polls."""

from typing import Annotated

from fastapi import Path
from starlette.exceptions import HTTPException
from starlette.requests import Request

from storage import health, queries
from storage.source_pages import runs_of
from web.api.answers import Runs, Source, Sources
from web.api.asking import MOST_SKIPPED, USUAL, Limit, Skip
from web.api.routing import READS, READS_ONE, next_address, router_of
from web.pages import service_of

router = router_of("Sources")


@router.get("/sources", responses=READS)
def sources(request: Request) -> Sources:
    """List all sources with their health."""
    with service_of(request).database.read() as session:
        healths = health.source_healths(session)
        items = [
            Source(
                id=item.id,
                name=item.name,
                home=item.home,
                is_enabled=item.is_enabled,
                articles=item.articles,
                last_read_at=item.last_read_at,
                health=healths.get(item.id),
            )
            for item in queries.source_statuses(session)
        ]
    return Sources(items=items)


@router.get("/sources/{source}/runs", responses=READS_ONE)
def runs(
    request: Request,
    source: Annotated[str, Path(max_length=64, description="The source's id.")],
    limit: Limit = USUAL,
    skip: Skip = 0,
) -> Runs:
    """List the polls of one source, the newest first."""
    with service_of(request).database.read() as session:
        if source not in queries.source_names(session):
            raise HTTPException(404)
        found = runs_of(session, source, limit + 1, skip)
    is_more = len(found) > limit and skip + limit <= MOST_SKIPPED
    return Runs(items=found[:limit], next=next_address(request, skip=skip + limit) if is_more else None)
