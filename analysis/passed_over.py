"""The sentences that speak of the Party and are no evidence, each with what kept it out. For people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analysis.flag import clean
from analysis.matching import Match
from analysis.passage import hide_masked
from analysis.rules import Topic
from analysis.sentences import Sentence, split_sentences
from storage.models import Flag

_BEFORE, _AFTER = 2, 1
"""Sentences beside one whose setting may serve it."""


class Hindrance(StrEnum):
    """What kept a sentence out, the first that holds."""

    HIDDEN = "hidden"
    """Its words for the Party are part of a longer phrase with another meaning, such as an office."""
    NO_SETTING = "no_setting"
    """Neither the sentence nor its neighbours nor the title names an enterprise or the like."""
    DAMPED = "damped"
    """It names what makes a sentence count less, such as discipline or another country's party."""
    NO_RULE = "no_rule"
    """No rule finds an act of the topic in it, or what it finds is worth too little."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One such sentence."""

    exact: str
    start: int
    """Offset in the text in NFC, in code points."""
    hindrance: Hindrance
    words: Mapping[str, tuple[str, ...]]
    """The matched words by concept; for HIDDEN those that hide the others."""


def passed_over(
    text: str, topic: Topic, flag: Flag, *, title: str = "", language: str | None = None
) -> tuple[PassedOver, ...]:
    """The sentences of ``text`` with a word for a Party organisation or member that ``flag`` leaves out.

    ``flag`` is what ``find_flag`` says of the same text, title and language.
    """
    section = topic.sections.get((language or "").replace("_", "-").split("-")[0].lower())
    if section is None:
        return ()
    text = clean(text)
    raw = section.matcher.find(text)
    matches = hide_masked(raw, topic)
    in_title = frozenset(match.concept for match in section.matcher.find(clean(title)))
    sentences = split_sentences(text)
    taken = {(item.start, item.end) for item in flag.evidence}
    found = []
    for at, sentence in enumerate(sentences):
        here = _within(raw, sentence)
        if (sentence.start, sentence.end) in taken or not any(m.concept in topic.anchors for m in here):
            continue
        around = _within(
            matches,
            Sentence(
                sentences[max(0, at - _BEFORE)].start,
                sentences[min(len(sentences) - 1, at + _AFTER)].end,
                sentence.paragraph,
            ),
        )
        near = in_title | {match.concept for match in around}
        kept = _within(matches, sentence)
        hindrance, concepts = _hindrance(here, kept, near, topic)
        found.append(
            PassedOver(
                exact=text[sentence.start : sentence.end],
                start=sentence.start,
                hindrance=hindrance,
                words=_words(text, here if hindrance is Hindrance.HIDDEN else kept, concepts),
            )
        )
    return tuple(found)


def _within(matches: Sequence[Match], sentence: Sentence) -> list[Match]:
    return [match for match in matches if sentence.start <= match.start and match.end <= sentence.end]


def _hindrance(
    raw: Sequence[Match], kept: Sequence[Match], near: frozenset[str], topic: Topic
) -> tuple[Hindrance, frozenset[str] | None]:
    """What kept the sentence out, and the concepts to show for it; None: all of them."""
    here = frozenset(match.concept for match in kept)
    if not here & topic.anchors:
        hiding = topic.masks | topic.hides.keys()
        return Hindrance.HIDDEN, frozenset(hiding & {match.concept for match in raw})
    if not near & topic.settings.keys():
        return Hindrance.NO_SETTING, None
    if any(damper.concept in here for damper in topic.dampers):
        return Hindrance.DAMPED, None
    return Hindrance.NO_RULE, None


def _words(
    text: str, matches: Sequence[Match], concepts: frozenset[str] | None
) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for match in matches:
        if concepts is None or match.concept in concepts:
            found.setdefault(match.concept, {})[text[match.start : match.end]] = None
    return {concept: tuple(words) for concept, words in found.items()}
