"""Parsing a page: what is left out of the tree before, and what must never be."""

import unicodedata

import pytest

from crawler import encoding
from crawler.encoding import decode
from crawler.markup import element_text, parse

SENTENCE = "Chi bộ trong công ty có chín đảng viên, phần lớn là thợ trẻ vào nghề chưa lâu."


def text_of(page: str) -> str:
    tree = parse(page)
    assert tree is not None
    return element_text(tree)


@pytest.mark.parametrize(
    "script",
    [
        "<script>var a = 1 < 2;</script>",
        '<script type="text/javascript" async src=/x.js>window.x={"k":"v"}</script>',
        "<style>.a > .b { color: red }</style>",
        "<style media='screen'>a{}</style><script>\n\n</script>",
    ],
)
def test_scripts_and_styles_are_emptied(script: str) -> None:
    assert text_of(f"<body><p>{SENTENCE}</p>{script}<p>Hết.</p>") == f"{SENTENCE}Hết."
    tree = parse(f"<body><p>x</p>{script}", keeps_scripts=True)
    assert tree is not None
    assert "".join(tree.itertext()) != "x"


@pytest.mark.parametrize(
    "page",
    [
        "<!-- <script> --><p>{}</p><script>x</script>",
        "<p title='<script>'>{}</p><script>x</script>",
        '<p title="a > b <style>">{}</p><style>x</style>',
        "<textarea><script></textarea><p>{}</p><script>x</script>",
        "<script>x</script><p>{}</p>",
        "<script>x<p>y</script><p>{}</p>",
        '<script data-x="a>b">x</script><p>{}</p>',
        "<script><!-- <script> --></script><p>{}</p>",
        "<SCRIPT>x</SCRIPT><p>{}</p><script>x</script>",
        "<scripts>{}</scripts><script>x</script>",
        "<p>{}</p><script>x",
        "<p>{}</p><script",
        "<style>x</style><style>x</styles></style><p>{}</p>",
    ],
)
def test_no_text_is_cut_with_a_script(page: str) -> None:
    assert SENTENCE in text_of(f"<html><head><title>t</title></head><body>{page.format(SENTENCE)}</body>")


def test_linked_data_is_kept() -> None:
    tree = parse('<script type="application/ld+json">{"@type": "NewsArticle"}</script><p>x</p>')
    assert tree is not None
    [script] = tree.iter("script")
    assert script.text == '{"@type": "NewsArticle"}'


@pytest.mark.parametrize(
    "written", ["\f", "&#12;", "&#x0C;", "&#1;", "&#x1f;", "&#0031", "&#xFFFE;", "&#65535;", "&#11;"]
)
def test_every_text_of_a_tree_can_be_moved(written: str) -> None:
    tree = parse(f"<p>Đảng{written} viên<b>x</b>y{written}z</p>")
    assert tree is not None
    [bold] = tree.iter("b")
    bold.drop_tree()
    assert element_text(tree).replace(" ", "") == "Đảngviênyz"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#32;", " "),
        ("&#120;", "x"),
        ("&#x1F600;", "\U0001f600"),
        ("&#xC3;", "Ã"),
        ("&#7843;", "ả"),
        ("&#128;", "€"),
    ],
)
def test_other_references_stay(written: str, read: str) -> None:
    assert text_of(f"<p>a{written}b</p>") == f"a{read}b"


def usual_characters() -> list[str]:
    return [chr(code) for code in range(0x80, 0x20000) if encoding._USUAL.fullmatch(chr(code))]


def test_usual_characters_need_no_mending() -> None:
    characters = usual_characters()
    assert set("ảẢđĐ…“”’–—·€«»ûïñ，。（）新ы") <= set(characters)
    for character in characters:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Mn"), hex(ord(character))
        for before in "aAơƯêàg新 ы":
            pair = before + character
            assert unicodedata.normalize("NFC", pair) == pair, hex(ord(character))
            assert decode(pair.encode() * 3) == pair * 3
