"""From what the rules make of a text to how likely it is to be on the topic."""

from dataclasses import dataclass
from math import exp

EVEN = 0.5
"""What a text exactly at the topic's threshold is published as: flagged from here on."""

_EVEN_RISE = 0.05
"""Share of the rise above the threshold that is a straight line: the surest texts keep their order."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A map that rises everywhere, in three numbers. ``benchmarks/calibrate.py`` finds them."""

    below: float
    """How fast the probability falls below the threshold: by the factor e for each 1/``below``."""
    above: float
    """How fast it nears ``ceiling`` above the threshold."""
    ceiling: float
    """The probability that the surest texts near; over ``EVEN``."""

    def probability(self, raw: float, threshold: float) -> float:
        """How likely a text is right whose sentences are worth ``raw``; ``EVEN`` at ``threshold``, 0 at 0.

        Both arguments and the result lie between 0 and 1. A text worth less than ``threshold`` always
        gets less than ``EVEN``.
        """
        if raw <= 0:
            return 0.0
        if raw < threshold:
            return EVEN * exp(-self.below * (threshold - raw))
        steep = 1 - exp(-self.above * (raw - threshold))
        even_rise = (raw - threshold) / (1 - threshold) if threshold < 1 else 1.0
        return EVEN + (self.ceiling - EVEN) * ((1 - _EVEN_RISE) * steep + _EVEN_RISE * even_rise)
