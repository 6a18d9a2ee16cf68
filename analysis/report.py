"""An Evaluation as a person reads it and as a program does."""

from collections.abc import Sequence
from typing import Any

from analysis.curve import average_precision, precision_recall_curve, score_bands
from analysis.evaluate import Evaluation, Miss, Score
from analysis.intervals import Interval

_NAME_WIDTH = 26


def as_table(evaluation: Evaluation) -> str:
    """The evaluation as lines of plain text, the misses last."""
    lines = [f"{'':{_NAME_WIDTH}} {'n':>5}  {'precision':16} {'recall':16} {'F1':16}"]
    lines += [_row(name, score) for name, score in _scores(evaluation)]
    lines += ["", "In brackets: where the true value lies with 95% (Wilson; F1 by the bootstrap).", ""]
    lines += [f"label {a}, verdict {b}: {count}" for (a, b), count in evaluation.grades.items()]
    if curve := precision_recall_curve(evaluation.scored):
        lines.append(f"average precision over all thresholds: {average_precision(curve):.3f}")
        lines += ["", "What scores so much is on the topic so often:"]
        lines += [
            f"  {band.low:.1f} to {band.high:.1f}: {band.relevant} of {band.records} ({band.share:.0%})"
            for band in score_bands(evaluation.scored)
        ]
    if evaluation.unlabelled:
        lines.append(
            f"without label: {evaluation.unlabelled}, flagged {len(evaluation.to_read)} "
            f"({evaluation.flagged_per_10000:.1f} in 10,000)"
        )
    for heading, misses in _lists(evaluation):
        lines += _listed(heading.replace("_", " "), misses)
    return "\n".join(lines)


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """The same, ready for JSON."""
    return {
        "overall": _score(evaluation.overall),
        "by_language": {key: _score(score) for key, score in evaluation.by_language.items()},
        "by_grade": {str(key): _score(score) for key, score in evaluation.by_grade.items()},
        "by_kind": {key: _score(score) for key, score in evaluation.by_kind.items()},
        "grades": [
            {"label": label, "verdict": verdict, "records": count}
            for (label, verdict), count in evaluation.grades.items()
        ],
        "average_precision": average_precision(precision_recall_curve(evaluation.scored)),
        "bands": [
            {"low": band.low, "high": band.high, "records": band.records, "relevant": band.relevant}
            for band in score_bands(evaluation.scored)
        ],
        "unlabelled": evaluation.unlabelled,
        "flagged_per_10000": evaluation.flagged_per_10000,
        **{name: [_miss(miss) for miss in misses] for name, misses in _lists(evaluation)},
    }


def _scores(evaluation: Evaluation) -> list[tuple[str, Score]]:
    return [
        ("all", evaluation.overall),
        *((f"language {key}", score) for key, score in evaluation.by_language.items()),
        *((f"grade {key}", score) for key, score in evaluation.by_grade.items()),
        *evaluation.by_kind.items(),
    ]


def _lists(evaluation: Evaluation) -> tuple[tuple[str, Sequence[Miss]], ...]:
    return (
        ("false_alarms", evaluation.false_alarms),
        ("missed", evaluation.missed),
        ("wrong_grade", evaluation.wrong_grade),
        ("to_read", evaluation.to_read),
    )


def _row(name: str, score: Score) -> str:
    values = (score.precision, score.recall, score.f1)
    shown = (_with_interval(*pair) for pair in zip(values, score.intervals, strict=True))
    return (
        f"{name[:_NAME_WIDTH]:{_NAME_WIDTH}} {score.records:5}  {' '.join(f'{v:16}' for v in shown)}".rstrip()
    )


def _with_interval(value: float | None, interval: Interval | None) -> str:
    if value is None or interval is None:
        return "-"
    low, high = (f"{end:.2f}".removeprefix("0") for end in interval)
    return f"{value:.3f} [{low}-{high}]"


def _score(score: Score) -> dict[str, Any]:
    precision, recall, f1 = score.intervals
    return {
        "records": score.records,
        "right": score.right,
        "wrong": score.wrong,
        "missed": score.missed,
        "passed": score.passed,
        "precision": score.precision,
        "precision_interval": precision,
        "recall": score.recall,
        "recall_interval": recall,
        "f1": score.f1,
        "f1_interval": f1,
    }


def _miss(miss: Miss) -> dict[str, Any]:
    return {
        "id": miss.id,
        "language": miss.language,
        "kind": miss.kind,
        "label": miss.expected,
        "verdict": miss.grade,
        "score": miss.score,
        "title": miss.title,
        "evidence": [
            {"exact": item.exact, "rule": item.rule, "weight": item.weight} for item in miss.evidence
        ],
    }


def _listed(heading: str, misses: Sequence[Miss]) -> list[str]:
    if not misses:
        return []
    rows = [
        f"  {m.id} {m.language} {m.kind}: label {m.expected}, verdict {m.grade} ({m.score:.2f}) {m.title}"
        for m in misses
    ]
    return ["", f"{heading} ({len(misses)})", *rows]
