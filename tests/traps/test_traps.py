"""The table of traps, row by row: what was expected, what came, and that the neighbours are unharmed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from trapcrawls import Crawl, feed_of, source_of
from traphouse import Page, moment
from traps import TRAPS, Trap

from newsroom.articles import Article
from newsroom.outlets import OUTLETS
from newsroom.troubles import TROUBLES, Place
from storage.folding import to_nfc

DOCUMENT = Path(__file__).parents[2] / "docs" / "traps.md"


def rows(*places: Place) -> list[object]:
    """The traps of these places as parameters; those that show a flaw must fail."""
    return [
        pytest.param(
            trap,
            id=trap.name,
            marks=[pytest.mark.xfail(strict=True, reason=trap.flaw)] if trap.flaw else [],
        )
        for trap in TRAPS
        if trap.place in places
    ]


def report(trap: Trap, came: str, detail: str = "") -> None:
    print(f"{trap.name}: {trap.says}\n  expected: {trap.outcome}\n  came:     {came}  ({detail})")


def assert_stored(articles: list[Article], pages: dict[str, Page]) -> None:
    """Each of ``articles`` is kept whole."""
    for article in articles:
        page = pages[article.url]
        assert page.outcome == "stored", f"{article.url}: {page.outcome} ({page.detail})"
        assert whole(article, page), article.url


def whole(article: Article, page: Page) -> bool:
    text = " ".join((page.text or "").split())
    return all(paragraph in text for paragraph in article.paragraphs) and page.title == article.title


# --- pages


def second_try(article: Article, page: Page) -> None:
    assert (page.attempts, page.snapshots) == (1, 1)
    assert whole(article, page)


def text_is_whole(article: Article, page: Page) -> None:
    assert page.title == article.title
    text = " ".join((page.text or "").split())
    assert [paragraph for paragraph in article.paragraphs if paragraph not in text] == []
    assert page.text == to_nfc(page.text or "")
    assert page.snapshots == 1
    assert len(text) < 2 * sum(map(len, article.paragraphs)), "junk was taken for text"


def date_is_not_believed(article: Article, page: Page) -> None:
    assert page.published_at is None or moment(page.published_at) <= datetime.now(UTC)
    assert whole(article, page)


PAGE_CHECKS: dict[str, Callable[[Article, Page], None]] = {
    check.__name__: check for check in (second_try, text_is_whole, date_is_not_believed)
}


@pytest.mark.parametrize("trap", rows(Place.PAGE))
def test_a_page(trap: Trap, pages_crawled: Crawl) -> None:
    article = pages_crawled.trapped[trap.name]
    page = pages_crawled.pages[article.url]
    report(trap, page.outcome, page.detail)
    assert page.outcome == trap.outcome
    if trap.holds:
        PAGE_CHECKS[trap.holds](article, page)


def test_neighbours_of_pages_are_untouched(pages_crawled: Crawl) -> None:
    assert len(pages_crawled.others) > 60
    assert_stored(pages_crawled.others, pages_crawled.pages)
    listed = {article.url for article in (*pages_crawled.trapped.values(), *pages_crawled.others)}
    assert set(pages_crawled.pages) == listed, "nothing is kept that was not listed"
    assert {run.outcome for run in pages_crawled.runs.values()} == {"completed"}


# --- feeds


def articles_are_stored(crawl: Crawl, trap: Trap) -> None:
    articles = [*crawl.listed[trap.name], *crawl.beside[trap.name]]
    assert_stored(articles, crawl.pages)
    kept = {page.url for page in crawl.pages.values() if page.source == source_of(trap)}
    assert kept == {article.url for article in articles}


def titles_are_nfc(crawl: Crawl, trap: Trap) -> None:
    articles_are_stored(crawl, trap)
    for article in crawl.listed[trap.name]:
        assert crawl.pages[article.url].listed_title == article.title


def dates_are_right(crawl: Crawl, trap: Trap) -> None:
    for article in crawl.listed[trap.name]:
        assert moment(crawl.pages[article.url].listed_as_published_at) == article.published_at


def listed_without_dates(crawl: Crawl, trap: Trap) -> None:
    articles_are_stored(crawl, trap)
    for article in crawl.listed[trap.name]:
        assert crawl.pages[article.url].listed_as_published_at is None


def the_rest_waits(crawl: Crawl, trap: Trap) -> None:
    assert "asked to wait" in crawl.runs[source_of(trap)].reason
    for article in crawl.beside[trap.name]:
        assert crawl.pages[article.url].outcome == "waits"


FEED_CHECKS: dict[str, Callable[[Crawl, Trap], None]] = {
    check.__name__: check
    for check in (
        articles_are_stored,
        titles_are_nfc,
        dates_are_right,
        listed_without_dates,
        the_rest_waits,
    )
}


@pytest.mark.parametrize("trap", rows(Place.LISTING))
def test_a_feed(trap: Trap, feeds_crawled: Crawl) -> None:
    url = feed_of(trap, feeds_crawled.listed[trap.name])
    problem = feeds_crawled.problems[url]
    came = re.split(r"\W", problem, maxsplit=1)[0] or "read"
    report(trap, came, problem)
    assert came == trap.outcome
    run = feeds_crawled.runs[source_of(trap)]
    assert run.outcome == "completed"  # its other feed was read
    assert (url in run.reason) == bool(problem), "the Run says what was wrong, and nothing else"
    if trap.holds != "the_rest_waits":
        assert_stored(feeds_crawled.beside[trap.name], feeds_crawled.pages)
    if trap.holds:
        FEED_CHECKS[trap.holds](feeds_crawled, trap)


def test_neighbours_of_feeds_are_untouched(feeds_crawled: Crawl) -> None:
    assert_stored(feeds_crawled.others, feeds_crawled.pages)


# --- hosts and their robots.txt


def closed_is_robots_forbidden(crawl: Crawl, outlet: str) -> None:
    outcomes = {"closed" in url: page.outcome for url, page in crawl.pages.items() if page.source == outlet}
    assert outcomes == {True: "robots_forbidden", False: "stored"}


def requests_are_half_a_second_apart(crawl: Crawl, outlet: str) -> None:
    times = [each.at for each in crawl.requests if each.host == OUTLETS[outlet].host]
    assert len(times) > 3
    pauses = [later - earlier for earlier, later in pairwise(times[1:])]
    # Scrapy varies the pause by half around its mean.
    assert min(pauses) > timedelta(seconds=0.45)


HOST_CHECKS: dict[str, Callable[[Crawl, str], None]] = {
    check.__name__: check for check in (closed_is_robots_forbidden, requests_are_half_a_second_apart)
}


@pytest.mark.parametrize("trap", rows(Place.HOST, Place.ROBOTS))
def test_a_host(trap: Trap, hosts_crawled: list[Crawl]) -> None:
    crawl = next(crawl for crawl in hosts_crawled if trap.name in crawl.outlets)
    outlet = crawl.outlets[trap.name]
    host = OUTLETS[outlet].host
    problems = {
        problem for url, problem in crawl.problems.items() if url.startswith(f"https://{host}/") and problem
    }
    run = crawl.runs[outlet]
    words = sorted({problem.partition(":")[0] for problem in problems})
    came = ": ".join([run.outcome, ", ".join(words)]) if run.outcome == "failed" else run.outcome
    report(trap, came, "; ".join(sorted(problems))[:300])
    assert came == trap.outcome
    assert_stored(crawl.others, crawl.pages)
    asked = [each.path for each in crawl.requests if each.host == host]
    if run.outcome == "failed" and trap.name != "host-bans-all":
        assert set(asked) <= {"/robots.txt"}, "nothing is asked of a host whose rules are not known"
    if trap.holds:
        HOST_CHECKS[trap.holds](crawl, outlet)


def test_no_trap_breaks_anything_of_ours(
    pages_crawled: Crawl, feeds_crawled: Crawl, hosts_crawled: list[Crawl]
) -> None:
    output = "".join(crawl.house.output for crawl in (pages_crawled, feeds_crawled, *hosts_crawled))
    assert "Traceback" not in output


# --- the table itself


def test_every_trouble_of_the_newsroom_is_in_the_table_once() -> None:
    assert sorted(trap.name for trap in TRAPS) == sorted(TROUBLES)
    assert len(TRAPS) >= 45


def test_the_document_says_what_the_table_says() -> None:
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    assert cells == [[f"`{trap.name}`", trap.says, f"`{trap.outcome}`", where(trap)] for trap in TRAPS]


def where(trap: Trap) -> str:
    """Where a row is held; for a flaw, what is missing."""
    test = {Place.PAGE: "test_a_page", Place.LISTING: "test_a_feed"}.get(trap.place, "test_a_host")
    held = f"`{test}`" + (f", `{trap.holds}`" if trap.holds else "")
    return f"not yet: {trap.flaw}" if trap.flaw else held
