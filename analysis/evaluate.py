"""How right the flags are: labelled records against verdicts. Pure; reading files is the caller's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.models import Flag


@dataclass(frozen=True, slots=True)
class Score:
    """How many were flagged rightly, wrongly, and not at all though they should be."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    passed: int = 0
    """Rightly left alone."""

    @property
    def precision(self) -> float | None:
        """Share of the flagged that is on the topic; None where nothing is flagged."""
        flagged = self.right + self.wrong
        return self.right / flagged if flagged else None

    @property
    def recall(self) -> float | None:
        """Share of what is on the topic that is flagged; None where nothing is."""
        relevant = self.right + self.missed
        return self.right / relevant if relevant else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None where neither says anything."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else None


@dataclass(frozen=True, slots=True)
class Miss:
    """A record whose verdict a person should read."""

    id: str
    language: str
    kind: str
    expected: int | None
    """The label; None where nobody has read the text."""
    grade: int
    score: float
    title: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of ``evaluate``."""

    overall: Score
    by_language: Mapping[str, Score]
    by_kind: Mapping[str, Score]
    grades: Mapping[tuple[int, int], int]
    """(label, verdict) to count."""
    false_alarms: tuple[Miss, ...]
    missed: tuple[Miss, ...]
    wrong_grade: tuple[Miss, ...]
    """Rightly flagged, but as 1 for 2 or 2 for 1."""
    to_read: tuple[Miss, ...]
    """Flagged and without a label."""
    unlabelled: int = 0

    @property
    def flagged_per_10000(self) -> float | None:
        """Unlabelled records flagged, in 10,000; None where there are none."""
        return 10_000 * len(self.to_read) / self.unlabelled if self.unlabelled else None


@dataclass(slots=True)
class _Tally:
    right: int = 0
    wrong: int = 0
    missed: int = 0
    passed: int = 0

    def add(self, expected: bool, flagged: bool) -> None:
        if expected:
            self.right += flagged
            self.missed += not flagged
        else:
            self.wrong += flagged
            self.passed += not flagged

    def score(self) -> Score:
        return Score(self.right, self.wrong, self.missed, self.passed)


@dataclass(slots=True)
class _Tallies:
    overall: _Tally = field(default_factory=_Tally)
    languages: dict[str, _Tally] = field(default_factory=dict)
    kinds: dict[str, _Tally] = field(default_factory=dict)
    grades: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, miss: Miss, expected: int) -> None:
        for tally in (
            self.overall,
            self.languages.setdefault(miss.language, _Tally()),
            self.kinds.setdefault(miss.kind, _Tally()),
        ):
            tally.add(expected > 0, miss.grade > 0)
        cell = (expected, miss.grade)
        self.grades[cell] = self.grades.get(cell, 0) + 1


def evaluate(judged: Iterable[tuple[Mapping[str, Any], Flag]]) -> Evaluation:
    """Precision, recall and F1 of Flags against the ``grade`` of their records.

    A record has ``id`` and ``grade`` (0, 1, 2, or None where nobody read it), and may have ``lang`` or
    ``language``, ``kind`` or ``set``, and ``title``. Flagged records without a label are listed to read.
    """
    tallies = _Tallies()
    lists: dict[str, list[Miss]] = {"false": [], "missed": [], "grade": [], "read": []}
    unlabelled = 0
    for record, flag in judged:
        miss = _miss(record, flag)
        if miss.expected is None:
            unlabelled += 1
            if flag.is_flagged:
                lists["read"].append(miss)
            continue
        tallies.add(miss, miss.expected)
        if (name := _list_of(miss, miss.expected)) is not None:
            lists[name].append(miss)
    return Evaluation(
        overall=tallies.overall.score(),
        by_language={key: tally.score() for key, tally in sorted(tallies.languages.items())},
        by_kind={key: tally.score() for key, tally in sorted(tallies.kinds.items())},
        grades=dict(sorted(tallies.grades.items())),
        false_alarms=tuple(lists["false"]),
        missed=tuple(lists["missed"]),
        wrong_grade=tuple(lists["grade"]),
        to_read=tuple(lists["read"]),
        unlabelled=unlabelled,
    )


def _miss(record: Mapping[str, Any], flag: Flag) -> Miss:
    return Miss(
        id=str(record["id"]),
        language=str(record.get("lang") or record.get("language") or "?"),
        kind=str(record.get("kind") or record.get("set") or "?"),
        expected=record.get("grade"),
        grade=flag.grade,
        score=flag.score,
        title=str(record.get("title") or ""),
    )


def _list_of(miss: Miss, expected: int) -> str | None:
    if expected == miss.grade:
        return None
    if expected == 0:
        return "false"
    return "missed" if miss.grade == 0 else "grade"


def as_table(evaluation: Evaluation) -> str:
    """The evaluation as lines of plain text, the misses last."""
    lines = [f"{'':24} {'n':>5} {'precision':>9} {'recall':>7} {'F1':>6}"]
    lines.append(_row("all", evaluation.overall))
    lines.extend(_row(f"language {key}", score) for key, score in evaluation.by_language.items())
    lines.extend(_row(key, score) for key, score in evaluation.by_kind.items())
    lines.append("")
    lines.extend(f"label {a}, verdict {b}: {count}" for (a, b), count in evaluation.grades.items())
    if evaluation.unlabelled:
        lines.append(
            f"without label: {evaluation.unlabelled}, flagged {len(evaluation.to_read)} "
            f"({evaluation.flagged_per_10000:.1f} in 10,000)"
        )
    for heading, misses in (
        ("false alarms", evaluation.false_alarms),
        ("missed", evaluation.missed),
        ("wrong grade", evaluation.wrong_grade),
        ("to read", evaluation.to_read),
    ):
        lines.extend(_listed(heading, misses))
    return "\n".join(lines)


def _row(name: str, score: Score) -> str:
    total = score.right + score.wrong + score.missed + score.passed
    values = (score.precision, score.recall, score.f1)
    precision, recall, f1 = ("-" if value is None else f"{value:.3f}" for value in values)
    return f"{name[:24]:24} {total:5} {precision:>9} {recall:>7} {f1:>6}"


def _listed(heading: str, misses: Sequence[Miss]) -> list[str]:
    if not misses:
        return []
    rows = [
        f"  {m.id} {m.language} {m.kind}: label {m.expected}, verdict {m.grade} ({m.score:.2f}) {m.title}"
        for m in misses
    ]
    return ["", f"{heading} ({len(misses)})", *rows]
