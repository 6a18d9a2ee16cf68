"""The pages' own process: uvicorn on one address."""

import asyncio
import gc
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI

from digest.desk import NEAR_MISS_SCORE
from storage.database import Database
from web.access import LOOPBACK_ONLY, Access, checked_access, is_loopback, served_hosts
from web.app import create_app
from web.attempts import Attempts

logger = logging.getLogger(__name__)

_NEW_OBJECTS = 20_000
"""Alive beyond those before; Python looks each 700."""
PARENT_CHECK_S = 1.0
"""How often the process looks whether the service that started it still lives."""


@dataclass(frozen=True)
class Life:
    """When the pages' process ends by itself."""

    parent: int | None = None
    """When this process, which started it, is gone, as it may be already; None: its present parent."""
    rest_after_s: float = 0
    """When nobody has asked for anything for so long; 0: not for that."""


_LIKE_ITS_PARENT = Life()


def serve(
    database_url: str,
    host: str,
    listener: socket.socket,
    zone_name: str,
    topic: str,
    near_miss_score: float = NEAR_MISS_SCORE,
    access: Access = LOOPBACK_ONLY,
    life: Life = _LIKE_ITS_PARENT,
) -> None:
    """Serve the pages on ``listener``, opened for ``host``, until told to end or until ``life`` is over.

    Raises WebError where ``access`` does not allow to serve on ``host``.
    """
    database = Database(database_url)
    try:
        access = checked_access(database, host, access)
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
        app.state.service_pid = life.parent  # /metrics tells how it is
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # ours believe only the proxy that the settings name
            )
        )
        watch = partial(_watch, server, life, app.state.attempts)
        app.router.lifespan_context = _watched(watch)
        _spare_collector()
        server.run([listener])
    finally:
        database.close()


def _spare_collector() -> None:
    """Look for garbage less often, and not among what is loaded: a page makes 100,000 objects, all of
    which go when it is sent, and looking through them again and again took a third of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def _watched(
    watch: Callable[[], Coroutine[Any, Any, None]],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan beside which ``watch`` goes on."""

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


async def _watch(server: uvicorn.Server, life: Life, attempts: Attempts) -> None:
    """End ``server`` when its ``life`` is over.

    A service that was killed could not end us, and would find its port taken at its next start. Attempts to
    sign in that failed are counted in this process, so while they count there is no rest.
    """
    state, parent = server.server_state, life.parent or os.getppid()
    asked, asked_at = state.total_requests, time.monotonic()
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_CHECK_S)
        if state.connections or state.total_requests != asked:
            asked, asked_at = state.total_requests, time.monotonic()
        is_left_alone = 0 < life.rest_after_s <= time.monotonic() - asked_at
        if is_left_alone and not attempts.is_watching():
            for listening in server.servers:
                listening.close()  # whoever comes now waits for the next process
            await asyncio.sleep(PARENT_CHECK_S)  # whoever came a moment ago is served
            break
    server.should_exit = True
