"""A page's mark-up: parsed once, asked by selectors, cut to the body."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import cast

import lxml.html
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

LINE_BREAK = "␤"
"""Stands for <br> inside the tree: 200,000 br elements take Trafilatura 37 s, characters nothing."""

_MAX_CHARS = 4_000_000
_MIN_CONTAINER_CHARS = 40

_BREAK = re.compile(r"</?br\b[^<>]{0,300}>", re.I)
_BREAKS = re.compile(rf"{LINE_BREAK}(?:\s*{LINE_BREAK})+")
_MAX_TAG_CHARS = 20_000
_LONG_TAG = re.compile(rf"<([a-z][a-z0-9]*)[^<>]{{{_MAX_TAG_CHARS},}}>", re.I)
"""Parsing is quadratic in the attributes of one tag: 50,000 take ten seconds."""
_XML_HEAD = re.compile(r"^\s*<\?xml[^>]{0,200}\?>", re.I)
_HIDDEN = re.compile(r"<(script|style|noscript|template)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_LINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|em|font|i|ins|small|span|strong|sub|sup|tt|u)\b[^<>]{0,2000}>", re.I
)
_BOX_TAG = re.compile(
    r"</?(?:article|aside|blockquote|center|dd|div|dl|dt|fieldset|figure|footer|form|header|li|main|nav|ol|section"
    r"|table|tbody|td|th|thead|tr|ul)\b[^<>]{0,2000}>",
    re.I,
)

_CLASSES = etree.XPath("//@class", smart_strings=False)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_CLASS = re.compile(r"\.([\w-]+)")


def parse(html: str) -> HtmlElement | None:
    """The tree of ``html``, or None where it holds no element.

    Line breaks become LINE_BREAK characters. Below libxml2's depth limit a parser loses all text, so
    a page nested deeper is parsed again without its boxes: its text stays, its structure is gone.
    """
    text = _XML_HEAD.sub("", html[:_MAX_CHARS]).replace(LINE_BREAK, " ")
    text = _BREAKS.sub(f"{LINE_BREAK} {LINE_BREAK}", _BREAK.sub(f" {LINE_BREAK} ", text))
    if max(map(len, text.split("<"))) > _MAX_TAG_CHARS:
        text = _LONG_TAG.sub(r"<\1>", text)
    tree, is_too_deep = _parsed(text)
    if is_too_deep:
        text = _BOX_TAG.sub(f" {LINE_BREAK} {LINE_BREAK} ", _LINE_TAG.sub("", _HIDDEN.sub(" ", text)))
        tree, _ = _parsed(text)
    return tree


def _parsed(text: str) -> tuple[HtmlElement | None, bool]:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", errors="ignore"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        tree = None
    return tree, any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def class_names(tree: HtmlElement) -> frozenset[str]:
    """Every class that an element of ``tree`` has."""
    return frozenset(" ".join(cast(list[str], _CLASSES(tree))).split())


def select(
    tree: HtmlElement, selectors: Sequence[str], names: frozenset[str] | None = None
) -> Iterator[HtmlElement]:
    """Elements of ``tree`` that match the first selector, then those of the second, and so on.

    ``names`` are the ``class_names`` of the tree where they are known: a selector that needs another
    class is not tried. Most declared selectors are of layouts that a page does not have.
    """
    for selector in selectors:
        if names is None or names.issuperset(_classes_in(selector)):
            yield from matches(_compiled(selector), tree)


@lru_cache(maxsize=512)
def _classes_in(selector: str) -> frozenset[str]:
    """The classes without which ``selector`` matches nothing; none where alternatives make that unclear."""
    plain = _BRACKETS.sub("", selector)
    return frozenset() if re.search(r"[,:()\\]", plain) else frozenset(_CLASS.findall(plain))


def matches(selector: CSSSelector, tree: HtmlElement) -> list[HtmlElement]:
    """Elements of ``tree`` that a compiled ``selector`` finds, in document order."""
    return cast(list[HtmlElement], selector(tree))


@lru_cache(maxsize=512)
def _compiled(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")


def find_body(
    tree: HtmlElement, selectors: Sequence[str], names: frozenset[str] | None = None
) -> HtmlElement | None:
    """The container of the article: of the first selector that finds text, the element with most."""
    for selector in selectors:
        outermost = _outermost(list(select(tree, (selector,), names)))
        sized = [(len(element_text(element)), element) for element in outermost]
        chars, element = max(sized, key=lambda pair: pair[0], default=(0, None))
        if element is not None and chars >= _MIN_CONTAINER_CHARS:
            return element
    return None


def _outermost(elements: list[HtmlElement]) -> list[HtmlElement]:
    """``elements`` (in document order) without those inside another one, which cannot hold more text."""
    if len(elements) < 2:
        return elements
    outermost: set[HtmlElement] = set()
    for element in elements:
        if outermost.isdisjoint(element.iterancestors()):
            outermost.add(element)
    return [element for element in elements if element in outermost]


def text_up_to(element: HtmlElement, limit: int) -> str | None:
    """``element_text``, or None where it is longer than ``limit`` characters; never reads much more."""
    parts: list[str] = []
    chars = 0
    for part in element.itertext():
        chars += len(part.replace(LINE_BREAK, "").strip())
        if chars > limit:
            return None
        parts.append(part)
    text = " ".join("".join(parts).replace(LINE_BREAK, " ").split())
    return text if len(text) <= limit else None


def element_text(element: HtmlElement) -> str:
    """The text of ``element`` with single spaces, marks of line breaks left out."""
    return " ".join("".join(element.itertext()).replace(LINE_BREAK, " ").split())
