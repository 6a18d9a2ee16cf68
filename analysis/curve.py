"""What other thresholds would give, and whether scores mean what they say. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Precision and recall where everything from ``threshold`` on is flagged."""

    threshold: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """Records whose score lies between ``low`` and ``high``, and how many of them are on the topic."""

    low: float
    high: float
    records: int
    relevant: int

    @property
    def share(self) -> float:
        """Of the records; calibrated where it lies between ``low`` and ``high``."""
        return self.relevant / self.records


def precision_recall_curve(scored: Iterable[tuple[float, bool]]) -> list[CurvePoint]:
    """One point for each distinct score above 0, the highest first.

    ``scored`` is the score of each labelled record and whether it is on the topic. Without one that is,
    there is no curve.
    """
    ranked = sorted(scored, reverse=True)
    relevant = sum(is_relevant for _, is_relevant in ranked)
    points: list[CurvePoint] = []
    right = 0
    for at, (score, is_relevant) in enumerate(ranked, start=1):
        if score <= 0:
            break
        right += is_relevant
        is_last = at == len(ranked) or ranked[at][0] != score
        if is_last and relevant:
            points.append(CurvePoint(score, right / at, right / relevant))
    return points


def average_precision(points: Sequence[CurvePoint]) -> float:
    """The area under the curve, by steps: each precision weighed by the recall that it adds."""
    area, before = 0.0, 0.0
    for point in points:
        area += point.precision * (point.recall - before)
        before = point.recall
    return area


def score_bands(scored: Iterable[tuple[float, bool]], count: int = 10) -> list[ScoreBand]:
    """The records by their score in ``count`` bands of equal width, those that hold one; lowest first."""
    records, relevant = [0] * count, [0] * count
    for score, is_relevant in scored:
        band = min(int(score * count), count - 1)
        records[band] += 1
        relevant[band] += is_relevant
    return [
        ScoreBand(band / count, (band + 1) / count, records[band], relevant[band])
        for band in range(count)
        if records[band]
    ]
