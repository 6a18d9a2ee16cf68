"""From listings to a digest, by the commands a user types, on the bundled newsroom."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from house import House, furnish, kill, urls

from newsroom.articles import Article
from newsroom.server import Newsroom


def articles_by_url(house: House) -> Counter[str]:
    with sqlite3.connect(house.folder / "diembao.sqlite3") as database:
        return Counter(url for (url,) in database.execute("SELECT url FROM article"))


def snapshots(house: House) -> int:
    try:
        with sqlite3.connect(house.folder / "diembao.sqlite3") as database:
            count: int = database.execute("SELECT count(*) FROM snapshot").fetchone()[0]
            return count
    except sqlite3.OperationalError:  # not migrated yet
        return 0


def test_every_article_is_stored_once_with_its_fate(crawled: House, bundled: list[Article]) -> None:
    stored = articles_by_url(crawled)
    assert set(stored) == {article.url for article in bundled}
    assert set(stored.values()) == {1}
    with sqlite3.connect(crawled.folder / "diembao.sqlite3") as database:
        fates = dict(database.execute("SELECT fate, count(*) FROM entry GROUP BY fate"))
        rejected = database.execute("SELECT count(*) FROM extraction WHERE rejection_reason IS NOT NULL")
        assert rejected.fetchone() == (0,)
    assert fates["fetched"] == len(bundled)
    assert "pending" not in fates


def test_digest_holds_every_positive_article_and_no_negative(crawled: House, bundled: list[Article]) -> None:
    digest = crawled.digest()
    shown = urls(digest["entries"])
    assert shown & {article.url for article in bundled if article.grade == 0} == set()
    assert {article.url for article in bundled if article.grade > 0} - shown == set()


def test_evidence_stands_in_the_article(crawled: House) -> None:
    for entry in crawled.digest()["entries"]:
        for article in entry["articles"]:
            assert article["evidence"], article["url"]
            for sentence in article["evidence"]:
                assert sentence["marks"], sentence["exact"]
                for start, end in sentence["marks"]:
                    assert sentence["exact"][start:end].strip()


@pytest.mark.parametrize("form", ["text", "html", "md"])
def test_digest_in_every_form(crawled: House, form: str) -> None:
    done = crawled.diembao("digest", "--format", form)
    assert done.returncode == 0
    assert "Party" in done.stdout
    assert done.stdout.count("https://") > 20


def test_digest_of_a_day_without_one_is_a_sentence(crawled: House) -> None:
    done = crawled.diembao("digest", "--date", "2001-01-01")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "There is no digest of 2001-01-01; none has been built yet."
    assert crawled.diembao("digest", "--date", "yesterday").returncode == 2


def test_search_finds_without_marks(crawled: House) -> None:
    done = crawled.diembao("search", "ket nap dang vien", "--flagged", "--format", "json")
    hits = [json.loads(line) for line in done.stdout.splitlines()]
    assert hits
    assert {hit["revision"]["language"] for hit in hits} == {"vi"}
    shown = crawled.diembao("search", "ket nap dang vien", "--flagged").stdout.splitlines()
    assert all(f"  {hit['url']}" in shown for hit in hits)  # in one line, however long
    assert crawled.diembao("search", "không-có-từ-này-ở-đâu").stdout == "Nothing found.\n"
    assert crawled.diembao("search", '"').returncode == 2


def test_second_crawl_fetches_nothing_again(
    crawled: House, newsroom: Newsroom, bundled: list[Article]
) -> None:
    before = len(newsroom.requests)
    assert crawled.diembao("crawl", "vns", "nhandan-vi").returncode == 0
    asked = {request.url for request in list(newsroom.requests)[before:]}
    assert asked
    assert asked & {article.url for article in bundled} == set()


def test_an_unknown_source_is_refused_with_the_nearest(crawled: House) -> None:
    done = crawled.diembao("crawl", "vna-eng")
    assert done.returncode == 2
    assert "did you mean vna-en?" in re.sub(r"[│\s]+", " ", done.stderr)


def test_crawl_shows_no_bar_in_a_pipe(crawled: House) -> None:
    output = crawled.environment["CRAWL_OUTPUT"]
    assert "\x1b[" not in output
    assert "vna-en" in output
    assert "fetched" in output


def test_scrapy_lists_and_crawls_the_sources(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "scrapy", newsroom)
    (house.folder / "scrapy.cfg").write_text("[settings]\ndefault = scheduler.scrapy_project\n")

    def scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scrapy", *arguments]
        return subprocess.run(
            command, cwd=house.folder, capture_output=True, text=True, timeout=60, check=False
        )

    assert "vna-en" in scrapy("list").stdout.split()
    done = scrapy("crawl", "vna-en", "-O", "pages.jsonl")
    assert done.returncode == 0, done.stderr
    pages = [json.loads(line) for line in (house.folder / "pages.jsonl").read_text().splitlines()]
    assert {page["source"] for page in pages} == {"vna-en"}
    shell = scrapy("shell", pages[0]["final_url"], "-c", "(spider.name, response.status)")
    assert "('vna-en', 200)" in shell.stdout, shell.stderr


def test_killed_during_the_first_crawl_and_started_again(
    newsroom: Newsroom, bundled: list[Article], tmp_path: Path
) -> None:
    house = furnish(tmp_path / "killed", newsroom, delay_scale=0.02)
    for pages in (5, 25, 45):
        process = house.start("crawl")
        while snapshots(house) < pages:
            assert process.poll() is None, "the crawl ended before it could be killed"
            time.sleep(0.01)
        kill(process)
    assert snapshots(house) < len(bundled)
    done = house.diembao("crawl")
    assert done.returncode == 0, done.stderr
    assert articles_by_url(house) == Counter(article.url for article in bundled)


def test_service_serves_the_digest_and_stops_on_request(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "service", newsroom)
    settings = house.folder / "settings.toml"
    process = house.start("run")
    try:
        assert process.stdout is not None
        greeting = ""
        while "http://" not in greeting:
            greeting = process.stdout.readline()
            assert greeting, process.stderr.read() if process.stderr else ""
        address = greeting.split()[-1]
        page = ""
        deadline = time.monotonic() + 60
        while "<mark>" not in page and time.monotonic() < deadline:
            time.sleep(0.5)
            try:
                with urllib.request.urlopen(address, timeout=5) as response:
                    page = response.read().decode()
            except OSError:
                continue
        assert "<mark>" in page
        second = house.diembao("run", "--help")
        assert second.returncode == 0
        port = int(address.rstrip("/").rpartition(":")[2])
        elsewhere = settings.read_text().replace("sqlite:///diembao.sqlite3", "sqlite:///other.sqlite3")
        settings.write_text(elsewhere.replace("port = 0", f"port = {port}"))
        refused = house.diembao("run")
        assert refused.returncode == 1
        assert refused.stderr.strip().startswith(f"Port {port} on 127.0.0.1 is in use")
    finally:
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert time.monotonic() - started < 10


def test_service_says_in_one_sentence_that_it_is_offline(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "offline", newsroom)
    settings = house.folder / "settings.toml"
    with socket.create_server(("127.0.0.1", 0)) as free:  # closed again: nobody listens there
        port = free.getsockname()[1]
    settings.write_text(settings.read_text().replace(f":127.0.0.1:{newsroom.port}", f":127.0.0.1:{port}"))
    process = house.start("run")
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "No outlet could be reached" in line
        assert "diembao demo" in line
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
