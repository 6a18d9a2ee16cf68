"""Fingerprint: what of an article says which event it tells. Made once, stored as JSON, compared often.

Every part is language-neutral as far as it can be: numbers, names without marks, provinces, days and
document numbers read alike in a translation; words and titles compare articles of one language.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from analysis.flag import clean
from analysis.language import guess_language
from analysis.matching import plain
from analysis.places import find_places
from analysis.stories.addresses import canonical, day_in, host_of, slug_of
from analysis.stories.days import find_days, find_years
from analysis.stories.names import Name, find_names, has_title_case
from analysis.stories.numbers import find_numbers, significant_digits
from analysis.stories.series import find_editions, find_part, find_session
from analysis.stories.words import minhash, packed_words, tokens, unpacked
from storage.models import PlaceMention, Verdict

_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_PACKED = ("phrases", "sketch", "title_words")
_MOST_TEXT = 60_000
_HEAD_SHARE = 0.45
_HEAD = (250, 700)
_DOCUMENT = re.compile(
    r"\b(\d{1,4})\s?[-–/]\s?((?:nq|ct|qd|kl|hd|kh|da|ctr|tb|qdi|dh)[-/](?:tw|tu|dut?k?|cp|ttg))\b"
)


@dataclass(frozen=True, slots=True)
class Telling:
    """One article as grouping takes it."""

    id: str
    text: str
    """Lead and body."""
    title: str = ""
    language: str | None = None
    """ISO 639-1; None lets the text tell."""
    url: str | None = None
    outlet: str | None = None
    """Who published it; None takes the address's host."""
    published_at: datetime | None = None
    original_url: str | None = None
    """The address that a re-host names as its source."""


@dataclass(frozen=True)
class Fingerprint:
    """What grouping knows of one article. Properties are worked out at the first comparison and kept."""

    id: str
    language: str
    outlet: str
    url: str
    """Without scheme, www and query; empty where unknown."""
    original_url: str
    published_at: datetime | None
    published_on: date | None
    """The local day, from ``published_at`` or else from the address, where a month alone is its 15th."""
    is_day_sure: bool
    title: str
    """Folded."""
    slug: str
    """The words of the address; empty where it has none."""
    numbers: tuple[tuple[str, str, bool], ...]
    """(value, what it counts, whether the opening tells it), each value once."""
    title_numbers: tuple[str, ...]
    """Those of the title that tell something."""
    phrases: bytes
    """Packed hashes (see ``words.packed``) of the opening's numbers with the two words behind."""
    names: tuple[tuple[str, str, bool], ...]
    """(name without marks, kind, whether the opening tells it), each once."""
    documents: tuple[str, ...]
    """Folded numbers of documents, such as 33-ct/tw."""
    provinces: tuple[str, ...]
    """Today's units, those of the opening first."""
    provinces_early: int
    """How many of them the opening names."""
    sites: tuple[str, ...]
    """Folded names of the districts and industrial parks that the opening names."""
    days: tuple[str, ...]
    """Month and day, those of the opening first."""
    days_early: int
    title_years: tuple[int, ...]
    years: tuple[int, ...]
    """Of title and opening."""
    part: int
    """Part of a series; 0 for none."""
    editions: tuple[int, ...]
    """Which times something comes round: (7,) for the seventh award."""
    session: str
    """opening, closing or empty."""
    sketch: bytes
    """MinHash of the text."""
    title_words: bytes
    """Packed hashes."""

    @cached_property
    def number_facts(self) -> dict[str, tuple[str, bool]]:
        """Value to what it counts and whether the opening tells it."""
        return {value: (counts, is_early) for value, counts, is_early in self.numbers}

    @cached_property
    def telling_numbers(self) -> frozenset[str]:
        """Numbers with two significant digits or more."""
        return frozenset(value for value, _, _ in self.numbers if significant_digits(value) > 1)

    @cached_property
    def early_numbers(self) -> frozenset[str]:
        """Those of the opening."""
        return frozenset(value for value in self.telling_numbers if self.number_facts[value][1])

    @cached_property
    def all_names(self) -> frozenset[str]:
        """Every name."""
        return frozenset(name for name, _, _ in self.names)

    @cached_property
    def early_names(self) -> frozenset[str]:
        """Those of the opening."""
        return frozenset(name for name, _, is_early in self.names if is_early)

    @cached_property
    def actors(self) -> frozenset[str]:
        """People and firms of the opening."""
        return frozenset(name for name, kind, is_early in self.names if is_early and kind != "pair")

    @cached_property
    def early_provinces(self) -> frozenset[str]:
        """Those of the opening."""
        return frozenset(self.provinces[: self.provinces_early])

    @cached_property
    def early_days(self) -> frozenset[str]:
        """Those of the opening."""
        return frozenset(self.days[: self.days_early])

    @cached_property
    def phrase_hashes(self) -> frozenset[int]:
        """``phrases`` unpacked."""
        return unpacked(self.phrases)

    @cached_property
    def title_hashes(self) -> frozenset[int]:
        """``title_words`` unpacked."""
        return unpacked(self.title_words)

    def as_json(self) -> dict[str, Any]:
        """A form for JSON, which ``fingerprint_from_json`` reads."""
        form = {item.name: getattr(self, item.name) for item in fields(self)}
        for name in ("published_at", "published_on"):
            form[name] = form[name].isoformat() if form[name] else None
        return form | {name: b64encode(form[name]).decode() for name in _PACKED}


def fingerprint_from_json(form: dict[str, Any]) -> Fingerprint:
    """The Fingerprint that ``Fingerprint.as_json`` wrote."""
    at, on = form["published_at"], form["published_on"]
    return Fingerprint(
        **form
        | {
            "published_at": datetime.fromisoformat(at) if at else None,
            "published_on": date.fromisoformat(on) if on else None,
            "numbers": tuple(map(tuple, form["numbers"])),
            "title_numbers": tuple(form["title_numbers"]),
            "names": tuple(map(tuple, form["names"])),
            "documents": tuple(form["documents"]),
            "provinces": tuple(form["provinces"]),
            "sites": tuple(form["sites"]),
            "days": tuple(form["days"]),
            "title_years": tuple(form["title_years"]),
            "years": tuple(form["years"]),
            "editions": tuple(form["editions"]),
        }
        | {name: b64decode(form[name]) for name in _PACKED}
    )


def fingerprint(telling: Telling, verdict: Verdict | None = None) -> Fingerprint:
    """The Fingerprint of one article; with ``verdict``, its places and documents are taken from there."""
    title, text = clean(telling.title).strip(), clean(telling.text[:_MOST_TEXT])
    folded_title, folded = plain(title), plain(text)
    language = _language(telling, title, text)
    slug = slug_of(telling.url)
    at = telling.published_at.astimezone(UTC) if telling.published_at else None
    on, is_day_sure = _published_on(at, telling.url)
    head = min(_HEAD[1], max(_HEAD[0], int(_HEAD_SHARE * len(text))))
    days = find_days(folded, on if is_day_sure else None)
    title_days = find_days(folded_title)
    in_title = find_numbers(title, folded_title, language, _spans(title_days))
    in_text = find_numbers(text, folded, language, _spans(days))
    places = _Places(
        find_places(title, language=language, published_on=on),
        verdict.places if verdict else find_places(text, language=language, published_on=on),
    )
    return Fingerprint(
        id=telling.id,
        language=language,
        outlet=telling.outlet or host_of(telling.url),
        url=canonical(telling.url),
        original_url=canonical(telling.original_url),
        published_at=at,
        published_on=on,
        is_day_sure=is_day_sure,
        title=" ".join(tokens(folded_title)),
        slug=slug,
        numbers=_once(
            [(number.value, number.counts, True) for number in in_title]
            + [(number.value, number.counts, number.start < head) for number in in_text]
        ),
        title_numbers=_distinct(n.value for n in in_title if significant_digits(n.value) > 1),
        phrases=packed_words(
            number.phrase
            for number in (*in_title, *(number for number in in_text if number.start < head))
            if number.phrase
        ),
        names=_names(title, text, head, places),
        documents=_documents(f"{folded_title}  {folded}"),
        provinces=_distinct(places.units()),
        provinces_early=len(_distinct(places.units(head))),
        sites=_distinct(places.sites(head)),
        days=_distinct([day.day for day in (*title_days, *days)]),
        days_early=len(_distinct([day.day for day in (*title_days, *(d for d in days if d.start < head))])),
        title_years=_distinct_years(folded_title),
        years=_distinct_years(f"{folded_title}  {folded[:head]}"),
        part=find_part(folded_title, folded, slug),
        editions=find_editions(f"{folded_title}  {folded[:head]}"),
        session=find_session(f"{folded_title}  {folded[:head]}"),
        sketch=minhash(tokens(folded)),
        title_words=_title_words(folded_title, slug, language),
    )


def _language(telling: Telling, title: str, text: str) -> str:
    stated = (telling.language or "").replace("_", "-").split("-")[0].lower()
    return stated or guess_language(f"{title}\n{text}") or ""


def _published_on(at: datetime | None, url: str | None) -> tuple[date | None, bool]:
    return (at.astimezone(_LOCAL).date(), True) if at is not None else day_in(url)


@dataclass(frozen=True, slots=True)
class _Places:
    title: Sequence[PlaceMention]
    text: Sequence[PlaceMention]

    def units(self, before: int | None = None) -> list[str]:
        """Today's units, the title's first, then the text's, or those of it that stand ``before``."""
        in_text = [place for place in self.text if before is None or place.start < before]
        return [place.today for place in (*self.title, *in_text) if place.today is not None]

    def sites(self, before: int) -> list[str]:
        """Districts and parks of the title and of the text ``before`` an offset."""
        early = (*self.title, *(place for place in self.text if place.start < before))
        return [plain(place.name) for place in early if place.level != "province"]


def _names(title: str, text: str, head: int, places: _Places) -> tuple[tuple[str, str, bool], ...]:
    """Names but for those of provinces, which are evidence of another kind."""
    in_title = [] if has_title_case(title) else _outside(find_names(title, plain(title)), places.title)
    in_text = _outside(find_names(text, plain(text)), places.text)
    return _once(
        [(name.key, name.kind, True) for name in in_title]
        + [(name.key, name.kind, name.start < head) for name in in_text]
    )


def _outside(names: Iterable[Name], places: Iterable[PlaceMention]) -> list[Name]:
    spans = [(place.start, place.end) for place in places if place.level == "province"]
    return [name for name in names if not any(start <= name.start < end for start, end in spans)]


def _documents(folded: str) -> tuple[str, ...]:
    return _distinct(f"{match[1]}-{match[2].replace('-', '/')}" for match in _DOCUMENT.finditer(folded))


def _spans(days: Iterable[Any]) -> list[tuple[int, int]]:
    return [(day.start, day.end) for day in days]


def _once(found: Iterable[tuple[str, str, bool]]) -> tuple[tuple[str, str, bool], ...]:
    """Each value once: what it counts from the first place that tells, early where any place is."""
    kept: dict[str, tuple[str, bool]] = {}
    for value, kind, is_early in found:
        known_kind, known_early = kept.get(value, ("", False))
        kept[value] = (known_kind or kind, known_early or is_early)
    return tuple((value, kind, is_early) for value, (kind, is_early) in kept.items())


def _distinct_years(folded: str) -> tuple[int, ...]:
    return tuple(sorted(set(find_years(folded))))


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _title_words(folded_title: str, slug: str, language: str) -> bytes:
    """Packed hashes of the title's words, or of a Vietnamese article's address where it has no title."""
    words = tokens(folded_title) or (slug.split() if language == "vi" else [])
    return packed_words(word for word in words if len(word) > 1)
