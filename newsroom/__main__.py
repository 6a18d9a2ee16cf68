"""``python -m newsroom``: serve until told to stop or until whoever started it is gone."""

import argparse
import json
import os
import select
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from newsroom import orders
from newsroom.articles import BUNDLED, ArticleFileError, load_articles
from newsroom.server import Newsroom, NewsroomError

_WATCH_S = 0.5
"""How often the parent is looked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the bundled articles; 0 when told to stop, 1 where serving is impossible.

    One line of JSON on standard output says when it is ready: port, ca_file, connect_to, articles, faults.
    """
    options = _parser().parse_args(arguments)
    if options.faults:
        print(orders.table())
        return 0
    stop = threading.Event()
    parent = os.getppid()  # before anything slow: a parent that dies meanwhile must not go unnoticed

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="newsroom-") as folder:
        try:
            articles = load_articles(now, options.articles)
            ordered = [each for text in options.fault for each in orders.read_order(text, articles)]
            with Newsroom(articles, now, Path(folder), options.port) as newsroom:
                newsroom.faults.update({(each.host, each.path): each.fault for each in ordered})
                _announce(
                    newsroom, options.ca_file, [f"{each.name}@{each.host}{each.path}" for each in ordered]
                )
                _wait(stop, parent)
        except (ArticleFileError, NewsroomError, orders.OrderError) as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0, the default, takes a free one")
    parser.add_argument("--ca-file", type=Path, help="where to write the certificate that clients must trust")
    parser.add_argument("--articles", type=Path, default=BUNDLED, help="folder of story files")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[@HOST[/PATH]]",
        help=f"make this trouble, at {orders.USUAL_HOST} where no host is named; may be repeated",
    )
    parser.add_argument("--faults", action="store_true", help="list every trouble by name, and end")
    return parser


def _announce(newsroom: Newsroom, ca_file: Path | None, faults: Sequence[str]) -> None:
    if ca_file:
        ca_file.parent.mkdir(parents=True, exist_ok=True)
        ca_file.write_bytes(newsroom.ca_file.read_bytes())
    ready = {
        "port": newsroom.port,
        "ca_file": str(ca_file or newsroom.ca_file),
        "connect_to": newsroom.connect_to,
        "articles": len(newsroom.articles),
        "faults": faults,
    }
    print(json.dumps(ready), flush=True)


def _wait(stop: threading.Event, parent: int) -> None:
    """Until a signal, the end of standard input, or the parent's death, which closes no pipe that
    a sibling has inherited."""
    is_watching = _stdin_is_a_line_to_someone()
    while not stop.is_set():
        if os.getppid() != parent:
            return
        if not is_watching:
            stop.wait(_WATCH_S)
        elif select.select([sys.stdin], [], [], _WATCH_S)[0] and not os.read(sys.stdin.fileno(), 1024):
            return


def _stdin_is_a_line_to_someone() -> bool:
    """Whether the end of standard input says something: /dev/null ends at once and says nothing."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(sys.stdin.fileno())


if __name__ == "__main__":
    sys.exit(main())
