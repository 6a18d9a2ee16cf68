"""The demo: the service on the bundled newsroom, in a folder of its own under data/demo."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.declarations import load_sources
from newsroom.outlets import OUTLETS
from newsroom.process import NewsroomDidNotStart, NewsroomProcess, start_newsroom
from scheduler.commands.errors import CommandError
from scheduler.desk import Desk
from scheduler.pipeline import build_digest
from scheduler.service import Service
from scheduler.settings import Settings, load_settings
from storage import health
from web.errors import PortRefused, PortTaken
from web.ports import check_port

DEMO_FOLDER = Path("data/demo")
_SETTINGS = """\
# Written by `diembao demo`; made anew each time. Other commands can read the demo's data with it:
#   DIEMBAO_SETTINGS={file} diembao digest
[storage]
database = "sqlite:///diembao.sqlite3"
archive = "pages"

[crawl]
delay_scale = 0.05
disabled = {disabled}

[network]
connect_to = {connect_to}
ca_file = "{ca_file}"

[web]
port = {port}
"""


@contextmanager
def demo_settings(port: int) -> Iterator[Settings]:
    """Settings for a fresh demo whose newsroom runs as long as the context.

    The pages get another free port where ``port`` is taken.
    """
    with _alone(), _opened_newsroom() as newsroom:
        file = DEMO_FOLDER / "settings.toml"
        connect_to = "[\n" + "".join(f'    "{mapping}",\n' for mapping in newsroom.connect_to) + "]"
        file.write_text(
            _SETTINGS.format(
                file=file,
                connect_to=connect_to,
                disabled=json.dumps(_without_replica()),
                ca_file=Path(newsroom.ca_file).name,
                port=_free_or_any(port),
            ),
            encoding="utf-8",
        )
        yield load_settings(file)


@contextmanager
def _alone() -> Iterator[None]:
    """The demo's folder, empty and ours alone: a second demo must not pull it away from the first."""
    try:
        DEMO_FOLDER.parent.mkdir(parents=True, exist_ok=True)
        with DEMO_FOLDER.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"A demo is running in {DEMO_FOLDER.parent.absolute()} already; end it first, or run "
                    "this one in another folder."
                ) from None
            shutil.rmtree(DEMO_FOLDER, ignore_errors=True)
            DEMO_FOLDER.mkdir()
            yield
    except OSError as error:
        raise CommandError(
            f"{DEMO_FOLDER.absolute()} cannot be written ({error.strerror}); run it in a folder of yours."
        ) from None


def _opened_newsroom() -> NewsroomProcess:
    try:
        return start_newsroom(DEMO_FOLDER)
    except NewsroomDidNotStart as error:
        raise CommandError(str(error)) from None


def _without_replica() -> list[str]:
    """The sources that the newsroom does not play: polling them would leave this machine."""
    return [source.id for source in load_sources().values() if source.is_enabled and source.id not in OUTLETS]


def _free_or_any(port: int) -> int:
    try:
        check_port("127.0.0.1", port)
    except (PortTaken, PortRefused):
        print(f"Port {port} is not free; the demo takes another one.", flush=True)
        return 0
    return port


async def finish_demo(desk: Desk, service: Service) -> None:
    """Build the digest as soon as everything is read, and say where it is."""
    await service.first_poll_done.wait()
    await build_digest(desk)
    progress = await desk.intake.read(health.progress)
    web = desk.settings.web
    print(
        f"The digest is ready: {progress.flagged} of {progress.articles} articles are on the topic. "
        f"Read it at http://{web.host}:{web.port}/",
        flush=True,
    )
