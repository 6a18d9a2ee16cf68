"""How far a measured share may be from the true one: intervals at 95%."""

import random
from collections.abc import Sequence
from math import sqrt

Interval = tuple[float, float]
"""Lower and upper end."""

_Z = 1.959964
_RESAMPLES = 1000
_SEED = 20260701


def wilson(successes: int, trials: int) -> Interval | None:
    """Wilson's interval of the share ``successes`` / ``trials``; None without a trial.

    It stays within 0 and 1 and holds for few trials and for shares near 1, where the usual one fails.
    """
    if trials == 0:
        return None
    share = successes / trials
    spread = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    middle = share + _Z**2 / (2 * trials)
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == trials else (middle + spread) / scale
    return low, high


def bootstrapped_f1(right: int, wrong: int, missed: int, passed: int) -> Interval | None:
    """The interval of F1 by the bootstrap: the records drawn again, with replacement, 1,000 times.

    The seed is fixed, so that the same counts give the same interval. None where F1 says nothing.
    """
    total = right + wrong + missed + passed
    if not right + wrong + missed:
        return None
    draw = random.Random(_SEED)  # noqa: S311 - no secret
    bounds = (right, right + wrong + missed, total)
    drawn = (draw.choices((0, 1, 2), cum_weights=bounds, k=total) for _ in range(_RESAMPLES))
    found = sorted(f1 for sample in drawn if (f1 := _f1(sample)) is not None)
    tail = int(0.025 * len(found))
    return found[tail], found[-1 - tail]


def _f1(drawn: Sequence[int]) -> float | None:
    right, errors = drawn.count(0), drawn.count(1)
    return 2 * right / (2 * right + errors) if right or errors else None
