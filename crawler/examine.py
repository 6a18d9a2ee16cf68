"""An article's page against its source's declaration: which hint found what, and what would. Pure.

``crawler.extract`` reads the article; this says by which witness each field came out, and for a
field that did not, which element of the page holds it. Fit for a worker process under a time limit.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from crawler.clean import key_of
from crawler.dates import FORMATS, parse_date
from crawler.encoding import decode
from crawler.extract import extract
from crawler.finder import Finder
from crawler.markup import element_text, find_body, parse
from crawler.metadata import Page, clean_lead, read_head
from crawler.source import Source
from storage.models import Rejection, Revision, Snapshot

SELECTED = ("title", "lead", "body", "author", "time", "drop")
"""Hints that are selectors of an article's page."""

_PARAGRAPH_CHARS = 60
_BLOCK_CHARS = 200
_ELSEWHERE = frozenset({"nav", "aside", "footer", "form", "script", "style", "noscript", "template", "head"})
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]*[A-Za-z]")
"""An id or class that a person gave: one with digits is likely made anew for each page."""
_DATE_CHARS = 80
_VISIBLE_FORMATS = tuple(name for name in FORMATS if name not in ("iso", "rfc822", "epoch", "us", "dmy"))
_MAX_ELEMENTS = 20_000


@dataclass(frozen=True)
class Examination:
    """One page."""

    outcome: Revision | Rejection
    witnesses: dict[str, str] = field(default_factory=dict)
    """By field: ``lead .sapo`` for a selector, else json-ld, og:title and the like."""
    matched: dict[str, dict[str, int]] = field(default_factory=dict)
    """By hint and selector: how many elements it found."""
    suggested: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By hint: a selector, or a date format, that would find what no hint found."""


def examine(snapshot: Snapshot, source: Source) -> Examination:
    """Read the page as always, then look at why it came out as it did."""
    outcome = extract(snapshot, source)
    content_type = next((value for key, value in snapshot.headers if key.lower() == "content-type"), None)
    text = decode(snapshot.body, content_type)
    tree = parse(text) if text and text.strip() else None
    if text is None or tree is None:
        return Examination(outcome)
    page = read_head(tree, text, snapshot.final_url, source)
    return Examination(outcome, _witnesses(page, outcome), _matched(page), _suggested(page, outcome))


def selector_for(element: HtmlElement, finder: Finder, most: int = 1) -> str | None:
    """A short selector that finds ``element`` and at most ``most`` elements in all, or None.

    By id, itemprop, one class, then two classes; names with digits are not taken.
    """
    name = element.get("id", "")
    if _NAME.fullmatch(name):
        return f"#{name}"
    names = [cls for cls in element.get("class", "").split() if _NAME.fullmatch(cls)]
    candidates = [f".{cls}" for cls in names]
    candidates += [f"{element.tag}.{cls}" for cls in names]
    candidates += [f".{one}.{two}" for place, one in enumerate(names) for two in names[place + 1 :]]
    if _NAME.fullmatch(element.get("itemprop", "")):
        candidates.insert(0, f"[itemprop={element.get('itemprop')}]")
    return next((each for each in candidates if len(list(finder.select((each,)))) <= most), None)


def densest(tree: HtmlElement) -> HtmlElement | None:
    """The element that holds the most running text outside links, or None on a page without any.

    Each long paragraph counts for its parent, and half for the parent's parent: the method of
    Readability (Arc90, 2009).
    """
    scores: Counter[HtmlElement] = Counter()
    for element in _elements(tree):
        chars = _own_chars(element)
        parent = element.getparent()
        if element.tag == "p" and chars >= _PARAGRAPH_CHARS and parent is not None:
            scores[parent] += 2 * chars
            if parent.getparent() is not None:
                scores[parent.getparent()] += chars
        elif element.tag in ("div", "td", "section", "article") and chars >= _BLOCK_CHARS:
            scores[element] += 2 * chars
    return max(scores, key=lambda element: scores[element], default=None)


def _elements(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Elements of the page's content, at most _MAX_ELEMENTS; menus, asides and forms left out."""
    waiting, seen = [tree], 0
    while waiting and seen < _MAX_ELEMENTS:
        element = waiting.pop()
        if not isinstance(element.tag, str) or element.tag in _ELSEWHERE:
            continue
        seen += 1
        yield element
        waiting.extend(reversed(element))


def _own_chars(element: HtmlElement) -> int:
    """Characters of a paragraph without its links; of a box, of the text that stands in it directly."""
    if element.tag == "p":
        return len(element_text(element)) - sum(len(element_text(link)) for link in element.iter("a"))
    own = [element.text or "", *(child.tail or "" for child in element)]
    return len(" ".join(" ".join(own).split()))


# ---- witnesses


def _witnesses(page: Page, outcome: Revision | Rejection) -> dict[str, str]:
    body = _body_selector(page)
    if isinstance(outcome, Rejection):
        return {"text": body} if body else {}
    found = {
        "title": _first_saying(outcome.title, _titles(page)),
        "lead": _first_saying(outcome.lead, _leads(page)),
        "text": body or "the whole page",
        "author": _first_saying(outcome.author or "", _authors(page)) or "the text" * bool(outcome.author),
        "published_at": outcome.published_from or "",
        "language": "the text" if len(page.source.languages) > 1 else "declared",
    }
    return {name: witness for name, witness in found.items() if witness}


def _first_saying(value: str, said: Iterator[tuple[str, str]]) -> str:
    wanted = key_of(value)
    if not wanted:
        return ""
    return next((witness for witness, text in said if wanted in key_of(text)), "")


def _titles(page: Page) -> Iterator[tuple[str, str]]:
    yield from _selected(page, page.source.hints.title)
    yield "json-ld", html.unescape(_string(page.linked_data.get("headline")))
    yield "og:title", page.metas.get("og:title", "")
    yield from (("h1", element_text(element)) for element in page.tree.iter("h1"))
    yield from (("title", element_text(element)) for element in page.tree.iter("title"))


def _leads(page: Page) -> Iterator[tuple[str, str]]:
    yield from _selected(page, page.source.hints.lead)
    yield from _descriptions(page)


def _authors(page: Page) -> Iterator[tuple[str, str]]:
    yield from _selected(page, page.source.hints.author)
    authors = page.linked_data.get("author")
    for author in authors if isinstance(authors, list) else [authors]:
        yield "json-ld", _string(author.get("name")) if isinstance(author, dict) else _string(author)
    yield from (("meta", page.metas.get(name, "")) for name in ("article:author", "author"))


def _selected(page: Page, selectors: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for selector in selectors:
        for element in page.finder.select((selector,)):
            yield selector, element_text(element)


def _descriptions(page: Page) -> Iterator[tuple[str, str]]:
    yield "json-ld", html.unescape(_string(page.linked_data.get("description")))
    yield "og:description", page.metas.get("og:description", "")
    yield "description", page.metas.get("description", "")


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _body_selector(page: Page) -> str:
    return next((each for each in page.source.hints.body if _body(page, (each,)) is not None), "")


def _body(page: Page, selectors: tuple[str, ...]) -> HtmlElement | None:
    return find_body(page.finder, selectors)


def _matched(page: Page) -> dict[str, dict[str, int]]:
    return {
        hint: {each: len(list(page.finder.select((each,)))) for each in selectors}
        for hint in SELECTED
        if (selectors := getattr(page.source.hints, hint))
    }


# ---- suggestions


def _suggested(page: Page, outcome: Revision | Rejection) -> dict[str, tuple[str, ...]]:
    found = {"body": _suggested_body(page)}
    if isinstance(outcome, Revision):
        container = _body(page, page.source.hints.body)
        container = densest(page.tree) if container is None else container
        if not outcome.lead:
            found["lead"] = _suggested_lead(page, container)
        if outcome.published_at is None or outcome.published_from == "htmldate":
            found["time"], found["date_formats"] = _suggested_time(page, container)
    return {hint: selectors for hint, selectors in found.items() if selectors}


def _suggested_body(page: Page) -> tuple[str, ...]:
    """The densest element, where no hint finds a body or what it finds holds less than half as much."""
    best = densest(page.tree)
    declared = _body(page, page.source.hints.body)
    if best is None:
        return ()
    chars = len(element_text(best))
    if declared is not None:
        is_within = best is declared or declared in best.iterancestors()
        if is_within or chars < 2 * len(element_text(declared)):
            return ()
    element: HtmlElement | None = best
    while element is not None and len(element_text(element)) <= 1.3 * chars:
        if selector := selector_for(element, page.finder, most=3):
            return (selector,)
        element = element.getparent()
    return ()


def _suggested_lead(page: Page, container: HtmlElement | None) -> tuple[str, ...]:
    """An element outside the body that says what the page's description says."""
    told = {key_of(clean_lead(text)) for _, text in _descriptions(page) if len(text) >= _PARAGRAPH_CHARS}
    for element in _elements(page.tree):
        if container is not None and (element is container or container in element.iterancestors()):
            continue
        is_leaf = len(element) <= 3 and element.tag not in ("html", "body", "title", "h1")
        if is_leaf and told and key_of(clean_lead(element_text(element))) in told:
            selector = selector_for(element, page.finder)
            if selector:
                return (selector,)
    return ()


def _suggested_time(page: Page, container: HtmlElement | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The first short element outside the body that states a date and a time of day."""
    for element in _elements(page.tree):
        inside = container is not None and (element is container or container in element.iterancestors())
        text = element_text(element) if not inside and len(element) <= 3 else ""
        if not 8 <= len(text) <= _DATE_CHARS or not re.search(r"\d[:hg]\d\d", text):
            continue
        for name in _VISIBLE_FORMATS:
            if parse_date(text, (name,)) is not None and (selector := selector_for(element, page.finder)):
                return (selector,), (name,)
    return (), ()
