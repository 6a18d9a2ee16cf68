"""The pages' own process: uvicorn on one loopback address."""

import asyncio
import errno
import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI

from digest.desk import NEAR_MISS_SCORE
from storage.database import Database
from web.app import LOOPBACK_NAMES, create_app
from web.errors import HostBeyondLoopback, PortRefused, PortTaken

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
) -> None:
    """Serve the pages until the process is told to end, or until the process that started it is gone.

    Made to be the target of a process of its own; ``parent`` is the id of the process that started it,
    which may be gone before this runs; by default that of the present one. Raises WebError where
    ``host`` is not a loopback address or the port cannot be had.
    """
    check_host(host)
    check_port(host, port)
    database = Database(database_url)
    try:
        app = create_app(
            database,
            zone=ZoneInfo(zone_name),
            topic=topic,
            allowed_hosts={*LOOPBACK_NAMES, _as_named(host)},
            near_miss_score=near_miss_score,
        )
        server = uvicorn.Server(
            uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, server_header=False)
        )
        app.router.lifespan_context = _ending_with_parent(server, parent or os.getppid())
        server.run()
    finally:
        database.close()


def check_host(host: str) -> None:
    """Raise HostBeyondLoopback unless ``host`` is an address of this machine that only it can reach."""
    if host == "localhost":
        return
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise HostBeyondLoopback(host)


def check_port(host: str, port: int) -> None:
    """Raise PortTaken or PortRefused unless ``port`` on ``host`` can be listened on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As uvicorn does it: a port in its short wait after the last use is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(host, port) from None
            raise PortRefused(host, port, error.strerror or str(error)) from None
        except OverflowError:
            raise PortRefused(host, port, "ports end at 65535") from None


def _as_named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


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
