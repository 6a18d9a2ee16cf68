"""The Flag of one text, with the sentences it stands on.

How it comes about: every phrase of the topic is found in one pass; each sentence is read by the rules
with its neighbours and the title as memory (``analysis.passage``); then the sentences that reach the
threshold decide the grade by how much of the text they are and where they stand.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from analysis.matching import Match
from analysis.passage import Context, Found, Reading, Span, by_concept, hide_masked, longest, read_sentence
from analysis.rules import Rule, Section, Topic
from analysis.sentences import MAX_SENTENCE, Sentence, split_sentences
from storage.folding import to_nfc
from storage.models import Evidence, Flag

CONTEXT = 32
"""Code points of prefix and suffix that Evidence carries."""
MAX_EVIDENCE = 12
"""Sentences kept as Evidence, the weightiest."""
TITLE_RULE = "title_subject"
"""The rule's name where the title states the subject and the sentence only takes it up."""

_MEMORY = 2
_OPENING = 3
_SURROGATE = re.compile("[\ud800-\udfff]")
_ACCRUAL = 0.25
_BELOW = 0.01


@dataclass(frozen=True, slots=True)
class _Scored:
    """One sentence with what it is worth."""

    sentence: Sentence
    score: float
    rule: str
    is_central: bool
    marks: tuple[Span, ...]


def find_flag(text: str, topic: Topic, *, title: str = "", language: str | None = None) -> Flag:
    """How ``text`` stands to ``topic``.

    ``text`` is in NFC (``clean``), and every offset counts its code points. The title is context: it
    can lift a sentence or the grade, but Evidence is cut from the text alone, and without such a
    sentence the grade is 0. ``language`` is an ISO 639-1 code, with or without a region; a language
    without a section in the topic gives grade 0.

    A text is flagged where a sentence reaches ``topic.thresholds.flag``. The Flag's score is how likely
    the text is to be on the topic, as ``topic.calibration`` has it: ``EVEN`` or more where it is flagged,
    less otherwise, and never falling as the sentences weigh more. Without a calibration it is what the
    sentences weigh, with ``thresholds.flag`` in place of ``EVEN``. Sentences from ``near_miss`` on are kept
    as Evidence either way, with the weight that the rules gave them.
    """
    section = topic.sections.get((language or "").replace("_", "-").split("-")[0].lower())
    if section is None:
        return Flag(topic=topic.name, grade=0, score=0.0)
    return _flag(text, title[:MAX_SENTENCE], topic, section)


def clean(text: str) -> str:
    """``text`` in NFC; half a surrogate pair, which is no character, becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", to_nfc(text))


def _flag(text: str, title: str, topic: Topic, section: Section) -> Flag:
    in_title = by_concept(hide_masked(section.matcher.find(title), topic)) if title else {}
    needed = topic.anchors.union(topic.bare)
    matches = section.matcher.find(text, needed if needed.isdisjoint(in_title) else frozenset())
    matches = hide_masked(matches, topic)
    if needed.isdisjoint(in_title) and not any(match.concept in needed for match in matches):
        return Flag(topic=topic.name, grade=0, score=0.0)
    sentences = split_sentences(text)
    found = _by_sentence(matches, sentences)
    _resolve_bare(found, in_title, topic)
    country = _country(matches, in_title, found, topic, section)
    heading = _read_title(title, in_title, found, country, topic, section)
    scored = _score_sentences(text, sentences, found, in_title, country, topic, section)
    if heading is not None and not any(item.score >= topic.thresholds.flag for item in scored):
        scored = _take_up_title(sentences, found, heading, scored, topic)
    return _verdict(text, scored, _Title(heading, _is_hint(in_title, topic)), topic)


@dataclass(frozen=True, slots=True)
class _Country:
    """Which country a text is about."""

    opens_abroad: bool
    """Title or opening name another country's party: then only sentences that name home count."""
    leans_abroad: bool
    """Other countries are named more often than home."""


def _country(
    matches: Sequence[Match], in_title: Found, found: Sequence[Found], topic: Topic, section: Section
) -> _Country:
    counts = {
        concept: sum(match.concept == concept for match in matches) + len(in_title.get(concept, ()))
        for concept in (topic.foreign, topic.foreign_place, topic.home)
    }
    return _Country(
        opens_abroad=any(topic.foreign in opening for opening in [in_title, *found[:_OPENING]])
        or (section.is_home_named and not counts[topic.home]),
        leans_abroad=2 * counts[topic.foreign] + counts[topic.foreign_place] > counts[topic.home],
    )


@dataclass(frozen=True, slots=True)
class _Title:
    """What the title adds to the verdict."""

    heading: Reading | None
    """What a rule makes of it."""
    is_hint: bool
    """Whether it names the Party, be it in an office, and a setting."""


def _is_hint(in_title: Found, topic: Topic) -> bool:
    party = topic.anchors | topic.masks | {topic.party}
    return bool(party & in_title.keys()) and bool(topic.settings.keys() & in_title.keys())


def _read_title(
    title: str, in_title: Found, found: Sequence[Found], country: _Country, topic: Topic, section: Section
) -> Reading | None:
    """What the title says, if it reaches the threshold; the text's opening may give the setting."""
    if not in_title:
        return None
    opening = frozenset(concept for sentence in found[:_OPENING] for concept in sentence)
    context = Context(opening, frozenset(), country.opens_abroad, country.leans_abroad, is_title=True)
    reading = read_sentence(title, (0, len(title)), in_title, context, topic, section)
    return reading if reading is not None and reading.score >= topic.thresholds.flag else None


def _by_sentence(matches: Sequence[Match], sentences: Sequence[Sentence]) -> list[dict[str, list[Span]]]:
    starts = [sentence.start for sentence in sentences]
    grouped: list[list[Match]] = [[] for _ in sentences]
    for match in matches:
        at = bisect_right(starts, match.start) - 1
        if at >= 0 and match.end <= sentences[at].end:
            grouped[at].append(match)
    return [by_concept(group) if group else {} for group in grouped]


def _resolve_bare(found: Sequence[dict[str, list[Span]]], in_title: Found, topic: Topic) -> None:
    """Take bare words for what they stand for where the Party is named in sentence, title or beside."""
    party = topic.anchors | {topic.party}
    in_title_too = not party.isdisjoint(in_title)
    named = [not party.isdisjoint(here) for here in found]
    for at, here in enumerate(found):
        bare = topic.bare.keys() & here.keys()
        if bare and (in_title_too or any(named[max(0, at - _MEMORY) : at + 2])):
            for concept in bare:
                stands_for = topic.bare[concept]
                here[stands_for] = longest([*here.get(stands_for, ()), *here[concept]])


def _score_sentences(
    text: str,
    sentences: Sequence[Sentence],
    found: Sequence[Found],
    in_title: Found,
    country: _Country,
    topic: Topic,
    section: Section,
) -> list[_Scored]:
    scored: list[_Scored] = []
    title = frozenset(in_title)
    anchors = topic.anchors
    for at, (sentence, here) in enumerate(zip(sentences, found, strict=True)):
        if not anchors & here.keys():
            continue
        context = Context(_neighbours(found, at), title, country.opens_abroad, country.leans_abroad)
        reading = read_sentence(text, (sentence.start, sentence.end), here, context, topic, section)
        if reading is not None and reading.score >= topic.thresholds.near_miss:
            rule = reading.rule
            scored.append(_Scored(sentence, reading.score, rule.name, rule.is_central, reading.marks))
    return scored


def _neighbours(found: Sequence[Found], at: int) -> frozenset[str]:
    """Concepts of the two sentences before and the one after."""
    around: Iterable[Found] = [*found[max(0, at - _MEMORY) : at], *found[at + 1 : at + 2]]
    return frozenset(concept for sentence in around for concept in sentence)


def _take_up_title(
    sentences: Sequence[Sentence],
    found: Sequence[Found],
    heading: Reading,
    scored: list[_Scored],
    topic: Topic,
) -> list[_Scored]:
    """``scored`` and, lifted to the threshold, the first sentences that take up the title's subject."""
    wanted = topic.anchors | topic.settings.keys() | {topic.party}
    taken: list[_Scored] = []
    for sentence, here in zip(sentences, found, strict=True):
        if _takes_up(here, heading.rule, topic) and len(taken) < _MEMORY:
            marks = sorted(span for concept in wanted & here.keys() for span in here[concept])
            distinct = tuple(span for at, span in enumerate(marks) if not at or span[0] >= marks[at - 1][1])
            score = topic.thresholds.flag
            taken.append(_Scored(sentence, score, TITLE_RULE, heading.rule.is_central, distinct))
    lifted = {item.sentence for item in taken}
    return sorted([*taken, *(i for i in scored if i.sentence not in lifted)], key=lambda i: i.sentence.start)


def _takes_up(here: Found, rule: Rule, topic: Topic) -> bool:
    """Whether a sentence speaks of what a title on the subject says.

    It names the Party's bodies or people, the Party and a setting, or, where the title shows that the
    article is about the topic, a setting alone.
    """
    if not topic.anchors.isdisjoint(here):
        return True
    if topic.settings.keys().isdisjoint(here):
        return False
    return topic.party in here or (rule.is_central and not rule.settings.isdisjoint(here))


def _verdict(text: str, scored: Sequence[_Scored], title: _Title, topic: Topic) -> Flag:
    flagged = [item for item in scored if item.score >= topic.thresholds.flag]
    return Flag(
        topic=topic.name,
        grade=_grade(text, flagged, title, topic),
        score=_published([item.score for item in scored], topic),
        evidence=_evidence(text, scored),
    )


def _grade(text: str, flagged: Sequence[_Scored], title: _Title, topic: Topic) -> int:
    """2 where the article is about the topic, 1 where a sentence is, else 0.

    News says first what it is about: so title and opening decide, and what comes later needs more weight.
    """
    if not flagged:
        return 0
    central = [item.sentence for item in flagged if item.is_central]
    if not central:
        return 1
    if title.heading is not None and title.heading.rule.is_central:
        return 2
    limits = topic.thresholds
    share = sum(sentence.end - sentence.start for sentence in central) / len(text)
    if central[0].start <= limits.opening * len(text):
        return 2 if share >= limits.opening_share else 1
    if len(central) < 2:
        return 2 if share >= limits.lone_share else 1
    return 2 if share >= (limits.hinted_share if title.is_hint else limits.later_share) else 1


def _published(scores: Sequence[float], topic: Topic) -> float:
    raw = _article_score(scores, topic.thresholds.flag)
    if topic.calibration is None:
        return raw
    return round(topic.calibration.probability(raw, topic.thresholds.flag), 4)


def _article_score(scores: Sequence[float], threshold: float) -> float:
    """The best sentence's score, raised by the others; below ``threshold`` where the best is below it."""
    if not scores:
        return 0.0
    best, *others = sorted(scores, reverse=True)
    rest = reduce(lambda doubt, score: doubt * (1 - _ACCRUAL * score), others, 1.0)
    score = 1 - (1 - best) * rest
    return round(score if best >= threshold else min(score, threshold - _BELOW), 4)


def _evidence(text: str, scored: Sequence[_Scored]) -> tuple[Evidence, ...]:
    weightiest = sorted(scored, key=lambda item: (-item.score, item.sentence.start))[:MAX_EVIDENCE]
    return tuple(
        Evidence(
            exact=text[item.sentence.start : item.sentence.end],
            prefix=text[max(0, item.sentence.start - CONTEXT) : item.sentence.start],
            suffix=text[item.sentence.end : item.sentence.end + CONTEXT],
            start=item.sentence.start,
            end=item.sentence.end,
            rule=item.rule,
            weight=round(item.score, 4),
            marks=item.marks,
        )
        for item in sorted(weightiest, key=lambda item: item.sentence.start)
    )
