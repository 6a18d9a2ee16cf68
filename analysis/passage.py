"""What one sentence says: which rule applies, where its setting stands, and what that is worth."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from analysis.matching import Match
from analysis.rules import NUMBER, Damper, Rule, Section, Topic

Span = tuple[int, int]
Found = Mapping[str, Sequence[Span]]
"""Concept to the spans where it stands, ascending."""

_NUMBER = re.compile(r"\d(?:[\d.,\u00a0]*\d)?")
_CLAUSE_BREAK = re.compile(r"[;:；：]")
_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN_FACTOR = 0.2
_RIVAL_FACTOR = 0.45


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a sentence."""

    neighbours: frozenset[str]
    """Concepts in the sentences just before and after."""
    title: frozenset[str]
    """Concepts in the title."""
    is_abroad: bool
    """Whether the text opens with another country's party."""
    may_be_abroad: bool = False
    """Whether it names other countries more often than home."""
    is_title: bool = False
    """Whether the sentence itself is the title."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The best that a rule makes of one sentence."""

    rule: Rule
    score: float
    """0 to 1."""
    marks: tuple[Span, ...]
    """The words that met the rule and its setting, ascending, not overlapping."""


def hide_masked(matches: Iterable[Match], topic: Topic) -> list[Match]:
    """``matches``, as ``Matcher.find`` orders them, without those that lie inside a mask: "bí thư đảng ủy"
    hides "đảng ủy".
    """
    kept: list[Match] = []
    hidden_until = -1
    hidden_from = dict.fromkeys((concept for hidden in topic.hides.values() for concept in hidden), -1)
    for match in matches:
        concept, _, end = match
        if concept in topic.masks:
            hidden_until = max(hidden_until, end)
        elif concept != topic.wider and (end <= hidden_until or end <= hidden_from.get(concept, -1)):
            continue
        for hidden in topic.hides.get(concept, ()):
            hidden_from[hidden] = max(hidden_from[hidden], end)
        kept.append(match)
    return kept


def by_concept(matches: Iterable[Match]) -> dict[str, list[Span]]:
    """Spans by concept, ascending; of two of one concept where one lies in the other, the longer.

    ``matches`` are in the order of ``Matcher.find``.
    """
    found: dict[str, list[Span]] = {}
    for concept, start, end in matches:
        spans = found.setdefault(concept, [])
        if not spans or end > spans[-1][1]:
            spans.append((start, end))
    return found


def longest(spans: Iterable[Span]) -> list[Span]:
    """``spans`` ascending, without those that lie inside another."""
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept


def read_sentence(
    text: str, span: Span, found: Found, context: Context, topic: Topic, section: Section
) -> Reading | None:
    """The best Reading of the sentence at ``span`` of ``text``, or None where no rule applies."""
    complete = dict(found)
    complete[NUMBER] = [match.span() for match in _NUMBER.finditer(text, *span)]
    damping = _Damping.of(found, context, topic)
    best_rank, best = (False, 0.0), None
    for rule in section.rules:
        if not _may_apply(rule, complete, context):
            continue
        ceiling = rule.weight * damping.factor(rule)
        if _rank(rule, ceiling, topic) <= best_rank:
            continue
        for act in _acts(text, complete, rule, section):
            worth, setting = _setting_of(text, act, found, context, rule, topic)
            rank = _rank(rule, ceiling * worth, topic)
            if rank > best_rank:
                best_rank, best = rank, (rule, ceiling * worth, act, setting)
    if best is None:
        return None
    rule, score, act, setting = best
    return Reading(rule, score, _marks([*act, *setting]))


def _may_apply(rule: Rule, found: Found, context: Context) -> bool:
    """Whether the sentence has what the rule needs, wherever it stands; quick, for most rules do not."""
    here = found.keys()
    if (rule.is_for_titles and not context.is_title) or not rule.unless.isdisjoint(here):
        return False
    for step in rule.steps:
        if step.isdisjoint(here):
            return False
    if rule.also and rule.also.isdisjoint(here):
        return False
    if not rule.settings.isdisjoint(here):
        return True
    return not rule.lean.isdisjoint(context.neighbours) or not rule.lean.isdisjoint(context.title)


def _rank(rule: Rule, score: float, topic: Topic) -> tuple[bool, float]:
    """A central rule goes before any other, if it reaches the threshold."""
    return rule.is_central and score >= topic.thresholds.flag, score


@dataclass(frozen=True, slots=True)
class _Damping:
    """What a sentence's surroundings take off every rule, and the dampers that spare some."""

    start: float
    dampers: tuple[tuple[float, frozenset[str]], ...]
    """Factor and the names of the rules that it spares."""

    @classmethod
    def of(cls, found: Found, context: Context, topic: Topic) -> "_Damping":
        met: list[tuple[float, frozenset[str]]] = []
        for damper in topic.dampers:
            if (factor := _factor(damper, found, context)) < 1:
                is_twice = damper.concept in found and damper.concept in context.title
                met.append((factor, frozenset() if is_twice else damper.spares))
        return cls(_FOREIGN_FACTOR if _is_abroad(found, context, topic) else 1.0, tuple(met))

    def factor(self, rule: Rule) -> float:
        factor = self.start
        for damper, spared in self.dampers:
            if rule.name not in spared:
                factor *= damper
        return factor


def _factor(damper: Damper, found: Found, context: Context) -> float:
    in_sentence = damper.sentence if damper.concept in found else 1.0
    beside = damper.neighbour if damper.concept in context.neighbours else 1.0
    in_title = damper.title if damper.concept in context.title else 1.0
    return min(in_sentence, beside, in_title)


def _is_abroad(found: Found, context: Context, topic: Topic) -> bool:
    """Whether the sentence speaks of another country's party: home named beside it wins."""
    if topic.home in found:
        return False
    if context.is_abroad or topic.foreign in found:
        return True
    abroad = {topic.foreign, topic.foreign_place}
    around = context.neighbours | context.title
    return context.may_be_abroad and (topic.foreign_place in found or not abroad.isdisjoint(around))


def _acts(text: str, found: Found, rule: Rule, section: Section) -> Iterator[tuple[Span, ...]]:
    """Where the rule's steps are met, each as the spans of its steps."""
    first = _spans(found, rule.steps[0])
    if len(rule.steps) == 1:
        yield from ((span,) for span in first)
        return
    second = _spans(found, rule.steps[1])
    pairs = _pairs(text, first, second, rule, section)
    if rule.any_order:
        pairs = chain(pairs, _pairs(text, second, first, rule, section))
    blockers = _spans(found, rule.not_between) if rule.not_between else []
    for left, right in pairs:
        if not any(left[1] <= start and end <= right[0] for start, end in blockers):
            yield left, right


def _spans(found: Found, concepts: frozenset[str]) -> list[Span]:
    if len(concepts) == 1:
        return list(found.get(next(iter(concepts)), ()))
    return sorted(span for concept in concepts for span in found.get(concept, ()))


def _pairs(
    text: str, left: Sequence[Span], right: Sequence[Span], rule: Rule, section: Section
) -> Iterator[tuple[Span, Span]]:
    """Each left span with the nearest right span behind it, where the rule allows what lies between."""
    starts = [span[0] for span in right]
    for span in left:
        at = bisect_left(starts, span[1])
        if at == len(right) or starts[at] - span[1] > rule.gap:
            continue
        between = text[span[1] : starts[at]]
        if _CLAUSE_BREAK.search(between) or (rule.is_one_clause and "," in between):
            continue
        if rule.is_linked and not _is_link(between, section):
            continue
        yield span, right[at]


def _is_link(between: str, section: Section) -> bool:
    if "," in between or "，" in between:
        return False
    return not between.strip() or any(word in section.links for word in _WORD.findall(between.lower()))


def _setting_of(
    text: str, act: tuple[Span, ...], found: Found, context: Context, rule: Rule, topic: Topic
) -> tuple[float, tuple[Span, ...]]:
    """What the best setting around the act is worth, and its span where it stands in the sentence."""
    best = 0.0
    where: tuple[Span, ...] = ()
    start, end = act[0][0], act[-1][1]
    rival = _nearest(found[topic.elsewhere], start, end)[0] if topic.elsewhere in found else len(text)
    for concept, setting in topic.settings.items():  # in the topic's order: a set's is another each time
        if concept not in rule.settings:
            continue
        if concept in found:
            distance, nearest = _nearest(found[concept], start, end)
            breaks = ";," if topic.wider in found else ";"
            between = _between(text, nearest, start, end)
            is_near = distance <= rule.setting_gap and not any(mark in between for mark in breaks)
            worth = setting.sentence if is_near else setting.far
            if rival < distance:
                worth *= _RIVAL_FACTOR
            if worth > best:
                best, where = worth, (nearest,)
        if concept in rule.lean:
            lean = setting.neighbour if concept in context.neighbours else 0.0
            lean = max(lean, setting.title if concept in context.title else 0.0)
            if topic.elsewhere in found or topic.wider in found:
                lean *= _RIVAL_FACTOR
            if lean > best:
                best, where = lean, ()
    return best, where


def _between(text: str, span: Span, start: int, end: int) -> str:
    return text[end : span[0]] if span[0] >= end else text[span[1] : start]


def _nearest(spans: Sequence[Span], start: int, end: int) -> tuple[int, Span]:
    """The span nearest to start..end and how many code points lie between."""
    at = bisect_left(spans, (start, start))
    candidates = spans[max(0, at - 1) : at + 1]
    measured = [(max(span[0] - end, start - span[1], 0), span) for span in candidates]
    return min(measured)


def _marks(spans: Iterable[Span]) -> tuple[Span, ...]:
    """``spans`` ascending, joined where they overlap."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
