"""Log lines: short, in one piece, and not to be forged."""

import io
import logging
import re
import sys
import warnings
from collections.abc import Iterator

import pytest

from scheduler.logs import configure_logging
from storage.log_lines import OURS, one_line

CLOCK = re.compile(r"^\d\d:\d\d:\d\d ")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    for name in (*OURS, "trafilatura", "htmldate", "courlan", "py.warnings"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(False)


class Written:
    """What was written to standard error so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Written:
    return Written(capsys)


def test_a_line_is_time_message_and_extras(written: Written) -> None:
    configure_logging(0, terminal=False)
    logging.getLogger("crawler.intake").info(
        "crawl %s: %d new, 1 rejected",
        "vna-en",
        12,
        extra={"source": "vna-en", "fate": None, "reason": "too short"},
    )
    assert (
        CLOCK.sub("", written.getvalue())
        == 'crawl vna-en: 12 new, 1 rejected source=vna-en reason="too short"\n'
    )
    assert CLOCK.match(written.getvalue())


def test_a_warning_says_that_it_is_one_and_a_library_says_its_name(written: Written) -> None:
    configure_logging(0, terminal=False)
    logging.getLogger("scheduler.service").warning("no contact is set")
    logging.getLogger("scrapy.core").error("broken")
    assert [CLOCK.sub("", line) for line in written.getvalue().splitlines()] == [
        "warning: no contact is set",
        "error: scrapy.core: broken",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "scrapy.core.engine",
        "twisted",
        "urllib3.connectionpool",
        "apscheduler.scheduler",
        "alembic",
    ],
)
def test_libraries_are_held_down_to_warnings(written: Written, name: str) -> None:
    configure_logging(1, terminal=False)
    logging.getLogger(name).info("chatter")
    assert written.getvalue() == ""
    logging.getLogger(name).warning("trouble")
    assert "trouble" in written.getvalue()


@pytest.mark.parametrize("name", ["trafilatura.core", "htmldate.core"])
def test_what_extraction_says_of_a_page_is_left_to_its_rejection(written: Written, name: str) -> None:
    configure_logging(0, terminal=False)
    logging.getLogger(name).error("empty HTML tree")
    assert written.getvalue() == ""
    configure_logging(1, terminal=False)
    logging.getLogger(name).error("empty HTML tree")
    assert "empty HTML tree" in written.getvalue()


@pytest.mark.parametrize(
    ("verbosity", "shown"), [(-1, ["warning"]), (0, ["info", "warning"]), (1, ["debug", "info", "warning"])]
)
def test_verbosity_chooses_our_lines(written: Written, verbosity: int, shown: list[str]) -> None:
    configure_logging(verbosity, terminal=False)
    logger = logging.getLogger("storage.x")
    for level in ("debug", "info", "warning"):
        getattr(logger, level)("this is %s", level)
    assert re.findall(r"this is (\w+)", written.getvalue()) == shown


def test_verbosity_2_shows_the_libraries_at_work(written: Written) -> None:
    configure_logging(2, terminal=False)
    logging.getLogger("apscheduler").info("added job")
    assert "apscheduler: added job" in written.getvalue()


def test_configuring_twice_gives_one_line(written: Written) -> None:
    configure_logging(0, terminal=False)
    configure_logging(0, terminal=False)
    logging.getLogger("web").info("once")
    assert written.getvalue().count("once") == 1


FORGERIES = ["\n", "\r\n", "\r", "\x85", "\x0b", "\x0c", "\x1c", "\u2028", "\u2029"]


@pytest.mark.parametrize("line_end", FORGERIES)
def test_hostile_text_cannot_begin_a_line(written: Written, line_end: str) -> None:
    configure_logging(0, terminal=False)
    hostile = f"Tin{line_end}07:00:00 crawl vna-en: 0 new"
    logger = logging.getLogger("crawler")
    logger.info("title %s", hostile, extra={"url": hostile, f"key{line_end}": 1})
    logger.info(hostile)
    assert len(written.getvalue().splitlines()) == 2


def fail(message: str) -> None:
    raise ValueError(message)


def test_hostile_text_in_a_traceback_cannot_begin_a_line(written: Written) -> None:
    configure_logging(0, terminal=False)
    try:
        fail("x\n07:00:00 all is well\r07:00:01 really\x1b[2K")
    except ValueError:
        logging.getLogger("crawler").exception("page failed")
    first, *rest = written.getvalue().splitlines()
    assert first.endswith("error: page failed")
    assert "    | 07:00:00 all is well\\r07:00:01 really\\x1b[2K" in rest
    assert all(line.startswith("    | ") for line in rest)
    assert "\x1b" not in written.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Điểm báo – “Đảng viên” 党建", "Điểm báo – “Đảng viên” 党建"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u202eb\u200bc", "a\\u202eb\\u200bc"),
        ("a\x00\x7f\x9b", "a\\x00\\x7f\\x9b"),
        ("a\ud800b", "a\\ud800b"),
    ],
)
def test_one_line_keeps_letters_and_shows_what_is_hidden(text: str, expected: str) -> None:
    assert one_line(text) == expected


def test_colours_only_where_they_are_wanted(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    configure_logging(0, terminal=False)
    logging.getLogger("web").warning("plain")
    assert "\x1b" not in written.getvalue()
    configure_logging(0, terminal=True)
    logging.getLogger("web").warning("bright")
    assert "\x1b[33mwarning:\x1b[0m bright" in written.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    configure_logging(0, terminal=True)
    logging.getLogger("web").warning("told not to")
    assert " warning: told not to" in written.getvalue()


def test_lines_follow_standard_error_where_a_progress_bar_takes_it(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logging(0, terminal=False)
    bar = io.StringIO()
    monkeypatch.setattr(sys, "stderr", bar)
    logging.getLogger("web").info("above the bar")
    assert "above the bar" in bar.getvalue()
    assert written.getvalue() == ""


def test_warnings_of_libraries_are_for_developers(written: Written) -> None:
    configure_logging(0, terminal=False)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old way", UserWarning, stacklevel=1)
    assert written.getvalue() == ""
