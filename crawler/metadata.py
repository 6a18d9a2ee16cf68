"""What a page says about its article beside the text: the witnesses for title, lead and author."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.clean import first_url, is_sentence, key_of, signed_by, strip_dateline, strip_end_mark, tidy
from crawler.finder import Finder
from crawler.markup import element_text, text_up_to
from crawler.source import Source

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report)$")
_PAIR = re.compile(r'"(headline|datePublished|description|@type)"\s*:\s*"((?:[^"\\]|\\.){1,2000})"')
_MAX_NODES = 2000
_MAX_ORIGINALS = 20
"""So many elements that begin with "Source:" are asked for an address."""
_SHORT_TEXTS = "descendant::text()[string-length() < 1000]"
_MIN_LEAD_CHARS = 50
_AUTHOR_WORDS = re.compile(
    r"^(?:tác giả|người viết|by|par|author|auteur|bài và ảnh|tin, ảnh)\s*[:：]?\s+", re.I
)


@dataclass(frozen=True)
class Page:
    """A parsed page with what its head says."""

    tree: HtmlElement
    finder: Finder
    """Of ``tree``."""
    html: str
    """What ``tree`` was parsed from."""
    url: str
    source: Source
    metas: dict[str, str] = field(default_factory=dict)
    """By lower-case name, property or itemprop; the first of each."""
    linked_data: dict[str, Any] = field(default_factory=dict)
    """The JSON-LD node of the article, empty where there is none."""

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The keys of the outlet's names, which are neither a title nor an author."""
        host = _host_of(self.url).removeprefix("www.")
        name = self.source.name
        names = (name, name.split("(")[0], self.metas.get("og:site_name", ""), host, host.rpartition(".")[0])
        return frozenset(key for name in names if (key := key_of(name)))


def read_head(tree: HtmlElement, html: str, url: str, source: Source) -> Page:
    """The Page of ``tree``, parsed from ``html``: its meta elements and the article among its JSON-LD."""
    metas: dict[str, str] = {}
    scripts: list[str] = []
    for element in tree.iter("meta", "script"):
        if element.tag == "script":
            if "ld+json" in (element.get("type") or "").lower() and (written := element.text):
                scripts.append(written)
            continue
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if name and element.get("content"):
            metas.setdefault(name.strip().lower(), element.get("content", ""))
    return Page(tree, Finder(tree), html, url, source, metas, _article_node(scripts))


def title_of(page: Page) -> str | None:
    """The title by the declaration's selectors, JSON-LD, og:title, the first h1, or the title element."""
    for text in _titles(page):
        title = tidy(text)
        if title and key_of(title) not in page.own_names:
            return title
    return None


def shown_lead_of(page: Page) -> str:
    """The lead where the declaration's selectors find one, "" otherwise."""
    leads = (clean_lead(element_text(element)) for element in page.finder.select(page.source.hints.lead))
    return next((lead for lead in leads if lead), "")


def described_lead_of(page: Page, paragraphs: tuple[str, ...]) -> str:
    """The description of JSON-LD or og:description where it is a lead, "" otherwise.

    It is one only as a finished sentence about this article that the body does not open with: many
    outlets fill it with the cut first paragraph or with their slogan.
    """
    for text in (_text(page.linked_data.get("description")), page.metas.get("og:description", "")):
        lead = clean_lead(html.unescape(text))
        if _is_lead(lead, paragraphs, page):
            return lead
    return ""


def clean_lead(text: str) -> str:
    """``text`` on one line without dateline and end mark."""
    return strip_end_mark(strip_dateline(tidy(text)))


def author_of(page: Page, byline: str | None) -> str | None:
    """The author by selector, JSON-LD, meta or the byline at the end; never the outlet's own name."""
    for text in _authors(page, byline):
        author = _AUTHOR_WORDS.sub("", signed_by(tidy(text))).strip(" ,;|-–—")
        is_name = 2 <= len(author) <= 80 and first_url(author) is None and "@" not in author
        if is_name and any(map(str.isalpha, author)) and key_of(author) not in page.own_names:
            return author
    return None


def original_of(page: Page) -> str | None:
    """The address that a re-host names after "Source:", where it is on another host."""
    starts = tuple(start.casefold() for start in page.source.hints.original)
    if not starts:
        return None
    for element in islice(_beginning_with(starts, page.tree), _MAX_ORIGINALS):
        for url in _addresses_near(element):
            host = _host_of(url)
            if host and host not in page.source.hosts:
                return url
    return None


def _beginning_with(starts: tuple[str, ...], tree: HtmlElement) -> Iterator[HtmlElement]:
    """The elements whose text begins with one of ``starts``; text nodes cost less than elements."""
    for text in cast(list[Any], _texts_like(starts)(tree)):
        if text.strip().casefold().startswith(starts) and text.is_text:
            yield text.getparent()


@lru_cache(maxsize=64)
def _texts_like(starts: tuple[str, ...]) -> etree.XPath:
    """Finds the text nodes that may begin with one of ``starts``: with a colon where all of them have one."""
    has_colon = all(":" in start for start in starts)
    return etree.XPath(_SHORT_TEXTS + "[contains(., ':')]" * has_colon)


def address_parts(url: str) -> SplitResult:
    """The parts of ``url``, all empty where it is no address, as ``http://[x/`` is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _host_of(url: str) -> str:
    return (address_parts(url).hostname or "").lower()


def says_article(page: Page) -> bool:
    """Whether the page calls itself an article."""
    return bool(page.linked_data) or page.metas.get("og:type", "").lower() == "article"


def _titles(page: Page) -> Iterator[str]:
    yield from (element_text(element) for element in page.finder.select(page.source.hints.title))
    headline = html.unescape(_text(page.linked_data.get("headline")))
    if headline and not headline.endswith(("...", "…")):
        yield headline
    yield _without_site(page.metas.get("og:title", ""), page)
    yield from (element_text(element) for element in page.tree.iter("h1"))
    yield from (_without_site(element_text(element), page) for element in page.tree.iter("title"))
    yield _text(page.linked_data.get("name"))


def _without_site(title: str, page: Page) -> str:
    """``title`` without " - Báo Mẫu Online": a last part that shares its name with the outlet."""
    head, separator, tail = re.sub(r"\s+(?:[|–—-]|::|»)\s+", " | ", tidy(title)).rpartition(" | ")
    names = page.own_names
    is_site = any(name in key_of(tail) or key_of(tail) in name for name in names) if key_of(tail) else False
    return head if separator and is_site else tidy(title)


def _is_lead(lead: str, paragraphs: tuple[str, ...], page: Page) -> bool:
    key = key_of(lead)
    if len(lead) < _MIN_LEAD_CHARS or not is_sentence(lead) or lead.endswith(("...", "…")):
        return False
    if any(key in key_of(paragraph) for paragraph in paragraphs[:3]):
        return False
    return _shared_words(lead, " ".join((page.metas.get("og:title", ""), *paragraphs))) > 0.5


def _shared_words(lead: str, article: str) -> float:
    words = [word for word in re.findall(r"\w+", lead.lower()) if len(word) > 2]
    known = set(re.findall(r"\w+", article.lower()))
    return sum(word in known for word in words) / len(words) if words else 0.0


def _authors(page: Page, byline: str | None) -> Iterator[str]:
    yield from (element_text(element) for element in page.finder.select(page.source.hints.author))
    authors = page.linked_data.get("author")
    for author in authors if isinstance(authors, list) else [authors]:
        if not isinstance(author, dict):
            yield _text(author)
        elif author.get("@type") != "Organization":
            yield _text(author.get("name"))
    yield byline or ""
    yield page.metas.get("article:author", "")
    yield page.metas.get("author", "")


def _addresses_near(element: HtmlElement) -> Iterator[str]:
    parent = element.getparent()
    for near in (element, element.getnext(), parent):
        if near is None or not isinstance(near.tag, str):
            continue
        for link in islice(near.iter("a"), 10):
            yield first_url(link.get("href", "")) or ""
        yield first_url(text_up_to(near, 999) or "") or ""
    yield first_url(element.tail or "") or ""


def _article_node(scripts: list[str]) -> dict[str, Any]:
    for written in scripts:
        for node in _nodes(_loaded(written)):
            types = node.get("@type")
            names = types if isinstance(types, list) else [types]
            if any(isinstance(name, str) and _ARTICLE_TYPE.search(name) for name in names):
                return node
    return {}


def _loaded(written: str) -> Any:
    """The value of a JSON-LD script; of one that is no JSON, the pairs that can be read from it."""
    try:
        return json.loads(written.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        pairs: dict[str, str] = {}
        for name, text in _PAIR.findall(written[:100_000]):
            if name != "@type" or _ARTICLE_TYPE.search(text):
                pairs.setdefault(name, text.replace('\\"', '"').replace("\\/", "/"))
        return pairs


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within ``value``, nearest first: lists, @graph, mainEntity and the like."""
    waiting = [value]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, dict):
            yield node
            waiting.extend(child for child in node.values() if isinstance(child, dict | list))
        elif isinstance(node, list):
            waiting.extend(child for child in node[:100] if isinstance(child, dict | list))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
