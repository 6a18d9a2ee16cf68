"""Party documents that a text names, each resolved to the one that is meant.

The same number of another year is another document: a known one is taken where its date is stated, or
where what stands beside it speaks of its subject alone; a document issued after the text is never meant.
"""

import tomllib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files

from analysis.document_forms import Form, find_forms
from analysis.matching import plain
from analysis.named_documents import find_named
from storage.models import DocumentMention, PlaceMention

_CONTEXT = 160
_NEAR = 80
_MOST = 20
"""Mentions of one number that are weighed against each other."""


@dataclass(frozen=True, slots=True)
class Known:
    """A document that we know."""

    number: str
    """Such as 33-CT/TW."""
    title: str
    subject: tuple[str, ...]
    """Folded words that tell it from others of its number."""
    dated: date | None = None
    is_day_known: bool = True
    """Whether ``dated`` is the day; else only its year is known."""
    province: str | None = None


def find_documents(
    text: str, *, language: str | None, published_on: date | None = None, places: Sequence[PlaceMention] = ()
) -> tuple[DocumentMention, ...]:
    """The Party documents that ``text`` (NFC) names, in order, each mention; offsets are code points of it.

    ``language`` is of no account: each spelling tells its own. ``published_on`` rules out documents issued
    later. ``places`` (``analysis.places``) tell which province a provincial committee is of. A later "Nghị
    quyết 21" is the one that the text names in full. Documents of the State are not found.
    """
    folded = plain(text)
    forms = _distinct([*find_named(folded), *find_forms(text, folded)])
    provinces = [place for place in places if place.level == "province"]
    starts = [place.start for place in provinces]
    forms = [_with_province(text, form, provinces, starts) for form in forms]
    forms = _with_references(forms)
    known = _resolve(folded, forms, published_on)
    return tuple(_mention(text, form, known.get(_identity(form))) for form in forms)


def _distinct(forms: Iterable[Form]) -> list[Form]:
    """``forms`` ascending; of two that overlap the first."""
    kept: list[Form] = []
    for form in sorted(forms, key=lambda form: (form.start, -form.end)):
        if not kept or form.start >= kept[-1].end:
            kept.append(form)
    return kept


def _with_province(text: str, form: Form, provinces: Sequence[PlaceMention], starts: Sequence[int]) -> Form:
    """``form`` with the province of its committee: the one named beside it, or the only one of the text."""
    if form.issuer != "TU":
        return form
    first = bisect_left(starts, form.start - 2 * _NEAR)
    near = provinces[first : bisect_left(starts, form.end + 2 * _NEAR)]
    inside = [place for place in near if form.start <= place.start and place.end <= form.end]
    behind = [place for place in near if 0 <= place.start - form.end <= _NEAR]
    before = [place for place in near if 0 <= form.start - place.end <= _NEAR]
    behind = [place for place in behind if not _STOPS & set(text[form.end : place.start])]
    before = [place for place in before if not _STOPS & set(text[place.end : form.start])]
    if chosen := (*inside, *behind, *before[::-1]):
        return replace(form, issuer=f"TU {chosen[0].name}")
    is_sole = bool(provinces) and all(place.name == provinces[0].name for place in provinces)
    return replace(form, issuer=f"TU {provinces[0].name}") if is_sole else form


_STOPS = frozenset(".;\n")


def _with_references(forms: Sequence[Form]) -> list[Form]:
    """``forms`` where a short one says what a fuller one of the same number says."""
    distinct: dict[tuple[str, str], dict[tuple[object, ...], Form]] = defaultdict(dict)
    for form in forms:
        same = distinct[form.type, form.number]
        if len(same) < _MOST:
            same.setdefault((form.issuer, form.year, form.dated, form.is_full), form)
    return [_completed(form, [*distinct[form.type, form.number].values()]) for form in forms]


def _completed(form: Form, others: Sequence[Form]) -> Form:
    fitting = [other for other in others if other is not form and _fits(form, other)]
    before = [other for other in fitting if other.start < form.start]
    for other in (*before[::-1], *fitting):
        if not form.issuer or (not form.is_full and other.is_full):
            form = replace(form, issuer=other.issuer, is_full=other.is_full)
        if form.year is None and other.year is not None and form.issuer == other.issuer:
            form = replace(form, dated=other.dated, year=other.year)
        elif form.dated is None and form.year == other.year and form.issuer == other.issuer:
            form = replace(form, dated=other.dated)
    return form


def _fits(form: Form, other: Form) -> bool:
    """Whether both may be one document, and the other says more."""
    same_issuer = not form.issuer or form.issuer == other.issuer
    same_year = form.year is None or other.year is None or form.year == other.year
    return same_issuer and same_year and bool(other.is_full or other.year or other.issuer)


_Identity = tuple[str, str, str, int | None]


def _identity(form: Form) -> _Identity:
    return form.type, form.number, form.issuer, form.year


def _resolve(folded: str, forms: Iterable[Form], published_on: date | None) -> dict[_Identity, Known]:
    """The known document behind each identity; identities that stay open are left out."""
    contexts: dict[_Identity, list[Form]] = defaultdict(list)
    for form in forms:
        contexts[_identity(form)].append(form)
    found: dict[_Identity, Known] = {}
    for identity, same in contexts.items():
        said = " ".join(folded[max(0, form.start - _CONTEXT) : form.end + _CONTEXT] for form in same[:_MOST])
        candidates = [item for item in _candidates(same[0]) if _may_be(item, same, folded, published_on)]
        if (chosen := _choose(candidates, same[0], said)) is not None:
            found[identity] = chosen
    return found


def _candidates(form: Form) -> list[Known]:
    kind, number = form.type, form.number
    base = form.issuer.split(" ", maxsplit=1)[0]
    return [
        item
        for item in _known().get((number, kind), ())
        if not base or item.number.rpartition("/")[2] == base
    ]


def _may_be(item: Known, forms: Sequence[Form], folded: str, published_on: date | None) -> bool:
    """Whether date, province and day of publication allow it."""
    days = {form.dated for form in forms if form.dated is not None}
    year = forms[0].year
    if item.dated is not None:
        if (item.is_day_known and days and item.dated not in days) or (year and item.dated.year != year):
            return False
        if published_on is not None and item.dated > published_on:
            return False
    elif year is not None:
        return False
    if item.province is None:
        return True
    province = forms[0].issuer.partition(" ")[2]
    return province == item.province if province else plain(item.province) in folded


def _choose(candidates: Sequence[Known], form: Form, said: str) -> Known | None:
    """The one candidate, or the one whose subject is spoken of most."""
    is_sure = form.is_full or form.year is not None
    if len(candidates) == 1 and (is_sure or _speaks_of(candidates[0], said)):
        return candidates[0]
    ranked = sorted(((_speaks_of(item, said), at) for at, item in enumerate(candidates)), reverse=True)
    if len(ranked) < 2 or ranked[0][0] == 0 or ranked[0][0] == ranked[1][0]:
        return None
    return candidates[ranked[0][1]]


def _speaks_of(item: Known, said: str) -> int:
    return sum(words in said for words in item.subject)


def _mention(text: str, form: Form, known: Known | None) -> DocumentMention:
    base, _, province = form.issuer.partition(" ")
    number = f"{form.number}-{form.type}" + (f"/{base}" if base else "")
    dated, year = form.dated, form.year
    issuer = form.issuer or None
    if known is not None:
        number, base = known.number, known.number.rpartition("/")[2]
        province = known.province or province
        issuer = f"{base} {province}".strip()
        if known.dated is not None:
            dated = dated or (known.dated if known.is_day_known else None)
            year = known.dated.year
    named = form.title is not None
    key = (f"{form.type}-{form.number}/{base}" if named else number) + (f" {province}" if province else "")
    return DocumentMention(
        exact=text[form.start : form.end],
        key=f"{key}/{year}" if year else key,
        number=None if named else number,
        type=form.type,
        issuer=issuer,
        dated=dated,
        title=known.title if known else form.title,
        start=form.start,
        end=form.end,
    )


@cache
def _known() -> dict[tuple[str, str], list[Known]]:
    content = (files("analysis") / "facts" / "documents.toml").read_text(encoding="utf-8")
    found: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for item in tomllib.loads(content)["document"]:
        digits, _, rest = item["number"].partition("-")
        found[digits, rest.partition("/")[0]].append(
            Known(
                number=item["number"],
                title=item["title"],
                subject=tuple(item["subject"]),
                dated=item.get("date"),
                is_day_known=not item.get("year", False),
                province=item.get("of"),
            )
        )
    return dict(found)
