"""Charts as coordinates, for templates that write them as SVG. Pure.

SVG of our own and not a library's: pygal and its kind put a style sheet and a script into each drawing,
which the pages' content policy refuses, and colours of their own, which a dark page or a printer shows
badly. What is drawn here has classes only; the style sheet of the pages knows light, dark and print.

Lengths are in user units, y downwards; a template adds the words.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH = 640.0
BARS_HEIGHT = 206.0
POINTS_HEIGHT = 156.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 14.0, 12.0, 32.0
_MOST_TICKS = 4
_LEAST = 1e-6
"""Values below are drawn as nothing."""
_LABEL_ROOM = 92.0
"""Units between two labels of the time axis, at least."""


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    at: float
    value: float


@dataclass(frozen=True)
class DayTick:
    """A mark of a time axis."""

    at: float
    on: date
    is_minor: bool
    """Left out where there is little room."""


@dataclass(frozen=True)
class Frame:
    """Where a chart's axes run."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: list[Tick]
    """Of the upright axis, from below."""
    days: list[DayTick]


@dataclass(frozen=True)
class Bar:
    """One bar of two parts, the lower one first."""

    x: float
    width: float
    lower_y: float
    lower_height: float
    upper_y: float
    upper_height: float


@dataclass(frozen=True)
class BarChart:
    """Bars over time."""

    frame: Frame
    bars: list[Bar]
    """In the order given."""


@dataclass(frozen=True)
class Point:
    """One point over time."""

    x: float
    y: float


@dataclass(frozen=True)
class PointChart:
    """Points over time."""

    frame: Frame
    points: list[Point]
    """In the order given."""


def bar_chart(bars: Sequence[tuple[date, int, int]]) -> BarChart:
    """Bars of (first day, lower part, upper part), by day and equally far apart."""
    ticks = _ticks(max((lower + upper for _, lower, upper in bars), default=0), is_whole=True)
    step = (WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    labelled = max(1, math.ceil(_LABEL_ROOM / step))
    days = [
        DayTick(_LEFT + (at + 0.5) * step, on, is_minor=at // labelled % 2 == 1)
        for at, (on, _, _) in enumerate(bars)
        if at % labelled == 0
    ]
    frame = _frame(BARS_HEIGHT, ticks, days)
    scale = (frame.bottom - frame.top) / ticks[-1]
    width = min(max(step * 0.72, 1.0), 40.0)
    made = []
    for at, (_, lower, upper) in enumerate(bars):
        low, high = lower * scale, upper * scale
        x = _LEFT + (at + 0.5) * step - width / 2
        made.append(
            Bar(
                _round(x),
                _round(width),
                _round(frame.bottom - low),
                _round(low),
                _round(frame.bottom - low - high),
                _round(high),
            )
        )
    return BarChart(frame, made)


def point_chart(points: Sequence[tuple[date, float]], first: date, last: date) -> PointChart:
    """Points of (day, value of 0 or more), on a time axis from ``first`` to ``last``."""
    last = max(last, first + timedelta(days=1))
    ticks = _ticks(max((value for _, value in points), default=0))
    span = (last - first).days
    room = WIDTH - _LEFT - _RIGHT

    def x(on: date) -> float:
        return _round(_LEFT + room * min(max((on - first).days / span, 0), 1))

    most = max(2, int(room / _LABEL_ROOM))
    marks = _days(first, last, most)
    days = [DayTick(x(on), on, is_minor=at % 2 == 1) for at, on in enumerate(marks)]
    frame = _frame(POINTS_HEIGHT, ticks, days)
    scale = (frame.bottom - frame.top) / ticks[-1]
    return PointChart(
        frame, [Point(x(on), _round(frame.bottom - max(value, 0) * scale)) for on, value in points]
    )


def _frame(height: float, values: Sequence[float], days: list[DayTick]) -> Frame:
    bottom = height - _BOTTOM
    scale = (bottom - _TOP) / values[-1]
    ticks = [Tick(_round(bottom - value * scale), value) for value in values]
    return Frame(WIDTH, height, _LEFT, WIDTH - _RIGHT, _TOP, bottom, ticks, days)


def _ticks(largest: float, *, is_whole: bool = False) -> list[float]:
    """Round values from 0 to ``largest`` or a little beyond; at least 0 and one more."""
    if largest < _LEAST or not math.isfinite(largest):
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(largest / _MOST_TICKS))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * _MOST_TICKS >= largest)
    if is_whole:
        step = max(step, 1.0)
    count = math.ceil(largest / step - 1e-9)
    return [round(step * number, 10) for number in range(count + 1)]


def _days(first: date, last: date, most: int) -> list[date]:
    """First days of months, quarters, half-years or years in the span, ``most`` at most where that can be."""
    found: list[date] = []
    for months in (1, 3, 6, 12, 24, 60, 120, 240, 600):
        begin = first.year * 12 // months * months
        numbers = range(begin, last.year * 12 + last.month, months)
        found = [date(number // 12, number % 12 + 1, 1) for number in numbers]
        found = [day for day in found if first <= day]
        if len(found) <= most:
            break
    return found or [first]


def _round(length: float) -> float:
    return round(length, 1)
