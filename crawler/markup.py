"""A page's mark-up: parsed once, cut to the body."""

import re
from collections.abc import Sequence

import lxml.html
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction

from crawler.finder import Finder

LINE_BREAK = "␤"
"""Stands for <br> inside the tree: 200,000 br elements take Trafilatura 37 s, characters nothing."""

_MAX_CHARS = 4_000_000
_MIN_CONTAINER_CHARS = 40

_BREAK = re.compile(r"</?br\b[^<>]{0,300}>", re.I)
_BREAKS = re.compile(rf"{LINE_BREAK}(?:\s*{LINE_BREAK})+")
_SCRIPT_TAG = re.compile(
    r"""<(?P<name>script|style)(?:\s+[^\s<>"'=/]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=`]+))?)*\s*>"""
)
_MAX_SCRIPT_TAG_CHARS = 1000
_MARKUP_IN_SCRIPT = re.compile(r"<(?:[/!]|(?:[pP]|[bB][rR]|[dD][iI][vV]|[iI][mM][gG])\b)")
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0*(?:[1-8]|11|(?P<feed>12)|1[4-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    r"|[xX]0*(?:[1-8bBeEfF]|(?P<hex_feed>[cC])|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
"""Characters that a tree gives and does not take back: moving their text would raise ValueError."""
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


# lxml.html's own look-up asks a Python function about every element that is touched.
_HTML_CLASSES = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)


def parse(html: str, *, keeps_scripts: bool = False) -> HtmlElement | None:
    """The tree of ``html``, or None where it holds no element.

    Line breaks become LINE_BREAK characters. Below libxml2's depth limit a parser loses all text, so
    a page nested deeper is parsed again without its boxes: its text stays, its structure is gone.
    Scripts and styles are empty where that can be told, but for JSON-LD: ``keeps_scripts`` keeps them.
    """
    text = _XML_HEAD.sub("", html[:_MAX_CHARS]).replace(LINE_BREAK, " ").replace("\f", " ")
    if "&#" in text:
        text = _CONTROL_REFERENCE.sub(lambda found: " " if found["feed"] or found["hex_feed"] else "", text)
    if not keeps_scripts:
        text = _without_scripts(text)
    text = _BREAKS.sub(f"{LINE_BREAK} {LINE_BREAK}", _BREAK.sub(f" {LINE_BREAK} ", text))
    if _may_have_long_tag(text):
        text = _LONG_TAG.sub(r"<\1>", text)
    tree, is_too_deep = _parsed(text)
    if is_too_deep:
        text = _BOX_TAG.sub(f" {LINE_BREAK} {LINE_BREAK} ", _LINE_TAG.sub("", _HIDDEN.sub(" ", text)))
        tree, _ = _parsed(text)
    return tree


def _without_scripts(text: str) -> str:
    """``text`` with scripts and styles emptied: a parser takes as long for them as for an article.

    What is cut holds no end tag, edge of a comment, paragraph or line break. So nothing that is read
    can lie in it, even where a script's tag itself stands in a comment or an attribute.
    """
    for name in ("script", "style"):
        parts: list[str] = []
        at = 0
        while (start := text.find(f"<{name}", at)) >= 0:
            begin = text.find(">", start, start + _MAX_SCRIPT_TAG_CHARS) + 1
            end = text.find(f"</{name}", begin) if begin else -1
            if end < 0:
                begin = end = start + 1
            elif not _is_script(text[start:begin], text[begin:end]):
                begin = end
            parts.append(text[at:begin])
            at = end
        text = "".join((*parts, text[at:]))
    return text


def _is_script(tag: str, content: str) -> bool:
    is_whole = _SCRIPT_TAG.fullmatch(tag) is not None and "ld+json" not in tag.lower()
    return is_whole and "-->" not in content and _MARKUP_IN_SCRIPT.search(content) is None


def _may_have_long_tag(text: str) -> bool:
    """Whether a piece between two "<" is long; to look for its start at two places of each is cheap."""
    half = _MAX_TAG_CHARS // 2
    if all(text.find("<", at, at + half) >= 0 for at in range(0, len(text) - half, half)):
        return False
    return max(map(len, text.split("<"))) > _MAX_TAG_CHARS


def _parsed(text: str) -> tuple[HtmlElement | None, bool]:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_HTML_CLASSES)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", errors="ignore"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        tree = None
    return tree, any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def find_body(finder: Finder, selectors: Sequence[str]) -> HtmlElement | None:
    """The container of the article: of the first selector that finds text, the element with most."""
    for selector in selectors:
        outermost = _outermost(list(finder.select((selector,))))
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
