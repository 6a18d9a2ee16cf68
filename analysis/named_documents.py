"""Resolutions that go by a name and not by a number: of a congress, of a plenum of the Central Committee."""

import re
from collections.abc import Iterator

from analysis.document_forms import Form

_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
_ORDINALS = {
    word: number
    for number, words in enumerate(
        ("first premier", "second deuxieme", "third troisieme", "fourth quatrieme", "fifth cinquieme",
         "sixth sixieme", "seventh septieme", "eighth huitieme", "ninth neuvieme", "tenth dixieme",
         "eleventh onzieme", "twelfth douzieme", "thirteenth treizieme", "fourteenth quatorzieme"),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
_CONGRESS_YEARS = {6: 1986, 7: 1991, 8: 1996, 9: 2001, 10: 2006, 11: 2011, 12: 2016, 13: 2021, 14: 2026}
_NTH_VI = r"(?:[ivx]{1,6}|\d{1,2})(?!\w)"
_NTH = rf"(?:[ivx]{{1,6}}|\d{{1,2}})(?:st|nd|rd|th|e|eme|o)?|{'|'.join(_ORDINALS)}"
_OF_PROVINCE = r"tinh|thanh pho|provincial|municipal|city|du comite provincial|provincia"

_CONGRESS = (
    re.compile(
        rf"(?<!\w)nghi quyet (?:cua )?dai hoi (?:dai bieu )?(?:toan quoc )?"
        rf"(?:(?:lan thu )(?P<a>{_NTH_VI})(?: cua dang| dang toan quoc)?"
        rf"|(?P<where>dang (?:bo )?[^.,;:()\n]{{0,60}}?)(?:lan thu )?(?P<b>{_NTH_VI})(?!\w)(?: cua dang)?"
        rf"|(?P<c>{_NTH_VI})(?!\w)(?: cua dang)?)(?!\w)"
    ),
    re.compile(
        rf"(?<!\w)resolutions? of the (?P<a>{_NTH}) (?P<where>[^.,;:()\n]{{0,50}}?)congress"
        r"(?: of the (?:communist )?party(?: of viet ?nam)?)?(?!\w)"
    ),
    re.compile(
        rf"(?<!\w)(?P<a>{_NTH}) (?P<where>national |provincial "
        rf"|[^.,;:()\n]{{0,40}}?provincial )?(?:party congress|"
        r"congress of the party)(?:'s)? resolutions?(?!\w)"
    ),
    re.compile(
        rf"(?<!\w)resolutions? du (?P<a>{_NTH}) congres(?P<where> (?:national|provincial"
        rf"|de l'organisation|du parti|"
        r"du comite)[^.,;:()\n]{0,40}?)?(?: du parti(?: communiste du vietnam)?)?(?=[ ,.;:)\n]|\Z)"
    ),
)
_PLENUM = (
    re.compile(
        rf"(?<!\w)nghi quyet (?:hoi nghi )?(?:lan thu )?(?:(?:ban chap hanh )?trung uong"
        rf"|tw)(?: dang)? (?:lan thu )?"
        rf"(?P<n>{_NTH_VI})(?:,? \(?(?:dang )?khoa (?P<term>{_NTH_VI})\)?)?(?! ?- ?nq)(?!\w)"
    ),
    re.compile(
        rf"(?<!\w)resolutions? of the (?P<n>{_NTH}) plenum of the (?P<term>{_NTH})(?:-tenure)? "
        r"(?:party )?central committee(?!\w)"
    ),
)
_PLENUM_WORDS = (
    "quyet trung uong",
    "quyet hoi nghi",
    "quyet tw",
    "quyet lan thu",
    "quyet ban chap",
    "plenum",
)


def find_named(folded: str) -> list[Form]:
    """The named resolutions in a text's ``plain`` form, ascending."""
    if "nghi quyet" not in folded and "resolution" not in folded:
        return []
    found = [*_congresses(folded), *_plenums(folded)]
    found.sort(key=lambda form: (form.start, -form.end))
    kept: list[Form] = []
    for form in found:
        if not kept or form.start >= kept[-1].end:
            kept.append(form)
    return kept


def _congresses(folded: str) -> Iterator[Form]:
    for pattern in _CONGRESS if "dai hoi" in folded or "congres" in folded else ():
        for match in pattern.finditer(folded):
            named = match.groupdict()
            number = _ordinal(named.get("a") or named.get("b") or named.get("c") or "")
            where = (named.get("where") or "").strip()
            if number is None:
                continue
            is_local = bool(re.search(_OF_PROVINCE, where)) or where.startswith("dang bo")
            if is_local and "toan quoc" not in where and "national" not in where:
                issuer = "TU" if re.search(_OF_PROVINCE, where) else "ĐU"
                title = f"Resolution of the {_nth(number)} congress of the local Party organisation"
                yield Form(match.start(), match.end(), "NQ", f"ĐH{number}", issuer, title=title)
            else:
                title = f"Resolution of the {_nth(number)} National Party Congress"
                year = _CONGRESS_YEARS.get(number)
                yield Form(match.start(), match.end(), "NQ", f"ĐH{number}", "TW", year=year, title=title)


def _plenums(folded: str) -> Iterator[Form]:
    for pattern in _PLENUM if any(word in folded for word in _PLENUM_WORDS) else ():
        for match in pattern.finditer(folded):
            number, term = _ordinal(match["n"]), _ordinal(match["term"] or "")
            if number is None:
                continue
            of_term = f" of the {_nth(term)} term" if term else ""
            title = f"Resolution of the {_nth(number)} Central Committee plenum{of_term}"
            name = f"HN{number}" + (f"-K{term}" if term else "")
            yield Form(match.start(), match.end(), "NQ", name, "TW", title=title)


def _ordinal(written: str) -> int | None:
    if written in _ORDINALS:
        return _ORDINALS[written]
    digits = re.match(r"\d+", written)
    if digits:
        return int(digits.group())
    roman = re.match(r"[ivxl]+", written)
    if roman is None:
        return None
    values = [_ROMAN[letter] for letter in roman.group()]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _nth(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
