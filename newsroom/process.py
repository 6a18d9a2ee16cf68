"""The newsroom as a process of its own, as the demo starts it."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_START_LIMIT_S = 20.0
_STOP_LIMIT_S = 5.0


class NewsroomDidNotStart(Exception):
    """The newsroom's process ended or stayed silent; ``log`` is what it wrote."""

    def __init__(self, log: str) -> None:
        last = log.strip().splitlines()[-1] if log.strip() else "it wrote nothing"
        super().__init__(f"The newsroom did not start: {last}")
        self.log = log


class NewsroomProcess:
    """A running ``python -m newsroom``. Made by ``start_newsroom``; ends with ``stop`` or ``with``."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any]) -> None:
        self._process = process
        self.port: int = ready["port"]
        self.ca_file = Path(ready["ca_file"])
        self.connect_to: list[str] = ready["connect_to"]
        self.article_count: int = ready["articles"]
        self.pid = process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process; a second call does nothing."""
        _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_newsroom(folder: Path) -> NewsroomProcess:
    """Start the newsroom with its files (certificate, log) in ``folder``; returns when it answers.

    It ends with this process, however that ends. Raises NewsroomDidNotStart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log_file = folder / "newsroom.log"
    command = [sys.executable, "-m", "newsroom", "--ca-file", str(folder / "newsroom-ca.pem")]
    root = str(Path(__file__).parents[1])
    search_path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | {"PYTHONPATH": search_path},
        )
    line = _first_line(process)
    try:
        return NewsroomProcess(process, json.loads(line))
    except (json.JSONDecodeError, KeyError) as error:
        _end(process)
        raise NewsroomDidNotStart(log_file.read_text("utf-8", "replace")) from error


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The first line that ``process`` writes; what there is of it when it ends or time runs out."""
    if process.stdout is None:
        return b""
    line, deadline = b"", time.monotonic() + _START_LIMIT_S
    while not line.endswith(b"\n") and time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            part = os.read(process.stdout.fileno(), 65536)
            if not part:
                break
            line += part
    return line


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin and not process.stdin.closed:
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()
