"""The words that grouping knows, read once from ``vocabulary.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``vocabulary.toml`` as sets and tables; every word is folded except the numerals."""

    counts: dict[str, str]
    """Word to what it counts: people, organisations, enterprises, money, percent."""
    multiples: dict[str, float]
    numerals: dict[str, dict[str, int]]
    """Language to word to value."""
    months: dict[str, int]
    weekdays: dict[str, int]
    """Name to number, Monday 0."""
    family_names: frozenset[str]
    leaders: frozenset[str]
    ordinary: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that is bundled beside this module."""
    data = tomllib.loads((files("analysis.stories") / "vocabulary.toml").read_text(encoding="utf-8"))
    return Vocabulary(
        counts={word: kind for kind, words in data["counts"].items() for word in _listed(words)},
        multiples={
            word: float(factor) for factor, words in data["multiples"].items() for word in _listed(words)
        },
        numerals={
            language: dict(map(_numeral, _listed(words))) for language, words in data["numerals"].items()
        },
        months=_numbered(data["months"], 1),
        weekdays=_numbered(data["weekdays"], 0),
        family_names=frozenset(data["names"]["family"].split()),
        leaders=frozenset(_listed(data["names"]["leaders"])),
        ordinary=frozenset(data["names"]["ordinary"].split()),
    )


def _listed(words: str) -> list[str]:
    return [" ".join(word.split()) for word in words.split("|") if word.strip()]


def _numeral(pair: str) -> tuple[str, int]:
    word, _, value = pair.rpartition(" ")
    return word, int(value)


def _numbered(lists: dict[str, str], start: int) -> dict[str, int]:
    return {
        name: number for names in lists.values() for number, name in enumerate(_listed(names), start=start)
    }
