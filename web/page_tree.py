"""An archived page as a tree: what is in it is counted, and what could run or fetch is taken out."""

from dataclasses import dataclass

from lxml import etree, html
from lxml_html_clean import Cleaner

_CLEANER = Cleaner(
    scripts=True,
    javascript=True,
    comments=True,
    style=False,
    links=True,
    meta=True,
    page_structure=False,
    processing_instructions=True,
    embedded=True,
    frames=True,
    forms=True,
    annoying_tags=True,
    remove_unknown_tags=False,
    safe_attrs_only=True,
    safe_attrs=frozenset(
        {
            "class",
            "style",
            "lang",
            "dir",
            "colspan",
            "rowspan",
            "scope",
            "datetime",
            "alt",
            "align",
            "valign",
            "width",
        }
    ),
    kill_tags=frozenset(
        {
            "noscript",
            "picture",
            "source",
            "video",
            "audio",
            "track",
            "svg",
            "canvas",
            "img",
            "template",
            "base",
            "math",
        }
    ),
)


@dataclass(frozen=True)
class PageTree:
    """A page that was parsed."""

    root: html.HtmlElement

    def count(self, path: str) -> int:
        """How many nodes the XPath ``path`` finds."""
        found = self.root.xpath(path)
        return len(found) if isinstance(found, list) else 0

    def harmless(self) -> bytes:
        """The page in UTF-8 without anything that could run or fetch."""
        cleaned = _CLEANER.clean_html(self.root)
        written: str = html.tostring(cleaned, encoding="unicode", doctype="<!DOCTYPE html>")
        return written.encode("utf-8", "replace")


def parsed(markup: bytes) -> PageTree | None:
    """``markup``, in UTF-8, as a tree; None where nothing of it can be read."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        root = html.document_fromstring(markup, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return PageTree(root) if isinstance(root, html.HtmlElement) else None
