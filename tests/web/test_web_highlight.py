"""Evidence in place: every character once, marked where it should be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.models import Evidence
from web.highlight import paragraphs


def evidence(start: int, end: int, *marks: tuple[int, int]) -> Evidence:
    return Evidence(exact="x", prefix="", suffix="", start=start, end=end, rule="r", weight=1, marks=marks)


SPANS = st.tuples(st.integers(0, 60), st.integers(0, 60))


@given(
    st.text(st.sampled_from("ab \n"), max_size=50),
    st.lists(st.tuples(SPANS, st.lists(SPANS, max_size=3)), max_size=4),
)
def test_no_character_is_lost_or_doubled(text, spans) -> None:
    items = sorted(
        (evidence(min(span), max(span), *sorted((min(m), max(m)) for m in marks)) for span, marks in spans),
        key=lambda item: item.start,
    )
    runs = [run for paragraph in paragraphs(text, items) for run in paragraph]
    shown = "".join(piece for run in runs for piece, _ in run.pieces)
    assert shown.replace("\n", "") == text.replace("\n", "")
    anchors = [run.evidence for run in runs if run.is_first]
    assert len(anchors) == len(set(anchors))


def test_evidence_and_marks_stand_where_they_belong() -> None:
    text = "First one.\n\nA Party cell in a firm. Rest."
    (first,), second = paragraphs(text, [evidence(12, 35, (14, 24))])
    assert first.pieces == (("First one.", False),)
    assert [(run.evidence, run.is_first) for run in second] == [(1, True), (None, False)]
    assert second[0].pieces == (("A ", False), ("Party cell", True), (" in a firm.", False))


def test_evidence_over_a_paragraphs_end_goes_on_without_a_second_anchor() -> None:
    first, second = paragraphs("one two\n\nthree four", [evidence(4, 14)])
    assert [(run.evidence, run.is_first) for run in first] == [(None, False), (1, True)]
    assert [(run.evidence, run.is_first) for run in second] == [(1, False), (None, False)]


@pytest.mark.parametrize("text", ["", "\n\n", "\n\n\n\n"])
def test_no_text_has_no_paragraphs(text: str) -> None:
    assert [run for paragraph in paragraphs(text, []) for run in paragraph if run.pieces[0][0].strip()] == []
