"""What find_quantities reads, sentence by sentence, and what it must survive."""

import json
import math
import time
import tomllib
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.quantities import INDICATORS, find_quantities
from analysis.quantities.numbers import find_numbers, value_of
from analysis.quantities.words import LANGUAGES, load_words
from storage.models import PlaceMention, Quantity

HERE = Path(__file__).parent
KINDS = {"result", "target", "total"}


def cases() -> list[Any]:
    found = []
    for path in sorted(HERE.glob("*.toml")):
        for number, case in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["case"], start=1):
            found.append(pytest.param(path.stem[:2], case, id=f"{path.stem}-{number}"))
    return found


def stated(text: str, language: str, published_on: date | None = None) -> Counter[tuple[float, str]]:
    return Counter(
        (item.value, item.indicator)
        for item in find_quantities(text, language=language, published_on=published_on)
    )


def one(text: str, language: str, **more: Any) -> Quantity:
    (found,) = find_quantities(text, language=language, **more)
    return found


@pytest.mark.parametrize(("language", "case"), cases())
def test_an_invented_sentence_states_just_these_quantities(language: str, case: dict[str, Any]) -> None:
    assert unicodedata.is_normalized("NFC", case["text"])
    expected = Counter((float(value), indicator) for value, indicator in map(str.split, case["expect"]))
    assert stated(case["text"], language, case.get("published")) == expected


@pytest.mark.parametrize(
    ("written", "decimal", "value"),
    [
        ("3.390", ",", 3390),
        ("3,390", ".", 3390),
        ("11 892", ",", 11892),
        ("11\u202f892", ",", 11892),
        ("1.700.000", ",", 1_700_000),
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("64,8", ",", 64.8),
        ("64.8", ".", 64.8),
        ("0.125", ".", 0.125),
        ("06", ",", 6),
    ],
)
def test_digits_have_the_value_that_their_notation_gives(written: str, decimal: str, value: float) -> None:
    assert value_of(written, decimal) == value


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("4,7 nghìn", "vi", 4700),
        ("1,2 triệu", "vi", 1_200_000),
        ("hai mươi lăm", "vi", 25),
        ("một trăm hai mươi", "vi", 120),
        ("twenty-five", "en", 25),
        ("one hundred and twenty", "en", 120),
        ("1.7 million", "en", 1_700_000),
        ("quatre-vingt-douze", "fr", 92),
        ("soixante-dix-huit", "fr", 78),
        ("vingt et un", "fr", 21),
        ("deux cents", "fr", 200),
        ("4,92 millions", "fr", 4_920_000),
        ("13,6 mil", "es", 13600),
        ("12,5 тыс.", "ru", 12500),
        ("1.2万", "zh", 12000),
    ],
)
def test_words_and_multipliers_count(text: str, language: str, value: float) -> None:
    words = load_words(language)
    assert words is not None
    assert [number.value for number in find_numbers(text, 0, len(text), words)] == [value]


@pytest.mark.parametrize(
    ("text", "language", "published_on", "period"),
    [
        ("Năm 2023, huyện kết nạp 12 đảng viên.", "vi", None, "2023"),
        ("Nhiệm kỳ 2020-2025, huyện kết nạp 12 đảng viên.", "vi", None, "2020-2025"),
        ("Từ đầu năm đến nay, huyện kết nạp 12 đảng viên.", "vi", date(2026, 8, 9), "2026-01-01/2026-08-09"),
        ("Từ đầu năm đến nay, huyện kết nạp 12 đảng viên.", "vi", None, None),
        ("6 tháng đầu năm 2024, huyện kết nạp 12 đảng viên.", "vi", None, "2024-01-01/2024-06-30"),
        ("Quý II/2024, huyện kết nạp 12 đảng viên.", "vi", None, "2024-04-01/2024-06-30"),
        ("Đến năm 2030, huyện phấn đấu có 120 đảng viên.", "vi", None, "by 2030"),
        ("Trong 5 năm, huyện kết nạp 12 đảng viên.", "vi", date(2025, 3, 1), "2020-2025"),
        ("In 2024 the city admitted 12 members.", "en", None, "2024"),
        ("Between 2010 and 2022 the city admitted 12 members.", "en", None, "2010-2022"),
        (
            "So far this year the city has admitted 12 members.",
            "en",
            date(2026, 8, 9),
            "2026-01-01/2026-08-09",
        ),
        ("Last year the city admitted 12 members.", "en", date(2026, 8, 9), "2025"),
        ("In May 2024 the city admitted 12 members.", "en", None, "2024-05-01/2024-05-31"),
        ("Since 2020 the city has admitted 12 members.", "en", date(2026, 8, 9), "2020-2026"),
        ("Depuis 2020, la ville a admis 12 membres.", "fr", None, "since 2020"),
        ("D'ici 2030, la ville vise à admettre 12 membres.", "fr", None, "by 2030"),
        (
            "Depuis le début de l'année, la ville a admis 12 membres.",
            "fr",
            date(2026, 8, 9),
            "2026-01-01/2026-08-09",
        ),
        ("The city admitted 12 members.", "en", date(2026, 8, 9), None),
    ],
)
def test_the_period_is_the_one_that_the_sentence_names(
    text: str, language: str, published_on: date | None, period: str | None
) -> None:
    assert one(text, language, published_on=published_on).period == period


@pytest.mark.parametrize(
    ("text", "language", "kind", "unit"),
    [
        ("Huyện phấn đấu kết nạp 12 đảng viên.", "vi", "target", "people"),
        ("Huyện đã kết nạp 12 đảng viên.", "vi", "result", "people"),
        ("Đảng bộ có 12 chi bộ.", "vi", "total", "organisations"),
        ("The plan was met: 12 cells were founded.", "en", "result", "organisations"),
        ("The firms have 12 party members.", "en", "total", "people"),
        ("La ville vise à fonder 12 cellules.", "fr", "target", "organisations"),
        ("Số đảng viên mới đạt 120% kế hoạch.", "vi", "result", "percent of plan"),
        ("Công nhân chiếm 60% số đảng viên.", "vi", "result", "percent"),
    ],
)
def test_kind_and_unit_say_what_sort_of_number_it_is(text: str, language: str, kind: str, unit: str) -> None:
    found = one(text, language)
    assert (found.kind, found.unit) == (kind, unit)


def place(text: str, name: str, today: str | None = None) -> PlaceMention:
    start = text.index(name)
    return PlaceMention(
        exact=name, name=name, today=today, level="province", start=start, end=start + len(name)
    )


def test_the_place_is_the_nearest_that_governs_the_sentence() -> None:
    text = "Bắc Giang kết nạp 12 đảng viên, Hải Dương kết nạp 15 đảng viên.\nCả nước có 900 đảng viên mới."
    places = [place(text, "Bắc Giang", "Bắc Ninh"), place(text, "Hải Dương", "Hải Phòng")]
    found = find_quantities(text, language="vi", places=places)
    assert [(item.place, item.place_today) for item in found] == [
        ("Bắc Giang", "Bắc Ninh"),
        ("Hải Dương", "Hải Phòng"),
        (None, None),
    ]


def test_a_place_behind_the_number_or_in_an_earlier_sentence_governs_where_none_is_nearer() -> None:
    text = "Có 12 chi bộ ở Huế. Các chi bộ có 140 đảng viên."
    found = find_quantities(text, language="vi", places=[place(text, "Huế")])
    assert [item.place for item in found] == ["Huế", "Huế"]


def test_a_fact_that_the_text_repeats_is_told_once() -> None:
    text = "Năm 2024, huyện kết nạp 12 đảng viên.\n\nNăm 2024, huyện kết nạp 12 đảng viên."
    assert one(text, "vi").start == text.index("12")


def test_the_exact_words_are_cut_from_the_text() -> None:
    text = "Đảng bộ hiện có gần 3.500 đảng viên."
    found = one(text, "vi")
    assert found.exact == "gần 3.500 đảng viên"
    assert text[found.start : found.end] == found.exact


def test_an_unknown_language_states_nothing() -> None:
    assert find_quantities("12 Mitglieder", language="de") == ()


PIECES = [
    "12", "3.390", "3,390", "11 892", "64,8%", "1,2 triệu", "đảng viên", "đảng viên mới", "chi bộ",
    "doanh nghiệp", "kết nạp", "thành lập", "trong đó có", "party members", "cells", "enterprises",
    "including", "of them", "admitted", "were founded", "membres", "dont", "cellules", "党员", "个", "人",
    "新建", "members of", "the number of", "lên", "to", "à", "(", ")", ";", ",", ".", "\n", "năm 2024",
    "2020-2025", "by 2030", "28-NQ/TU", "Hải Phòng", "0", "tám", "eight", "à ce jour", "\u00a0", "\u202f",
    "-", "/",
]  # fmt: skip
MIXED = st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=300), MIXED),
    st.sampled_from(LANGUAGES),
    st.sampled_from([None, date(2026, 5, 5)]),
)
@example("9" * 400 + " đảng viên", "vi", None)
@example("1 " * 200, "fr", None)
def test_any_text_gives_finite_values_and_offsets_that_cut(text: str, language: str, on: date | None) -> None:
    text = unicodedata.normalize("NFC", text)
    for item in find_quantities(text, language=language, published_on=on):
        assert text[item.start : item.end] == item.exact
        assert item.exact
        assert math.isfinite(item.value)
        assert item.value >= 0
        assert item.indicator in INDICATORS
        assert item.kind in KINDS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "unit",
    [
        "kết nạp 12 đảng viên, trong đó có 3 chủ doanh nghiệp, ",
        "admitted 12 party members including 3 owners, ",
        "la cellule compte 12 membres dont 3 ouvriers, ",
        "1 2 3 4 5 6 7 8 9 ",
        "111.222.333.",
        "một hai ba bốn ",
        "党员12人",
        "((((",
    ],
)
def test_the_time_grows_with_the_length_and_no_faster(language: str, unit: str) -> None:
    def cost(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        started = time.process_time()
        find_quantities(text, language=language)
        return time.process_time() - started

    cost(2_000)
    short, long = cost(8_000), cost(64_000)
    assert long < 8 * 4 * max(short, 0.002)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_stands_for_two_concepts(language: str) -> None:
    words = load_words(language)
    assert words is not None
    seen: dict[str, str] = {}
    for concept, phrase in words.phrases:
        assert seen.setdefault(phrase.lower(), concept) == concept, phrase


SHARED = Path(__file__).parents[3].parent / "shared"


def shared_lines(name: str) -> list[dict[str, Any]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared is absent: {path} is not there")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def facts(record: dict[str, Any]) -> Counter[tuple[float, str]]:
    return Counter((float(fact["value"]), fact["indicator"]) for fact in record["facts"])


def test_labelled_texts_are_read_rightly_in_each_language() -> None:
    texts = {record["id"]: record for record in shared_lines("corpus/relevance-dev.jsonl")}
    right, extra, missing = Counter[str](), Counter[str](), Counter[str]()
    for record in shared_lines("corpus/figures-dev.jsonl"):
        language = texts[record["id"]]["lang"]
        found = stated(unicodedata.normalize("NFC", texts[record["id"]]["text"]), language)
        expected = facts(record)
        right[language] += (found & expected).total()
        extra[language] += (found - expected).total()
        missing[language] += (expected - found).total()
    assert right.total() >= 0.97 * (right.total() + extra.total())
    assert right.total() >= 0.97 * (right.total() + missing.total())
    for language in ("vi", "en", "fr"):
        assert right[language] >= 0.95 * (right[language] + max(extra[language], missing[language])), language


def test_every_named_quantity_of_the_seed_articles_is_found() -> None:
    for record in shared_lines("corpus/figures-seeds.jsonl"):
        text = unicodedata.normalize("NFC", (SHARED / "seeds" / record["id"]).read_text(encoding="utf-8"))
        language = "fr" if "entreprises de Bac Giang" in text else "en"
        missing = facts(record) - stated(text, language)
        assert {indicator for _, indicator in missing} <= {"other"}, record["id"]
