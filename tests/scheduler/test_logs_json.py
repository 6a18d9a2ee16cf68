"""Log lines for programs: one JSON object each, with source, run and article; volume is bounded."""

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import time
import types
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scheduler.logs import configure_logging, follow_settings
from scheduler.sections import LogSettings
from scheduler.settings import SettingsError, settings_from
from storage.log_lines import ALIKE_FOR_S, FORMAT_VARIABLE, MOST_ALIKE, OURS, add_log_fields, log_fields

ROOT = Path(__file__).parents[2]
logger = logging.getLogger("crawler.test")


@pytest.fixture(autouse=True)
def _logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(FORMAT_VARIABLE, "text")
    monkeypatch.delenv(FORMAT_VARIABLE)
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        handler.close()
    root.handlers[:] = handlers
    for name in (*OURS, "trafilatura", "htmldate", "courlan", "py.warnings"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(False)
    os.environ.pop(FORMAT_VARIABLE, None)


class Written:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._capsys.readouterr().err.splitlines()]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Written:
    configure_logging(0, terminal=False, as_json=True)
    return Written(capsys)


def test_a_line_has_what_is_known(written: Written) -> None:
    with log_fields(source="vna-en"):
        add_log_fields(run=512)
        logger.warning("page %d failed", 3, extra={"article": "vietnamplus.vn/3"})
    logger.info("outside")
    first, second = written.lines()
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "warning",
        "logger": "crawler.test",
        "message": "page 3 failed",
        "source": "vna-en",
        "run": 512,
        "article": "vietnamplus.vn/3",
    }
    assert second.keys() == {"time", "level", "logger", "message"}


def test_lines_of_scrapy_name_source_and_run_in_place_of_the_spider(written: Written) -> None:
    spider = types.SimpleNamespace(name="vns", run_id=7)
    logging.getLogger("scrapy.core.scraper").error("broken", extra={"spider": spider})
    [line] = written.lines()
    assert (line["source"], line["run"], line["logger"]) == ("vns", 7, "scrapy.core.scraper")
    assert "spider" not in line


def test_fields_follow_tasks_and_threads_and_do_not_mix(written: Written) -> None:
    async def run(source: str, number: int) -> None:
        with log_fields(source=source):
            task = asyncio.create_task(asyncio.to_thread(time.sleep, 0.01))
            add_log_fields(run=number)
            await task
            await asyncio.to_thread(logger.info, "in a thread")

    async def both() -> None:
        await asyncio.gather(run("a", 1), run("b", 2))

    asyncio.run(both())
    assert {(line["source"], line["run"]) for line in written.lines()} == {("a", 1), ("b", 2)}


def test_hostile_text_stays_in_its_field(written: Written) -> None:
    hostile = 'x"}\n{"level": "info", "message": "all is well\u2028\u202e"}'
    logger.error(hostile, extra={"article": hostile})
    [line] = written.lines()
    assert line["message"] == line["article"] == hostile


def fail() -> None:
    raise ValueError("why")


def test_an_exception_is_one_field(written: Written) -> None:
    try:
        fail()
    except ValueError:
        logger.exception("page failed")
    [line] = written.lines()
    assert line["exception"].endswith("ValueError: why")


# ---- volume


def test_the_same_about_one_source_is_bounded(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(500):
        logger.warning("%s: no connection (%d)", "vns", number, extra={"source": "vns"})
    logger.warning("%s: no connection (%d)", "vna-en", 1, extra={"source": "vna-en"})
    logger.warning("something else")
    lines = written.lines()
    assert len(lines) == MOST_ALIKE + 2
    assert lines[MOST_ALIKE - 1]["message"].endswith("(more lines like this one are left out for 10 min)")
    later = time.time() + ALIKE_FOR_S + 1
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(time, "time_ns", lambda: int(later * 1e9))
    logger.warning("%s: no connection (%d)", "vns", 501, extra={"source": "vns"})
    [line] = written.lines()
    assert line["message"] == "vns: no connection (501) (480 more lines like this one were left out)"


def settings(tmp_path: Path, **log: object) -> LogSettings:
    return settings_from({"log": log}, tmp_path, origin="test").log


def test_the_file_is_put_aside_and_few_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = settings(tmp_path, format="json", file="log/diembao.log", file_mb=1, files=2)
    follow_settings(log, 0, terminal=False, writes_file=True)
    for number in range(6000):
        logger.info(f"line {number} {'x' * 700}")
    files = sorted((tmp_path / "log").iterdir())
    assert [file.name for file in files] == ["diembao.log", "diembao.log.1", "diembao.log.2"]
    assert all(file.stat().st_size <= 1_000_000 for file in files)
    assert json.loads(files[0].read_text().splitlines()[-1])["message"].startswith("line 5999 ")
    assert capsys.readouterr().err.count("\n") == 6000  # standard error has all of it
    follow_settings(settings(tmp_path), 0, terminal=False, writes_file=True)
    logger.info("after a reload")
    assert "after a reload" not in files[0].read_text()


def test_both_places_have_the_same_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = settings(tmp_path, file="diembao.log")
    follow_settings(log, 0, terminal=False, writes_file=True)
    for _ in range(100):
        logger.warning("again")
    assert (tmp_path / "diembao.log").read_text() == capsys.readouterr().err
    assert (tmp_path / "diembao.log").read_text().count("\n") == MOST_ALIKE


def test_only_the_service_writes_the_file(tmp_path: Path) -> None:
    follow_settings(settings(tmp_path, file="diembao.log"), 0, terminal=False, writes_file=False)
    assert not (tmp_path / "diembao.log").exists()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"\[log\] file"):
        follow_settings(settings(tmp_path, file="file/x.log"), 0, terminal=False, writes_file=True)


@pytest.mark.parametrize(("level", "shown"), [("warning", 1), ("info", 2), ("debug", 3)])
def test_the_level_is_that_of_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], level: str, shown: int
) -> None:
    follow_settings(settings(tmp_path, level=level), 0, terminal=False, writes_file=False)
    logger.debug("a")
    logger.info("b")
    logger.warning("c")
    assert capsys.readouterr().err.count("\n") == shown


def test_the_environment_counts_more_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(FORMAT_VARIABLE, "json")
    follow_settings(settings(tmp_path, format="text"), 0, terminal=False, writes_file=False)
    logger.info("x")
    assert json.loads(capsys.readouterr().err)["message"] == "x"


@pytest.mark.parametrize(("key", "value"), [("format", "xml"), ("level", "loud"), ("file_mb", 0)])
def test_what_cannot_be_is_refused(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=key):
        settings(tmp_path, **{key: value})


# ---- other processes


def test_workers_write_the_same_way() -> None:
    script = (
        "import asyncio, logging\n"
        "from crawler.workers import Workers\n"
        "async def main():\n"
        "    workers = Workers(1, 30)\n"
        "    await workers.run(logging.warning, 'from a worker')\n"
        "    workers.close()\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env=os.environ | {FORMAT_VARIABLE: "json"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stderr)["message"] == "from a worker"


def test_the_pages_write_the_same_way(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "web", "--topic", "t", "--port", str(port)]
    command += ["--database", f"sqlite:///{tmp_path}/none/x.sqlite3"]
    environment = os.environ | {FORMAT_VARIABLE: "json"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as pages:
        assert pages.stderr is not None
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5)
            except urllib.error.HTTPError:  # 503: it cannot read the database, and says so in its log
                break
            except OSError:
                time.sleep(0.1)
        pages.terminate()
        lines = [json.loads(line) for line in pages.stderr]
    assert any(line["logger"] == "web.health" for line in lines)
