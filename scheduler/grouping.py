"""The stage that puts flagged Articles into Stories, one at a time, and what a person decides of them.

A Story keeps its number: a new Article joins one or begins one, and never moves another. Only a
person's word moves what is already there.
"""

import logging
from collections.abc import Iterable
from itertools import combinations

from sqlmodel import Session

from analysis.stories.evidence import Join
from analysis.stories.fingerprint import Fingerprint, fingerprint_from_json
from analysis.stories.grouping import Constraints, Story, joined, regroup
from analysis.stories.index import keys
from analysis.stories.lineage import Way, lineage
from crawler.errors import WorkerError
from scheduler.desk import Desk
from scheduler.tasks import fingerprint_article
from storage import stories
from storage.stories import Membership, Ungrouped

logger = logging.getLogger(__name__)

_BATCH = 32
_REASONS_KEPT = 4
_TELLINGS_READ = 12


async def group_pending(desk: Desk) -> int:
    """Put every flagged Article that has no Story into one; the number of Articles."""
    done, last = 0, 0
    while pending := await desk.intake.read(stories.ungrouped_articles, desk.topic.name, _BATCH, last):
        for article in pending:
            form = await _fingerprint(desk, article)
            if form is not None:
                await desk.intake.write(place, form, desk)
                done += 1
        last = pending[-1].article_id
    return done


def place(session: Session, made: Fingerprint, desk: Desk) -> int:
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
        story_id = stories.make_story(session, desk.now())
    before = {item.article_id: item for group in present.values() for item in group}
    changed = [item for item in _placed(story, story_id) if item != before.get(item.article_id)]
    stories.record_memberships(session, changed, desk.now())
    return story_id


def decide(session: Session, one: int, other: int, desk: Desk, *, is_together: bool) -> None:
    """A person says whether two Articles tell one event; their Stories are made anew by it.

    A merge leaves what was together together; of a split, each other telling goes where it fits best, and
    the part with the earliest Article keeps the number.
    """
    stories.decide(session, one, other, desk.now(), is_together=is_together)
    here = stories.memberships(session, [one, other])
    present = stories.members(session, {item.story_id for item in here.values()})
    groups = [[item.article_id for item in group] for group in present.values()]
    everyone = [article_id for group in groups for article_id in group]
    decided = _decided(session, everyone)
    kept = Constraints(
        together=decided.together | (_inside(groups) if is_together else frozenset()), apart=decided.apart
    )
    free = sorted(present)
    for story in regroup(_read(session, everyone), kept):
        mine = [number for number in free if _begins(present[number], story)]
        story_id = mine[0] if mine else stories.make_story(session, desk.now())
        free = [number for number in free if number != story_id]
        stories.record_memberships(session, _placed(story, story_id), desk.now())


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


async def _fingerprint(desk: Desk, article: Ungrouped) -> Fingerprint | None:
    try:
        return await desk.intake.workers.run(fingerprint_article, article)
    except WorkerError as error:
        logger.error("the story of %s cannot be told: %s", article.url, error)  # noqa: TRY400  its trace says no more
        return None
