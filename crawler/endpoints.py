"""JSON "load more" endpoints -> Links. Pure; fit for hostile input in a worker process."""

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from crawler.reading import Link, ListingProblem, Reading
from crawler.sections import read_section

MAX_ITEMS = 2000

_MAX_NODES = 50_000
_MAX_PIECES = 500
_LINK = re.compile(r"<a\s", re.IGNORECASE)
_URL = frozenset({"url", "link", "href", "permalink", "shareurl", "detailurl", "linkdetail", "newsurl"})
_TITLE = frozenset({"title", "name", "headline", "newstitle"})
_PUBLISHED = frozenset(
    {"date", "published", "publishedat", "publishdate", "publisheddate", "pubdate", "publishtime"}
)
_MODIFIED = frozenset({"updatetime", "updated", "updatedat", "modified", "modifieddate", "lastmod"})
_ERROR_CODES = ("error_code", "errorcode")
_ASP_DATE = re.compile(r"^/Date\((\d{9,13})(?:[+-]\d{4})?\)/$")


def is_json(body: bytes) -> bool:
    """Whether ``body`` begins as JSON does: no page, feed or sitemap opens with a bracket."""
    return body.lstrip()[:1] in (b"{", b"[")


def read_endpoint(body: bytes, base: str) -> Reading:
    """The items in a JSON answer, in their order, at most MAX_ITEMS; addresses joined to ``base``.

    An object with an address is an item, and a text with links in it is a piece of a section page:
    that is what the endpoints of different systems have in common. An error code other than 0 is
    REFUSED, which beyond the first page only says that the list has ended.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Reading(problem=ListingProblem.UNREADABLE)
    if isinstance(value, dict) and any(value.get(name) not in (None, 0, "0", "") for name in _ERROR_CODES):
        return Reading(problem=ListingProblem.REFUSED)
    links: list[Link] = []
    pieces = 0
    for node in _nodes(value):
        if isinstance(node, dict):
            links += _item(node)
        elif _LINK.search(node) and pieces < _MAX_PIECES:
            pieces += 1
            links += read_section(node.encode("utf-8", "replace"), "text/html; charset=utf-8", base).links
        if len(links) >= MAX_ITEMS:
            break
    if not links:
        return Reading(problem=ListingProblem.EMPTY)
    return Reading(tuple(links[:MAX_ITEMS]), is_partial=len(links) >= MAX_ITEMS)


def _nodes(value: Any) -> Iterator[dict[str, Any] | str]:
    """Every object and text within ``value``; the items of one list stay in their order."""
    waiting = deque([value])
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str):
            yield node


def _item(node: dict[str, Any]) -> list[Link]:
    fields = {name.lower().replace("_", ""): value for name, value in node.items()}
    url, title = _first(fields, _URL), _first(fields, _TITLE)
    return [Link(url, title, _first(fields, _PUBLISHED), _first(fields, _MODIFIED))] if url else []


def _first(fields: dict[str, Any], names: frozenset[str]) -> str:
    """The first text or number among the fields with one of ``names``; numbers are epoch seconds."""
    for name, value in fields.items():
        if name not in names or isinstance(value, bool):
            continue
        if isinstance(value, int) and 0 < value < 10**14:
            return str(value)
        if isinstance(value, str) and value.strip():
            return _ASP_DATE.sub(r"\1", value.strip())
    return ""
