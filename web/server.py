"""The pages' own process: uvicorn on one address."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI

from digest.desk import NEAR_MISS_SCORE
from storage.database import Database
from web.access import LOOPBACK_ONLY, Access, checked_access, is_loopback, served_hosts
from web.app import create_app
from web.ports import check_port

logger = logging.getLogger(__name__)

_NEW_OBJECTS = 20_000
"""Alive beyond those before; Python looks each 700."""
PARENT_CHECK_S = 1.0
"""How often the process looks whether the service that started it still lives."""


def serve(
    database_url: str,
    host: str,
    port: int,
    zone_name: str,
    topic: str,
    near_miss_score: float = NEAR_MISS_SCORE,
    parent: int | None = None,
    access: Access = LOOPBACK_ONLY,
) -> None:
    """Serve the pages until the process is told to end, or until the process that started it is gone.

    Made to be the target of a process of its own; ``parent`` is the id of the process that started it,
    which may be gone before this runs; by default that of the present one. Raises WebError where
    ``access`` does not allow to serve on ``host`` or the port cannot be had.
    """
    database = Database(database_url)
    try:
        access = checked_access(database, host, access)
        check_port(host, port)
        if not is_loopback(host) and access.proxy is None:
            logger.warning("passwords and pages travel unencrypted: put a proxy with TLS before %s", host)
        app = create_app(
            database,
            zone=ZoneInfo(zone_name),
            topic=topic,
            allowed_hosts=served_hosts(host, access),
            near_miss_score=near_miss_score,
            access=access,
        )
        app.state.service_pid = parent  # /metrics tells how it is
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # ours believe only the proxy that the settings name
            )
        )
        app.router.lifespan_context = _ending_with_parent(server, parent or os.getppid())
        _spare_collector()
        server.run()
    finally:
        database.close()


def _spare_collector() -> None:
    """Look for garbage less often, and not among what is loaded: a page makes 100,000 objects, all of
    which go when it is sent, and looking through them again and again took a third of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def _ending_with_parent(
    server: uvicorn.Server, parent: int
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan that ends ``server`` when its parent is gone.

    A service that was killed could not end us, and would find its port taken at its next start.
    """

    async def watch() -> None:
        while os.getppid() == parent:
            await asyncio.sleep(PARENT_CHECK_S)
        server.should_exit = True

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(watch())
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher

    return lifespan
