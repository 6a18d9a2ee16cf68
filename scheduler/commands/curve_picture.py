"""The precision-recall curve as an SVG picture that stands alone: no script, no font, no style sheet."""

from collections.abc import Sequence

from analysis.curve import CurvePoint, average_precision
from analysis.evaluate import Score

_SIZE = 400
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 50, 20, 50
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def as_svg(points: Sequence[CurvePoint], present: Score) -> str:
    """The curve through ``points``, by steps, with a dot where the flags stand now (``present``)."""
    width, height = _LEFT + _SIZE + _RIGHT, _TOP + _SIZE + _BOTTOM
    area = (
        f"average precision {average_precision(points):.3f}" if points else "no labelled text is on the topic"
    )
    frame = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    side = f"translate(16 {_TOP + _SIZE / 2:g}) rotate(-90)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {frame} font-family="sans-serif" font-size="13">',
        f"<title>Precision and recall of the flags: {area}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="28" font-size="15" font-weight="bold">Precision and recall, {area}</text>',
        *(_tick(value) for value in _TICKS),
        f'<text x="{_LEFT + _SIZE / 2:g}" y="{height - 10}" text-anchor="middle">recall</text>',
        f'<text transform="{side}" text-anchor="middle">precision</text>',
    ]
    if points:
        parts.append(f'<path d="{_steps(points)}" fill="none" stroke="#9c1c1c" stroke-width="2"/>')
    if present.precision is not None and present.recall is not None:
        parts.append(_dot(present.precision, present.recall))
    return "\n".join([*parts, "</svg>", ""])


def _x(recall: float) -> float:
    return round(_LEFT + recall * _SIZE, 1)


def _y(precision: float) -> float:
    return round(_TOP + (1 - precision) * _SIZE, 1)


def _tick(value: float) -> str:
    x, y = _x(value), _y(value)
    return (
        f'<path d="M{_LEFT} {y}H{_LEFT + _SIZE}M{x} {_TOP}V{_TOP + _SIZE}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{value:.1f}</text>'
        f'<text x="{x}" y="{_TOP + _SIZE + 18}" text-anchor="middle">{value:.1f}</text>'
    )


def _steps(points: Sequence[CurvePoint]) -> str:
    """A point's precision holds for all the recall that it adds."""
    path = f"M{_x(0)} {_y(points[0].precision)}"
    return path + "".join(f"V{_y(point.precision)}H{_x(point.recall)}" for point in points)


def _dot(precision: float, recall: float) -> str:
    x, y = _x(recall), _y(precision)
    words = f"now: precision {precision:.3f}, recall {recall:.3f}"
    return (
        f'<circle cx="{x}" cy="{y}" r="5" fill="#1a4b8c"/>'
        f'<text x="{_LEFT + 12}" y="{_TOP + _SIZE - 12}" fill="#1a4b8c">{words}</text>'
    )
