"""``diembao run`` and ``diembao demo``: the service."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated, Any

import typer

from scheduler.crawling import run_with_reactor
from scheduler.demo import demo_settings, finish_demo
from scheduler.desk import Desk, open_desk
from scheduler.ending import end_within, not_held_by_threads
from scheduler.service import Service
from scheduler.settings import Settings
from scheduler.trust import trust
from storage.service_lock import ServiceLock
from web.access import checked_access
from web.ports import listen

_ENDS_WITHIN_S = 9


def run(context: typer.Context) -> None:
    """The service: polls on schedule, builds the digest, serves the pages. Ctrl-C ends it."""
    with not_held_by_threads():
        _serve(context.obj(), context.obj)


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The pages' port; 0: any free one.")] = 8321,
) -> None:
    """The same on a bundled newsroom on this machine: no network, no configuration."""
    with not_held_by_threads(), demo_settings(port) as settings:
        _serve(settings, None, finish_demo)


def _serve(
    settings: Settings,
    read_again: Callable[[], Settings] | None,
    and_then: Callable[[Desk, Service], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Serve by ``settings``; ``read_again`` reads them for a reload, None: there is nothing to reload."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the service is there
    trust(settings.network.ca_file)
    stored = asyncio.Event()
    with (
        _alone_on(settings.storage.database) as lock,  # first: who starts it twice learns so, not of a port
        listen(settings.web.host, settings.web.port) as listener,
        open_desk(_with_port(settings, listener), on_stored=stored.set) as desk,
    ):
        checked_access(desk.database, settings.web.host, settings.web.access)
        _greet(desk)

        async def main() -> None:
            service = Service(desk, stored, listener, lock, read_again)
            beside = [asyncio.create_task(_end_in_time(service))]
            if and_then:
                beside.append(asyncio.create_task(and_then(desk, service)))
            await service.run()
            for task in beside:
                task.cancel()

        run_with_reactor(main)


async def _end_in_time(service: Service) -> None:
    await service.stopping.wait()
    end_within(_ENDS_WITHIN_S)


@contextmanager
def _alone_on(database: str) -> Iterator[ServiceLock]:
    """The lock on ``database``, before it is migrated; raises ServiceRunning where another service has it."""
    lock = ServiceLock(database)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()


def _with_port(settings: Settings, listener: socket.socket) -> Settings:
    """``settings`` with the port that ``listener`` has, where any would do."""
    web = settings.web.model_copy(update={"port": listener.getsockname()[1]})
    return settings.model_copy(update={"web": web})


def _greet(desk: Desk) -> None:
    settings = desk.settings
    at = settings.schedule.digest_time
    for line in (
        f"diembao {version('diembao')} follows {len(desk.enabled_sources)} sources.",
        f"Pages:    http://{settings.web.near_host}:{settings.web.port}/",
        f"Database: {settings.storage.database}",
        f"Digest:   every day at {at:%H:%M}, {settings.schedule.zone.key}",
        "Ctrl-C ends it.",
    ):
        print(line, flush=True)
    if not settings.crawl.contact and not settings.network.connect_to:
        print(
            "Please set [crawl] contact in settings.toml, so that an outlet that minds our visits can "
            "reach you.",
            flush=True,
        )
