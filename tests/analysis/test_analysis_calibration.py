from dataclasses import replace
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from analysis.calibration import EVEN, Calibration
from analysis.flag import find_flag
from analysis.topic import Topic, load_topic

CALIBRATION = Calibration(below=8, above=20, ceiling=0.94)
SHARES = st.floats(0, 1)
THRESHOLDS = st.floats(0.1, 0.9)


@cache
def topic() -> Topic:
    return load_topic()


@given(SHARES, SHARES, THRESHOLDS)
def test_what_weighs_more_is_never_less_likely(first: float, second: float, threshold: float) -> None:
    low, high = sorted((first, second))
    assert CALIBRATION.probability(low, threshold) <= CALIBRATION.probability(high, threshold)


@given(SHARES, THRESHOLDS)
def test_even_is_reached_at_the_threshold_and_the_ceiling_never_passed(raw: float, threshold: float) -> None:
    probability = CALIBRATION.probability(raw, threshold)
    assert (probability >= EVEN) == (raw >= threshold)
    assert 0 <= probability <= CALIBRATION.ceiling


def test_nothing_found_is_nothing() -> None:
    assert CALIBRATION.probability(0, 0.5) == 0


def test_the_surest_texts_keep_their_order() -> None:
    assert CALIBRATION.probability(0.9, 0.5) < CALIBRATION.probability(0.95, 0.5)


def test_a_text_is_flagged_where_its_published_score_is_even_or_more() -> None:
    plain = replace(topic(), calibration=None)
    for section in topic().sections.values():
        for example in section.examples:
            published = find_flag(example.text, topic(), title=example.title, language=section.language)
            raw = find_flag(example.text, plain, title=example.title, language=section.language)
            assert published.is_flagged == raw.is_flagged == (published.score >= EVEN)
            assert (published.grade, published.evidence) == (raw.grade, raw.evidence)
