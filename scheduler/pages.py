"""The pages' process: started with the service, started again where it ends, ended with it."""

import asyncio
import logging
import os
import subprocess
import sys

from scheduler.desk import Desk
from web.access import options_of

logger = logging.getLogger(__name__)

_STOPS_WITHIN_S = 5
_CHECKED_EVERY_S = 5


class Pages:
    """One process that serves the pages of ``desk``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it ends by itself where this process is gone."""
        # -P: a folder named web where the user stands is not ours. A group of its own: Ctrl-C is for
        # the service, which ends the pages when its work is done.
        command = [sys.executable, "-P", "-m", "web", *_options(self._desk)]
        self._process = subprocess.Popen(command, process_group=0)  # noqa: S603  our own words

    async def keep_alive(self) -> None:
        """Start it again whenever it has ended, until cancelled."""
        while True:
            await asyncio.sleep(_CHECKED_EVERY_S)
            if self._process is not None and self._process.poll() is not None:
                logger.error(
                    "the pages' process ended (exit code %s); starting it again", self._process.returncode
                )
                self.start()

    async def use(self, desk: Desk) -> bool:
        """Serve as ``desk`` says; whether the process had to be started anew for that."""
        is_other = _options(desk) != _options(self._desk)
        self._desk = desk
        if is_other:
            await asyncio.to_thread(self.stop)
            self.start()
        return is_other

    def stop(self) -> None:
        """End it within a few seconds."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _options(desk: Desk) -> list[str]:
    settings = desk.settings
    options = {
        "--database": settings.storage.database,
        "--host": settings.web.host,
        "--port": str(settings.web.port),
        "--zone": settings.schedule.zone.key,
        "--topic": desk.topic.name,
        "--near-miss-score": str(settings.digest.near_miss_score),
        "--parent": str(os.getpid()),
    }
    words = [word for option in options.items() for word in option]
    return [*words, *options_of(settings.web.access)]
