"""Provinces, districts and industrial parks that a text names, as written and as of today.

A bare name is the province's: "Bac Ninh" is the province, "Bac Ninh city" a district of it. A district
counts where the text plainly says so: by its level ("huyện", "district"), by its province behind it, in a
list that one opens, or once it was named so. Names of communes, streets and persons are no places here.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from analysis.gazetteer import BARE_CITY, CITY, Gazetteer, Hit, Unit, chinese, latin, provinces, russian
from analysis.matching import as_marked, plain
from analysis.parks import Park, find_parks
from storage.models import PlaceMention


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_MERGED_ON = date(2025, 7, 1)
_WINDOW = 40
_MARKED = re.compile("[À-ÖØ-öø-ỹ]")
_LEVELS_VI = {
    "province": "tỉnh|tỉnh ủy|đảng bộ tỉnh",
    "city": r"thành phố|thành ủy|tp\.?|t\.p\.?|thị xã|tx\.?",
    "district": r"huyện|quận|huyện ủy|quận ủy|thị ủy|h\.|q\.",
    "other": r"xã|phường|thị trấn|thôn|ấp|bản|làng|khu phố|tổ dân phố|đường|(?<!thành )phố|đại lộ|xa lộ"
    "|sông|chợ|hồ",
    "person": "ông|bà|anh|chị|cô|chú|em|đồng chí|đ/c",
    "firm": r"tnhh|cổ phần|cp|tập đoàn|tư nhân|dntn|hợp tác xã|htx|mtv|thành viên|thương hiệu",
}
_LEVELS_WEST = {
    "province": r"provinces? (?:of|de)|provincia de",
    "city": r"city of|town of|villes? (?:de|d')|ciudad de|tp\.?|cities of",
    "district": r"districts? (?:of|de|d')|distrito de|arrondissement de|huyen|quan",
    "other": r"communes? (?:of|de|d')|wards? (?:of|de)|quartier de|comuna de|rue|phuong|xa",
    "person": r"mr\.?|mrs\.?|ms\.?|m\.|mme|dr\.?|comrade",
    "firm": r"",
}
_AFTER_WEST = re.compile(
    r"\s(?:(?P<province>province|provincial)|(?P<city>city|town)|(?P<district>(?:urban |rural )?district)"
    r"|(?P<other>ward|commune|township|street|road|avenue|boulevard|highway|river|market)"
    r"|(?P<firm>co\.|joint[ -]stock|jsc|corporation|group|company|bank))(?![\w])"
)
_LINK = re.compile(r",\s?(?:(?:và|and|et|y)\s)?|\s(?:và|and|et|y|&)\s|\s?[-–/]\s?")
_NO_PLACES = ("other", "person", "firm")
_TO_PROVINCE = re.compile(
    r"(?:\s(?:district|town|city|commune))?\s?(?:[,(–-]\s?)?(?:thuộc |in |of |de |en |dans )?"
    r"(?:(?:the )?(?:northern |southern |central |la )?(?:tỉnh|province of|provincia de|province de"
    r"|thành phố|tp\.?)\s)?",
    re.IGNORECASE,
)
_SURNAMES = _words(
    """nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ ngô lý đinh trịnh lương trương đào phùng
    tống quách doãn vương nguyen tran pham hoang huynh dang bui ngo dinh trinh truong dao phung"""
)
_BEFORE_NAME = re.compile(r"(?:[^\W\d_]+ ){1,3}\Z")


@dataclass(frozen=True, slots=True)
class _Read:
    """A name with the unit that it stands for; ``units`` are all that it may be."""

    start: int
    end: int
    units: tuple[Unit, ...]

    @property
    def is_province(self) -> bool:
        return self.units[0].level == "province"

    @property
    def today(self) -> str | None:
        """The unit of today where all that it may be lie in one."""
        units = {unit.today for unit in self.units}
        return units.pop() if len(units) == 1 else None


def find_places(
    text: str, *, language: str | None, published_on: date | None = None
) -> tuple[PlaceMention, ...]:
    """The places that ``text`` (NFC) names, in order; offsets are code points of it.

    ``language`` is an ISO 639-1 code. In Vietnamese the marks count, unless the whole text has none.
    ``published_on`` tells a city of today from the provincial town of the same name ("thành phố Bắc Ninh");
    without it the names are read as they were used on 1 July 2025. ``today`` is None where districts or
    parks of that name lie in several units and nothing tells which.
    """
    code = (language or "").replace("_", "-").split("-")[0].lower()
    if code == "zh":
        return _without_context(text, chinese(), re.compile("市"), None, published_on)
    if code == "ru":
        return _without_context(text, russian(), None, re.compile(r"(?:город\w*|г\.)\s\Z"), published_on)
    folded = plain(text)
    has_marks = code == "vi" and _MARKED.search(text) is not None
    hits = latin().find(text, folded, exact_marks=has_marks)
    parks = find_parks(text, folded, hits)
    inside = _outside(hits, parks)
    read = _read_all(text, inside, code, has_marks, published_on or _MERGED_ON)
    return _mentions(text, read, parks)


def _without_context(
    text: str,
    gazetteer: Gazetteer,
    after: re.Pattern[str] | None,
    before: re.Pattern[str] | None,
    published_on: date | None,
) -> tuple[PlaceMention, ...]:
    """Provinces alone; "city" behind one that was none of the first level makes it a district."""
    found = []
    for hit in gazetteer.find(text, plain(text), exact_marks=False):
        unit = hit.province
        if unit is None:
            continue
        is_city = (after is not None and after.match(text, hit.end) is not None) or (
            before is not None and before.search(text[max(0, hit.start - _WINDOW) : hit.start]) is not None
        )
        is_town = is_city and not _is_city(unit, published_on or _MERGED_ON)
        level, name = ("district", f"{CITY} {unit.name}") if is_town else ("province", unit.name)
        start, end = hit.start, hit.end
        exact = text[start:end]
        found.append(
            PlaceMention(exact=exact, name=name, today=unit.today, level=level, start=start, end=end)
        )
    return tuple(found)


def _is_city(unit: Unit, on: date) -> bool:
    return unit.city_since is not None and unit.city_since <= on


def _outside(hits: Sequence[Hit], parks: Sequence[Park]) -> list[Hit]:
    spans = iter([*((park.start, park.end) for park in parks), (1 << 60, 1 << 60)])
    start, end = next(spans)
    kept = []
    for hit in hits:
        while hit.start >= end:
            start, end = next(spans)
        if hit.end <= start:
            kept.append(hit)
    return kept


def _read_all(text: str, hits: Sequence[Hit], code: str, has_marks: bool, on: date) -> list[_Read]:
    """What each hit stands for, where it stands for a place."""
    levels = _before("vi" if code == "vi" else "west", has_marks)
    roles = [_role(text, hit, levels, code, has_marks) for hit in hits]
    named: dict[str, tuple[Unit, ...]] = {}
    found: list[_Read] = []
    last: tuple[int, bool] = (-1, False)
    for at, (hit, role) in enumerate(zip(hits, roles, strict=True)):
        is_listed = last[1] and _LINK.fullmatch(text, last[0], hit.start) is not None
        following = hits[at + 1] if at + 1 < len(hits) else None
        units = _units(text, hit, role, on)
        if not units and not role and hit.districts:
            units = _plain_district(text, hit, following, named, is_listed)
        elif not units and hit.spelling.written == as_marked(BARE_CITY) and not role:
            units = hit.spelling.units[:1] if _stands_in_list(text, hits, roles, at) else ()
        if not units:
            continue
        last = (hit.end, units[0].level == "district")
        if last[1]:
            units = (_own(text, hit, units, following) if len(units) > 1 else ()) or units
            named[hit.spelling.written] = units
        found.append(_with_level(text, hit, units))
    return found


@cache
def _before(group: str, has_marks: bool) -> re.Pattern[str]:
    """What stands before a name and tells its level, to be searched in lower case."""
    words = _LEVELS_VI if group == "vi" else _LEVELS_WEST
    folded = (lambda listed: listed) if has_marks or group != "vi" else _folded
    parts = "|".join(f"(?P<{role}>{folded(listed)})" for role, listed in words.items() if listed)
    return re.compile(rf"(?<!\w)(?:{parts})\s?\Z")


def _folded(listed: str) -> str:
    """Alternatives without their marks; "hồ" and "em" would then be other words, so they go."""
    return plain(listed).replace("|ho", "").replace("|em", "")


def _role(text: str, hit: Hit, levels: re.Pattern[str], code: str, has_marks: bool) -> str:
    """The level that the words around a name give it; empty where they say nothing."""
    window = text[max(0, hit.start - _WINDOW) : hit.start]
    prepared = as_marked(window) if has_marks else plain(window)
    if code != "vi" and (after := _AFTER_WEST.match(plain(text[hit.end : hit.end + _WINDOW]))):
        role = after.lastgroup or ""
        if role != "firm" or not window[:-1].rstrip().split(" ")[-1][:1].isupper():
            return role
    if match := levels.search(prepared):
        return match.lastgroup or ""
    return "person" if _follows_surname(window, code) else ""


def _follows_surname(window: str, code: str) -> bool:
    match = _BEFORE_NAME.search(window)
    if match is None:
        return False
    for word in reversed(match.group().split()):
        if not word[0].isupper():
            return False
        if word.lower() in _SURNAMES and not (code in ("fr", "es") and word == "Le"):
            return True
    return False


def _units(text: str, hit: Hit, role: str, on: date) -> tuple[Unit, ...]:
    """The units that a name stands for by its level or, without one, as a province's bare name."""
    province, districts = hit.province, hit.districts
    if districts and districts[0].has_number:
        return districts
    if role in _NO_PLACES:
        return ()
    if role == "district":
        return districts
    if role == "city" and not (province is not None and _is_city(province, on)):
        towns = tuple(unit for unit in districts if unit.kind in (CITY, "thị xã"))
        return towns or districts or ((province,) if province else ())
    if province is None or (not role and hit.spelling.written == as_marked(BARE_CITY)):
        return districts if role == "city" else ()
    return (province,)


def _plain_district(
    text: str, hit: Hit, following: Hit | None, named: dict[str, tuple[Unit, ...]], is_listed: bool
) -> tuple[Unit, ...]:
    """The districts that a name without its level stands for, where that is plain."""
    if (before := named.get(hit.spelling.written)) is not None:
        return before
    cities = tuple(unit for unit in hit.districts if unit.kind == CITY)
    if cities and " " in cities[0].name and hit.spelling.written not in _NOT_BARE:
        return cities
    if is_listed:
        return hit.districts
    return _own(text, hit, hit.districts, following)


_NOT_BARE = frozenset(("điện biên phủ", "tân an", "phú mỹ", "hoa lư"))
"""Cities whose bare name is more often a battle, a commune or a street."""


def _own(text: str, hit: Hit, units: Sequence[Unit], following: Hit | None) -> tuple[Unit, ...]:
    """Those of ``units`` whose province is named right behind them."""
    if following is None or following.province is None or following.start - hit.end > _WINDOW:
        return ()
    if _TO_PROVINCE.fullmatch(text, hit.end, following.start) is None:
        return ()
    province = following.province
    exact = tuple(unit for unit in units if unit.province == province.name)
    return exact or tuple(unit for unit in units if unit.today == province.name)


_CAPITAL_FOLLOWS = re.compile(r"\s[^\W\d_a-zà-ỹđ]")


def _stands_in_list(text: str, hits: Sequence[Hit], roles: Sequence[str], at: int) -> bool:
    """Whether a province is named just before or after, with only a comma or "and" between."""
    if _CAPITAL_FOLLOWS.match(text, hits[at].end):
        return False
    beside = [
        other for other in (at - 1, at + 1) if 0 <= other < len(hits) and roles[other] not in _NO_PLACES
    ]
    return any(
        hits[other].province and _LINK.fullmatch(text, hits[min(at, other)].end, hits[max(at, other)].start)
        for other in beside
    )


_CITY_BEFORE = re.compile(r"(?:thành phố|thị xã|tp\.?|tx\.?|city of|ville de|ciudad de)\s?\Z", re.IGNORECASE)
_CITY_AFTER = re.compile(r"\s(?:city|town)\b", re.IGNORECASE)


def _with_level(text: str, hit: Hit, units: tuple[Unit, ...]) -> _Read:
    """The words of a mention: a town called like a province keeps its level, so as not to look like it."""
    start, end = hit.start, hit.end
    if units[0].level == "district" and hit.province is not None:
        offset = max(0, start - _WINDOW)
        if before := _CITY_BEFORE.search(text[offset:start]):
            start = offset + before.start()
        elif after := _CITY_AFTER.match(text, end):
            end = after.end()
    return _Read(start, end, units)


def _mentions(text: str, read: Sequence[_Read], parks: Sequence[Park]) -> tuple[PlaceMention, ...]:
    provinces_named = frozenset(item.units[0].name for item in read if item.is_province)
    sole = _sole_unit(read)
    found = [_mention(text, item, provinces_named, sole) for item in read]
    starts = [item.start for item in read]
    for park in parks:
        today = park.today or _today_beside(text, park, read, starts) or sole
        exact = text[park.start : park.end]
        found.append(
            PlaceMention(
                exact=exact, name=park.name, today=today, level="park", start=park.start, end=park.end
            )
        )
    return tuple(sorted(found, key=lambda mention: (mention.start, mention.end)))


def _sole_unit(read: Sequence[_Read]) -> str | None:
    """The one unit of today whose provinces the text names, or None where it names several."""
    units = {item.today for item in read if item.is_province}
    return units.pop() if len(units) == 1 else None


def _mention(text: str, item: _Read, named: frozenset[str], sole: str | None) -> PlaceMention:
    units = item.units
    if len(units) > 1:
        here = tuple(unit for unit in units if unit.province in named) or tuple(
            unit for unit in units if unit.today == sole
        )
        item = replace(item, units=here or units)
    unit = item.units[0]
    name = (
        f"{unit.kind} {unit.name}" if unit.name in _province_names() and not item.is_province else unit.name
    )
    return PlaceMention(
        exact=text[item.start : item.end],
        name=name,
        today=item.today,
        level=unit.level,
        start=item.start,
        end=item.end,
    )


@cache
def _province_names() -> frozenset[str]:
    return frozenset(provinces())


_STOP = re.compile(r"[.;:!?\n]")


def _today_beside(text: str, park: Park, read: Sequence[_Read], starts: Sequence[int]) -> str | None:
    """Today's unit of the first place named shortly behind the park in the same clause."""
    at = bisect_left(starts, park.end)
    if at == len(read) or starts[at] > park.end + 2 * _WINDOW:
        return None
    return None if _STOP.search(text, park.end, starts[at]) else read[at].today
