"""How right the flags are: labelled records against verdicts. Pure; reading files is the caller's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.intervals import Interval, bootstrapped_f1, wilson
from storage.models import Evidence, Flag


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

    @property
    def records(self) -> int:
        """How many were scored."""
        return self.right + self.wrong + self.missed + self.passed

    @property
    def intervals(self) -> tuple[Interval | None, Interval | None, Interval | None]:
        """Of precision, recall and F1, at 95%: Wilson's for the first two, bootstrapped for F1."""
        return (
            wilson(self.right, self.right + self.wrong),
            wilson(self.right, self.right + self.missed),
            bootstrapped_f1(self.right, self.wrong, self.missed, self.passed),
        )


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
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of ``evaluate``."""

    overall: Score
    by_language: Mapping[str, Score]
    by_kind: Mapping[str, Score]
    by_grade: Mapping[int, Score]
    """Records of that label (1 or 2) and those labelled 0: its recall is that of the grade."""
    grades: Mapping[tuple[int, int], int]
    """(label, verdict) to count."""
    false_alarms: tuple[Miss, ...]
    missed: tuple[Miss, ...]
    wrong_grade: tuple[Miss, ...]
    """Rightly flagged, but as 1 for 2 or 2 for 1."""
    to_read: tuple[Miss, ...]
    """Flagged and without a label."""
    scored: tuple[tuple[float, bool], ...]
    """Of each labelled record: its score, and whether it is on the topic."""
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
    by_grade: dict[int, _Tally] = field(default_factory=lambda: {1: _Tally(), 2: _Tally()})
    grades: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, miss: Miss, expected: int) -> None:
        for tally in (
            self.overall,
            self.languages.setdefault(miss.language, _Tally()),
            self.kinds.setdefault(miss.kind, _Tally()),
        ):
            tally.add(expected > 0, miss.grade > 0)
        for grade, tally in self.by_grade.items():
            if expected in (0, grade):
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
    scored: list[tuple[float, bool]] = []
    unlabelled = 0
    for record, flag in judged:
        miss = _miss(record, flag)
        if miss.expected is None:
            unlabelled += 1
            if flag.is_flagged:
                lists["read"].append(miss)
            continue
        tallies.add(miss, miss.expected)
        scored.append((miss.score, miss.expected > 0))
        if (name := _list_of(miss, miss.expected)) is not None:
            lists[name].append(miss)
    return Evaluation(
        overall=tallies.overall.score(),
        by_language={key: tally.score() for key, tally in sorted(tallies.languages.items())},
        by_kind={key: tally.score() for key, tally in sorted(tallies.kinds.items())},
        by_grade={grade: tally.score() for grade, tally in tallies.by_grade.items()},
        grades=dict(sorted(tallies.grades.items())),
        false_alarms=tuple(lists["false"]),
        missed=tuple(lists["missed"]),
        wrong_grade=tuple(lists["grade"]),
        to_read=tuple(lists["read"]),
        scored=tuple(scored),
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
        evidence=flag.evidence,
    )


def _list_of(miss: Miss, expected: int) -> str | None:
    if expected == miss.grade:
        return None
    if expected == 0:
        return "false"
    return "missed" if miss.grade == 0 else "grade"
