"""Ten thousand hostile texts: whatever comes, there is a Flag, and its Evidence stands in the text."""

import random
import unicodedata
from collections.abc import Iterator
from functools import cache

import pytest

from analysis.calibration import EVEN
from analysis.flag import MAX_EVIDENCE, clean, find_flag
from analysis.sentences import MAX_SENTENCE
from analysis.topic import Topic, load_topic

BATCHES = 10
PER_BATCH = 1000
SCRIPTS = [
    "đảng",
    "viên",
    "ký",
    "ß",
    "ﬁ",
    "İ",
    "Đ",
    "Ð",
    "ỷ",
    "党",
    "支部",
    "企業",
    "партия",
    "ячейка",
    "حزب",
    "شركة",
    "พรรค",
    "दल",
    "पार्टी",
    "🎉",
    "👩\u200d🏭",
    "ǆ",
    "ŉ",
    "ẞ",
]
ODD = [
    *("\x00", "\x0b", "\x1f", "\x85", "\ufeff", "\u200b", "\u202e", "\u2028", "\u2029", "\ud800", "\udfff"),
    *(
        "\u0301",
        "\u0323",
        "\u031b",
        "\U000e0041",
        "\U0010ffff",
        "\uffff",
        "\r",
        "\n",
        "\t",
        '."',
        "...",
        ";",
        ",",
    ),
]


@cache
def topic() -> Topic:
    return load_topic()


@cache
def seeds() -> list[tuple[str, str]]:
    """Language and text of every worked example."""
    return [(code, example.text) for code, part in topic().sections.items() for example in part.examples]


@cache
def phrases() -> list[str]:
    return [phrase for part in topic().sections.values() for _, phrase in part.matcher.phrases]


def mutated(text: str, chance: random.Random) -> str:
    """``text`` with characters lost, doubled, swapped, replaced, and its form changed."""
    signs = list(text)
    for _ in range(chance.randrange(12)):
        at = chance.randrange(len(signs) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            del signs[at : at + chance.randrange(6)]
        elif kind == 1:
            signs.insert(at, chance.choice(ODD))
        elif kind == 2:
            signs[at:at] = chance.choice(SCRIPTS)
        else:
            signs[at:at] = signs[max(0, at - 20) : at]
    changed = "".join(signs)
    form = chance.randrange(6)
    if form == 0 and not any("\ud800" <= sign <= "\udfff" for sign in changed):
        return unicodedata.normalize("NFD", changed)
    return changed.upper() if form == 1 else changed.swapcase() if form == 2 else changed


def hostile_texts(chance: random.Random, count: int) -> Iterator[tuple[str, str, str]]:
    """Language, title and text."""
    for _ in range(count):
        language, seed = chance.choice(seeds())
        kind = chance.randrange(10)
        if kind < 6:
            text = " ".join(mutated(chance.choice(seeds())[1], chance) for _ in range(chance.randrange(1, 4)))
            text = mutated(seed, chance) + text
        elif kind < 9:
            words = [
                *chance.choices(phrases(), k=25),
                *chance.choices(ODD, k=4),
                *chance.choices(SCRIPTS, k=4),
            ]
            text = chance.choice(" ,\n;").join(chance.sample(words, len(words)))
        else:
            text = "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(120)))
        yield language, chance.choice(["", seed, text]), text


def assert_flag_stands(language: str | None, title: str, text: str) -> None:
    text, title = clean(text), clean(title)
    flag = find_flag(text, topic(), title=title, language=language)
    assert 0 <= flag.score < 1
    assert (flag.grade > 0) == (flag.score >= EVEN)
    assert flag.grade == 0 or flag.evidence
    assert len(flag.evidence) <= MAX_EVIDENCE
    for item in flag.evidence:
        assert text[item.start : item.end] == item.exact
        assert 0 < len(item.exact) <= MAX_SENTENCE
        assert all(item.start <= start < end <= item.end for start, end in item.marks)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_ten_thousand_random_and_mutated_texts(batch: int) -> None:
    for language, title, text in hostile_texts(random.Random(batch), PER_BATCH):
        assert_flag_stands(language, title, text)


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("", 0),
        ("Trời mưa to ở miền núi, đường trơn trượt và khó đi lại trong đêm. ", 5_000_000),
        ("đảng", 5_000_000),
        ("\n", 5_000_000),
        ("Đảng viên trong doanh nghiệp và ", 600_000),
        ("Chi bộ công ty kết nạp ba đảng viên. ", 400_000),
        ("Chi bo cong ty ket nap ba dang vien ", 400_000),
        ("chi bộ ", 600_000),
        ("kết nạp, ", 600_000),
        ("đ\u0301\u0323", 600_000),
        ("\x00.\n", 600_000),
        (".", 2_000_000),
    ],
)
def test_very_long_texts(unit: str, size: int) -> None:
    assert_flag_stands("vi", unit, unit * (size // max(1, len(unit))))
    assert_flag_stands(None, "", unit)
