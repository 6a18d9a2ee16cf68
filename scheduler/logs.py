"""What is logged and where: the levels of ourselves and of libraries, standard error, and a file."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from storage.log_lines import FORMAT_VARIABLE, OURS, StandardError, dressed, wants_json

if TYPE_CHECKING:
    from scheduler.sections import LogSettings

_MUTED = {
    # What these say about a page, we say once, as its Rejection.
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "courlan": logging.CRITICAL,
    # Deprecations inside libraries are news for a developer, who asks for them with -v.
    "py.warnings": logging.ERROR,
}
_VERBOSITIES = {"warning": -1, "info": 0, "debug": 1}
_MB = 1_000_000


def configure_logging(verbosity: int, *, terminal: bool, as_json: bool | None = None) -> None:
    """Send log lines to standard error; calling it again replaces what was set.

    ``verbosity`` -1: warnings; 0: what we do; 1: also our details and the libraries' warnings about
    themselves; 2: also what the libraries do. ``terminal``: whether standard error is one, so that
    colours may be used; NO_COLOR in the environment says no to them. ``as_json`` None: as the environment
    says.
    """
    handler = dressed(
        StandardError(),
        as_json=wants_json() if as_json is None else as_json,
        is_coloured=terminal and not os.environ.get("NO_COLOR"),
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, StandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO if verbosity >= 2 else logging.WARNING)
    ours = logging.WARNING if verbosity < 0 else logging.INFO if verbosity == 0 else logging.DEBUG
    for name in OURS:
        logging.getLogger(name).setLevel(ours)
    for name, level in _MUTED.items():
        logging.getLogger(name).setLevel(level if verbosity < 1 else logging.NOTSET)
    logging.captureWarnings(True)


def follow_settings(log: "LogSettings", verbosity: int, *, terminal: bool, writes_file: bool) -> None:
    """Log as [log] says; ``verbosity``, from the command line, counts where it says more.

    ``writes_file`` is for the service alone: two processes must not put the same file aside.
    """
    if FORMAT_VARIABLE not in os.environ:
        os.environ[FORMAT_VARIABLE] = log.format  # for the processes that this one starts
    configure_logging(verbosity or _VERBOSITIES[log.level], terminal=terminal)
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _LogFile)]:
        root.removeHandler(old)
        old.close()
    if writes_file and log.file is not None:
        root.addHandler(dressed(_opened(log.file, log), as_json=wants_json()))


class _LogFile(RotatingFileHandler):
    """A file that is put aside when it is long."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: on a full disk standard error has the line, and a traceback each would be worse."""


def _opened(path: Path, log: "LogSettings") -> _LogFile:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _LogFile(
            path, maxBytes=log.file_mb * _MB, backupCount=log.files, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        from scheduler.settings import SettingsError  # noqa: PLC0415 - a third of a second

        why = f"[log] file: {path} cannot be written ({error.strerror})"
        raise SettingsError("settings", [why]) from None
