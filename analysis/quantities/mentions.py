"""What each number of a sentence counts: the noun beside it, or the one it leaves out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.quantities.numbers import Number
from analysis.quantities.words import Match, Words

_PEOPLE = ("member", "new_member", "candidate", "probationary", "owner", "worker", "person", "other_people")
NOUNS = frozenset([*_PEOPLE, "cell", "enterprise", "other_body", "unit"])
"""Concepts that a number may count."""
_VERBS = frozenset(["has", "employ", "target", "without", "part", "admit", "set_aside"])
_PREDICATES = frozenset(["has", "employ", "admitted", "founded", "set_aside_after", "without"])
PERCENT = "percent"

_GAP = re.compile(r"[\s\u00a0\u202f]*-?")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*['’]?")
_NAME = re.compile(
    r"(?:[,;，、]\s*(?:(?:and|et|và|y|и|à|in|at|ở|tại)\s+)?|\b(?:and|et|và|y|и)\s+)"
    r"((?:[^\W\d_][\w.’'-]*[ \u00a0]+){1,5})$"
)
_ENDS = re.compile(r"\s*(?:$|[,;.)，；。]|(?:and|et|và|y|и)\b|个|名|家|人)")
_OF_IT = re.compile(r"\ben\s(?:a|ont|avait|compt\w+)(?:\s\w[\w'’]*){0,2}\s*$", re.IGNORECASE)
_IS = re.compile(r"^[^,;(\d]*(?:\blà|\bis|\best|:)\s*$")
_TALLIES = frozenset(["tally", "member_tally", "worker_tally"])
_TALLY_REACH = 140
_SUM = re.compile(r"tổng|total|总|總|общ", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|từ|de|desde|с)\s[\d.,\s\u00a0\u202f]+(?:(?:in|en|năm|в)\s\d{4}\s)?")
_CLASSIFIER = re.compile(r"\s*[个名家位]?")
_HAN_BEFORE = 6


@dataclass(frozen=True, slots=True)
class Mention:
    """A number with its noun. Offsets are code points of the text."""

    number: Number
    noun: str
    """A concept of ``NOUNS``, ``PERCENT``, or "" where the sentence leaves the noun out."""
    start: int
    end: int
    """Behind the noun."""
    is_of_them: bool = False
    """The number is said to be a part: "28 of them"."""
    is_tally: bool = False
    """The noun stands before the number: "the number of members to 1,275"."""
    is_gap: bool = False
    """Verb and noun are left out, as in "Hai Phong 215"."""


def find_mentions(
    text: str, start: int, end: int, numbers: Sequence[Number], marks: Sequence[Match], words: Words
) -> list[Mention]:
    """The mentions of one sentence, which runs from ``start`` to ``end``; ``marks`` are its concepts.

    A number that counts nothing known is left out.
    """
    found: list[Mention] = []
    for index, number in enumerate(numbers):
        limit = numbers[index + 1].start if index + 1 < len(numbers) else end
        mention = _with_noun(text, number, limit, marks, words)
        if not number.is_year and (mention is None or mention.noun in {"person", "unit"}):
            mention = _tally(text, start, number, mention, marks, found, words) or mention
        if mention is None and not number.is_year:
            mention = _bare(text, start, number, end, marks, found, words)
        if mention is not None:
            found.append(mention)
    return found


def _with_noun(text: str, number: Number, limit: int, marks: Sequence[Match], words: Words) -> Mention | None:
    if number.is_percent:
        return Mention(number, PERCENT, number.start, number.end)
    if words.language == "zh":
        return _han(text, number, limit, marks)
    gap = _GAP.match(text, number.end, limit)
    at = behind = gap.end() if gap else number.end
    while filler := words.fillers.match(text, behind, limit):
        behind = filler.end()
    if them := next((mark for mark in marks if mark.concept == "of_them" and mark.start == at), None):
        inner = next((mark for mark in marks if mark.concept in NOUNS and mark.start == them.end + 1), None)
        concept, stop = (inner.concept, inner.end) if inner else ("person", them.end)
        return Mention(number, concept, number.start, stop, is_of_them=True)
    noun = _noun_from(text, behind, limit, marks, words) or _noun_from(text, at, limit, marks, words)
    return Mention(number, noun.concept, number.start, noun.end) if noun else None


def _noun_from(text: str, at: int, limit: int, marks: Sequence[Match], words: Words) -> Match | None:
    """The noun that begins at ``at``, or a few words behind it where the language puts words before it."""
    nouns = [mark for mark in marks if mark.concept in NOUNS and at <= mark.start < limit]
    if not nouns or not _may_lead(text[at : nouns[0].start], words):
        return None
    if any(mark.concept in _VERBS and at <= mark.start < nouns[0].start for mark in marks):
        return None
    head = nouns[0]
    if words.language == "en" and text[at - 1 : at] != "-":
        # "61 member Party organisations": the last of a row of nouns is meant
        for following in nouns[1:]:
            if text[head.end : following.start] != " " or following.concept == "person":
                break
            head = following
    return head


def _may_lead(between: str, words: Words) -> bool:
    """Whether the words ``between`` a number and a noun are part of one noun phrase."""
    if not between.strip():
        return True
    if words.modifiers == 0 or re.search(r"[^\w\s\u00a0'’&-]", between):
        return False
    listed = _WORD.findall(between)
    return len(listed) <= words.modifiers and not any(_stem(word) in words.stops for word in listed)


def _stem(word: str) -> str:
    """The word in lower case, an elided one by what is left of it: "d'une" is "d"."""
    return re.split("['’]", word.lower(), maxsplit=1)[0]


def _han(text: str, number: Number, limit: int, marks: Sequence[Match]) -> Mention | None:
    """In Chinese the noun follows a classifier or stands before the number: 748个党组织, 党组织748个."""
    classifier = _CLASSIFIER.match(text, number.end, limit)
    at = classifier.end() if classifier else number.end
    for mark in marks:
        if mark.concept in NOUNS and at <= mark.start < min(limit, at + 8):
            if re.fullmatch(r"[\u3400-\u9fff·]*", text[at : mark.start]):
                return Mention(number, mark.concept, number.start, mark.end)
            break
    before = [m for m in marks if m.concept in NOUNS and number.start - _HAN_BEFORE <= m.end <= number.start]
    if before and re.fullmatch(r"[\u3400-\u9fff]*", text[before[-1].end : number.start]):
        end = at if text[at : at + 1] != "人" else at + 1
        return Mention(number, before[-1].concept, before[-1].start, end, is_tally=True)
    acts = [mark for mark in marks if mark.concept == "found" and mark.end == number.start]
    if acts and text[at - 1 : at] == "个":
        return Mention(number, "cell", number.start, at)
    people = [m for m in marks if m.concept in {"owner", "member", "worker"} and m.end <= number.start]
    if (
        people
        and text[at : at + 1] == "人"
        and not re.search(r"[,，;；]", text[people[-1].end : number.start])
    ):
        return Mention(number, people[-1].concept, people[-1].start, at + 1, is_tally=True)
    if text[at : at + 1] == "人":
        return Mention(number, "person", number.start, at + 1)
    return None


def _tally(
    text: str,
    start: int,
    number: Number,
    named: Mention | None,
    marks: Sequence[Match],
    found: Sequence[Mention],
    words: Words,
) -> Mention | None:
    """The number behind its noun: "tổng số đảng viên lên 1.275", "the number of members to 1,275".

    ``named`` is the mention by a noun that says little, as in "lên 1.275 đồng chí", or None.
    """
    end = named.end if named else number.end
    before = [mark for mark in marks if start <= mark.start and mark.end <= number.start]
    for index in range(len(before) - 1, -1, -1):
        tally = before[index]
        nouns = [mark for mark in before[index + 1 :] if mark.concept in NOUNS]
        leads = tally.concept == "part" and nouns and nouns[0].start - tally.end <= 4
        if leads and _IS.search(
            text[nouns[0].end : number.start]
        ):  # "trong đó đảng viên ở A là 143 đồng chí"
            return Mention(number, nouns[0].concept, number.start, end, is_tally=True)
        if tally.concept not in _TALLIES:
            continue
        if number.start - tally.end > _TALLY_REACH:
            return None
        noun, since = tally.concept.removesuffix("_tally"), tally.end
        if noun == "tally" and nouns and nouns[0].start - tally.end <= 12:
            noun, since = nouns[0].concept, nouns[0].end
        elif noun == "tally":  # "portant leur nombre total à 37": of what was counted before
            is_sum = found and _SUM.search(text[tally.start : tally.end])
            noun = found[-1].noun if is_sum and number.start - tally.end <= 12 else ""
        if noun and noun != PERCENT and _links(text[since : number.start], words):
            return Mention(number, noun, number.start, end, is_tally=True)
        return None
    return None


def _links(between: str, words: Words) -> bool:
    """Whether ``between`` ends in a word that leads from a noun to its number."""
    between = _FROM.sub("", between)
    return bool(words.tally_link.search(between)) and not re.search(r"[;(]|\d", between)


def _bare(
    text: str,
    start: int,
    number: Number,
    end: int,
    marks: Sequence[Match],
    found: Sequence[Mention],
    words: Words,
) -> Mention | None:
    """A number without a noun that goes on from the mention before: "Hai Phong 215", "21 from FDI firms"."""
    if not found or found[-1].noun == PERCENT or number.value != int(number.value):
        return None
    before = text[max(start, found[-1].end) : number.start]
    if _ENDS.match(text, number.end, end) and _is_gapped(before, text[number.end : end]):
        return Mention(number, found[-1].noun, number.start, number.end, is_gap=True)
    is_subject = any(mark.concept in _PREDICATES and 0 <= mark.start - number.end <= 1 for mark in marks)
    if is_subject or words.bare.match(text, number.end, end):
        return Mention(number, "", number.start, number.end)
    return None


def _is_gapped(before: str, behind: str) -> bool:
    if "(" in before.rpartition(")")[2] or "\n" in before:
        return False
    if _OF_IT.search(before):
        return True
    if name := _NAME.search(before):
        return all(word[0].isupper() for word in name[1].split())
    return before.rstrip().endswith((",", ":")) and not behind.strip(" .;)")
