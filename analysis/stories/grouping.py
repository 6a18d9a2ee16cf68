"""Stories out of articles: which joins hold together, and what a person decided.

Joins are tried from the surest down. Two groups become one where enough of their members join across
and hardly any contradict, so that a chain of faint likenesses does not glue a month together. The result
depends on the articles and the decisions alone, not on the order of either.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from analysis.stories.evidence import JOINS_FROM, Join, Kind, Reason, join, weigh
from analysis.stories.fingerprint import Fingerprint
from analysis.stories.index import StoryIndex

_SUPPORT = 1 / 3
"""The share of pairs across two groups that must join for the groups to be one story."""
_CONTRADICTS_TO = -1.5
"""A pair with this weight or less speaks against one story."""
_RULES_OUT_TO = -8.0
"""A pair with this weight or less rules it out: another part of the series, another month."""
_MOST_COMPARED = 12
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a person decided; it outlives every regrouping. Pairs are of article ids."""

    together: frozenset[frozenset[str]] = frozenset()
    apart: frozenset[frozenset[str]] = frozenset()
    """Stronger than ``together`` where one pair is in both."""


NO_CONSTRAINTS = Constraints()


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that tell one event."""

    id: str
    """The id of its first member."""
    members: tuple[Fingerprint, ...]
    """By time of publication; those without one last, by id."""
    joins: tuple[Join, ...]
    """Between its members, the surest first."""


def group(articles: Iterable[Fingerprint], constraints: Constraints = NO_CONSTRAINTS) -> list[Story]:
    """Every article in exactly one Story; stories by their first member. Ids must be unique."""
    known = {item.id: item for item in articles}
    index = StoryIndex()
    for item in known.values():
        index.add(item)
    pairs = {
        (min(item.id, other), max(item.id, other))
        for item in known.values()
        for other in index.candidates(item)
    }
    joins = [found for one, other in sorted(pairs) if (found := join(known[one], known[other])) is not None]
    return _stories(known, joins, constraints)


def regroup(articles: Sequence[Fingerprint], constraints: Constraints = NO_CONSTRAINTS) -> list[Story]:
    """``group`` for a handful: every pair is compared that is not decided to be apart, for no such pair
    comes into one story. For a new article, its candidates' stories and it.
    """
    joins = [
        found
        for one, other in combinations(articles, 2)
        if frozenset((one.id, other.id)) not in constraints.apart and (found := join(one, other)) is not None
    ]
    return _stories({item.id: item for item in articles}, joins, constraints)


def joined(item: Fingerprint, candidates: Iterable[Fingerprint]) -> list[Fingerprint]:
    """The dozen of ``candidates`` that join ``item`` most surely, to be grouped anew with their stories."""
    found = [(match.score, other) for other in candidates if (match := join(item, other)) is not None]
    found.sort(key=lambda pair: (-pair[0], pair[1].id))
    return [other for _, other in found[:_MOST_COMPARED]]


def _stories(
    known: Mapping[str, Fingerprint], joins: Sequence[Join], constraints: Constraints
) -> list[Story]:
    groups = _Groups(known, joins, constraints)
    groups.unite_decided()
    groups.unite_joined()
    return sorted(groups.stories(), key=lambda story: _order(story.members[0]))


def _order(item: Fingerprint) -> tuple[datetime, str]:
    return item.published_at or _LATEST, item.id


class _Groups:
    """Groups that grow by joins; every method is independent of the order of its input."""

    def __init__(
        self, known: Mapping[str, Fingerprint], joins: Sequence[Join], constraints: Constraints
    ) -> None:
        self._known = known
        self._joins = sorted(joins, key=lambda item: (-item.score, item.a, item.b))
        self._constraints = constraints
        self._members: dict[str, list[str]] = {identity: [identity] for identity in known}
        self._group_of: dict[str, str] = {identity: identity for identity in known}
        self._weights: dict[tuple[str, str], float] = {(item.a, item.b): item.score for item in self._joins}

    def unite_decided(self) -> None:
        for pair in sorted(sorted(pair) for pair in self._constraints.together if len(pair) == 2):
            one, other = pair
            if one in self._known and other in self._known and self._may_unite(one, other):
                self._unite(one, other)

    def unite_joined(self) -> None:
        for item in self._joins:
            if not self._may_unite(item.a, item.b):
                continue
            if item.reasons[0].kind is Kind.LINK or self._is_supported(item.a, item.b):
                self._unite(item.a, item.b)

    def stories(self) -> Iterator[Story]:
        joins: dict[str, list[Join]] = {}
        for item in self._joins:
            if self._group_of[item.a] == self._group_of[item.b]:
                joins.setdefault(self._group_of[item.a], []).append(item)
        for name, members in self._members.items():
            ordered = sorted((self._known[member] for member in members), key=_order)
            yield Story(ordered[0].id, tuple(ordered), tuple(joins.get(name, ())))

    def _may_unite(self, one: str, other: str) -> bool:
        if self._group_of[one] == self._group_of[other]:
            return False
        apart = self._constraints.apart
        return not apart or not any(frozenset(pair) in apart for pair in self._across(one, other))

    def _is_supported(self, one: str, other: str) -> bool:
        weights = [self._weight(*pair) for pair in self._compared(one, other)]
        if any(weight <= _RULES_OUT_TO for weight in weights):
            return False
        joined = sum(weight >= JOINS_FROM for weight in weights)
        against = sum(weight <= _CONTRADICTS_TO for weight in weights)
        return joined >= _SUPPORT * len(weights) and against <= _SUPPORT * len(weights)

    def _compared(self, one: str, other: str) -> list[tuple[str, str]]:
        """Pairs across two groups, of the first dozen members of each."""
        first, second = (
            sorted(self._members[self._group_of[item]], key=lambda member: _order(self._known[member]))
            for item in (one, other)
        )
        return [(a, b) for a in first[:_MOST_COMPARED] for b in second[:_MOST_COMPARED]]

    def _across(self, one: str, other: str) -> Iterator[tuple[str, str]]:
        others = self._members[self._group_of[other]]
        return ((a, b) for a in self._members[self._group_of[one]] for b in others)

    def _weight(self, a: str, b: str) -> float:
        pair = (a, b) if a < b else (b, a)
        if pair not in self._weights:
            self._weights[pair] = _total(weigh(self._known[pair[0]], self._known[pair[1]]))
        return self._weights[pair]

    def _unite(self, one: str, other: str) -> None:
        kept, gone = sorted((self._group_of[one], self._group_of[other]))
        moved = self._members.pop(gone)
        self._members[kept] += moved
        for member in moved:
            self._group_of[member] = kept


def _total(reasons: Iterable[Reason]) -> float:
    return sum(reason.weight for reason in reasons)
