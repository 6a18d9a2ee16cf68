"""How a log line is written, by every process: as text for a person, as JSON for a program.

``07:00:03 crawl vna-en: 12 new, 1 rejected source=vna-en run=512``: local time, the message, and what was
given as ``extra`` or by ``log_fields``. A level above INFO is named after the time. No outlet can forge
a line.
"""

import json
import logging
import os
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

OURS = ("crawler", "storage", "analysis", "digest", "web", "scheduler", "newsroom")
FORMAT_VARIABLE = "DIEMBAO_LOG_FORMAT"
"""In the environment: text or json. The service sets it for the processes that it starts."""
MOST_ALIKE = 20
"""So many lines of one kind about one source are written within ``ALIKE_FOR_S``; the rest are counted."""
ALIKE_FOR_S = 600.0

_DECIDED = "is_within_bounds"
_OWN_ATTRIBUTES = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", _DECIDED}
_COLOURS = {logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31;1"}
_MOST_KINDS = 10_000
_FIELDS: ContextVar[dict[str, Any] | None] = ContextVar("log_fields", default=None)


@contextmanager
def log_fields(**fields: object) -> Iterator[None]:
    """Every line from within, in this task and those that it starts, has ``fields``, such as source."""
    token = _FIELDS.set({**(_FIELDS.get() or {}), **fields})
    try:
        yield
    finally:
        _FIELDS.reset(token)


def add_log_fields(**fields: object) -> None:
    """The same for the rest of the innermost ``log_fields``, for what is known only later, such as run."""
    known = _FIELDS.get()
    if known is not None:
        known.update(fields)


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


class JsonLines(JsonFormatter):
    """A record as one JSON object in ASCII: time, level, logger, message, exception, and all fields."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            rename_fields_keep_missing=False,
            reserved_attrs=[*_OWN_ATTRIBUTES, "spider"],
        )

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: Any) -> None:
        """As the library does, with the time first and the level in lower case."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        super().add_fields(log_data, record, message_dict)
        log_data["level"] = record.levelname.lower()
        for name in [name for name, value in log_data.items() if value is None]:
            del log_data[name]


class Fields(logging.Filter):
    """Gives each record what ``log_fields`` says, and in place of Scrapy's spider its source and run."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True; the record is changed."""
        known = dict(_FIELDS.get() or {})
        spider = record.__dict__.pop("spider", None)
        if spider is not None:
            known |= {"source": getattr(spider, "name", None), "run": getattr(spider, "run_id", None)}
        for name, value in known.items():
            if name not in record.__dict__ and name not in _OWN_ATTRIBUTES:
                record.__dict__[name] = value
        return True


@dataclass
class _Kind:
    """Lines that are alike: how many were seen since when."""

    since_s: float
    seen: int = 0


class Repeats(logging.Filter):
    """Holds back lines of one kind about one source beyond ``most`` in ``span_s``; says how many afterwards.

    Of one kind are lines of one logger with the same words before anything is filled in. Those of debugging
    are not bounded: they were asked for.
    """

    def __init__(self, most: int = MOST_ALIKE, span_s: float = ALIKE_FOR_S) -> None:
        super().__init__()
        self._most, self._span_s = most, span_s
        self._kinds: dict[tuple[object, ...], _Kind] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; all handlers of a process do as the first one of them."""
        if record.levelno < logging.INFO:
            return True
        if _DECIDED not in record.__dict__:
            record.__dict__[_DECIDED] = self._decide(record)
        return bool(record.__dict__[_DECIDED])

    def _decide(self, record: logging.LogRecord) -> bool:
        key = (record.name, record.levelno, str(record.msg), record.__dict__.get("source"))
        with self._lock:
            if len(self._kinds) > _MOST_KINDS:
                self._kinds = {
                    key: kind
                    for key, kind in self._kinds.items()
                    if record.created - kind.since_s < self._span_s
                }
            kind = self._kinds.setdefault(key, _Kind(record.created))
            held_back = 0
            if not 0 <= record.created - kind.since_s < self._span_s:
                held_back = max(kind.seen - self._most, 0)
                kind = self._kinds[key] = _Kind(record.created)
            kind.seen += 1
            is_written, is_last = kind.seen <= self._most, kind.seen == self._most
        if held_back:
            _say_too(record, f"{held_back} more lines like this one were left out")
        elif is_last:
            _say_too(record, f"more lines like this one are left out for {self._span_s / 60:.0f} min")
        return is_written


def _say_too(record: logging.LogRecord, words: str) -> None:
    record.msg, record.args = f"{record.getMessage()} ({words})", None


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now: a progress bar puts itself in its place while it shows."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Standard error as it is now."""
        return sys.stderr


def dressed(handler: logging.Handler, *, as_json: bool, is_coloured: bool = False) -> logging.Handler:
    """``handler`` with the format, the fields and the bound on repetition."""
    handler.setFormatter(JsonLines() if as_json else LineFormatter(is_coloured=is_coloured))
    handler.addFilter(Fields())
    handler.addFilter(Repeats())
    return handler


def set_up_child() -> None:
    """Log lines of a process that the service started: to standard error, as the service writes its own."""
    root = logging.getLogger()
    if not any(isinstance(handler, StandardError) for handler in root.handlers):
        root.addHandler(dressed(StandardError(), as_json=wants_json()))


def wants_json() -> bool:
    """Whether the environment asks for JSON."""
    return os.environ.get(FORMAT_VARIABLE) == "json"
