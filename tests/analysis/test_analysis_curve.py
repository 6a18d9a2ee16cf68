import pytest

from analysis.curve import average_precision, precision_recall_curve, score_bands
from analysis.intervals import bootstrapped_f1, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (50, 100, 0.404, 0.596)],
)
def test_wilsons_interval_is_the_one_of_the_books(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=0.001)


def test_no_trials_have_no_interval() -> None:
    assert wilson(0, 0) is None
    assert bootstrapped_f1(0, 0, 0, 9) is None


def test_the_bootstrap_holds_the_value_narrows_with_more_records_and_repeats() -> None:
    few, many = bootstrapped_f1(8, 2, 2, 10), bootstrapped_f1(160, 40, 40, 200)
    assert few is not None
    assert many is not None
    assert few[0] < many[0] < 0.8 < many[1] < few[1]
    assert bootstrapped_f1(8, 2, 2, 10) == few
    assert bootstrapped_f1(5, 0, 0, 100) == (1.0, 1.0)
    assert bootstrapped_f1(0, 1, 0, 0) == (0.0, 0.0)


def test_the_curve_has_a_point_for_each_score() -> None:
    scored = [(0.9, True), (0.8, True), (0.8, False), (0.5, True), (0.2, False), (0.0, True)]
    points = precision_recall_curve(scored)
    assert [(point.threshold, point.recall) for point in points] == [
        (0.9, 0.25),
        (0.8, 0.5),
        (0.5, 0.75),
        (0.2, 0.75),
    ]
    assert [point.precision for point in points] == pytest.approx([1, 2 / 3, 3 / 4, 3 / 5])
    assert average_precision(points) == pytest.approx(0.25 + 0.25 * 2 / 3 + 0.25 * 3 / 4)


def test_without_a_relevant_record_there_is_no_curve() -> None:
    assert precision_recall_curve([(0.9, False)]) == precision_recall_curve([]) == []
    assert average_precision([]) == 0


def test_bands_count_what_scores_alike() -> None:
    bands = score_bands([(0.81, True), (0.89, False), (1.0, True), (0.0, False)])
    assert [(band.low, band.records, band.relevant) for band in bands] == [
        (0.0, 1, 0),
        (0.8, 2, 1),
        (0.9, 1, 1),
    ]
    assert bands[1].share == 0.5
