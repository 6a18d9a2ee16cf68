"""Log lines for the operator: one short line each on standard error, which no outlet can forge.

``07:00:03 crawl vna-en: 12 new, 1 rejected source=vna-en``: local time, the message, and what was
given as ``extra``. A level above INFO is named after the time.
"""

import json
import logging
import os
import sys
import time
import unicodedata
from typing import TextIO

OURS = ("crawler", "storage", "analysis", "digest", "web", "scheduler", "newsroom")
_MUTED = {
    # What these say about a page, we say once, as its Rejection.
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "courlan": logging.CRITICAL,
    # Deprecations inside libraries are news for a developer, who asks for them with -v.
    "py.warnings": logging.ERROR,
}
_OWN_ATTRIBUTES = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}
_COLOURS = {logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31;1"}


def one_line(text: str) -> str:
    """``text`` with every control, format and line-breaking character written as its escape.

    Titles and addresses come from strangers: a line break could forge a log line, an escape
    sequence could drive the terminal, a direction mark could turn a line around.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character


class LineFormatter(logging.Formatter):
    """A record as one line; a traceback follows in lines of its own, each behind a bar."""

    def __init__(self, *, is_coloured: bool) -> None:
        super().__init__()
        self.is_coloured = is_coloured

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        words = [self._paint(clock, "2"), *self._level(record), *self._origin(record)]
        words.append(one_line(record.getMessage()))
        words.extend(
            f"{one_line(name)}={_pair_value(value)}"
            for name, value in record.__dict__.items()
            if name not in _OWN_ATTRIBUTES and value is not None
        )
        return "\n".join([" ".join(words), *self._traceback(record)])

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.is_coloured else text

    def _level(self, record: logging.LogRecord) -> list[str]:
        if record.levelno == logging.INFO:
            return []
        name = f"{record.levelname.lower()}:"
        colour = _COLOURS.get(record.levelno)
        return [self._paint(name, colour) if colour else name]

    @staticmethod
    def _origin(record: logging.LogRecord) -> list[str]:
        """The library that speaks, unless it is us."""
        package = record.name.partition(".")[0]
        return [] if package in OURS else [f"{one_line(record.name)}:"]

    def _traceback(self, record: logging.LogRecord) -> list[str]:
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        if record.stack_info:
            parts.append(record.stack_info)
        return [f"    | {one_line(line)}" for part in parts for line in part.split("\n")]


def _pair_value(value: object) -> str:
    text = str(value)
    is_plain = text and not any(letter.isspace() or letter in "=\"'" for letter in text)
    return one_line(text if is_plain else json.dumps(text, ensure_ascii=False))


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now: a progress bar puts itself in its place while it shows."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure_logging(verbosity: int, *, terminal: bool) -> None:
    """Send log lines to standard error; calling it again replaces what was set.

    ``verbosity`` -1: warnings; 0: what we do; 1: also our details and the libraries' warnings about
    themselves; 2: also what the libraries do. ``terminal``: whether standard error is one, so that
    colours may be used; NO_COLOR in the environment says no to them.
    """
    handler = _StandardError()
    handler.setFormatter(LineFormatter(is_coloured=terminal and not os.environ.get("NO_COLOR")))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _StandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO if verbosity >= 2 else logging.WARNING)
    ours = logging.WARNING if verbosity < 0 else logging.INFO if verbosity == 0 else logging.DEBUG
    for name in OURS:
        logging.getLogger(name).setLevel(ours)
    for name, level in _MUTED.items():
        logging.getLogger(name).setLevel(level if verbosity < 1 else logging.NOTSET)
    logging.captureWarnings(True)
