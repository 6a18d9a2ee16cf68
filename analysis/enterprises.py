"""Firms that have, found or join a Party organisation, or whose people are admitted to the Party.

Only sentences that a Flag stands on are read, and those beside them that name the Party too; a firm counts
where its sentence says what the Party has to do with it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from analysis.firm_names import find_firms, firm_key
from analysis.matching import plain
from analysis.sentences import Sentence, split_sentences
from storage.models import EnterpriseMention, Evidence, PlaceMention

_ORGANISATION = (
    r"(?:chi bo|dang bo|to chuc (?:co so )?dang|dang uy|party(?: \w+)? (?:cell|branch|committee"
    r"|organi[sz]ation)(?:e?s)?"
    r"|(?:party )?cells?|cellules?|(?:organisation|comite|antenne)s? (?:de base )?du parti"
    r"|(?:celula|organizacion(?:es)?|comite)s? del partido)"
)
_MEMBERS = r"(?:dang vien|party members?|membres? du parti|militantes?|miembros? del partido)"
_FOUND = (
    r"(?:thanh lap|ra mat|establish\w*|set up|setting up|found(?:ed|ing|s)?|launch\w*|inaugurat\w*"
    r"|form(?:ed|ing|ation)"
    r"|creat(?:e|es|ed|ing|ion|ion)|creation|fond(?:e|er|ation)\w*|cree\w*|creer|mise? (?:en place"
    r"|sur pied)|creacion"
    r"|fundo|fundacion|debut\w*)"
)
_ACTS = (
    ("founds", re.compile(rf"(?<!\w){_FOUND}(?!\w)[^;]{{0,90}}?(?<!\w){_ORGANISATION}(?!\w)")),
    ("founds", re.compile(rf"(?<!\w){_ORGANISATION}(?!\w)[^;]{{0,90}}?(?<!\w){_FOUND}(?!\w)")),
    ("admits", re.compile(
        r"(?<!\w)(?:ket nap|vao dang|admit\w*|admission|induct\w*|join(?:ed"
        r"|ing)? the (?:communist )?party|admis\w*"
        r"|adhesion|adhere\w*|admitio|admitid\w+|ingres\w+)(?!\w)"
    )),
    ("has", re.compile(rf"(?<!\w){_ORGANISATION}(?!\w)")),
    ("other", re.compile(rf"(?<!\w){_MEMBERS}(?!\w)")),
)  # fmt: skip
_RANKS = {"founds": 3, "admits": 2, "has": 1, "other": 0}
_PARTY = re.compile(rf"(?<!\w)(?:{_ORGANISATION}|{_MEMBERS}|ket nap|vao dang)(?!\w)")
_NEAR = 90


def find_enterprises(
    text: str, *, language: str | None, places: Sequence[PlaceMention], evidence: Sequence[Evidence]
) -> tuple[EnterpriseMention, ...]:
    """The firms of ``text`` (NFC), one mention for each: the first of its weightiest act, in order.

    ``evidence`` are the sentences of the Flag, ``places`` those of ``analysis.places``; offsets are code
    points of ``text``. The place is today's unit of what stands nearest behind the firm, or before it in the
    sentence, or else the one unit that the text names.
    """
    code = (language or "").replace("_", "-").split("-")[0].lower()
    folded = plain(text)
    found: dict[str, EnterpriseMention] = {}
    places = sorted(places, key=lambda place: place.start)
    starts = [place.start for place in places]
    units = {place.today for place in places if place.today}
    sole = units.pop() if len(units) == 1 else None
    for sentence in _sentences(text, folded, evidence):
        here = places[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        for mention in _mentions(text, folded, sentence, code, here, sole):
            before = found.get(mention.key)
            if before is None or _RANKS[mention.act] > _RANKS[before.act]:
                found[mention.key] = mention
    return tuple(sorted(found.values(), key=lambda mention: mention.start))


def _sentences(text: str, folded: str, evidence: Sequence[Evidence]) -> Iterator[Sentence]:
    """The sentences of the evidence and their neighbours that name the Party."""
    if not evidence:
        return
    sentences = split_sentences(text)
    chosen = [any(item.start < it.end and it.start < item.end for item in evidence) for it in sentences]
    for at, sentence in enumerate(sentences):
        beside = any(chosen[max(0, at - 1) : at + 2])
        if chosen[at] or (beside and _PARTY.search(folded, sentence.start, sentence.end)):
            yield sentence


def _mentions(
    text: str, folded: str, sentence: Sentence, code: str, here: Sequence[PlaceMention], sole: str | None
) -> Iterator[EnterpriseMention]:
    for start, end in find_firms(text, folded, sentence.start, sentence.end, code):
        if any(place.start <= start and end <= place.end for place in here):
            continue
        act = _act(folded, sentence, start, end)
        if act is not None:
            yield EnterpriseMention(
                exact=text[start:end],
                key=firm_key(text[start:end]),
                act=act,
                place=_place(start, end, here) or sole,
                sentence=text[sentence.start : sentence.end],
                start=start,
                end=end,
            )


def _act(folded: str, sentence: Sentence, start: int, end: int) -> str | None:
    """What the sentence says of the firm: the act whose words stand nearest; None where it says nothing.

    Founding and admitting go before having, which their words include.
    """
    best: tuple[int, int] | None = None
    chosen: str | None = None
    for act, pattern in _ACTS:
        distance = min(
            (
                max(match.start() - end, start - match.end(), 0)
                for match in pattern.finditer(folded, *_span(sentence))
            ),
            default=None,
        )
        if distance is None:
            continue
        rank = (0 if act in ("founds", "admits") and distance <= _NEAR else 1, distance)
        if best is None or rank < best:
            best, chosen = rank, act
    return chosen


def _span(sentence: Sentence) -> tuple[int, int]:
    return sentence.start, sentence.end


def _place(start: int, end: int, here: Sequence[PlaceMention]) -> str | None:
    """Today's unit of the place in the sentence that stands nearest behind the firm, else before or in it."""
    behind = [place for place in here if 0 <= place.start - end <= _NEAR]
    before = [place for place in here if place.end <= start]
    inside = [place for place in here if start <= place.start < end]
    return next((place.today for place in (*behind, *before[::-1], *inside) if place.today), None)
