"""How right the stories are: labelled pairs of articles against groups, within and across languages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.evaluate import Score
from analysis.stories.evidence import weigh
from analysis.stories.fingerprint import Fingerprint
from analysis.stories.grouping import Story


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles, and whether they tell one event."""

    a: Fingerprint
    b: Fingerprint
    is_same: bool

    @property
    def crosses(self) -> bool:
        """Whether they are in different languages."""
        return self.a.language != self.b.language


@dataclass(frozen=True, slots=True)
class PairEvaluation:
    """The result of ``evaluate_pairs``."""

    overall: Score
    within: Score
    """Pairs of one language."""
    across: Score
    """Pairs of two languages."""
    misses: tuple[str, ...]
    """A line for every wrong pair, with the evidence."""


def evaluate_pairs(pairs: Iterable[Pair], stories: Iterable[Story]) -> PairEvaluation:
    """Precision, recall and F1 of pairs: two articles are joined where one Story has both."""
    story_of = {item.id: story.id for story in stories for item in story.members}
    judged = [(pair, story_of[pair.a.id] == story_of[pair.b.id]) for pair in pairs]
    return PairEvaluation(
        overall=_score(judged),
        within=_score([item for item in judged if not item[0].crosses]),
        across=_score([item for item in judged if item[0].crosses]),
        misses=tuple(_miss(pair) for pair, is_joined in judged if is_joined != pair.is_same),
    )


def _score(judged: Sequence[tuple[Pair, bool]]) -> Score:
    counts = {(same, joined): 0 for same in (True, False) for joined in (True, False)}
    for pair, is_joined in judged:
        counts[pair.is_same, is_joined] += 1
    return Score(
        right=counts[True, True],
        wrong=counts[False, True],
        missed=counts[True, False],
        passed=counts[False, False],
    )


def _miss(pair: Pair) -> str:
    reasons = weigh(*sorted((pair.a, pair.b), key=lambda item: item.id))
    evidence = "; ".join(f"{reason.weight:+.1f} {reason.words}" for reason in reasons)
    label = "one event" if pair.is_same else "two events"
    return f"{pair.a.id} ({pair.a.language}), {pair.b.id} ({pair.b.language}) are {label}: {evidence}"
