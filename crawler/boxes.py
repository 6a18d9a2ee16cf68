"""What stands among an article's paragraphs: boxes of links, pictures, cards for other stories."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from crawler.markup import LINE_BREAK, element_text, text_up_to

_NEVER_TEXT = (
    *("script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "button", "select"),
    *("textarea", "input", "video", "audio", "figcaption", "canvas", "dialog"),
)
_HIDDEN = etree.XPath("descendant-or-self::*[@hidden or @aria-hidden = 'true']")
_BOX_NAMES = (
    *("related", "relate-", "-relate", "lien-quan", "lienquan", "cung-chuyen-muc", "doc-them", "see-more"),
    *("comment", "binh-luan", "chia-se", "social-", "share-", "breadcrumb", "adsWeb_", "quang-cao"),
)
"""Related stories, comments, share bars and advertisements, by the names that outlets give them."""
_HAS_BOX_NAME = " or ".join(f"contains(., '{name}')" for name in _BOX_NAMES)
_BOXES = etree.XPath(
    "descendant-or-self::*[self::nav or self::aside or self::footer"
    f" or @class[{_HAS_BOX_NAME}] or @id[{_HAS_BOX_NAME}]]"
)
_MAX_PICTURES = 500
"""Captions are looked for below so many pictures; an article has fewer."""
_MAX_LINKS = 5000
"""Cards are looked for at so many links; a page of cards shows itself in fewer."""
_CENTRED = re.compile(r"text-align\s*:\s*center", re.I)


def drop_boxes(root: HtmlElement, named: Iterable[HtmlElement]) -> None:
    """Remove what the declaration ``named``, what is never text, boxes of links, pictures with captions.

    A box named by convention only ("related") stays where it holds half of the text of ``root``.
    """
    for element in (*named, *root.iter(*_NEVER_TEXT), *_elements(_HIDDEN(root))):
        _remove(element, root)
    boxes = _elements(_BOXES(root))
    if boxes:
        chars = _chars_of(root, boxes)
        for element in boxes:
            if chars[element] <= chars[root] / 2:
                _remove(element, root)
    _drop_pictures(root)


def _elements(found: object) -> list[HtmlElement]:
    return cast(list[HtmlElement], found)


def _chars_of(root: HtmlElement, elements: list[HtmlElement]) -> dict[HtmlElement, int]:
    """Characters of text in ``root`` and in each of ``elements`` within it; one walk, however nested."""
    wanted = {root, *elements}
    begun: dict[HtmlElement, int] = {}
    chars: dict[HtmlElement, int] = {}
    total = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if element in wanted:
                begun[element] = total
            total += len((element.text or "").strip())
        else:
            if element in wanted:
                chars[element] = total - begun[element]
            total += len((element.tail or "").strip())
    return chars


def _drop_pictures(root: HtmlElement) -> None:
    """A figure or a small table around a picture, and the centred line below a picture, are captions."""
    for picture in list(islice(root.iter("img"), _MAX_PICTURES)):
        for ancestor in picture.iterancestors("figure", "table"):
            if text_up_to(ancestor, 599 if ancestor.tag == "figure" else 299) is not None:
                _remove(ancestor, root)
                break
        else:
            _drop_line_below(picture, root)


def _drop_line_below(picture: HtmlElement, root: HtmlElement) -> None:
    alone = picture
    while (parent := alone.getparent()) is not None and parent is not root and text_up_to(parent, 0) == "":
        alone = parent
    below = None if (alone.tail or "").strip(f"{LINE_BREAK} \n\t") else alone.getnext()
    if below is None or below.tag not in ("p", "div", "center", "em", "i"):
        return
    text = text_up_to(below, 299)
    if not text:
        return
    emphasised = sum(len(element_text(part)) for part in (below, *below) if part.tag in ("em", "i"))
    is_set_apart = (
        _CENTRED.search(below.get("style", "")) or below.get("align") == "center" or emphasised >= len(text)
    )
    if is_set_apart or "caption" in below.get("class", "").lower():
        _remove(below, root)


def _remove(element: HtmlElement, root: HtmlElement) -> None:
    if element is not root and element.getparent() is not None:
        element.drop_tree()


def card_texts(tree: HtmlElement) -> set[str]:
    """The texts of cards for other stories: each headline that is a link, and the teaser below it."""
    texts: set[str] = set()
    for link in islice(tree.iter("a"), _MAX_LINKS):
        headline = text_up_to(link, 500) or ""
        if len(headline) > 20:
            texts.add(headline)
            texts.update(_teasers_below(link, len(headline)))
    return texts


def _teasers_below(link: HtmlElement, chars: int) -> Iterator[str]:
    """The two elements below the block that ``link`` fills, where the card is their parent.

    A parent of many children is no card but a list or the article itself.
    """
    block = link
    for parent in islice(link.iterancestors(), 4):
        if len(parent) > 6:
            return
        if sum(map(len, islice(parent.itertext(), 20))) > 1.5 * chars + 20:
            yield from (text_up_to(below, 1000) or "" for below in islice(block.itersiblings(), 2))
            return
        block = parent
