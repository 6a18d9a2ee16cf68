"""The written forms: everything said in each, in each language, and nothing that acts."""

import json
import re
from html.parser import HTMLParser

import pytest
from digest_samples import (
    COVERAGE,
    ENGLISH,
    FOUR_SCRIPTS,
    FRENCH,
    HOSTILE,
    LONG_TITLE,
    NEAR,
    UNBROKEN,
    VIETNAMESE,
    ZONE,
    covered,
    digest,
    judged,
)
from markdown_it import MarkdownIt

from digest.errors import UnknownFormat
from digest.harmless import columns
from digest.i18n import LOCALES
from digest.model import Digest
from digest.render import FORMATS, render, render_fragment

READ_ALOUD = ("text", "md", "html")
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """A page as a browser takes it: elements with attributes, and the text outside of style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open[-1:] != ["style"]:
            self.words += data

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attrs[name] for found, attrs in self.elements if found == tag and name in attrs]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("format", READ_ALOUD)
def test_every_form_says_all_of_it(format: str, locale: str) -> None:
    written = render(digest(), format, locale, ZONE)
    if format == "html":
        written = Page(written).words
    shown = re.sub(r"[*\\>]|\s+", " ", written)
    shown = re.sub(r" +", " ", shown)
    for judged_article in (ENGLISH, VIETNAMESE, FRENCH, NEAR):
        assert judged_article.revision.title in shown
        assert judged_article.source_name in shown
    for line in COVERAGE:
        assert line.source_name in shown
    for words in ("admission ceremony on November 20.", "Seven of the eleven are women.", "403"):
        assert words in shown


@pytest.mark.parametrize(
    ("format", "marked"),
    [("html", "<mark>tổ chức đảng</mark>"), ("text", "*tổ chức đảng*"), ("md", "**tổ chức đảng**")],
)
def test_the_matched_words_are_marked(format: str, marked: str) -> None:
    assert marked in render(digest(), format, "en", ZONE)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            ["Sunday, 22 November 2026", "22 Nov 2026, 04:00", "Vietnamese", "About it", "3 new stories"],
        ),
        (
            "vi",
            ["Chủ Nhật, ngày 22 tháng 11 năm 2026", "04:00 ngày 22/11/2026", "Tiếng Pháp", "3 tin mới"],
        ),
        ("fr", ["dimanche 22 novembre 2026", "22 nov. 2026 à 04:00", "vietnamien", "3 nouveaux sujets"]),
    ],
)
def test_dates_numbers_and_words_are_the_readers(locale: str, words: list[str]) -> None:
    html = Page(render(digest(), "html", locale, ZONE))
    for word in words:
        assert word in html.words
    assert html.attributes("html", "lang") == [locale]


@pytest.mark.parametrize("locale", LOCALES)
def test_a_page_stands_alone(locale: str) -> None:
    page = Page(render(digest((HOSTILE, ENGLISH)), "html", locale, ZONE))
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in page.elements}
    assert "url(" not in render(digest(), "html", locale, ZONE)
    assert len(page.attributes("main", "id")) == 1


@pytest.mark.parametrize("locale", LOCALES)
def test_hostile_markup_is_words(locale: str) -> None:
    page = Page(render(digest((HOSTILE,), (HOSTILE,)), "html", locale, ZONE))
    assert page.open == []
    assert "<script>alert(1)</script>" in page.words
    assert "{{ 7*7 }}" in page.words
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    assert all(link and link.startswith("https://") for link in page.attributes("a", "href"))
    assert not any("javascript:" in (value or "") for _, attrs in page.elements for value in attrs.values())
    assert set(page.attributes("h3", "lang")) == {"und"}


@pytest.mark.parametrize("format", FORMATS)
def test_no_form_carries_acting_characters(format: str) -> None:
    written = render(digest((HOSTILE,), (HOSTILE,)), format, "en", ZONE)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written)


def test_markdown_of_hostile_text_has_only_our_markup() -> None:
    tokens = MarkdownIt("commonmark").parse(render(digest((HOSTILE,), (HOSTILE,)), "md", "en", ZONE))
    inline = [child for token in tokens for child in token.children or []]
    assert not {"html_block", "fence", "code_block"} & {token.type for token in tokens}
    assert not {"link_open", "image", "html_inline", "code_inline", "em_open"} & {
        child.type for child in inline
    }
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings == ["h1", "h2", "h3", "h2", "h2"]


def test_markdown_links_lead_to_the_articles() -> None:
    tokens = MarkdownIt("commonmark").parse(render(digest(), "md", "vi", ZONE))
    links = [c.attrs["href"] for t in tokens for c in t.children or [] if c.type == "link_open"]
    assert links == [a.url for a in (ENGLISH, VIETNAMESE, FRENCH, NEAR)]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("article", [ENGLISH, LONG_TITLE, UNBROKEN, HOSTILE, *FOUR_SCRIPTS])
def test_text_keeps_to_78_columns_but_for_addresses(article, locale: str) -> None:
    for line in render(digest([article]), "text", locale, ZONE).splitlines():
        assert columns(line) <= 78 or "://" in line
        assert line == line.rstrip()


def test_a_title_of_400_characters_is_whole() -> None:
    assert LONG_TITLE.revision.title in Page(render(digest([LONG_TITLE]), "html", "en", ZONE)).words


@pytest.mark.parametrize(("format", "locale"), [(f, loc) for f in READ_ALOUD for loc in LOCALES])
def test_a_day_without_news_says_so_and_what_was_read(format: str, locale: str) -> None:
    written = render(digest((), ()), format, locale, ZONE)
    said = {
        "en": "Nothing new on the topic.",
        "vi": "Không có gì mới về chủ đề.",
        "fr": "Rien de nouveau sur le sujet.",
    }
    assert said[locale] in written
    read = {
        "en": "3 of 5 sources were read",
        "vi": "Đã đọc được 3 trong số 5 nguồn",
        "fr": "3 sources lues sur 5",
    }
    assert read[locale] in written
    assert "Nhân Dân" in written
    refused = {"en": "the site refused access", "vi": "từ chối truy cập", "fr": "refusé l’accès"}
    assert refused[locale] in written


def test_a_day_without_news_from_sources_all_read_says_that_too() -> None:
    built = digest((), (), [covered("vna-en", new=0), covered("vns", new=0)])
    assert "All 2 sources were read." in render(built, "text", "en", ZONE)


def test_what_is_not_final_says_so() -> None:
    assert "not final yet" in render(digest(is_final=False), "text", "en", ZONE)
    assert "so far" in render(digest((), (), is_final=False), "text", "en", ZONE)
    assert "not final" not in render(digest(), "text", "en", ZONE)


def test_troubles_of_single_pages_are_told() -> None:
    line = covered("vns").model_copy(
        update={"fates": {"fetched": 9, "not_found": 4, "pending": 2, "timed_out": 5}}
    )
    written = render(digest((), (), [line]), "text", "en", ZONE).replace("\n  ", " ")
    assert "not fetched (5 × no answer in time, 4 × page not found)" in written


def test_an_unknown_code_of_a_later_version_is_shown_as_it_is() -> None:
    line = covered("vns", rejections={"quantum": 2}).model_copy(update={"fates": {"eaten": 1}})
    written = render(digest((), (), [line]), "text", "vi", ZONE)
    assert "quantum" in written
    assert "eaten" in written


def test_foreign_words_carry_their_language() -> None:
    page = Page(render(digest(), "html", "en", ZONE))
    assert page.attributes("h3", "lang") == ["en", "vi", "fr", "en"]
    assert page.attributes("blockquote", "lang") == ["en", "en", "vi", "fr", "en"]


def test_links_out_say_nothing_of_us() -> None:
    page = Page(render(digest(), "html", "en", ZONE))
    assert set(page.attributes("a", "rel")) == {"noopener noreferrer"}
    assert len(page.attributes("a", "rel")) == len(page.attributes("a", "href"))


def test_a_lead_that_a_sentence_says_is_not_said_twice() -> None:
    text = "A Party cell was founded in a private firm. More followed."
    article = judged(1, "Title", text, (("A Party cell was founded in a private firm.", ("Party cell",)),))
    assert render(digest([article], ()), "text", "en", ZONE).count("was founded") == 1


def test_three_sentences_are_shown_and_the_rest_counted() -> None:
    sentences = tuple((f"Party cell number {i} in a private firm.", ("Party cell",)) for i in range(5))
    article = judged(1, "Title", " ".join(sentence for sentence, _ in sentences), sentences, lead="Lead.")
    heavy = [
        item.model_copy(update={"weight": 0.9 if i > 1 else 0.1})
        for i, item in enumerate(article.flag.evidence)
    ]
    flag = article.flag.model_copy(update={"evidence": tuple(heavy)})
    written = render(digest([article.model_copy(update={"flag": flag})], ()), "html", "en", ZONE)
    assert re.findall(r"</mark> number (\d)", written) == ["2", "3", "4"]
    assert "and 2 more sentences" in written


def test_two_hundred_entries_are_all_there() -> None:
    many = [judged(i, f"Title {i}", "Text.") for i in range(200)]
    for format in READ_ALOUD:
        written = render(digest(many), format, "en", ZONE)
        assert all(f"Title {i}" in written for i in range(200))


def test_json_is_the_frozen_form_in_every_language() -> None:
    built = digest((HOSTILE, ENGLISH))
    written = {render(built, "json", locale, ZONE) for locale in LOCALES}
    assert len(written) == 1
    assert Digest.from_body(json.loads(written.pop())) == built


def test_a_fragment_leads_to_our_own_pages() -> None:
    fragment = str(render_fragment(digest(), "en", ZONE))
    assert "<html" not in fragment
    assert '<a href="/articles/1">' in fragment
    assert f'href="{ENGLISH.url}"' in fragment


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownFormat, match=r"'pdf'.*html, text, md, json"):
        render(digest(), "pdf", "en", ZONE)


def test_rendering_is_the_same_each_time() -> None:
    for format in FORMATS:
        assert render(digest(), format, "fr", ZONE) == render(digest(), format, "fr", ZONE)
