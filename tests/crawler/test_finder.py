"""A Finder finds what lxml's own selectors find, on every page that we have."""

import pytest
from lxml.cssselect import CSSSelector
from recorded_pages import recorded_snapshot, recordings

from crawler.declarations import load_sources
from crawler.finder import Finder
from crawler.markup import parse

PAGE = """<body class="page"><div class="a b"><p class="x">1<span>2</span></p>
<div class="a"><span class="y x">3</span><p class=" x ">4</p></div></div>
<p class="xx x-y">5</p><span id="s" class="x">6</span></body>"""


def declared() -> list[str]:
    hints = [source.hints for source in load_sources().values()]
    names = ("title", "lead", "body", "author", "time", "drop", "links")
    return sorted({each for hint in hints for name in names for each in getattr(hint, name)})


@pytest.mark.parametrize(
    "selector",
    [
        *(".x", "p.x", "span", ".a .x", ".a .a .x", ".a.b", ".b.a p", ".a span", ".page .b span.y", "div .a"),
        *(
            ".gone",
            ".a .gone",
            ".gone span",
            "p",
            "#s",
            "[class]",
            ".a > .x",
            "p.x, span",
            "body",
            ".page",
            "*",
        ),
    ],
)
def test_as_a_selector_of_lxml(selector: str) -> None:
    tree = parse(PAGE)
    assert tree is not None
    assert list(Finder(tree).select((selector,))) == CSSSelector(selector, translator="html")(tree)


def test_as_a_selector_of_lxml_on_every_recording() -> None:
    selectors = declared()
    assert len(selectors) > 50
    for folder in recordings():
        tree = parse(recorded_snapshot(folder).body.decode())
        assert tree is not None
        finder = Finder(tree)
        for selector in selectors:
            expected = CSSSelector(selector, translator="html")(tree)
            assert list(finder.select((selector,))) == expected, (folder.name, selector)
            assert list(finder.within(tree, (selector,))) == expected, (folder.name, selector)


def test_what_was_cut_off_is_not_found() -> None:
    tree = parse(PAGE)
    assert tree is not None
    finder = Finder(tree)
    finder.tree.find_class("b")[0].drop_tree()
    for selector in (".x", "span", ".a .x", ".a span"):
        assert list(finder.select((selector,))) == CSSSelector(selector, translator="html")(tree)


def test_selectors_in_their_order_and_within_a_part() -> None:
    tree = parse(PAGE)
    assert tree is not None
    finder = Finder(tree)
    assert [element.get("class") for element in finder.select((".y", ".b"))] == ["y x", "a b"]
    inner = tree.find_class("a")[1]
    assert [element.text for element in finder.within(inner, (".x",))] == ["3", "4"]
