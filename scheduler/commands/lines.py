"""JSON Lines as commands read them: from a file, gzipped or not, or from standard input."""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import track

from scheduler.commands.errors import CommandError

_GZIP = b"\x1f\x8b"


@contextmanager
def opened_lines(file: str) -> Iterator[IO[str]]:
    """The lines of ``file``; ``-`` is standard input. A gzipped file is told by its first bytes.

    Raises CommandError where the file cannot be read, be it on the way.
    """
    if file == "-":
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        yield sys.stdin
        return
    try:
        with Path(file).open("rb") as raw:
            is_gzip = raw.peek(2)[:2] == _GZIP
            content = gzip.GzipFile(fileobj=raw) if is_gzip else raw
            yield TextIOWrapper(content, encoding="utf-8", errors="replace")
    except BrokenPipeError:  # of our output, not of the file
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise CommandError(f"{file} cannot be read: the gzipped data is damaged") from None
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from None


def shown(lines: IO[str], description: str = "judging") -> Iterable[str]:
    """``lines`` behind a progress bar where a person watches a file being read."""
    console = Console(stderr=True)
    if not console.is_terminal or lines is sys.stdin or sys.stdout.isatty():
        return lines
    return track(lines.readlines(), description=description, console=console, transient=True)
