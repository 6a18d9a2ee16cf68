"""Sitemaps and news sitemaps -> Links. Pure; fit for hostile input in a worker process."""

from io import BytesIO

from lxml import etree

from crawler.documents import tag_of, text_of
from crawler.reading import Link, ListingProblem, Reading

MAX_ADDRESSES = 50_000
"""The protocol's own limit."""


def read_sitemap(body: bytes) -> Reading:
    """The addresses of a ``urlset``, at most MAX_ADDRESSES; titles and times where it is a news sitemap.

    Memory stays flat however long the file is. Broken markup gives what can be told from it.
    """
    links: list[Link] = []
    elements = etree.iterparse(
        BytesIO(body),
        tag="{*}url",
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_sound = True
    try:
        for _, element in elements:
            links.append(_link(element))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if len(links) == MAX_ADDRESSES:
                break
        is_sound = len(elements.error_log) == 0
    except (etree.LxmlError, UnicodeError):
        is_sound = False
    if not links:
        return Reading(problem=ListingProblem.EMPTY if is_sound else ListingProblem.UNREADABLE)
    return Reading(tuple(links), is_partial=not is_sound or len(links) == MAX_ADDRESSES)


def _link(element: etree._Element) -> Link:
    fields = _texts(element)
    news = next((child for child in element.iterchildren("*") if tag_of(child)[1] == "news"), None)
    about = {} if news is None else _texts(news)
    return Link(
        fields.get("loc", ""),
        about.get("title", ""),
        about.get("publication_date", ""),
        fields.get("lastmod", ""),
    )


def _texts(element: etree._Element) -> dict[str, str]:
    """Text of each child by local name."""
    return {tag_of(child)[1]: text_of(child) for child in element.iterchildren("*")}
