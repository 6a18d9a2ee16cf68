from functools import cache

import pytest

from analysis.judge import judge
from analysis.rules import Example
from analysis.topic import Topic, TopicError, load_topic, parse_topic

SMALL = """
anchors = ["party"]
masks = []
[concepts]
party = "a Party organisation"
firm = "an enterprise"
[thresholds]
flag = 0.5
near_miss = 0.2
opening = 0.15
opening_share = 0.2
later_share = 0.4
lone_share = 0.5
hinted_share = 0.2
[setting.firm]
sentence = 1.0
far = 0.5
neighbour = 0.7
title = 0.7
[[rule]]
name = "presence"
why = "Both words."
steps = [["party"]]
weight = 0.9
settings = ["firm"]
central = true
[language.en]
[language.en.concepts]
party = ["party cell"]
firm = ["company"]
"""


@cache
def topic() -> Topic:
    return load_topic()


EXAMPLES = [
    pytest.param(code, example, id=f"{code}-{example.text[:30]}")
    for code, section in topic().sections.items()
    for example in section.examples
]


@pytest.mark.parametrize(("code", "example"), EXAMPLES)
def test_each_worked_example_of_the_topic_holds(code: str, example: Example) -> None:
    flag = judge(example.text, topic(), title=example.title, language=code).flag
    assert flag.grade == example.grade
    assert not example.rule or example.rule in {item.rule for item in flag.evidence}


def test_every_language_has_examples_and_every_rule_a_reason() -> None:
    assert set(topic().sections) >= {"vi", "en", "fr"}
    for section in topic().sections.values():
        grades = {example.grade for example in section.examples}
        assert {0, 2} <= grades


def test_every_rule_is_shown_by_an_example_in_some_language() -> None:
    shown = {
        item.rule
        for code, section in topic().sections.items()
        for example in section.examples
        for item in judge(example.text, topic(), title=example.title, language=code).flag.evidence
    }
    assert {rule.name for rule in topic().rules if not rule.is_for_titles} <= shown


@pytest.mark.parametrize("language", ["vi", "en", "fr"])
def test_every_concept_stands_in_an_example(language: str) -> None:
    section = topic().sections[language]
    shown = {
        match.concept
        for example in section.examples
        for text in (example.text, example.title)
        for match in section.matcher.find(text)
    }
    assert {concept for concept, _ in section.matcher.phrases} <= shown


def test_a_small_topic_works() -> None:
    flag = judge("A party cell met at the company.", parse_topic("small", SMALL), language="en").flag
    assert (flag.topic, flag.grade, flag.evidence[0].rule) == ("small", 2, "presence")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("weight = 0.9", "weight = 1.9", "rule presence"),
        ("weight = 0.9", 'weight = "high"', "rule presence"),
        ("weight = 0.9", "wieght = 0.9", "rule presence"),
        ('steps = [["party"]]', 'steps = [["partei"]]', "rule presence"),
        ('steps = [["party"]]', "steps = []", "rule presence"),
        ('settings = ["firm"]', 'settings = ["party"]', "rule presence"),
        ('name = "presence"', "", "rule"),
        ('why = "Both words."', "", "rule presence"),
        ('party = ["party cell"]', 'party = ["party (cell"]', "language en, concept party"),
        ('party = ["party cell"]', 'party = ["(|party)"]', "language en, concept party"),
        ('party = ["party cell"]', 'party = "party cell"', "language en, concept party"),
        ("flag = 0.5", "flag = true", "thresholds"),
        ("[setting.firm]", "[setting.farm]", "setting farm"),
        ('anchors = ["party"]', 'anchors = ["partei"]', "anchors"),
        ("masks = []", 'masks = []\nhome = "here"', "home"),
        ('firm = "an enterprise"', "", "rule presence"),
        ('firm = ["company"]', 'farm = ["farm"]', "language en"),
        ("[thresholds]", "[thresholds", "file"),
        ("masks = []", 'masks = []\nbare = { cell = "party" }', "bare"),
        ("[thresholds]", "[calibration]\nbelow = 0\nabove = 9\nceiling = 0.9\n[thresholds]", "calibration"),
        ("[thresholds]", "[calibration]\nbelow = 8\nabove = 9\nceiling = 0.4\n[thresholds]", "calibration"),
        ("[[rule]]", "[rule]", "file"),
    ],
)
def test_a_faulty_file_is_refused_with_topic_and_place(old: str, new: str, where: str) -> None:
    assert old in SMALL
    with pytest.raises(TopicError) as caught:
        parse_topic("small", SMALL.replace(old, new, 1))
    assert (caught.value.topic, caught.value.rule) == ("small", where)
    assert caught.value.why in str(caught.value)


def test_an_example_that_names_no_rule_of_the_topic_is_refused() -> None:
    example = '[[language.en.example]]\ntext = "x"\ngrade = 0\nrule = "absence"\n'
    with pytest.raises(TopicError, match="absence"):
        parse_topic("small", SMALL + example)


def test_a_topic_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TopicError, match="nowhere"):
        load_topic("nowhere")
