"""What becomes of pages that are no articles, or articles in bad shape."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_pages import recorded_snapshot, recordings, snapshot, source

from crawler.declarations import load_families, load_sources
from crawler.extract import MIN_CHARS, extract
from crawler.source import Hints
from storage.models import Rejection, RejectionReason, Revision

SENTENCES = (
    "Đảng ủy phường trao quyết định thành lập chi bộ tại một doanh nghiệp ngoài nhà nước ở khu công nghiệp.",
    "Chi bộ có bảy đảng viên, đều là công nhân và kỹ sư trực tiếp sản xuất trong nhà máy.",
    "Doanh nghiệp cam kết tạo điều kiện để chi bộ sinh hoạt sau giờ làm việc hằng tháng.",
)
BODY = Hints(body=("#than-bai",), time=(".ngay",), date_formats=("dmy-hm",), lead=(".sapo",))


def page(body: str, head: str = "", title: str = "Chi bộ mới ở nhà máy") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def article(extra: str = "", head: str = "", above: str = "") -> str:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    return page(f"{above}<div id='than-bai'>{paragraphs}{extra}</div>", head)


def read(body: str | bytes, hints: Hints = BODY, **details: str) -> Revision:
    revision = extract(snapshot(body, **details), source(hints))
    assert isinstance(revision, Revision), revision
    return revision


def refused(body: str | bytes, hints: Hints = BODY, **details: str) -> RejectionReason:
    rejection = extract(snapshot(body, **details), source(hints))
    assert isinstance(rejection, Rejection), rejection
    return rejection.reason


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\x00" * 40, b"<!-- nothing -->"])
def test_empty(body: bytes) -> None:
    assert refused(body) is RejectionReason.EMPTY


def test_unreadable() -> None:
    assert refused(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 30) is RejectionReason.UNREADABLE


@pytest.mark.parametrize(
    "body",
    [
        '<html><body><script>document.cookie="D1N=0f3c";window.location.reload(true);</script></body></html>',
        "<html><body><p>One moment.</p><script src='/cdn-cgi/challenge-platform/x.js'></script>",
    ],
)
def test_challenge(body: str) -> None:
    assert refused(body) is RejectionReason.CHALLENGE


def test_an_article_that_sets_a_cookie_is_no_challenge() -> None:
    assert read(article(head="<script>document.cookie='a=1';if(0)location.reload()</script>")).text


def test_too_short() -> None:
    assert refused(
        page("<div id='than-bai'><p>Ảnh trong ngày: công nhân vào ca sớm tại nhà máy.</p></div>")
    ) is (RejectionReason.TOO_SHORT)


def test_the_lead_counts_for_the_length() -> None:
    short = SENTENCES[0] + " " + SENTENCES[1][:60] + "."
    assert len(short) < MIN_CHARS
    assert refused(page(f"<div id='than-bai'><p>{short}</p></div>")) is RejectionReason.TOO_SHORT
    assert (
        read(page(f"<p class='sapo'>{SENTENCES[2]}</p><div id='than-bai'><p>{short}</p></div>")).lead
        == SENTENCES[2]
    )


def test_a_video_page_is_no_article() -> None:
    body = page("<div id='than-bai'><p>Xem video về buổi lễ kết nạp đảng viên tại nhà máy.</p></div>")
    video = body.replace("</head>", "<meta property='og:type' content='video.other'></head>")
    assert refused(video) is RejectionReason.NOT_AN_ARTICLE


def test_a_home_page_is_no_article() -> None:
    assert refused(article(), url="https://baomau.example/") is RejectionReason.NOT_AN_ARTICLE


def cards(number: int) -> str:
    return "".join(
        f"<div><h3><a href='/b-{n}-a{n}.html'>Tiêu đề của bài viết khác số {n} trong mục</a></h3>"
        f"<p>Đoạn tóm tắt của bài viết khác số {n} nói về một chuyện không dính dáng gì.</p></div>"
        for n in range(number)
    )


def test_a_section_page_is_no_article() -> None:
    url = "https://baomau.example/xay-dung-dang/"
    assert refused(page(cards(20)), url=url) is RejectionReason.NOT_AN_ARTICLE
    assert refused(page(cards(20))) is RejectionReason.NOT_AN_ARTICLE


def test_a_list_in_a_table_is_no_article() -> None:
    cells = "".join(
        f"<tr><td><a href='/b-a{n}.html'>Một tiêu đề dài của bài viết khác trong mục này, số {n}</a>"
        f" Tóm tắt một câu. Xem tiếp 12/11/2026, đọc {n} lần, mục xây dựng Đảng của cổng thông tin.</td></tr>"
        for n in range(12)
    )
    assert refused(page(f"<table>{cells}</table>")) is RejectionReason.NOT_AN_ARTICLE


def test_an_article_page_that_shows_only_cards() -> None:
    head = "<meta property='og:type' content='article'>"
    assert refused(page(cards(12), head)) is RejectionReason.RELATED_ONLY


def test_no_title() -> None:
    body = article().replace("<title>Chi bộ mới ở nhà máy</title>", "<title>Báo Mẫu</title>")
    assert refused(body) is RejectionReason.NO_TITLE


def test_another_language() -> None:
    english = (
        "<p>The Party committee of the ward founded a cell in the factory, and its members met on Monday.</p>"
        "<p>They had been members of the cells of the streets where they live, and that was far for most.</p>"
    )
    assert refused(
        page(f"<div id='than-bai'>{english}<p>It is the seventh of the ward this year.</p></div>")
    ) is (RejectionReason.WRONG_LANGUAGE)


def test_the_language_is_told_where_several_are_declared() -> None:
    outlet = source(BODY, ("en", "fr", "vi"))
    revision = extract(snapshot(article()), outlet)
    assert isinstance(revision, Revision)
    assert revision.language == "vi"
    french = (
        "<p>Le comité du Parti de la commune a remis la décision de créer une cellule dans l’usine.</p>"
        "<p>Les ouvriers se réunissent après le travail dans une salle que le patron leur a prêtée.</p>"
        "<p>Trois autres usines de la commune en auront une avant la fin de l’année.</p>"
    )
    revision = extract(snapshot(page(f"<div id='than-bai'>{french}</div>")), outlet)
    assert isinstance(revision, Revision)
    assert revision.language == "fr"


def test_a_lead_that_the_body_repeats_is_kept_once() -> None:
    revision = read(article(above=f"<p class='sapo'>{SENTENCES[0]}</p>"))
    assert revision.lead == SENTENCES[0]
    assert revision.judged_text.count(SENTENCES[0]) == 1


def test_a_lead_that_is_cut_out_of_the_first_paragraph_is_none() -> None:
    assert read(article(above=f"<p class='sapo'>{SENTENCES[0][:70]}</p>")).lead == ""


@pytest.mark.parametrize(
    ("description", "lead"),
    [
        ("Bảy công nhân của nhà máy là đảng viên và từ nay sinh hoạt trong chi bộ của doanh nghiệp.", True),
        (SENTENCES[0][:80] + "...", False),
        (SENTENCES[0], False),
        ("Báo Mẫu, tin tức nóng hổi nhất trong ngày về chính trị, thể thao, giải trí và đời sống.", False),
    ],
)
def test_a_description_is_a_lead_only_where_it_is_one(description: str, lead: bool) -> None:
    revision = read(article(head=f"<meta property='og:description' content='{description}'>"))
    assert revision.lead == (description if lead else "")


JSON_LD = '{"@type":"NewsArticle","datePublished":"2026-11-20T08:01:00+07:00"}'
DATES = {
    "json-ld": f'<script type="application/ld+json">{JSON_LD}</script>',
    "time": "<time datetime='2026-11-20T08:02:00+0700'></time>",
    "meta": "<meta property='article:published_time' content='2026-11-20T08:03:00+07:00'>",
    "visible": "<p class='ngay'>Thứ 6, 20/11/2026 08:05</p>",
}


@pytest.mark.parametrize("first", range(len(DATES)))
def test_the_order_of_trust_in_dates(first: int) -> None:
    witnesses = list(DATES)[first:]
    revision = read(article(head="".join(DATES[name] for name in witnesses)))
    assert revision.published_from == witnesses[0]
    minute = {"json-ld": 1, "time": 2, "meta": 3, "visible": 5}[witnesses[0]]
    assert revision.published_at == datetime(2026, 11, 20, 1, minute, tzinfo=UTC)


def test_a_date_in_the_future_or_long_past_is_not_believed() -> None:
    wrong = DATES["json-ld"].replace("2026-11-20", "2027-11-20") + DATES["time"].replace("2026", "1970")
    assert read(article(head=wrong + DATES["meta"])).published_from == "meta"


def test_a_date_with_time_refines_a_date_of_the_same_day_only() -> None:
    day = DATES["json-ld"].replace("T08:01:00+07:00", "")
    assert read(article(head=day + DATES["meta"])).published_from == "meta"
    revision = read(article(head=day + DATES["meta"].replace("2026-11-20", "2026-11-21")))
    assert (revision.published_from, revision.published_at) == (
        "json-ld",
        datetime(2026, 11, 19, 17, tzinfo=UTC),
    )


def test_the_us_form_of_family_b_is_read_in_its_meta_only() -> None:
    head = "<meta property='article:published_time' content='1/8/2026 6:52:01 AM'>"
    hints = load_families()["b-maincontent"]
    body = (
        article(head=head)
        .replace("id='than-bai'", "class='b-maincontent'")
        .replace("<body>", "<body><h1>Chi bộ mới</h1>")
    )
    assert read(body, hints).published_at == datetime(2026, 1, 7, 23, 52, 1, tzinfo=UTC)
    assert read(article(head=head)).published_at != datetime(2026, 1, 7, 23, 52, 1, tzinfo=UTC)


def test_the_time_in_an_address() -> None:
    revision = read(article(), url="https://baomau.example/chi-bo-102261120080412345-a1.html")
    assert revision.published_from is None
    hints = Hints(body=BODY.body)
    revision = read(article(), hints, url="https://baomau.example/chi-bo-102261120080412345.htm")
    assert (revision.published_from, revision.published_at) == (
        "id",
        datetime(2026, 11, 20, 1, 4, 12, tzinfo=UTC),
    )


def test_a_related_card_does_not_date_the_article() -> None:
    card = "<aside><time datetime='2024-01-01T10:00:00+07:00'></time></aside>"
    assert read(article(above=card, head=DATES["meta"])).published_from == "meta"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Báo Mẫu", None),
        ("baomau.example", None),
        ("Tác giả: Văn Mẫu", "Văn Mẫu"),
        ("https://facebook.com/x", None),
    ],
)
def test_the_outlet_is_not_its_own_author(author: str, expected: str | None) -> None:
    assert read(article(head=f"<meta name='author' content='{author}'>")).author == expected


def test_the_site_is_not_part_of_the_title() -> None:
    assert (
        read(article().replace("nhà máy</title>", "nhà máy - Báo Mẫu Online</title>")).title
        == "Chi bộ mới ở nhà máy"
    )
    assert (
        read(article().replace("nhà máy</title>", "nhà máy - khu A</title>")).title
        == "Chi bộ mới ở nhà máy - khu A"
    )


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_text_is_nfc_whatever_arrives(form: str, encoding: str) -> None:
    sent = unicodedata.normalize(form, article()).encode(encoding)  # type: ignore[arg-type]
    assert read(sent, content_type="text/html; charset=utf-16").text == "\n\n".join(SENTENCES)


def test_line_breaks_part_words_and_sentences() -> None:
    body = (
        f"<div id='than-bai'>Bảy đảng viên<br>{SENTENCES[0]}<br/>{SENTENCES[1]}<br><br>{SENTENCES[2]}</div>"
    )
    assert read(page(body)).text == "\n\n".join((f"Bảy đảng viên {SENTENCES[0]}", *SENTENCES[1:]))


def test_boxes_within_the_body_go() -> None:
    boxes = (
        "<div class='tin-lien-quan'><a href='/x'>Bài khác</a></div>"
        "<figure><img src='a'><figcaption>Chú thích</figcaption></figure>"
        "<table><tr><td><img src='b'></td></tr><tr><td>Chú thích hai</td></tr></table>"
        "<p style='text-align:center'><img src='c'></p><p style='text-align:center'><em>Chú thích ba</em></p>"
        "<script>var a</script>"
    )
    assert read(article(boxes)).text == "\n\n".join(SENTENCES)


def test_text_below_the_parsers_depth_limit_is_not_lost() -> None:
    for depth in (300, 30_000):
        deep = "<div>" * depth + "".join(f"<p>{sentence}</p>" for sentence in SENTENCES) + "</div>" * depth
        assert read(page(deep)).text == "\n\n".join(SENTENCES)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "filling",
    [
        "<br>" * 200_000,
        "chữ<br>" * 100_000,
        "".join(f"<a href='/{n}'>liên kết {n}</a> " for n in range(30_000)),
        "<p " + " ".join(f"a{n}=1" for n in range(30_000)) + ">",
        "<div class='related'><p>khác</p></div>" * 5_000,
    ],
    ids=["br", "text-br", "links", "attributes", "boxes"],
)
def test_much_of_one_thing_takes_seconds_not_minutes(filling: str) -> None:
    revision = read(article(filling))
    assert all(sentence in revision.text for sentence in SENTENCES)


def test_the_same_page_gives_the_same_revision() -> None:
    assert read(article()) == read(article())


SAMPLES = [(recorded_snapshot(folder), load_sources()[folder.parent.name]) for folder in recordings()]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    which=st.integers(0, len(SAMPLES) - 1),
    cuts=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 400), st.binary(max_size=40)), max_size=6),
    charset=st.sampled_from(
        ["", "; charset=utf-8", "; charset=utf-16", "; charset=windows-1258", "; charset=nonsense"]
    ),
)
def test_damaged_pages_never_raise(which: int, cuts: list[tuple[int, int, bytes]], charset: str) -> None:
    taken, outlet = SAMPLES[which]
    body = taken.body
    for start, length, filling in cuts:
        body = body[:start] + filling + body[start + length :]
    damaged = taken.model_copy(update={"body": body, "headers": (("Content-Type", f"text/html{charset}"),)})
    result = extract(damaged, outlet)
    assert isinstance(result, Revision | Rejection)
    if isinstance(result, Revision):
        assert unicodedata.is_normalized("NFC", result.title + result.judged_text)
        assert "\x00" not in result.judged_text
        assert "\n\n\n" not in result.text


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_give_a_value(body: bytes) -> None:
    assert isinstance(extract(snapshot(body), source()), Rejection | Revision)
