"""What reviewers' verdicts say of the flags. Pure; reading the verdicts is the caller's.

A reviewer sees what was flagged, and of the rest the near misses at most. So there is a precision of what
was shown, and a list of what was missed; there is no recall.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.intervals import Interval, wilson
from storage.models import Flag

_NAME_WIDTH = 30


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One text on which a reviewer was sure."""

    id: int
    language: str
    source: str
    title: str
    flag: Flag
    is_relevant: bool
    by: str
    """Who said so; empty where nobody signs in."""
    others: tuple[str, ...] = ()
    """What other reviewers said instead."""

    @property
    def rule(self) -> str:
        """The rule of the weightiest sentence; a dash where no sentence came near."""
        return max(self.flag.evidence, key=lambda item: item.weight).rule if self.flag.evidence else "-"

    @property
    def sentence(self) -> str:
        """The weightiest sentence; empty where none came near."""
        return max(self.flag.evidence, key=lambda item: item.weight).exact if self.flag.evidence else ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Reviewed texts of one kind."""

    confirmed: int
    """Flagged and on the topic."""
    rejected: int
    """Flagged and not on it."""
    missed: int
    """Not flagged and on it."""
    passed: int
    """Not flagged and not on it."""

    @property
    def shown(self) -> int:
        """Flagged texts."""
        return self.confirmed + self.rejected

    @property
    def precision(self) -> float | None:
        """Share of the flagged that is on the topic; None where nothing was flagged."""
        return self.confirmed / self.shown if self.shown else None

    @property
    def interval(self) -> Interval | None:
        """Of the precision, at 95% (Wilson)."""
        return wilson(self.confirmed, self.shown)


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """The result of ``review_report``."""

    overall: Tally
    by_language: Mapping[str, Tally]
    by_source: Mapping[str, Tally]
    by_rule: Mapping[str, Tally]
    """By the rule of the weightiest sentence."""
    rejected: tuple[Reviewed, ...]
    missed: tuple[Reviewed, ...]
    disputed: tuple[Reviewed, ...]
    """On which reviewers do not agree; the last word counts above."""
    unsure: int


def review_report(reviewed: Iterable[Reviewed], unsure: int = 0) -> ReviewReport:
    """Counts and lists; ``unsure`` is how many texts were left open, which count nowhere else."""
    everything = sorted(reviewed, key=lambda item: (-item.flag.score, item.id))
    return ReviewReport(
        overall=_tally(everything),
        by_language=_by(everything, lambda item: item.language),
        by_source=_by(everything, lambda item: item.source),
        by_rule=_by(everything, lambda item: item.rule),
        rejected=tuple(item for item in everything if item.flag.is_flagged and not item.is_relevant),
        missed=tuple(item for item in everything if item.is_relevant and not item.flag.is_flagged),
        disputed=tuple(item for item in everything if item.others),
        unsure=unsure,
    )


def review_table(report: ReviewReport) -> str:
    """The report as lines of plain text."""
    lines = [
        f"{'':{_NAME_WIDTH}} {'shown':>6} {'right':>6}  {'precision':18} {'near misses':>11} {'missed':>7}"
    ]
    lines.append(_line("all", report.overall))
    for heading, tallies in (
        ("language", report.by_language),
        ("source", report.by_source),
        ("rule", report.by_rule),
    ):
        lines += [_line(f"{heading} {name}", tally) for name, tally in tallies.items()]
    lines += [
        "",
        "In brackets: where the true value lies with 95% (Wilson). Near misses are those looked at.",
    ]
    lines.append(f"left open as unsure: {report.unsure}")
    for heading, items in _lists(report):
        if items:
            lines += ["", f"{heading} ({len(items)})"]
            for item in items:
                lines += _told(item)
    return "\n".join(lines)


def review_json(report: ReviewReport) -> dict[str, Any]:
    """The same, ready for JSON."""
    return {
        "overall": _tally_json(report.overall),
        "by_language": {name: _tally_json(tally) for name, tally in report.by_language.items()},
        "by_source": {name: _tally_json(tally) for name, tally in report.by_source.items()},
        "by_rule": {name: _tally_json(tally) for name, tally in report.by_rule.items()},
        "unsure": report.unsure,
        **{heading: [_item_json(item) for item in items] for heading, items in _lists(report)},
    }


def _tally(items: Sequence[Reviewed]) -> Tally:
    def count(*, is_flagged: bool, is_relevant: bool) -> int:
        return sum(item.flag.is_flagged is is_flagged and item.is_relevant is is_relevant for item in items)

    return Tally(
        confirmed=count(is_flagged=True, is_relevant=True),
        rejected=count(is_flagged=True, is_relevant=False),
        missed=count(is_flagged=False, is_relevant=True),
        passed=count(is_flagged=False, is_relevant=False),
    )


def _by(items: Sequence[Reviewed], key: Callable[[Reviewed], str]) -> dict[str, Tally]:
    names = sorted({key(item) for item in items})
    return {name: _tally([item for item in items if key(item) == name]) for name in names}


def _lists(report: ReviewReport) -> tuple[tuple[str, Sequence[Reviewed]], ...]:
    return ("rejected", report.rejected), ("missed", report.missed), ("disputed", report.disputed)


def _line(name: str, tally: Tally) -> str:
    precision = "-"
    if tally.precision is not None and tally.interval is not None:
        low, high = (f"{end:.2f}".removeprefix("0") for end in tally.interval)
        precision = f"{tally.precision:.3f} [{low}-{high}]"
    near = tally.missed + tally.passed
    return (
        f"{name[:_NAME_WIDTH]:{_NAME_WIDTH}} {tally.shown:6} {tally.confirmed:6}  {precision:18} "
        f"{near:11} {tally.missed:7}"
    )


def _told(item: Reviewed) -> list[str]:
    said = "on the topic" if item.is_relevant else "not on the topic"
    by = f" by {item.by}" if item.by else ""
    others = f"; otherwise: {', '.join(item.others)}" if item.others else ""
    head = f"  {item.id} {item.language} {item.source}: {said}{by}{others}; {item.rule} {item.flag.score:.2f}"
    return [f"{head} {item.title}", *([f"    {item.sentence}"] if item.sentence else [])]


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "shown": tally.shown,
        "confirmed": tally.confirmed,
        "rejected": tally.rejected,
        "precision": tally.precision,
        "precision_interval": tally.interval,
        "near_misses": tally.missed + tally.passed,
        "missed": tally.missed,
    }


def _item_json(item: Reviewed) -> dict[str, Any]:
    return {
        "id": item.id,
        "language": item.language,
        "source": item.source,
        "title": item.title,
        "relevant": item.is_relevant,
        "by": item.by,
        "others": item.others,
        "grade": item.flag.grade,
        "score": item.flag.score,
        "rule": item.rule,
        "sentence": item.sentence,
    }
