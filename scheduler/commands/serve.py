"""``diembao run`` and ``diembao demo``: the service."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from typing import Annotated, Any

import typer

from scheduler.crawling import run_with_reactor
from scheduler.demo import demo_settings, finish_demo
from scheduler.desk import Desk, open_desk
from scheduler.service import Service
from scheduler.settings import Settings
from scheduler.trust import trust
from web.server import check_port


def run(context: typer.Context) -> None:
    """The service: polls on schedule, builds the digest, serves the pages. Ctrl-C ends it."""
    _serve(context.obj())


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The pages' port; 0: any free one.")] = 8321,
) -> None:
    """The same on a bundled newsroom on this machine: no network, no configuration."""
    with demo_settings(port) as settings:
        _serve(settings, and_then=finish_demo)


def _serve(
    settings: Settings, and_then: Callable[[Desk, Service], Coroutine[Any, Any, None]] | None = None
) -> None:
    settings = _with_port(settings)
    trust(settings.network.ca_file)
    stored = asyncio.Event()
    with open_desk(settings, on_stored=stored.set) as desk:
        _greet(desk)

        async def main() -> None:
            service = Service(desk, stored)
            extra = asyncio.create_task(and_then(desk, service)) if and_then else None
            await service.run()
            if extra is not None:
                extra.cancel()

        run_with_reactor(main)


def _with_port(settings: Settings) -> Settings:
    """``settings`` with a port that is free now; raises WebError where the one named is not."""
    host, port = settings.web.host, settings.web.port
    if port == 0:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, 0), family=family) as probe:
            port = probe.getsockname()[1]
    check_port(host, port)
    web = settings.web.model_copy(update={"port": port})
    return settings.model_copy(update={"web": web})


def _greet(desk: Desk) -> None:
    settings = desk.settings
    at = settings.schedule.digest_time
    for line in (
        f"diembao {version('diembao')} follows {len(desk.enabled_sources)} sources.",
        f"Pages:    http://{settings.web.host}:{settings.web.port}/",
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
