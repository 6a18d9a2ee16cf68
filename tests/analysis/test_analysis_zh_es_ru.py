"""Invented articles in Chinese, Spanish and Russian, and what these languages ask of the matcher."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.judge import judge
from analysis.matching import Matcher
from analysis.topic import TopicError, load_topic, parse_topic

TOPIC = load_topic()
FILE = Path(__file__).parent / "cases_zh_es_ru.toml"
CASES = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]
LANGUAGES = ("zh", "es", "ru")


def marked() -> Iterator[Any]:
    for case in CASES:
        still_open = [pytest.mark.xfail(strict=True, reason="not yet judged rightly")] * bool(
            case.get("open")
        )
        name = f"{case['language']}-{case['kind']}-{case['text'][:20]}"
        yield pytest.param(case, marks=still_open, id=name)


@pytest.mark.parametrize("case", list(marked()))
def test_an_article_is_flagged_or_not_as_it_should(case: dict[str, Any]) -> None:
    flag = judge(case["text"], TOPIC, title=case["title"], language=case["language"]).flag
    assert flag.is_flagged is (case["grade"] > 0), [(item.rule, item.weight) for item in flag.evidence]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_grades_in_ten_are_right(language: str) -> None:
    cases = [case for case in CASES if case["language"] == language]
    wrong = [
        (case["kind"], case["grade"], flag.grade)
        for case in cases
        if (flag := judge(case["text"], TOPIC, title=case["title"], language=language).flag).grade
        != case["grade"]
    ]
    assert len(cases) >= 35
    assert len(wrong) <= len(cases) // 10, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_without_its_language_is_told_and_judged_the_same(language: str) -> None:
    for case in CASES:
        if case["language"] == language:
            told = judge(case["text"], TOPIC, title=case["title"]).flag
            assert told == judge(case["text"], TOPIC, title=case["title"], language=language).flag


def found(matcher: Matcher, text: str) -> list[str]:
    return [text[match.start : match.end] for match in matcher.find(text)]


def test_chinese_is_found_without_spaces_and_beside_other_letters() -> None:
    matcher = Matcher([("enterprise", "FDI企业"), ("party_cell", "党支部")], marks_count=False)
    assert found(matcher, "平阳省FDI企业党支部成立") == ["FDI企业", "党支部"]
    assert found(matcher, "XFDI企业") == []


def test_traditional_characters_are_read_as_simplified_ones_where_they_stand() -> None:
    text = "外資企業黨支部"
    matcher = TOPIC.sections["zh"].matcher
    spans = {text[match.start : match.end] for match in matcher.find(text)}
    assert {"企業", "黨支部"} <= spans


@pytest.mark.parametrize(
    "text",
    [
        "партийная организация",
        "Партийных организаций",
        "партийным\u00a0организациям",
        "партийной организацией",
    ],
)
def test_an_asterisk_leaves_an_ending_open_and_the_match_takes_it_in(text: str) -> None:
    matcher = Matcher([("party_cell", "партийн* организаци*")], marks_count=False)
    assert found(matcher, f"Три {text}, созданы.") == [text]


@pytest.mark.parametrize(
    "text", ["партийная новая организация", "непартийная организация", "партийн организационный-бюджет"]
)
def test_an_asterisk_stands_for_an_ending_and_no_more(text: str) -> None:
    assert found(Matcher([("party_cell", "партийн* организаци*")], marks_count=False), text) == []


def test_an_ending_of_any_length_is_no_ending() -> None:
    matcher = Matcher([("enterprise", "банк*")], marks_count=False)
    assert found(matcher, "банками, банкротствами") == ["банками"]


def test_a_phrase_that_begins_with_an_asterisk_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Matcher([("enterprise", "*ство")], marks_count=False)


def test_spanish_counts_with_and_without_its_accents() -> None:
    matcher = Matcher([("party_cell", "célula del Partido")], marks_count=False)
    assert found(matcher, "Célula del partido, celula del Partido") == [
        "Célula del partido",
        "celula del Partido",
    ]


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("越南一家民营企业成立党支部，吸收新党员。", True),
        ("一家民营企业成立党支部，吸收新党员。", False),
        ("中国一家民营企业成立党支部，吸收新党员。", False),
    ],
)
def test_a_chinese_text_must_name_viet_nam(text: str, *, flagged: bool) -> None:
    assert judge(text, TOPIC, language="zh").flag.is_flagged is flagged


def test_chinese_rules_let_less_stand_between() -> None:
    share = 0.4
    for rule, chinese in zip(TOPIC.rules, TOPIC.sections["zh"].rules, strict=True):
        assert (chinese.gap, chinese.setting_gap) == (
            round(rule.gap * share),
            round(rule.setting_gap * share),
        )
        assert chinese.steps == rule.steps
    assert TOPIC.sections["ru"].rules == TOPIC.rules


def test_a_topic_with_odd_variants_is_refused() -> None:
    text = (Path(__file__).parents[2] / "analysis/topics/party_in_enterprises.toml").read_text(
        encoding="utf-8"
    )
    with pytest.raises(TopicError, match="pairs of characters"):
        parse_topic("odd", text.replace("黨党 ", "黨党党 ", 1))
