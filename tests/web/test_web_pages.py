"""Each page says what it is for, in each language, and in every state."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from digest_samples import ENGLISH, FRENCH, HOSTILE, NEAR, NOW, ON, TOPIC, VIETNAMESE, ZONE, judged
from digest_store import run, store
from starlette.testclient import TestClient

from digest.desk import digest_for, freeze
from digest.i18n import LOCALES
from digest.render import render
from storage import ledger
from storage.database import Database
from web.search import HITS_SHOWN

PATHS = ("/", "/next", "/digests", "/digests/2026-11-22", "/articles/1", "/articles/5", "/search", "/sources")


class Page(HTMLParser):
    """Elements with attributes, words, and the words of headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "br", "hr", "img"}:
            self.stack.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data) -> None:
        self.words += data

    def values(self, tag: str, name: str) -> list[str | None]:
        return [attrs[name] for found, attrs in self.elements if found == tag and name in attrs]

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.elements)


def page_at(client: TestClient, path: str, status: int = 200) -> Page:
    response = client.get(path)
    assert response.status_code == status, response.text
    return Page(response.text)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_well_made(client: TestClient, path: str, locale: str) -> None:
    separator = "&" if "?" in path else "?"
    page = page_at(client, f"{path}{separator}lang={locale}")
    assert page.values("html", "lang") == [locale]
    assert page.count("h1") == page.count("main") == page.count("title") == 1
    ids = [value for _, attrs in page.elements for name, value in attrs.items() if name == "id"]
    assert len(ids) == len(set(ids))
    assert "#content" in page.values("a", "href")
    assert set(page.values("label", "for")) <= set(ids)
    assert {name for value in page.values("section", "aria-labelledby") for name in [value]} <= set(ids)
    assert page.count("style") == page.count("img") == 0
    scripts = [attrs for tag, attrs in page.elements if tag == "script"]
    assert [(attrs["src"] or "").partition("?")[0] for attrs in scripts] == ["/script.js"]  # ours alone
    assert not [
        name for _, attrs in page.elements for name in attrs if name == "style" or name.startswith("on")
    ]


def test_every_link_inside_leads_somewhere(any_client: TestClient) -> None:
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        response = any_client.get(path)
        assert response.status_code == 200, path
        if response.headers["content-type"].startswith("text/html"):
            page = Page(response.text)
            links = page.values("a", "href") + page.values("link", "href")
            inside = [urljoin(path, link or "") for link in links if not urlsplit(link or "").netloc]
            waiting += [link.partition("#")[0] for link in inside if "lang=" not in link]
    assert {"/digests/2026-11-22.json", "/articles/1", "/next", "/search", "/sources", "/icon.svg"} <= seen


@pytest.mark.parametrize("path", PATHS)
def test_links_out_are_web_addresses_and_tell_nothing(client: TestClient, path: str) -> None:
    for tag, attrs in page_at(client, path).elements:
        link = attrs.get("href") or ""
        scheme = urlsplit(link).scheme
        if tag == "a" and scheme:
            assert scheme == "https"
            assert attrs["rel"] == "noopener noreferrer"


def test_today_is_the_built_digest_and_what_came_since(client: TestClient) -> None:
    page = page_at(client, "/")
    for article in (ENGLISH, VIETNAMESE, FRENCH, HOSTILE, NEAR):
        assert re.sub("[\u202e\x1b]", " ", article.revision.title).split()[0] in page.words
    assert "Late: a cell" not in page.words
    assert "1 more article since" in page.words
    assert "/next" in page.values("a", "href")
    assert "the site refused access (status 403)" in page.words
    assert page.values("meta", "http-equiv") == []
    assert page.count("progress") == 0


def test_next_is_what_came_since(client: TestClient) -> None:
    page = page_at(client, "/next")
    assert "Late: a cell in a private clinic" in page.words
    assert ENGLISH.revision.title not in page.words
    assert "not final" in page.words


def test_before_the_first_reading_today_shows_its_progress_and_looks_again(
    first_client: TestClient, empty: Database
) -> None:
    run(empty, "vna-en", NOW)
    page = page_at(first_client, "/")
    assert "1 of 5 sources read" in page.words
    assert page.values("progress", "value") == ["1"]
    assert page.values("meta", "http-equiv") == ["refresh"]
    assert "Nothing new on the topic so far." in page.words


def test_the_page_rests_once_there_is_something_to_show(first_client: TestClient, empty: Database) -> None:
    store(empty, ENGLISH)
    page = page_at(first_client, "/")
    assert ENGLISH.revision.title in page.words
    assert page.count("progress") == 1
    assert page.values("meta", "http-equiv") == []


def test_the_page_rests_once_all_is_read_and_nothing_was_found(
    first_client: TestClient, empty: Database
) -> None:
    for source in ("vna-en", "vna-vi", "vna-fr", "vns", "nhandan-vi"):
        run(empty, source, NOW)
    page = page_at(first_client, "/")
    assert page.values("meta", "http-equiv") == []
    assert page.count("progress") == 0
    assert "All 5 sources were read." in page.words


def test_a_source_that_fails_from_the_start_is_named_at_once(
    first_client: TestClient, empty: Database
) -> None:
    run(empty, "vna-en", NOW, "connection_failed: no network")
    assert "no connection (no network)" in page_at(first_client, "/").words


def test_yesterdays_digest_is_not_todays(client: TestClient, wall, morning: Database) -> None:
    wall.now = NOW + timedelta(days=1)
    page = page_at(client, "/")
    assert "Monday, 23 November 2026" in page.words
    assert "Late: a cell in a private clinic" in page.words
    assert "not final" in page.words
    freeze(morning, ON + timedelta(days=1), wall.now, ZONE, TOPIC)
    links = page_at(client, "/digests/2026-11-22").values("a", "href")
    assert "/digests/2026-11-23" in links
    assert "/digests/2026-11-22" in page_at(client, "/digests/2026-11-23").values("a", "href")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("suffix", "format", "kind"),
    [("json", "json", "application/json"), ("txt", "text", "text/plain"), ("md", "md", "text/markdown")],
)
def test_a_digests_twins_are_its_written_forms(client, morning, wall, suffix, format, kind, locale) -> None:
    response = client.get(f"/digests/2026-11-22.{suffix}?lang={locale}")
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    digest = digest_for(morning, ON, wall.now, ZONE, TOPIC)
    assert digest is not None
    assert response.text == render(digest, format, locale, ZONE)


@pytest.mark.parametrize(
    "path",
    [
        "/digests/2026-11-21",
        "/digests/2026-11-21.json",
        "/digests/2026-11-22.pdf",
        "/digests/2026-W47-7",
        "/digests/20261122",
        "/digests/today",
        "/digests/2026-02-30",
        "/digests/../etc/passwd",
        "/articles/0",
        "/articles/999",
        "/articles/x",
        "/articles/-1",
        "/articles/99999999999999999999",
        "/articles/²",
        "/nope",
        "/docs",
        "/openapi.json",
        "/static/../web/app.py",
        "/%00",
        "/articles/1%00",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(client: TestClient, path: str) -> None:
    page = page_at(client, path, 404)
    assert "There is no such page" in page.words
    assert "/" in page.values("a", "href")


def test_an_article_shows_text_evidence_and_facts(client: TestClient) -> None:
    response = client.get("/articles/1")
    page = Page(response.text)
    for words in (
        *ENGLISH.revision.text.split("\n\n"),
        "Seven of the eleven are women.",
        "VietnamPlus (English)",
    ):
        assert words in page.words
    assert "About it: the article is about" in page.words
    assert "score" in page.words.lower()
    assert ENGLISH.url in page.values("a", "href")
    assert response.text.count("<mark>Party cell</mark>") == 2
    assert {"#evidence-1", "#evidence-2"} <= set(page.values("a", "href"))
    assert page.values("span", "id") == ["evidence-1", "evidence-2"]


def test_a_near_miss_says_that_it_is_one(client: TestClient) -> None:
    page = page_at(client, "/articles/4")
    assert "Near miss: the article came close" in page.words


def test_a_hostile_article_is_words(client: TestClient) -> None:
    page = page_at(client, "/articles/5")
    assert "<img src=x onerror=alert(1)>" in page.words
    assert "{{ 7*7 }}" in page.words
    assert not any("javascript:" in (value or "") for _, attrs in page.elements for value in attrs.values())


def test_digests_are_listed_by_day(client: TestClient) -> None:
    page = page_at(client, "/digests")
    assert "Sunday, 22 November 2026" in page.words
    assert "/digests/2026-11-22.md" in page.values("a", "href")


def test_no_digests_yet_says_so(first_client: TestClient) -> None:
    assert "No digest has been built yet." in page_at(first_client, "/digests").words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=garment", ["/articles/1"]),
        ("q=to+chuc+dang", ["/articles/2"]),
        ("q=%22admission+ceremony%22", ["/articles/1"]),
        ("q=cellule&language=fr", ["/articles/3"]),
        ("q=cellule&language=en", []),
        ("q=chamber&grade=0", ["/articles/4"]),
        ("q=chamber&grade=flagged", []),
        ("q=garment&source=vns", []),
        ("q=garment&since=2026-11-22&until=2026-11-22", ["/articles/1"]),
        ("q=garment&until=2026-11-21", []),
        ("q=garment&since=yesterday&until=9999-12-31&source=x&language=q&grade=9&after=x", ["/articles/1"]),
        ("q=garment&since=0001-01-01", ["/articles/1"]),
        ("q=", []),
        ("q=%00%22%27%3B--*%29", []),
        ("q=" + "a" * 5000, []),
    ],
)
def test_search_finds_what_was_asked(client: TestClient, query: str, found: list[str]) -> None:
    page = page_at(client, f"/search?{query}")
    assert [link for link in page.values("a", "href") if link and link.startswith("/articles/")] == found


def test_search_finds_on_each_kind_of_database(any_client: TestClient) -> None:
    for query, path in (
        ("garment", "/articles/1"),
        ("chi+bo+moi", "/articles/2"),
        ("cellule", "/articles/3"),
    ):
        links = page_at(any_client, f"/search?q={query}&since=2026-11-01").values("a", "href")
        assert [link for link in links if link and link.startswith("/articles/")] == [path]


def test_search_keeps_what_was_typed_and_marks_it(client: TestClient) -> None:
    response = client.get("/search?q=%22%3E%3Cscript%3Egarment&source=vna-en&since=2026-11-01")
    page = Page(response.text)
    assert page.count("script") == 1  # ours
    (typed,) = [attrs["value"] for tag, attrs in page.elements if attrs.get("id") == "q"]
    assert typed == '"><script>garment'
    assert [a["value"] for tag, a in page.elements if tag == "option" and "selected" in a] == ["vna-en"]
    assert "<mark>Garment</mark>" in client.get("/search?q=garment").text


def test_search_without_hits_says_what_to_do(client: TestClient) -> None:
    assert "Try fewer words" in page_at(client, "/search?q=zeppelin").words


def test_many_hits_are_paged(empty: Database, first_client: TestClient) -> None:
    count = HITS_SHOWN + 1
    for number in range(count):
        store(empty, judged(number, f"Garment {number}", "Text."))
    page = page_at(first_client, "/search?q=garment")
    assert f"{count} articles" in page.words
    links = [link for link in page.values("a", "href") if link and link.startswith("/articles/")]
    assert len(links) == HITS_SHOWN
    (later,) = [link for link in page.values("a", "href") if link and "after=" in link]
    rest = page_at(first_client, later).values("a", "href")
    links += [link for link in rest if link and link.startswith("/articles/")]
    assert len(set(links)) == len(links) == count


def test_sources_say_whether_they_are_read(client: TestClient) -> None:
    words = " ".join(page_at(client, "/sources").words.split())
    assert "Nhân Dân nhandan-vi not readable the site refused access (status 403)" in words
    assert "1 × too little text" in words
    assert words.index("nhandan-vi") < words.index("vna-en")


def test_a_source_that_is_switched_off_or_being_read_says_so(client: TestClient, morning: Database) -> None:
    with morning.write() as session:
        only = ledger.SourceFacts("vna-en", "VietnamPlus (English)", "https://vna-en.example/", ("en",), True)
        ledger.sync_sources(session, [only])
        ledger.open_run(session, "vna-en", NOW)
    words = page_at(client, "/sources").words
    assert words.count("switched off") == 5  # four sources, and the way to them
    assert "being read now" in words


@pytest.mark.parametrize(
    ("locale", "cost"),
    [("en", "10 requests, 100 kB"), ("vi", "10 yêu cầu, 100 kB"), ("fr", "10 requêtes, 100 ko")],
)
def test_sources_say_what_the_last_poll_cost(client: TestClient, locale: str, cost: str) -> None:
    words = " ".join(page_at(client, f"/sources?lang={locale}").words.split())
    assert cost in words.replace("\xa0", " ").replace("\u202f", " ")
