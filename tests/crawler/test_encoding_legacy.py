"""Vietnamese from before Unicode: made here letter by letter, from tables that spell each letter out."""

import gzip
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recorded_pages import snapshot, source

from crawler.encoding import decode
from crawler.extract import extract
from crawler.legacy import is_syllable, repaired
from crawler.source import Hints
from newsroom.articles import load_articles
from storage.models import Rejection, RejectionReason, Revision

TEXT = (
    "Đảng bộ Khối Doanh nghiệp tỉnh tổ chức hội nghị sơ kết công tác phát triển đảng viên, thành lập tổ"
    " chức đảng trong các đơn vị kinh tế tư nhân. Ý kiến của các đại biểu cho rằng cần quan tâm hơn nữa"
    " đến công nhân giỏi, những người gắn bó lâu dài với nhà máy. Hội nghị bế mạc vào buổi chiều cùng"
    " ngày; mỹ thuật, kỹ thuật, sẵn sàng."
)
PAGE = (
    f'<html><head><meta content="{TEXT}"><title>Đảng bộ Khối</title></head>'
    f"<body><h1>Đảng bộ Khối</h1><p>{TEXT}</p></body></html>"
)

LETTERS = "ĐđảộốệỉổứịơếôáểàậưÝủạằầâữóỏớờắùỹẵềấũụửẳíéìòăêồợởỗọ"
TCVN3 = dict(
    zip(
        LETTERS,
        "\xa7\xae\xb6\xe9\xe8\xd6\xd8\xe6\xf8\xde\xac\xd5"
        "\xab\xb8\xd3\xb5\xcb\xad\xfd\xf1\xb9\xbb\xc7\xa9\xf7"
        "\xe3\xe1\xed\xea\xbe\xef\xfc\xbd\xd2\xca\xf2\xf4"
        "\xf6\xbc\xdd\xd0\xd7\xdf\xa8\xaa\xe5\xee\xeb\xe7\xe4",
        strict=True,
    )
)
VNI = dict(
    zip(
        LETTERS,
        [
            "Ñ",
            "ñ",
            "aû",
            "oä",
            "oá",
            "eä",
            "æ",
            "oå",
            "öù",
            "ò",
            "ô",
            "eá",
            "oâ",
            "aù",
            "eå",
            "aø",
            "aä",
            "ö",
            "YÙ",
            "uû",
            "aï",
            "aè",
            "aà",
            "aâ",
            "öõ",
            "où",
            "oû",
            "ôù",
            "ôø",
            "aé",
            "uø",
            "yõ",
            "aü",
            "eà",
            "aá",
            "uõ",
            "uï",
            "öû",
            "aú",
            "í",
            "eù",
            "ì",
            "oø",
            "aê",
            "eâ",
            "oà",
            "ôï",
            "ôû",
            "oã",
            "oï",
        ],
        strict=True,
    )
)
TABLES = {"TCVN3": TCVN3, "VNI": VNI}


def written(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in text)


def read_as_windows_1252(body: bytes) -> str:
    """As a browser reads it: the five free bytes stay what they are."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in body)


def same_letters(text: str | None) -> str:
    """Capital Ý has the code of ý in a font of capitals only."""
    return (text or "").replace("Ý", "ý")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "text/html; charset=iso-8859-1",
        "text/html; charset=windows-1258",
        "text/html; charset=utf-8",
    ],
)
def test_font_bytes_are_read_whatever_is_declared(name: str, content_type: str) -> None:
    body = written(PAGE, TABLES[name]).encode("latin-1")
    assert same_letters(decode(body, content_type)) == same_letters(PAGE)


@pytest.mark.parametrize("name", TABLES)
def test_font_text_that_was_carried_into_unicode(name: str) -> None:
    body = written(PAGE, TABLES[name]).encode()
    assert same_letters(decode(body, "text/html; charset=utf-8")) == same_letters(PAGE)


@pytest.mark.parametrize("name", TABLES)
def test_a_body_in_a_font_below_a_menu_in_unicode(name: str) -> None:
    menu = "<nav><a>Trang chủ</a><a>Thời sự</a><a>Xây dựng Đảng</a><a>cá, tân, bác, hoàn toàn</a></nav>"
    page = menu + written(f"<p>{TEXT}</p>", TABLES[name])
    read = decode(page.encode(), None) or ""
    assert "Xây dựng Đảng" in read
    assert "thành lập tổ chức đảng trong các đơn vị kinh tế tư nhân" in read


def test_a_font_of_capitals_draws_the_codes_of_small_letters() -> None:
    page = written(PAGE, TCVN3).replace("§¶ng bé Khèi", "§¶NG Bé KHèI")
    assert "ĐẢNG BỘ KHỐI" in (decode(page.encode(), None) or "")


def test_utf8_that_was_encoded_twice() -> None:
    body = read_as_windows_1252(PAGE.encode()).encode()
    assert decode(body, "text/html; charset=utf-8") == PAGE


def test_decomposed_text_in_windows_1258_is_not_taken_for_a_font() -> None:
    from test_encoding import as_windows_1258  # noqa: PLC0415 - the two tell the same story

    assert decode(as_windows_1258(PAGE), "text/html; charset=iso-8859-1") == PAGE


@pytest.mark.parametrize("name", TABLES)
def test_an_article_in_a_font_becomes_a_revision(name: str) -> None:
    paragraphs = "".join(f"<p>{part}.</p>" for part in TEXT.split(". "))
    page = f"<html><title>Đảng bộ Khối họp</title><body><div id='b'>{paragraphs}</div></body></html>"
    revision = extract(snapshot(written(page, TABLES[name]).encode("latin-1")), source(Hints(body=("#b",))))
    assert isinstance(revision, Revision)
    assert revision.title == "Đảng bộ Khối họp"
    assert revision.language == "vi"
    assert "phát triển đảng viên" in revision.text


@pytest.mark.parametrize(
    "sentence",
    [
        "Le Comité a évoqué les mêmes difficultés à l'hôtel, où 120 délégués étaient présents dès l'été. ",
        "El año pasado la organización celebró una reunión en la que participó también el señor José Núñez. ",
        "Die Größe der Wälder ändert sich häufig; für die Bevölkerung müssen Maßnahmen möglich sein. ",
        "A reunião não terá decisão até à manhã de amanhã, pois as eleições são também em São Paulo. ",
        "Windows® 11 © 2026 costs £9 or ¥900; see § 4 and § 5, µ = 3, «as is», ½ or ¾ of it. ",
        "Các bác, các bà, các cô và toàn thể bà con hân hoan: cá tân, hoà thuận, oán trách, hoàn toàn. ",
    ],
)
def test_other_text_stays_as_it_is(sentence: str) -> None:
    assert repaired(sentence * 30) == sentence * 30


def test_the_newsroom_stays_as_it_is() -> None:
    for article in load_articles(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)):
        text = "\n".join((article.title, article.lead, *article.paragraphs))
        assert decode(text.encode(), None) == text


def test_real_vietnamese_text_stays_as_it_is() -> None:
    corpus = Path(__file__).parents[2].parent / "shared" / "corpus" / "real-vi-dev.jsonl.gz"
    if not corpus.exists():
        pytest.skip("../shared is absent: no real text to try")
    for line in gzip.decompress(corpus.read_bytes()).decode().split("\n"):
        if line.strip():
            text = unicodedata.normalize("NFC", json.loads(line)["text"])
            assert repaired(text) == text


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("ả", "\ufffd").replace("ộ", "\ufffd").replace("ế", "\ufffd").replace("á", "\ufffd"),
        PAGE.translate({ord(letter): "®" for letter in TCVN3}),
    ],
)
def test_letters_that_are_lost_are_named(page: str) -> None:
    rejection = extract(snapshot(page * 2), source())
    assert isinstance(rejection, Rejection)
    assert rejection.reason is RejectionReason.UNREADABLE


@pytest.mark.parametrize(
    "word", ["nghiệp", "Đảng", "quyết", "oan", "giặt", "khuỷu", "ý", "ương", "nước", "yêu"]
)
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["cỏc", "lầp", "prộ", "ộtộ", "hồọ", "strà", "bảx", "HĐQT"])
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)
