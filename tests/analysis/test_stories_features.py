"""What is taken from an article: numbers, days, names, the part of a series."""

import json
from datetime import UTC, date, datetime

import pytest
from story_samples import SETS, made, prints

from analysis.judge import judge
from analysis.matching import plain
from analysis.places import find_places
from analysis.stories.addresses import canonical
from analysis.stories.days import find_days, find_years
from analysis.stories.fingerprint import Telling, fingerprint, fingerprint_from_json
from analysis.stories.names import find_names
from analysis.stories.numbers import find_numbers, significant_digits
from analysis.stories.series import find_editions, find_part, find_session
from analysis.topic import load_topic


def numbers(text: str, language: str) -> list[tuple[str, str]]:
    folded = plain(text)
    days = [(day.start, day.end) for day in find_days(folded)]
    return [(number.value, number.counts) for number in find_numbers(text, folded, language, days)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("kết nạp 3.390 đảng viên, đạt 82,4%", "vi"),
        ("admitted 3,390 members, 82.4 percent", "en"),
        ("admitted 3.390 party members, reaching 82,4% of the plan", "en"),
        ("3 390 membres admis, soit 82,4 %", "fr"),
        ("3\u202f390 membres admis, soit 82,4\u00a0%", "fr"),
        ("kết nạp 3390 đảng viên, đạt 82,4 phần trăm", "vi"),
    ],
)
def test_a_number_is_one_however_it_is_written(text: str, language: str) -> None:
    assert numbers(text, language) == [("3390", "people"), ("82.4", "percent")]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("vốn 18,6 tỷ đồng", "vi", "18600000000"),
        ("at a cost of 18.6 billion VND", "en", "18600000000"),
        ("18,6 milliards de dongs", "fr", "18600000000"),
        ("hơn 5,4 triệu đảng viên", "vi", "5400000"),
        ("540万党员", "zh", "5400000"),
        ("20 nghìn tỷ đồng", "vi", "20000000000000"),
        ("Fifty-seven workers attend", "en", "57"),
        ("gồm mười bốn đảng viên", "vi", "14"),
        ("Quatorze membres", "fr", "14"),
        ("到2015年,党员134036人", "zh", "134036"),
    ],
)
def test_large_numbers_and_words_are_worked_out(text: str, language: str, value: str) -> None:
    assert [found for found, _ in numbers(text, language)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "năm 2026",
        "giai đoạn 2026-2030",
        "Quyết định số 36-QĐ/TU",
        "Nghị quyết 21",
        "lần thứ 14",
        "lúc 7h30",
        "20/10/2025",
        "ngày 12 tháng 3",
        "Plan No. 36-KH/TU",
        "the 14th congress",
        "May 13",
        "ba đảng viên",
        "1 người",
    ],
)
def test_what_counts_nothing_is_no_number(text: str) -> None:
    assert numbers(text, "en" if text.isascii() else "vi") == []


def test_significant_digits_tell_round_numbers_from_telling_ones() -> None:
    assert [significant_digits(value) for value in ("500000", "3390", "82.4", "95", "100")] == [1, 3, 3, 2, 1]


@pytest.mark.parametrize(
    "text",
    [
        "Sáng 12/3, tại Huế",
        "ngày 12 tháng 3 năm 2026",
        "ngày 12-3",
        "on March 12, 2026",
        "on 12 March",
        "le 12 mars",
        "el 12 de marzo",
        "3月12日",
        "12 марта",
    ],
)
def test_a_day_is_one_in_every_language(text: str) -> None:
    assert [mention.day for mention in find_days(plain(text))] == ["03-12"]


def test_days_that_only_the_day_of_publication_tells() -> None:
    on = date(2026, 4, 28)  # a Tuesday
    texts = ("announced on Monday", "s'est tenue lundi", "Chiều qua, tại Huế")
    assert [[day.day for day in find_days(plain(text), on)] for text in texts] == [["04-27"]] * 3
    assert find_days(plain("announced on Monday")) == []
    assert find_days("3-5 dang vien, ty le 2-3") == []


def test_years_of_targets_and_terms_are_left_out() -> None:
    assert find_years(plain("tổng kết năm 2025, mục tiêu đến năm 2030, nhiệm kỳ 2025-2030")) == [2025]
    assert find_years(plain("Tối 28/4/2025")) == [2025]


def names(text: str) -> dict[str, str]:
    return {name.key: name.kind for name in find_names(text, plain(text))}


def test_names_are_one_with_and_without_marks() -> None:
    vietnamese = names(
        "Theo ông Nguyễn Đăng Tuyến, Công ty TNHH Seohanbit Optics Vina ở Vân Trung có 38 người."
    )
    english = names("According to Nguyen Dang Tuyen, Seohanbit Optics Vina in Van Trung has 38 people.")
    assert (
        vietnamese.items()
        >= {"nguyen dang tuyen": "person", "seohanbit": "brand", "van trung": "pair"}.items()
    )
    assert vietnamese.keys() & english.keys() == {
        "nguyen dang tuyen",
        "seohanbit",
        "optics",
        "vina",
        "van trung",
    }


def test_offices_leaders_and_first_words_are_no_names() -> None:
    text = "Workers met. Trưởng Ban Tổ chức Tỉnh uỷ dự. Tổng Bí thư Tô Lâm nói với UBND và HĐND."
    assert not {"workers", "to lam", "ubnd", "hdnd", "truong ban to"} & names(text).keys()


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("Đảng viên ở tổ may - Bài 1: Người giữ nhịp", 1),
        ("Hạt giống (Kỳ 2): Người gieo", 2),
        ("Kỳ cuối: Mùa gặt", 99),
        ("Les graines de l'atelier, dernier volet", 99),
        ("Deuxième partie : le métier", 2),
        ("Lesson 3: The way ahead", 3),
        ("第二期:车间里的党员", 2),
        ("Phần 20 năm sau", 0),
        ("Nhiệm kỳ 2025-2030", 0),
    ],
)
def test_the_part_of_a_series(title: str, part: int) -> None:
    assert find_part(plain(title), "", "") == part


def test_the_address_and_the_start_of_the_text_tell_the_part_too() -> None:
    assert find_part("", "", "gieo hat giong do bai 2") == 2
    assert find_part("", plain("Kỳ 3: Phát triển Đảng là tất yếu."), "") == 3
    assert (
        find_part("", plain("Cấp uỷ các cấp đã vào cuộc từ lâu, nhưng theo bài 2 của báo thì khó"), "") == 0
    )


def test_sessions_and_editions() -> None:
    assert find_session(plain("Khai mạc Đại hội Đảng bộ")) == "opening"
    assert find_session("the party congress closed on july 15") == "closing"
    assert find_session("the plant opened in 2018") == ""
    assert (
        find_editions(plain("giải Búa Vàng lần thứ 7"))
        == find_editions("the seventh golden hammer award")
        == (7,)
    )
    assert find_editions("lan thu xiv") == (14,)
    assert find_editions("the 36th party organisation of the first year") == ()


def test_a_fingerprint_survives_json() -> None:
    for file in SETS.glob("*.toml"):
        for item in prints(file.stem).values():
            assert fingerprint_from_json(json.loads(json.dumps(item.as_json()))) == item


def test_the_day_comes_from_the_address_where_nothing_else_tells() -> None:
    found = made(
        "a", "Tin ngắn.", url="https://www.bao.example/xa-hoi/202402/dang-vien-tien-phong-hien-dat-100.htm"
    )
    assert (found.published_on, found.is_day_sure) == (date(2024, 2, 15), False)
    found = made(
        "a", "Tin ngắn.", url="https://bao.example/nguoi-dan-dong-long-hien-dat-20230212184330284.htm"
    )
    assert (found.published_on, found.slug) == (date(2023, 2, 12), "nguoi dan dong long hien dat")
    found = made("a", "Tin ngắn.", url="https://bao.example/nguoi-dan-dong-long-hien-dat-2023021.htm")
    assert (found.published_on, found.slug) == (None, "nguoi dan dong long hien dat")
    found = made("a", "Tin ngắn.", url="https://bao.example/2023/02/12/hien-dat-lam-duong-lang.htm")
    assert (found.published_on, found.is_day_sure) == (date(2023, 2, 12), True)


def test_the_day_is_local() -> None:
    late = datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert made("a", "Tin.", published_at=late).published_on == date(2026, 11, 21)


def test_addresses_compare_without_tracking() -> None:
    assert canonical("https://www.a.example/x/?utm_source=f&ID=3") == canonical("http://a.example/x?ID=3")
    assert canonical("http://[broken") == canonical(None) == canonical("not an address") == ""


def test_places_of_a_verdict_are_taken_as_they_are() -> None:
    text = "Chi bộ Công ty Bao Tay ở Bắc Giang có 14 đảng viên trong doanh nghiệp."
    verdict = judge(text, load_topic(), language="vi").model_copy(
        update={"places": find_places(text, language="vi")}
    )
    told = Telling("a", text, language="vi")
    assert fingerprint(told, verdict) == fingerprint(told)
    assert fingerprint(told).provinces == ("Bắc Ninh",)


@pytest.mark.parametrize(
    "text", ["", "\ud800", "1" * 70_000, "1.234 " * 20_000, "A" * 70_000, "Ba Bốn " * 9_000]
)
def test_hostile_texts_have_a_fingerprint(text: str) -> None:
    found = made("a", text, title=text[:2000])
    assert fingerprint_from_json(json.loads(json.dumps(found.as_json()))) == found
