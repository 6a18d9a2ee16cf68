"""Evidence for and against one event, and that it says why."""

import pytest
from story_samples import made, sample

from analysis.stories.evidence import JOINS_FROM, Kind, join, weigh
from analysis.stories.fingerprint import Fingerprint

REVIEW = """Tỉnh ủy Bắc Giang cho biết năm qua kết nạp {new} đảng viên trong doanh nghiệp, thành lập {cells}
chi bộ. Hội nghị do ông Ngô Quang Hiển chủ trì đã biểu dương {praised} tập thể ở các khu công nghiệp và bàn
cách mở thêm lớp bồi dưỡng nhận thức về Đảng vào buổi tối cho công nhân làm ca, nhất là ở những doanh nghiệp
có vốn nước ngoài."""


def review(identity: str, new: int, cells: int, praised: int, **details: object) -> Fingerprint:
    return made(identity, REVIEW.format(new=new, cells=cells, praised=praised), **details)


def total(a: Fingerprint, b: Fingerprint) -> float:
    return sum(reason.weight for reason in weigh(a, b))


def kinds(a: Fingerprint, b: Fingerprint) -> dict[Kind, float]:
    return {reason.kind: reason.weight for reason in weigh(a, b)}


def test_a_join_says_why_in_words() -> None:
    found = join(sample("kaneshiro-vi"), sample("kaneshiro-en"))
    assert found is not None
    assert found.score >= JOINS_FROM
    assert str(found).startswith(
        "same numbers: 11, 1870; same names: luu thi bich hanh, ngo quang hien, kaneshiro"
    )
    assert "same day: 03-12" in str(found)
    assert "same place: Bắc Ninh" in str(found)
    assert [reason.weight for reason in found.reasons] == sorted(
        (reason.weight for reason in found.reasons), reverse=True
    )


def test_a_translation_shares_no_words_and_is_joined_by_facts() -> None:
    reasons = kinds(sample("lam-dong-vi"), sample("lam-dong-en"))
    assert not {Kind.TEXT, Kind.TITLE, Kind.PHRASES} & reasons.keys()
    assert join(sample("lam-dong-vi"), sample("lam-dong-en")) is not None


def test_chinese_and_french_meet_by_their_numbers() -> None:
    found = join(sample("interview-zh"), sample("interview-fr"))
    assert found is not None
    assert found.reasons[0].kind is Kind.NUMBERS


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ("ca-may-1-vi", "ca-may-2-vi", Kind.PART),
        ("ky-1-en", "ky-cuoi-fr", Kind.OPENING),
        ("tay-ninh-2025-vi", "tay-ninh-2026-vi", Kind.YEAR),
        ("gala-2025-vi", "gala-2026-vi", Kind.EDITION),
        ("thang-hai-opens-vi", "thang-hai-closes-vi", Kind.SESSION),
        ("vinh-long-month-vi", "an-giang-month-vi", Kind.PLACE),
        ("kaneshiro-vi", "kaneshiro-admission", Kind.TIME),
        ("haejin-vi", "sunwell-vi", Kind.NAMES),
    ],
)
def test_a_near_miss_is_told_apart_by_what_differs(a: str, b: str, kind: Kind) -> None:
    one, other = sample(a), sample(b)
    assert join(one, other) is None
    assert min(reason.weight for reason in weigh(one, other) if reason.kind is kind) < 0


def test_one_form_filled_in_twice_is_not_a_reprint() -> None:
    first, second = review("a", 186, 17, 12, day=3), review("b", 241, 29, 15, day=4)
    reprint = review("c", 186, 17, 12, day=4)
    assert kinds(first, second)[Kind.TEXT] < kinds(first, reprint)[Kind.TEXT] / 3
    assert join(first, second) is None
    assert join(first, reprint) is not None


def test_two_weeks_more_between_them_and_a_month_part_the_same_words() -> None:
    assert join(review("a", 186, 17, 12, day=1), review("b", 186, 17, 12, day=2)) is not None
    assert join(review("a", 186, 17, 12, day=1), review("b", 186, 17, 12, day=30)) is None


def test_a_named_source_needs_no_other_evidence() -> None:
    original = made("a", "Một bài viết.", url="https://bao.example/bai-viet-hay-100.htm")
    rehost = made(
        "b",
        "Something else.",
        language="en",
        original_url="https://www.bao.example/bai-viet-hay-100.htm?utm_source=x",
    )
    found = join(original, rehost)
    assert found is not None
    assert found.reasons[0].kind is Kind.LINK


def test_one_standing_figure_of_a_firm_is_no_event() -> None:
    a = made(
        "a",
        "Công ty Kaneshiro Việt Nam có 1.870 lao động. Chi bộ kết nạp 15 đảng viên trong tháng này.",
        day=3,
    )
    b = made(
        "b",
        "Kaneshiro Việt Nam, với 1.870 lao động, vừa trao 40 suất quà cho con công nhân ở Bắc Ninh.",
        day=4,
    )
    assert join(a, b) is None


def test_a_number_counts_for_more_the_rarer_it_is_and_when_it_counts_the_same() -> None:
    def weight(one: str, other: str) -> float:
        return kinds(made("a", one), made("b", other, language="en")).get(Kind.NUMBERS, 0.0)

    rare = weight("Có 13.465 chi bộ, 82,4% đạt.", "There are 13,465 cells, 82.4 percent good.")
    round_ones = weight("Có 13.000 chi bộ, 80% đạt.", "There are 13,000 cells, 80 percent good.")
    other_things = weight("Có 13.465 chi bộ, 82,4% đạt.", "There are 13,465 dollars, 82.4 workers good.")
    assert rare > round_ones
    assert rare > other_things


def test_merged_provinces_are_one_place() -> None:
    before = made("a", "Tỉnh Bắc Giang tổ chức lễ.")
    after = made("b", "Tỉnh Bắc Ninh tổ chức lễ.")
    elsewhere = made("c", "Tỉnh Cà Mau tổ chức lễ.")
    assert kinds(before, after)[Kind.PLACE] > 0 > kinds(before, elsewhere)[Kind.PLACE]
