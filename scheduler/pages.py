"""The pages' process: started when somebody asks for a page, ended when nobody has for long.

The service itself holds the port, so that whoever comes while no process serves waits for one and is not
refused. Without readers the pages hold no memory.
"""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress

from scheduler.desk import Desk
from web.access import options_of
from web.ports import listen

logger = logging.getLogger(__name__)

_STOPS_WITHIN_S = 5
_CHECKED_EVERY_S = 1
_AGAIN_AFTER_S = 5
"""A process that failed is started again after this long."""


class Pages:
    """At most one process, which serves the pages of ``desk`` on ``listener``; that is closed at the end."""

    def __init__(self, desk: Desk, listener: socket.socket) -> None:
        self._desk = desk
        self._listener = listener
        self._process: subprocess.Popen[bytes] | None = None
        self._is_asked = asyncio.Event()

    def start(self) -> None:
        """Start it; it ends by itself where this process is gone. Raises OSError where it cannot."""
        self._heed_no_more()
        # -P: a folder named web where the user stands is not ours. A group of its own: Ctrl-C is for
        # the service, which ends the pages when its work is done.
        listener = self._listener.fileno()
        command = [sys.executable, "-P", "-m", "web", "--listener", str(listener), *_options(self._desk)]
        self._process = subprocess.Popen(command, process_group=0, pass_fds=[listener])  # noqa: S603  our words

    async def keep_alive(self) -> None:
        """Start it again whenever somebody asks or it has failed, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_asked.wait(), _CHECKED_EVERY_S)
            process = self._process
            if process is not None and process.poll() == 0:
                logger.debug("nobody reads the pages; their process rests")
                self._rest()
                continue
            if process is not None and process.returncode is not None:
                logger.error("the pages' process ended (exit code %s); starting it again", process.returncode)
                await asyncio.sleep(_AGAIN_AFTER_S)
            elif not self._is_asked.is_set():
                continue
            if self._process is process:
                await self._try_to_start()

    async def _try_to_start(self) -> None:
        try:
            self.start()
        except OSError as error:
            logger.error("the pages' process cannot be started: %s", error)  # noqa: TRY400  it says all
            self._rest()
            await asyncio.sleep(_AGAIN_AFTER_S)

    def _rest(self) -> None:
        """Have no process until somebody connects."""
        self._process = None
        self._heed_no_more()
        loop, asked_at = asyncio.get_running_loop(), self._listener.fileno()

        def ask() -> None:
            loop.remove_reader(asked_at)  # it stays readable until somebody takes the connection
            self._is_asked.set()

        loop.add_reader(asked_at, ask)

    def _heed_no_more(self) -> None:
        asyncio.get_running_loop().remove_reader(self._listener.fileno())
        self._is_asked.clear()

    async def use(self, desk: Desk) -> bool:
        """Serve as ``desk`` says; whether the process had to be started anew for that.

        Raises PortTaken or PortRefused, and serves as before, where that port cannot be had.
        """
        web, before = desk.settings.web, self._desk.settings.web
        is_elsewhere = (web.host, web.port) != (before.host, before.port)
        if not is_elsewhere and _options(desk) == _options(self._desk):
            self._desk = desk
            return False
        listener = listen(web.host, web.port) if is_elsewhere else self._listener
        self._desk = desk
        self._heed_no_more()
        await asyncio.to_thread(self._end)
        if is_elsewhere:
            self._listener.close()
            self._listener = listener
        self.start()
        return True

    async def stop(self) -> None:
        """End it within a few seconds, and listen no more."""
        self._heed_no_more()
        await asyncio.to_thread(self._end)
        self._listener.close()

    def _end(self) -> None:
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
        "--zone": settings.schedule.zone.key,
        "--topic": desk.topic.name,
        "--near-miss-score": str(settings.digest.near_miss_score),
        "--rest-after-min": str(settings.web.rest_after_min),
        "--parent": str(os.getpid()),
    }
    words = [word for option in options.items() for word in option]
    return [*words, *options_of(settings.web.access)]
