"""Finding the three numbers of a Calibration from texts of which a person has said whether they are right."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

from analysis.calibration import Calibration

Scored = tuple[float, bool]
"""What the rules make of a text, 0 to 1, and whether it is on the topic."""

RATES = (2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0)
"""Steeper than the last, a few texts near the threshold would decide."""
FOLDS = 5
LEAST_SHOWN = 100
"""Reviewed texts from the threshold on, below which nothing is fitted: with 100 the share that is right, and
with it the ceiling, is known to about 5 points, and a fold of the cross-validation has 20."""
LEAST_NEAR = 30
"""Reviewed near misses, below which the rate below the threshold stays as it is: mostly those are looked at
that seem promising, and a handful of them says little."""


@dataclass(frozen=True, slots=True)
class Fitness:
    """How well scores mean what they say: less is better for both."""

    surprise: float
    """Mean negative log likelihood."""
    brier: float
    """Mean squared difference of score and truth."""


@dataclass(frozen=True, slots=True)
class Refit:
    """What came of fitting a Calibration to reviewed texts."""

    shown: int
    """Texts from the threshold on."""
    near: int
    """Texts below it of which a sentence was worth keeping."""
    before: Fitness | None = None
    """Of the present Calibration; None where there are too few texts."""
    after: Fitness | None = None
    """Of new ones, by cross-validation."""
    fitted: Calibration | None = None
    """On all texts."""

    @property
    def kept(self) -> Calibration | None:
        """``fitted`` where it does not lose against the present one."""
        if self.before is None or self.after is None:
            return None
        is_worse = self.after.surprise > self.before.surprise or self.after.brier > self.before.brier
        return None if is_worse else self.fitted


def refit(texts: Sequence[Scored], threshold: float, present: Calibration) -> Refit:
    """A Calibration from reviewed ``texts``, beside the ``present`` one."""
    told = [text for text in texts if text[0] > 0]
    shown = sum(raw >= threshold for raw, _ in told)
    near = len(told) - shown
    if shown < LEAST_SHOWN:
        return Refit(shown, near)
    below = None if near >= LEAST_NEAR else present.below

    def fitted(some: Sequence[Scored]) -> Calibration:
        return fit(some, threshold, below)

    return Refit(
        shown,
        near,
        before=fitness([(present.probability(raw, threshold), is_right) for raw, is_right in told]),
        after=fitness(cross_validated(told, threshold, fitted)),
        fitted=fitted(told),
    )


def fit(texts: Sequence[Scored], threshold: float, below: float | None = None) -> Calibration:
    """The rates under which the texts surprise least; as ceiling the share of the flagged that is right.

    ``below`` fixes the rate below the threshold. Texts in which nothing was found (0) are left out.
    """
    told = [text for text in texts if text[0] > 0]
    flagged = [is_right for raw, is_right in texts if raw >= threshold]
    # More than even, as every ceiling is, however many of the flagged were rejected.
    ceiling = max(round((sum(flagged) + 1) / (len(flagged) + 2), 2), 0.51)
    tried = (
        Calibration(rate, above, ceiling)
        for rate in (RATES if below is None else (below,))
        for above in RATES
    )
    return min(tried, key=lambda calibration: loss(calibration, told, threshold))


def loss(calibration: Calibration, texts: Sequence[Scored], threshold: float) -> float:
    """Mean surprise; two imagined texts near the threshold keep it calm."""
    imagined = [(threshold - 0.1, True), (threshold + 0.1, False)]
    told = [(calibration.probability(raw, threshold), is_right) for raw, is_right in (*texts, *imagined)]
    return fitness(told).surprise


def cross_validated(
    texts: Sequence[Scored], threshold: float, fitted: Callable[[Sequence[Scored]], Calibration]
) -> list[Scored]:
    """Each text's probability by a Calibration that was ``fitted`` without it."""
    mixed = random.Random(1).sample(texts, len(texts))  # noqa: S311 - the same folds each time
    folds = [mixed[at::FOLDS] for at in range(FOLDS)]
    found: list[Scored] = []
    for at, fold in enumerate(folds):
        calibration = fitted([text for number, other in enumerate(folds) if number != at for text in other])
        found.extend((calibration.probability(raw, threshold), is_right) for raw, is_right in fold)
    return found


def fitness(told: Sequence[Scored]) -> Fitness:
    """How well published scores, at least one, agree with the truth."""
    surprise = brier = 0.0
    for score, is_right in told:
        probability = min(max(score, 1e-6), 1 - 1e-6)
        surprise -= log(probability if is_right else 1 - probability)
        brier += (score - is_right) ** 2
    return Fitness(surprise / len(told), brier / len(told))


def as_toml(calibration: Calibration, texts: int) -> str:
    """The file that ``[topic] calibration`` of the settings names."""
    return (
        f"# Fitted to {texts} reviewed texts by `diembao evaluate --reviews --calibration`.\n"
        f"[calibration]\nbelow = {calibration.below}\nabove = {calibration.above}\n"
        f"ceiling = {calibration.ceiling}\n"
    )
