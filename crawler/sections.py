"""Section pages -> Links. Pure; fit for hostile input in a worker process."""

from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

from lxml import etree
from lxml.cssselect import CSSSelector

from crawler.documents import parse_page, text_of
from crawler.reading import Link, ListingProblem, Reading

MAX_LINKS = 5000

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def read_section(body: bytes, content_type: str | None, url: str, selectors: Sequence[str] = ()) -> Reading:
    """The links of a section page in their order, at most MAX_LINKS, addresses joined to its base.

    ``selectors`` choose links, or elements with links in them; without any, every link counts.
    """
    page = parse_page(body, content_type)
    if page is None:
        return Reading(problem=ListingProblem.UNREADABLE)
    base = _base(page, url)
    anchors = list(_chosen(page, selectors) if selectors else page.iter("a"))
    links = [
        Link(_joined(base, anchor.get("href", "")), _title(anchor))
        for anchor in anchors[:MAX_LINKS]
        if anchor.get("href")
    ]
    return Reading(tuple(links), is_partial=len(anchors) > MAX_LINKS)


def _chosen(page: etree._Element, selectors: Sequence[str]) -> Iterator[etree._Element]:
    for selector in selectors:
        found = CSSSelector(selector, translator="html")(page)
        for element in found if isinstance(found, list) else ():
            if isinstance(element, etree._Element):
                yield from [element] if element.tag == "a" else element.iter("a")


def _base(page: etree._Element, url: str) -> str:
    declared = next((element.get("href", "") for element in page.iter("base") if element.get("href")), "")
    return _joined(url, declared) or url


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return ""


def _title(anchor: etree._Element) -> str:
    """The heading in the link, its text, its title or its picture's description: the first there is."""
    for heading in anchor.iter(*_HEADINGS):
        if text := _text(heading):
            return text
    pictures = (image.get("alt", "").strip() for image in anchor.iter("img"))
    return _text(anchor) or anchor.get("title", "").strip() or next(filter(None, pictures), "")


def _text(element: etree._Element) -> str:
    return " ".join(text_of(element).split())
