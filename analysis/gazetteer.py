"""The administrative units as data: the 63 provinces of before July 2025, their districts, industrial parks.

A unit is found by its folded name; which of the units that share a name is meant, and whether the
words name a unit at all, is for ``analysis.places`` to say.
"""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from ahocorasick_rs import AhoCorasick, MatchKind

from analysis.matching import as_marked, plain
from storage.folding import fold, to_nfc

CITY = "thành phố"
BARE_CITY = "Hồ Chí Minh"
"""The one province whose bare name is more often a person's."""

_LONGER_NAMES = (
    "Thái Bình Dương", "Sài Gòn Giải Phóng", "Saigon Giai Phong", "Hà Nam Ninh", "Phú Thọ Hòa",
)  # fmt: skip
"""Names that hold a province's and are none."""
_COMMON_WORDS = frozenset(
    ("thành", "phố", "thanh", "pho", "city", "ville", "ciudad", "de", "quận", "quan", "district")
)
_ENDINGS = {"й": ("й", "я", "ю", "ем", "е"), "ь": ("ь", "я", "ю", "ем", "е")}
_VOWELS = "аеиоуыэюя"


@dataclass(frozen=True, slots=True)
class Unit:
    """A province, a district or an industrial park."""

    name: str
    """In Vietnamese, as it was called."""
    level: str
    """province, district or park."""
    kind: str
    """tỉnh, thành phố, thị xã, quận or huyện; empty for a park."""
    province: str
    """The one of the 63 that it is or lay in."""
    today: str
    """The one of the 34 that it belongs to since 1 July 2025."""
    city_since: date | None = None
    """From when a province is a city of the first level."""

    @property
    def has_number(self) -> bool:
        """Whether it goes by a number: "Quận 12"."""
        return self.name[-1].isdigit()


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a unit's name."""

    written: str
    units: tuple[Unit, ...]
    """The units so called, a province first; none where a longer name only holds a province's."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found at ``text[start:end]``."""

    start: int
    end: int
    spelling: Spelling

    @property
    def province(self) -> Unit | None:
        """The province of that name."""
        units = self.spelling.units
        return units[0] if units and units[0].level == "province" else None

    @property
    def districts(self) -> tuple[Unit, ...]:
        """The districts of that name."""
        return tuple(unit for unit in self.spelling.units if unit.level == "district")


@cache
def provinces() -> dict[str, Unit]:
    """The 63 by name, and Huế, as Thừa Thiên Huế is called since 2025."""
    found = {}
    for row in _rows("provinces"):
        since = date.fromisoformat(row["city_since"]) if row["city_since"] else None
        kind = CITY if since else "tỉnh"
        found[row["name"]] = Unit(row["name"], "province", kind, row["name"], row["today"], since)
    return found


@cache
def parks() -> dict[str, Unit]:
    """The industrial parks that we know, by folded name without a number behind it."""
    known = provinces()
    return {
        plain(row["name"]).replace(" - ", "-"): Unit(
            row["name"], "park", "", row["province"], known[row["province"]].today
        )
        for row in _rows("parks")
    }


class Gazetteer:
    """Finds names of provinces and districts in texts of one script."""

    def __init__(self, spellings: Iterable[tuple[str, Unit | None]], *, has_words: bool = True) -> None:
        """``spellings`` are names as written with their unit; ``has_words`` is False for Chinese."""
        self._has_words = has_words
        grouped: dict[str, dict[str, list[Unit]]] = {}
        for written, unit in spellings:
            units = grouped.setdefault(plain(to_nfc(written)), {}).setdefault(as_marked(written), [])
            if unit is not None and unit not in units:
                units.append(unit)
        self._spellings = [
            [Spelling(written, _provinces_first(units)) for written, units in by_marks.items()]
            for by_marks in grouped.values()
        ]
        self._automaton = AhoCorasick(list(grouped), matchkind=MatchKind.Standard)

    def find(self, text: str, folded: str, *, exact_marks: bool) -> list[Hit]:
        """The names in ``text`` (NFC; ``folded`` is its ``plain`` form), ascending, longest first.

        With ``exact_marks`` all Vietnamese marks must stand; without, marks may be missing, never others.
        """
        found: list[Hit] = []
        for index, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if self._has_words and not _is_name(text, start, end):
                continue
            spelling = _choose(self._spellings[index], text[start:end], exact_marks)
            if spelling is not None:
                found.append(Hit(start, end, spelling))
        found.sort(key=lambda hit: (hit.start, -hit.end))
        return _longest(found)


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in hits:
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether the words stand alone and the last and the first of them begin with capitals."""
    if (start and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum()):
        return False
    return all(word[0].isupper() for word in _proper(text[start:end]))


@lru_cache(maxsize=4096)
def _proper(written: str) -> tuple[str, ...]:
    """The words of a name that must begin with a capital: all but those for city."""
    words = written.replace("-", " ").split()
    return tuple(word for word in words if word.lower() not in _COMMON_WORDS and word[0].isalpha())


def _choose(spellings: Sequence[Spelling], written: str, exact_marks: bool) -> Spelling | None:
    marked = as_marked(written)
    for spelling in spellings:
        if spelling.written == marked:
            return spelling
    if exact_marks:
        return None
    fitting = [spelling for spelling in spellings if _marks_fit(marked, spelling.written)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    return Spelling(marked, _provinces_first([unit for spelling in fitting for unit in spelling.units]))


@lru_cache(maxsize=4096)
def _marks_fit(written: str, name: str) -> bool:
    """Whether ``written`` bears no mark that ``name`` lacks, as French leaves out some."""
    return all(_marks(a) <= _marks(b) for a, b in zip(written, name, strict=True))


@cache
def _marks(letter: str) -> frozenset[str]:
    if letter == "đ":
        return frozenset("đ")
    return frozenset(unicodedata.normalize("NFD", letter)[1:]) if fold(letter) != letter else frozenset()


def _provinces_first(units: Iterable[Unit]) -> tuple[Unit, ...]:
    distinct = dict.fromkeys(units)
    return tuple(sorted(distinct, key=lambda unit: unit.level != "province"))


@cache
def latin() -> Gazetteer:
    """Names in Latin letters: Vietnamese, English, French, Spanish."""
    known = provinces()
    spellings: list[tuple[str, Unit | None]] = [(name, None) for name in _LONGER_NAMES]
    spellings += [(name, unit) for name, unit in known.items()]
    for row in _rows("provinces"):
        spellings += [(written, known[row["name"]]) for written in row["spellings"].split("|") if written]
    for row in _rows("districts"):
        province = known[row["province"]]
        unit = Unit(row["name"], "district", row["kind"], row["province"], province.today)
        spellings.append((row["name"], unit))
        if unit.has_number:
            spellings.append((row["name"].replace("Quận", "District"), unit))
    return Gazetteer(spellings)


@cache
def chinese() -> Gazetteer:
    """Names of provinces in Chinese; one that is also China's only with 省 behind it."""
    spellings: list[tuple[str, Unit | None]] = [("太平洋", None)]
    spellings += [
        (written, provinces()[row["name"]])
        for row in _rows("provinces")
        for written in row["zh"].split("|")
        if written
    ]
    return Gazetteer(spellings, has_words=False)


@cache
def russian() -> Gazetteer:
    """Names of provinces in Russian, in every case."""
    return Gazetteer(
        (form, provinces()[row["name"]])
        for row in _rows("provinces")
        for written in row["ru"].split("|")
        if written
        for form in _cases(written)
    )


def _cases(name: str) -> list[str]:
    last = name[-1]
    if last in _ENDINGS:
        return [name[:-1] + ending for ending in _ENDINGS[last]]
    if last in _VOWELS:
        return [name]
    return [name + ending for ending in ("", "а", "у", "ом", "е")]


def _rows(name: str) -> list[dict[str, str]]:
    content = (files("analysis") / "facts" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(content.splitlines()))
