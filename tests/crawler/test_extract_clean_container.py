"""A clean container is read as it stands, and Trafilatura would have read the same."""

from datetime import UTC, datetime

import lxml.html
import pytest
from recorded_pages import recorded_snapshot, recordings, snapshot

from crawler import paragraphs
from crawler.declarations import load_sources
from crawler.extract import extract
from crawler.paragraphs import read_paragraphs
from newsroom.articles import load_articles
from newsroom.press import article_page
from newsroom.shelf import Shelf
from storage.models import Revision, Snapshot

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SENTENCE = "Chi bộ được thành lập với năm đảng viên là công nhân của nhà máy, những người gắn bó lâu dài. "


def pages() -> list[tuple[str, Snapshot]]:
    shelf = Shelf(tuple(load_articles(NOW)), NOW, NOW)
    printed = [
        (article.outlet, snapshot(article_page(article, shelf), article.url, fetched_at=NOW))
        for article in shelf.articles
    ]
    return printed + [(folder.parent.name, recorded_snapshot(folder)) for folder in recordings()]


def test_trafilatura_reads_the_same_on_every_page_we_have(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = load_sources()
    known = [(name, page) for name, page in pages() if name in sources]
    as_it_stands = [extract(page, sources[name]) for name, page in known]
    monkeypatch.setattr(paragraphs, "_is_clean", lambda container: False)
    for (name, page), revision in zip(known, as_it_stands, strict=True):
        expected = extract(page, sources[name])
        assert isinstance(revision, Revision)
        assert isinstance(expected, Revision)
        # A name alone at the end: Trafilatura may drop it, and with it the author.
        assert expected.author in (revision.author, None)
        assert expected.model_copy(update={"author": revision.author}) == revision, page.final_url


def called(markup: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether Trafilatura is asked about a container with ``markup``."""
    asked: list[object] = []
    monkeypatch.setattr(paragraphs, "_by_trafilatura", lambda page: asked.append(page) or [])
    read_paragraphs(lxml.html.fragment_fromstring(f"<div>{markup}</div>"), is_container=True)
    return bool(asked)


P = f"<p>{SENTENCE * 2}</p>"


@pytest.mark.parametrize(
    "markup",
    [
        P * 3,
        f"<div>{P * 3}</div>",
        f"{P}<h2>Một đề mục</h2>{P * 2}<div class='ad'> </div>",
        P * 2 + f"<p>{SENTENCE}<b>đậm</b> <i>nghiêng</i> <a href='/x'>một liên kết</a> {SENTENCE}</p>",
    ],
)
def test_clean(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not called(markup, monkeypatch)


@pytest.mark.parametrize(
    "markup",
    [
        P * 2,
        P * 3 + SENTENCE,
        SENTENCE + P * 3,
        P * 3 + f"<div>{SENTENCE}</div>",
        P * 3 + f"<ul><li>{SENTENCE}</li></ul>",
        P * 3 + f"<table><tr><td>{SENTENCE}</td></tr></table>",
        P * 3 + f"<p><a href='/x'>{SENTENCE}</a></p>",
        P * 3 + f"<p><span><div>{SENTENCE}</div></span></p>",
        f"{SENTENCE}<br>{SENTENCE}<br>{SENTENCE}",
    ],
)
def test_not_clean(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert called(markup, monkeypatch)
