"""The words around a mention: the verb that governs it, the total it is part of, whether it is a target."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.quantities.mentions import NOUNS, Mention
from analysis.quantities.words import Match, Words

SUBJECT = NOUNS - {"person", "other_people", "other_body", "unit"}
"""Nouns that show that a sentence is about members, organisations, enterprises or workers."""
ACTIVE = frozenset(["admit", "found", "only_so_far", "develop", "employ", "set_aside"])
"""Verbs that stand before what they govern."""
_PASSIVE = {"admitted": "admit", "founded": "found", "set_aside_after": "set_aside"}
_HAS_REACH = 34
_VERB_REACH = 220
_TAIL = 110
_ENDS_LIST = ACTIVE | {"has", "part", "of_them", "target", "without"}
_GOES_ON = re.compile(r",\s|\b(?:và|and|et|y|и)\b")
_COPULAS = frozenset(["are", "were", "is", "là", "sont", "étaient", "son", "eran"])
_SIZE_LINKS = frozenset(["with", "de", "có", "có từ", "có trên", "employing", "ayant", "avec", "từ", "trên"])
_SUCH_FIRMS = re.compile(r"(?:các|những|mỗi|ở|tại|trong|đối với)\s+$", re.IGNORECASE)
_NAMED_SECTOR = frozenset(["fdi", "sector", "enterprise"])


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its concepts, and what is known of its time."""

    text: str
    start: int
    end: int
    marks: Sequence[Match]
    words: Words
    bounds: Sequence[int] = ()
    """Where the sentence names a year, a term or a span, within which what it counts happened."""
    years_to_come: Sequence[int] = ()
    """Where a year after publication stands."""


@dataclass(slots=True)
class Context:
    """What stands around one mention."""

    sentence: Sentence
    mention: Mention
    following: int
    """Where the next mention begins, or the sentence ends."""
    before: list[Match] = field(init=False)
    tail: list[Match] = field(init=False)
    """Concepts behind the noun, up to the next mention or the end of the clause."""

    def __post_init__(self) -> None:
        mention, marks = self.mention, self.sentence.marks
        self.before = [mark for mark in marks if mark.start < mention.number.start]
        if mention.number.value == 0:  # the verb of "chưa kết nạp được ... nào" may stand inside
            self.before = [mark for mark in marks if mark.start < mention.number.end]
        limit = self._clause_end()
        self.tail = [mark for mark in marks if mention.end <= mark.start and mark.end <= limit]

    def _clause_end(self) -> int:
        text, begin = self.sentence.text, self.mention.end
        limit = min(self.following, self.sentence.end, begin + _TAIL)
        for sign in (";", "；", "("):
            at = text.find(sign, begin, limit)
            limit = at if at >= 0 else limit
        return limit

    def follows(self, concept: str, reach: int = _TAIL) -> bool:
        """Whether ``concept`` stands in the tail, at most ``reach`` code points behind the noun."""
        return any(mark.concept == concept and mark.start - self.mention.end <= reach for mark in self.tail)

    def precedes(self, concept: str, reach: int) -> bool:
        """Whether ``concept`` stands at most ``reach`` code points before the number."""
        start = self.mention.number.start
        return any(mark.concept == concept and 0 <= start - mark.end <= reach for mark in self.before)

    def between(self, mark: Match) -> str:
        """The text from ``mark`` to the number."""
        return self.sentence.text[mark.end : self.mention.number.start]

    @property
    def is_on_subject(self) -> bool:
        """Whether the sentence speaks of members, Party organisations, enterprises or workers at all."""
        return any(
            mark.concept in SUBJECT or mark.concept in {"party", "fdi"} for mark in self.sentence.marks
        )

    @property
    def verb(self) -> str:
        """The governing verb: admit, found, develop, employ, set_aside, has, or "" where there is none."""
        for mark in self.tail:
            if mark.concept in _PASSIVE and self._is_own(mark):
                return _PASSIVE[mark.concept]
        for index in range(len(self.before) - 1, -1, -1):
            mark = self.before[index]
            gap = self.between(mark)
            if mark.concept == "tally" and self.mention.is_tally:
                break
            if ";" in gap or "；" in gap or len(gap) > _VERB_REACH:
                break
            if (
                mark.concept in {"has", "tally"}
                and not self.mention.is_tally
                and len(gap) <= _HAS_REACH
                and not self._is_inside_part(index)
            ):
                return "has"
            if mark.concept in ACTIVE:
                return "found" if mark.concept == "only_so_far" else mark.concept
            if mark.concept in _PASSIVE and self._is_carried(mark):
                return _PASSIVE[mark.concept]
        return self._shared_verb

    @property
    def _shared_verb(self) -> str:
        """The passive verb behind a list: "45 Party organisations and 112 unions have been set up"."""
        behind = [mark for mark in self.sentence.marks if mark.start >= self.mention.end]
        for mark, following in zip(behind, [*behind[1:], None], strict=False):
            gap = self.sentence.text[self.mention.end : mark.start]
            if following and following.concept in _PASSIVE and following.start - mark.end <= 1:
                continue  # "have" in "have been set up"
            if len(gap) > _VERB_REACH or ";" in gap or mark.concept in _ENDS_LIST:
                return ""
            if mark.concept in _PASSIVE:
                return _PASSIVE[mark.concept] if self._is_own(mark) else ""
        return ""

    def _is_own(self, mark: Match) -> bool:
        """Whether a passive verb behind the noun belongs to it: no other subject stands between."""
        kind = "cell" if mark.concept == "founded" else "person"
        if kind == "cell":
            return self.mention.noun in {"cell", "unit", ""}
        return self.mention.noun not in {"cell", "enterprise", "other_body"}

    def _is_carried(self, mark: Match) -> bool:
        """Whether a passive verb before goes on: "have been founded, along with two cells"."""
        people = self.mention.noun not in {"cell", "enterprise", "other_body", "unit"}
        return people == (mark.concept != "founded") and mark.concept != "set_aside_after"

    def _is_inside_part(self, index: int) -> bool:
        """Whether the "has" at ``index`` belongs to "among them there are"."""
        mark = self.before[index]
        previous = self.before[index - 1] if index else None
        return previous is not None and previous.concept == "part" and mark.start - previous.end <= 3

    @property
    def is_new(self) -> bool:
        """Whether "new" stands at the noun."""
        mention, text = self.mention, self.sentence.text
        words = [mark for mark in self.sentence.marks if mark.concept == "new"]
        inside = any(mention.number.end <= mark.start < mention.end for mark in words)
        return inside or any(
            0 <= mark.start - mention.end <= 1 and text[mention.end : mark.start].isspace() for mark in words
        )

    @property
    def is_foreign(self) -> bool:
        """Whether the noun is said to be of foreign-invested firms, and of no others beside."""
        sectors = [mark for mark in self._described if mark.concept in {"fdi", "sector"}]
        return bool(sectors) and all(mark.concept == "fdi" for mark in sectors)

    @property
    def is_set(self) -> bool:
        """Whether the noun is said to be of enterprises or of a sector."""
        return any(mark.concept in _NAMED_SECTOR for mark in self._described)

    @property
    def _described(self) -> list[Match]:
        """The marks that say which of the counted are meant: behind the noun, also where that comes first."""
        if not self.mention.is_tally:
            return [mark for mark in self.tail if self._is_close(mark)]
        starts = [mark.start for mark in self.before if mark.concept in {"tally", "part"}]
        return [mark for mark in self.before if starts and mark.start > starts[-1]]

    def _is_close(self, mark: Match) -> bool:
        return not re.search(r"[,，.)]\s", self.sentence.text[self.mention.end : mark.start])

    @property
    def is_so_far(self) -> bool:
        """Whether a count is of all there is to date, not of what happened within a time named."""
        if self.has_period:
            return False
        return any(mark.concept in {"so_far", "only_so_far"} for mark in self.before)

    @property
    def has_period(self) -> bool:
        """Whether a time is named before the number in its clause, or right behind it."""
        text, start, end = self.sentence.text, self.clause_start, self.mention.end
        if any(start <= at < self.mention.start for at in self.sentence.bounds):
            return True
        behind = (at for at in self.sentence.bounds if end <= at < self.following and at - end <= 60)
        return any(not _GOES_ON.search(text[end:at]) for at in behind)

    @property
    def clause_start(self) -> int:
        """Behind the last semicolon before the number, or where the sentence begins."""
        text, start, at = self.sentence.text, self.sentence.start, self.mention.start
        return max(text.rfind(";", start, at), text.rfind("；", start, at), start - 1) + 1

    @property
    def is_of(self) -> bool:
        """Whether what follows is what the share is of: "80% of foreign-invested firms"."""
        return self.sentence.text[self.mention.end : self.mention.end + 4].strip() in {"of", "des"}

    @property
    def has_cell(self) -> bool:
        """Whether what is counted is said to have a Party cell: "13,400 had a Party cell of their own"."""
        names = [mark.concept for mark in self.tail[:2]]
        return names == ["has", "cell"] and self.tail[0].start - self.mention.end <= 12

    @property
    def predicate(self) -> str:
        """The noun behind "are": "of whom 30 are workers"; "" where there is none."""
        if self.tail and self.tail[0].concept in NOUNS:
            between = self.sentence.text[self.mention.end : self.tail[0].start].strip().lower()
            return self.tail[0].concept if between in _COPULAS else ""
        return ""

    @property
    def is_size_of_firms(self) -> bool:
        """Whether the number tells which firms are meant, by size: "entreprises de plus de 100 salariés"."""
        nouns = [mark for mark in self.before if mark.concept in NOUNS]
        if self.mention.noun != "worker" or not nouns or nouns[-1].concept != "enterprise":
            return False
        text, firm = self.sentence.text, nouns[-1]
        is_counted = re.search(r"\d[^,;%]{0,24}$", text[max(0, firm.start - 30) : firm.start])
        is_many = text[firm.start : firm.end].lower().endswith("s") or _SUCH_FIRMS.search(
            text[max(0, firm.start - 12) : firm.start]
        )
        gap = self.between(firm).strip().lower()
        return bool(is_many) and not is_counted and gap in _SIZE_LINKS

    @property
    def is_described_by_cell(self) -> bool:
        """Whether the noun before the number is said to have Party cells, in Chinese: 建立党支部的企业."""
        nouns = [mark for mark in self.before if mark.start >= self.mention.start and mark.concept in NOUNS]
        if not self.mention.is_tally or not nouns:
            return False
        return any(
            mark.concept == "cell" and 0 <= nouns[0].start - mark.end <= 3 for mark in self.sentence.marks
        )

    @property
    def is_target(self) -> bool:
        """Whether the number is wished for: a verb of aiming before it, or a year to come beside it."""
        for mark in reversed(self.before):
            if mark.concept == "target":
                gap = self.between(mark)
                if ";" not in gap and not self.sentence.words.done.search(gap):
                    return True
        if self.tail and self.tail[0].concept == "target" and self.tail[0].start - self.mention.end <= 3:
            return True  # "40 cells will be set up"
        start, end = self.sentence.start, self.sentence.end
        return any(start <= at < end for at in self.sentence.years_to_come) and self.precedes_year()

    def precedes_year(self) -> bool:
        """Whether a year to come stands before the number, or close behind it."""
        return any(at < self.mention.end + 60 for at in self.sentence.years_to_come)

    def part_mark(self) -> Match | None:
        """The word that makes the mention a part ("including"), where nothing stands between that ends it."""
        for mark in reversed(self.before):
            if mark.concept in {"admit", "found", "employ", "only_so_far"}:
                return None
            if mark.concept in {"part", "of_them"}:
                gap = self.between(mark)
                is_open = ";" not in gap and not (")" in gap and "(" not in gap)
                return mark if is_open else None
        return None
