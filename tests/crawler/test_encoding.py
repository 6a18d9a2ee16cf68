import unicodedata

import pytest

from crawler.encoding import decode

TEXT = (
    "<p>Tỉnh ủy Bắc Giang tổ chức hội nghị về phát triển đảng viên trong doanh nghiệp ngoài nhà nước.</p>" * 3
)
TONES = "\u0300\u0301\u0303\u0309\u0323"


def as_windows_1258(text: str) -> bytes:
    """``text`` as Vietnamese software of the nineties writes it: base letter, then tone mark."""
    written = bytearray()
    for character in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", character)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
        tone = "".join(part for part in parts if part in TONES)
        written += (base + tone).encode("cp1258")
    return bytes(written)


@pytest.mark.parametrize(
    "content_type", [None, "text/html", "text/html; charset=utf-8", "text/html; charset=UTF-16"]
)
def test_utf8_is_read_whatever_is_declared(content_type: str | None) -> None:
    assert decode(TEXT.encode(), content_type) == TEXT


def test_meta_that_lies_does_not_harm_utf8() -> None:
    page = '<meta charset="iso-8859-1">' + TEXT
    assert decode(page.encode(), None) == page


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_unicode_with_and_without_a_mark(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), "text/html") == TEXT


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=windows-1258",
        "text/html",
        "text/html; charset=iso-8859-1",
        "text/html; charset=utf-8",
    ],
)
def test_windows_1258_becomes_nfc(content_type: str) -> None:
    assert decode(as_windows_1258(TEXT), content_type) == TEXT


def test_latin_1_is_windows_1252() -> None:
    page = "<p>L’économie « verte » — près de 12 € par tête, à Huê</p>" * 20
    assert decode(page.encode("cp1252"), "text/html; charset=ISO-8859-1") == page


def test_charset_of_the_page_is_read() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>越南共产党员</p>'
    assert decode(page.encode("gb18030"), "text/html") == page


def test_decomposed_text_becomes_nfc() -> None:
    assert decode(unicodedata.normalize("NFD", TEXT).encode(), None) == TEXT


def test_a_character_cut_in_the_middle_is_lost_alone() -> None:
    assert decode("đảng viên mới".encode()[:-2], None) == "đảng viên m"


def test_a_few_broken_bytes_in_utf8_are_dropped() -> None:
    assert decode(TEXT.encode() + b"\xff\xfe" + b"end", "text/html") == TEXT + "end"


def test_control_and_zero_width_characters_go() -> None:
    assert decode("đảng\u200b viên\x00\x07".encode(), None) == "đảng viên"


@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, bytes(range(256)) * 40])
def test_what_is_no_text(body: bytes) -> None:
    assert decode(body, "text/html; charset=utf-8") is None


def test_an_unknown_charset_is_passed_over() -> None:
    assert decode(TEXT.encode(), "text/html; charset=x-vietnamese-99") == TEXT
    assert decode(b"plain", "text/html; charset=") == "plain"
