"""The style sheet: words can be read, by day and by night."""

import re

import pytest

from digest.render import stylesheet

READ_ON = dict.fromkeys(("ink", "soft", "link", "accent", "good", "bad", "wait"), "paper") | {
    "mark-ink": "mark"
}


def palettes() -> list[dict[str, str]]:
    """Light, dark and print: the custom properties that are colours."""
    roots = re.findall(r":root \{(.*?)\}", stylesheet(), flags=re.DOTALL)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", root)) for root in roots]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("number", range(3))
def test_all_words_have_the_contrast_of_aa(number: int) -> None:
    palette = palettes()[number]
    for ink, paper in READ_ON.items():
        assert contrast(palette[ink], palette[paper]) >= 4.5, ink
        if paper == "paper":
            assert contrast(palette[ink], palette["raised"]) >= 4.5, ink
    assert contrast(palette["raised"], palette["accent"]) >= 4.5  # the button


def test_nothing_is_fetched_by_the_style_sheet() -> None:
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()
