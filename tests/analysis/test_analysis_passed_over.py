from functools import cache

import pytest

from analysis.flag import find_flag
from analysis.passed_over import Hindrance, PassedOver, passed_over
from analysis.topic import Topic, load_topic


@cache
def topic() -> Topic:
    return load_topic()


def left_out(text: str, title: str = "", language: str = "vi") -> tuple[PassedOver, ...]:
    flag = find_flag(text, topic(), title=title, language=language)
    return passed_over(text, topic(), flag, title=title, language=language)


@pytest.mark.parametrize(
    ("sentence", "hindrance"),
    [
        ("Ban Tổ chức Đảng ủy thông báo lịch nghỉ lễ.", Hindrance.HIDDEN),
        ("Chi bộ thôn họp bàn việc làm đường.", Hindrance.NO_SETTING),
    ],
)
def test_what_kept_a_sentence_out(sentence: str, hindrance: Hindrance) -> None:
    (item,) = left_out(f"Trời mưa. {sentence}")
    assert (item.exact, item.hindrance, item.start) == (sentence, hindrance, 10)
    assert all(word in sentence for words in item.words.values() for word in words)
    assert item.words


def test_evidence_and_sentences_without_the_party_are_not_passed_over() -> None:
    about = "Đảng ủy các khu công nghiệp kết nạp 29 đảng viên là công nhân trong doanh nghiệp tư nhân."
    assert left_out(f"{about} Chiều nay trời mưa.") == ()


def test_a_setting_in_reach_leaves_it_to_the_rules() -> None:
    (item,) = left_out("Chi bộ họp thường kỳ. Các doanh nghiệp trong tỉnh đóng thuế đầy đủ.")
    assert item.hindrance in (Hindrance.NO_RULE, Hindrance.DAMPED)


def test_a_language_without_a_section_has_none() -> None:
    assert left_out("Chi bộ thôn họp.", language="xx") == ()
    assert left_out("") == ()
