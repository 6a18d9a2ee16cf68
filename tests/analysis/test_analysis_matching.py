import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.matching import Matcher, expand, plain

VI = Matcher(
    [
        ("party", "đảng"),
        ("committee", "đảng ủy"),
        ("cell", "tổ chức đảng"),
        ("firm", "DN"),
        ("foam", "hòa phát"),
        ("member", "đảng viên"),
    ],
    marks_count=True,
)
EN = Matcher([("member", "party member"), ("coop", "co-operative"), ("owner", "owner's")], marks_count=False)


def concepts(matcher: Matcher, text: str) -> list[str]:
    return [match.concept for match in matcher.find(text)]


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("party cell(|s)", ("party cell", "party cells")),
        ("(a|b) (|c )d", ("a d", "a c d", "b d", "b c d")),
        (
            "organi(s|z)ation(s (old|new)|)",
            (
                "organisations old",
                "organisations new",
                "organisation",
                "organizations old",
                "organizations new",
                "organization",
            ),
        ),
        ("plain", ("plain",)),
    ],
)
def test_brackets_stand_for_alternatives(pattern: str, phrases: tuple[str, ...]) -> None:
    assert sorted(expand(pattern)) == sorted(phrases)


@pytest.mark.parametrize("pattern", ["a)", "(a", "(a))", "((a)"])
def test_brackets_must_pair(pattern: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        expand(pattern)


@pytest.mark.parametrize("word", ["đăng", "đang", "dạng", "dáng", "Đằng"])
def test_other_marks_are_other_words(word: str) -> None:
    assert concepts(VI, f"Ông {word} viên ở tổ chức {word}.") == []


@pytest.mark.parametrize(
    "written", ["tổ chức đảng", "Tổ Chức Đảng", "TỔ CHỨC ĐẢNG", "tổ chức Ðảng", "tổ\u00a0chức đảng"]
)
def test_case_eth_and_spaces_do_not_matter(written: str) -> None:
    assert "cell" in concepts(VI, f"Các {written} mới.")


@pytest.mark.parametrize("written", ["Đảng uỷ", "đảng ủy", "ĐẢNG UỶ", "Ðảng uỷ"])
def test_both_places_of_the_tone_mark_are_one_spelling(written: str) -> None:
    assert "committee" in concepts(VI, f"{written} khối")
    assert "foam" in concepts(VI, "Tập đoàn Hoà Phát") == concepts(VI, "Tập đoàn Hòa Phát")


def test_text_without_any_marks_matches() -> None:
    assert "cell" in concepts(VI, "To chuc dang trong doanh nghiep")


def test_an_unmarked_word_in_marked_text_does_not() -> None:
    assert concepts(VI, "Công ty mở tài khoản dang vien trên mạng") == []


def test_capitals_match_capitals_only() -> None:
    assert concepts(VI, "Toàn tỉnh có 8.931 DN.") == ["firm"]
    assert concepts(VI, "sân bay ĐN, file dn") == []


@pytest.mark.parametrize("text", ["party membership", "counterparty member", "co-operative-like"])
def test_only_whole_words_match(text: str) -> None:
    assert concepts(EN, text) == []


def test_apostrophes_and_hyphens_of_any_kind_match() -> None:
    assert concepts(EN, "the owner’s co‑operative") == ["owner", "coop"]


def test_a_phrase_does_not_reach_across_paragraphs() -> None:
    assert concepts(EN, "the party\n\nmember") == []
    assert concepts(EN, "the party\nmember") == ["member"]


def test_offsets_count_code_points() -> None:
    text = "🎉🎉 Các đảng viên"
    (member,) = (match for match in VI.find(text) if match.concept == "member")
    assert text[member.start : member.end] == "đảng viên"


def test_nothing_is_read_where_what_is_needed_is_missing() -> None:
    needed = frozenset(["cell"])
    assert VI.find("Các DN và đảng viên", needed) == []
    assert VI.find("Đăng ký tổ chức đăng bài ở DN", needed) == []
    text = "Các DN có tổ chức đảng"
    assert VI.find(text, needed) == VI.find(text) != []


def test_of_one_start_the_longest_comes_first() -> None:
    assert concepts(VI, "đảng viên") == ["member", "party"]


def test_a_matcher_survives_pickling() -> None:
    assert concepts(pickle.loads(pickle.dumps(VI)), "đảng viên") == concepts(VI, "đảng viên")


def test_an_empty_phrase_is_refused() -> None:
    with pytest.raises(ValueError, match="party"):
        Matcher([("party", " ")], marks_count=True)


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    assert len(plain(text)) == len(text)
