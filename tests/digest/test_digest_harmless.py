"""Hostile text: what is shown, what becomes a link, and what Markdown makes of it."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest.harmless import (
    columns,
    json_escapes,
    language_tag,
    markdown,
    markdown_quote,
    one_line,
    outward_link,
    plain,
    wrapped,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_plain_text_has_no_acting_character(text: str) -> None:
    shown = plain(text)
    assert not {c for c in shown if unicodedata.category(c) == "Cc"} - {"\n", "\t"}
    assert not {c for c in shown if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF"}}
    assert not {c for c in shown if unicodedata.bidirectional(c) in {"LRI", "RLI", "FSI", "PDI"}}
    assert plain(shown) == shown


def test_words_are_left_as_they_are() -> None:
    for text in ("Đảng viên, kết nạp; 21-NQ/TW", "خلية الحزب", "می\u200cخواهم", "党员", "a\u00a0b"):
        assert plain(text) == one_line(text) == text


def test_an_escape_sequence_reaches_no_terminal() -> None:
    assert one_line("\x1b[31mred\x1b[0m\x9b31m\x07") == "[31mred [0m 31m"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>",
        "//other.example/x",
        "/articles/1",
        "https:///path",
        "https://[bad",
        "ftp://host.example/",
        "java\nscript:alert(1)//https://x.example",
        "",
    ],
)
def test_only_web_addresses_are_links(url: str) -> None:
    assert outward_link(url) is None


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://news.example/a-b_c.html?x=1&y=2#z", "https://news.example/a-b_c.html?x=1&y=2#z"),
        ("http://news.example/tin tức.html", "http://news.example/tin%20t%E1%BB%A9c.html"),
        ("https://news.example/a%20b", "https://news.example/a%20b"),
        ("https://news.example/)>\"'`[x](y)", "https://news.example/%29%3E%22%27%60%5Bx%5D%28y%29"),
    ],
)
def test_a_link_is_ascii_and_closes_no_notation(url: str, target: str) -> None:
    assert outward_link(url) == target


@given(TEXT)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown(text))
    inline = [token for token in tokens if token.type == "inline"]
    assert [token.type for token in tokens if token.nesting >= 0] in ([], ["paragraph_open", "inline"])
    children = inline[0].children or [] if inline else []
    assert {child.type for child in children} <= {"text", "text_special"}
    # CommonMark strips spaces at a paragraph's edges, those that forbid a break too.
    assert "".join(child.content for child in children).strip() == one_line(text).strip()


@given(st.lists(st.tuples(st.text(st.sampled_from("ab *_`-1. <>[]()!#+=\\&;|~"), max_size=8), st.booleans())))
def test_a_markdown_quote_has_bold_and_nothing_else(pieces) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown_quote(pieces))
    assert {t.type for t in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close"}


def test_a_markdown_quote_is_bold_where_it_is_marked() -> None:
    pieces = [("The ", False), ("Party cell ", True), ("of 2*3.", False)]
    assert markdown_quote(pieces) == r"The **Party cell** of 2\*3."
    assert markdown_quote([("1. ", False), ("a", True)]) == r"1\. **a**"


@given(TEXT)
def test_json_escapes_change_the_spelling_only(text: str) -> None:
    written = json_escapes(json.dumps({"title": text}, ensure_ascii=False, indent=2))
    assert json.loads(written) == {"title": text}
    assert plain(written) == written


@given(st.lists(st.text(st.characters(categories=["L", "P"]), min_size=1, max_size=30)))
def test_wrapped_lines_keep_every_word_and_the_width(words: list[str]) -> None:
    text = " ".join(word for word in words if "://" not in word)
    lines = wrapped(text, 30, indent="  ", first="- ").split("\n")
    assert all(columns(line) <= 30 for line in lines)
    assert "".join(line[2:] for line in lines).replace(" ", "") == one_line(text).replace(" ", "")


def test_an_address_is_not_cut() -> None:
    address = "https://news.example/" + "a" * 100
    assert address in wrapped(f"see {address} there", 40).split("\n")


def test_wide_characters_take_two_columns() -> None:
    assert [columns(line) for line in wrapped("党" * 50, 78).split("\n")] == [78, 22]


@pytest.mark.parametrize(
    ("code", "tag"), [("vi", "vi"), ("zh-Hant", "zh-Hant"), ('en" onload="x', "und"), ("", "und")]
)
def test_a_language_is_a_tag_or_undetermined(code: str, tag: str) -> None:
    assert language_tag(code) == tag
