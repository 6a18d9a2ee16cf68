"""Puts flagged Articles into Stories, one at a time, and what a person decides of them.

A Story keeps its number: a new Article joins one or begins one, and never moves another. Only a
person's word moves what is already there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations

from sqlmodel import Session

from analysis.stories.evidence import Join
from analysis.stories.fingerprint import Fingerprint, fingerprint_from_json
from analysis.stories.grouping import Constraints, Story, joined, regroup
from analysis.stories.index import keys
from analysis.stories.lineage import Way, lineage
from scheduler.tasks import Store, fingerprint_article, writing
from storage import regrouping, stories
from storage.stories import Membership, Ungrouped

_REASONS_KEPT = 4
_TELLINGS_READ = 12


def group_articles(store: Store, articles: Sequence[Ungrouped], now: datetime) -> None:
    """Place Articles in their order, each in a transaction of its own. Runs in a worker.

    Raises WriteFailed; any other error is an Article's.
    """
    for article in articles:
        made = fingerprint_article(article)
        with writing(store) as session:
            place(session, made, now)


def place(session: Session, made: Fingerprint, now: datetime) -> int:
    """Put one Article, by its fingerprint, into its Story; the Story's number. Again: nothing changes."""
    article_id = int(made.id)
    known = stories.memberships(session, [article_id])
    if known:
        return known[article_id].story_id
    stories.record_fingerprint(session, article_id, made.as_json(), keys(made))
    candidates = _read(session, stories.candidates(session, keys(made), article_id))
    surest = {int(item.id) for item in joined(made, candidates)}
    near = stories.memberships(session, surest)
    present = stories.members(session, {item.story_id for item in near.values()})
    # A story that hundreds tell is known by its first tellings and those that are most alike.
    groups = [
        [item.article_id for at, item in enumerate(group) if at < _TELLINGS_READ or item.article_id in surest]
        for group in present.values()
    ]
    everyone = [number for group in groups for number in group]
    decided = _decided(session, [*everyone, article_id])
    kept = Constraints(decided.together | _inside(groups), decided.apart | _across(groups))
    grouped = regroup([*_read(session, everyone), made], kept)
    story = next(story for story in grouped if made.id in {member.id for member in story.members})
    others = {int(member.id) for member in story.members} - {article_id}
    story_id = next(
        (number for number, group in present.items() if others & {item.article_id for item in group}), None
    )
    if story_id is None:
        story_id = stories.make_story(session, now)
    before = {item.article_id: item for group in present.values() for item in group}
    changed = [item for item in _placed(story, story_id) if item != before.get(item.article_id)]
    stories.record_memberships(session, changed, now)
    return story_id


def decide(session: Session, one: int, other: int, now: datetime, *, is_together: bool) -> None:
    """A person says whether two Articles tell one event; their Stories are made anew by it.

    A merge leaves what was together together; of a split, each other telling goes where it fits best, and
    the part with the earliest Article keeps the number.
    """
    numbers = sorted({item.story_id for item in stories.memberships(session, [one, other]).values()})
    if is_together and len(numbers) > 1:
        regrouping.merge(session, numbers[0], numbers[1], now)
    stories.decide(session, one, other, now, is_together=is_together)
    if is_together:
        relate(session, numbers[0], now)
        return
    present = stories.members(session, numbers)
    everyone = [item.article_id for group in present.values() for item in group]
    free = sorted(present)
    for story in regroup(_read(session, everyone), _decided(session, everyone)):
        mine = [number for number in free if _begins(present[number], story)]
        story_id = mine[0] if mine else stories.make_story(session, now)
        free = [number for number in free if number != story_id]
        stories.record_memberships(session, _placed(story, story_id), now)


def relate(session: Session, story_id: int, now: datetime) -> bool:
    """Find out anew how each Article came to a Story that a person made; whether that changed anything."""
    group = stories.members(session, [story_id]).get(story_id, [])
    ids = [item.article_id for item in group]
    made = regroup(_read(session, ids), Constraints(together=_inside([ids])))
    changed = [item for story in made for item in _placed(story, story_id) if item not in group]
    stories.record_memberships(session, changed, now)
    return bool(changed)


def _begins(group: Iterable[Membership], story: Story) -> bool:
    """Whether ``story`` has the first Article of a Story as it was."""
    ids = {int(member.id) for member in story.members}
    return any(item.way == Way.FIRST and item.article_id in ids for item in group)


def _decided(session: Session, ids: list[int]) -> Constraints:
    """A person's words on these Articles."""
    decided = stories.decisions(session, ids)
    return Constraints(
        together=frozenset(_pair(*pair) for pair, is_together in decided.items() if is_together),
        apart=frozenset(_pair(*pair) for pair, is_together in decided.items() if not is_together),
    )


def _inside(groups: Iterable[list[int]]) -> frozenset[frozenset[str]]:
    return frozenset(_pair(*pair) for group in groups for pair in combinations(group, 2))


def _across(groups: Iterable[list[int]]) -> frozenset[frozenset[str]]:
    return frozenset(_pair(a, b) for one, other in combinations(groups, 2) for a in one for b in other)


def _pair(one: int, other: int) -> frozenset[str]:
    return frozenset((str(one), str(other)))


def _placed(story: Story, story_id: int) -> list[Membership]:
    return [
        Membership(
            article_id=int(descent.article),
            story_id=story_id,
            way=descent.way.value,
            source_article_id=int(descent.source) if descent.source else None,
            delay_s=descent.delay.total_seconds() if descent.delay is not None else None,
            reasons=_reasons(descent.article, story.joins),
        )
        for descent in lineage(story)
    ]


def _reasons(article: str, joins: Iterable[Join]) -> tuple[str, ...]:
    """What speaks for the surest join of ``article``."""
    best = next((join for join in joins if article in (join.a, join.b)), None)
    if best is None:
        return ()
    return tuple(reason.words for reason in best.reasons if reason.weight > 0)[:_REASONS_KEPT]


def _read(session: Session, article_ids: Iterable[int]) -> list[Fingerprint]:
    forms = stories.fingerprints(session, list(article_ids))
    return [fingerprint_from_json(form) for _, form in sorted(forms.items())]
