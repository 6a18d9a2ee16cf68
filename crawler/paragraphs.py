"""The paragraphs of an article's container, or of a whole page."""

from collections.abc import Iterator
from itertools import islice

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from crawler.markup import LINE_BREAK

_MAX_ELEMENTS = 20_000
"""A root with more is read by ``plain_paragraphs``, whose cost is linear."""
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_INLINE = frozenset({"a", "b", "strong", "em", "i", "u", "span", "sub", "sup", "small", "font", "mark"})
_MIN_CLEAN_PARAGRAPHS = 3
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset"),
        *(
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
        ),
        *("ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_SKIPPED = frozenset(
    {
        *(
            "script",
            "style",
            "noscript",
            "template",
            "svg",
            "math",
            "iframe",
            "object",
            "embed",
            "button",
            "head",
        ),
        *("select", "option", "textarea", "input", "figcaption", "title", "video", "audio", "canvas", "map"),
    }
)
_STOPS = (".", "!", "?", "…", "”", '"', "。")


def read_paragraphs(root: HtmlElement, *, is_container: bool) -> list[str]:
    """The paragraphs of ``root``: of a container all its text, of a whole page the main text.

    Trafilatura reads it, but for a clean container, in which it would find nothing to leave out: see
    ``_is_clean``. A container of which it keeps less than 60% is read plainly: it takes short
    articles and those without paragraphs for boilerplate. A whole page of which it keeps less than
    30% of the long finished sentences gives those instead. ``root`` is used up.
    """
    plain = plain_paragraphs(root)
    if is_container and _is_clean(root):
        return plain
    if not is_container:
        plain = [paragraph for paragraph in plain if len(paragraph) >= 80 and paragraph.endswith(_STOPS)]
    if next(islice(root.iter(), _MAX_ELEMENTS, None), None) is not None:
        return plain
    found = _by_trafilatura(_as_page(root) if is_container else root)
    enough = sum(map(len, plain)) * (0.6 if is_container else 0.3)
    return found if found and sum(map(len, found)) >= enough else plain


def _is_clean(container: HtmlElement) -> bool:
    """Whether ``container`` holds nothing but paragraphs of running text and headings between them.

    All text stands in its own p and heading elements (or in those of the one element around them
    all), these hold nothing but inline elements, and in each more than half of the text is no link.
    Docs, decision 5: there Trafilatura gave the same text on every page that we have.
    """
    while len(container) == 1 and container[0].tag in ("div", "section", "article"):
        if (container.text or "").strip() or (container[0].tail or "").strip():
            return False
        container = container[0]
    paragraphs = 0
    loose = [container.text or ""]
    for child in container:
        loose.append(child.tail or "")
        if child.tag == "p" or child.tag in _HEADINGS:
            if not _is_running_text(child):
                return False
            paragraphs += child.tag == "p"
        elif any(text.strip() for text in child.itertext()):
            return False
    return paragraphs >= _MIN_CLEAN_PARAGRAPHS and not "".join(loose).replace(LINE_BREAK, "").strip()


def _is_running_text(block: HtmlElement) -> bool:
    chars = linked = 0
    for element in block.iter():
        if element is not block and element.tag not in _INLINE:
            return False
        if element.tag == "a":
            linked += len("".join(element.itertext()))
    if linked:
        chars = len("".join(block.itertext()))
    return linked <= chars / 2


def plain_paragraphs(root: HtmlElement) -> list[str]:
    """Every block of text in ``root``, in order, links and all."""
    paragraphs: list[str] = []
    parts: list[str] = []

    def flush() -> None:
        paragraphs.extend(split_lines("".join(parts)))
        parts.clear()

    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start" and element.tag in _SKIPPED:
            walker.skip_subtree()
            continue
        if element.tag in _BLOCKS:
            flush()
        text = element.text if event == "start" else (element.tail if element is not root else None)
        parts.append(text or "")
    flush()
    return paragraphs


def split_lines(text: str) -> list[str]:
    """The paragraphs of a block: two line breaks end one, and a single one does after a sentence."""
    paragraphs: list[str] = []
    line: list[str] = []
    for piece in (" ".join(raw.split()) for raw in text.split(LINE_BREAK)):
        if not piece or (line and line[-1].endswith(_STOPS)):
            paragraphs.append(" ".join(line))
            line = []
        if piece:
            line.append(piece)
    return [paragraph for paragraph in (*paragraphs, " ".join(line)) if paragraph]


def _as_page(container: HtmlElement) -> HtmlElement:
    """``container`` as a page of its own, without the attributes that could speak against it."""
    page = lxml.html.Element("html")
    article = etree.SubElement(etree.SubElement(page, "body"), "article")
    article.text = container.text
    article.extend(list(container))
    return page


def _by_trafilatura(page: HtmlElement) -> list[str]:
    from trafilatura import bare_extraction  # noqa: PLC0415 - 0.3 s, and reading dates needs none of it

    document = bare_extraction(page, include_comments=False, with_metadata=False)
    body = getattr(document, "body", None)
    if body is None:
        return []
    lines = ("".join(map(str, element.itertext())) for element in _leaves(body))
    return [paragraph for line in lines for paragraph in split_lines(line)]


def _leaves(body: etree._Element) -> Iterator[etree._Element]:
    for element in body:
        if element.tag in ("list", "table") or any(child.tag == "p" for child in element):
            yield from _leaves(element)
        else:
            yield element
