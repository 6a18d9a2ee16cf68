"""Choosing and ordering one day's articles. Pure: the same input gives the same Digest.

Articles of one story are one entry. The order is: grade (about it before in passing), then score, then
how many outlets tell it, then time with the newest first, then the article's number, so that no two runs
can differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, cast

from digest.model import Counts, CoverageLine, Digest, DigestArticle, DigestEntry, Sentence
from digest.stated import stated_documents, stated_firms, stated_places, stated_quantities
from digest.updates import NO_STORIES, ChangedArticle, Stories, changed_quantities
from storage.models import Evidence, HealthState, JudgedArticle, SourceCoverage
from storage.stories import Membership

NEAR_MISSES_LISTED = 50
"""How many near misses a digest lists, the highest scores first; ``Counts`` has them all."""

LEAD_LENGTH = 320
"""Code points of the text's beginning that stand in for a missing lead."""

_STATE_ORDER = {"failing": 0, "unread": 1, "read": 2}
_WELL = (HealthState.HEALTHY, HealthState.NEW)


def build_digest(  # noqa: PLR0913
    on: date,
    since: datetime | None,
    until: datetime,
    built_at: datetime,
    articles: Iterable[JudgedArticle],
    near: Iterable[JudgedArticle],
    coverage: Iterable[SourceCoverage],
    *,
    is_final: bool,
    stories: Stories = NO_STORIES,
    changed: Iterable[ChangedArticle] = (),
) -> Digest:
    """The Digest of ``on``, a local date, over the span from ``since`` (excluded) to ``until``.

    ``articles`` are flagged and in no digest yet, ``near`` just missed the threshold, ``changed`` were
    shown by an earlier digest; all come in any order. An article of a story that an earlier digest had
    is an update. ``since`` is None for the first digest. Datetimes are aware.
    """
    told = _grouped(articles, stories)
    entries = [digest_entry(group, stories) for story_id, group in told if story_id not in stories.told_on]
    updates = [digest_entry(group, stories) for story_id, group in told if story_id in stories.told_on]
    updates += [entry for item in changed if (entry := _changed_entry(item, stories)) is not None]
    near_misses = sorted((digest_entry([judged], NO_STORIES) for judged in near), key=_rank)
    lines = sorted(map(_coverage_line, coverage), key=lambda line: (_STATE_ORDER[line.state], line.outlet))
    return Digest(
        on=on,
        built_at=built_at,
        since=since,
        until=until,
        is_final=is_final,
        counts=_counts(entries, len(updates), len(near_misses), lines),
        entries=tuple(sorted(entries, key=_rank)),
        updates=tuple(sorted(updates, key=_update_rank)),
        near_misses=tuple(near_misses[:NEAR_MISSES_LISTED]),
        coverage=tuple(lines),
    )


def digest_article(
    judged: JudgedArticle, place: Membership | None = None, outlets: Mapping[int, str] | None = None
) -> DigestArticle:
    """``judged`` as the digest shows it; ``outlets`` has the outlet's name of each article of its story."""
    revision = judged.revision
    return DigestArticle(
        article_id=judged.article_id,
        source=judged.source,
        outlet=judged.source_name,
        url=judged.url,
        language=revision.language,
        title=revision.title,
        lead=revision.lead or beginning(revision.text),
        published_at=revision.published_at,
        first_seen_at=judged.first_seen_at,
        grade=judged.flag.grade,
        score=judged.flag.score,
        evidence=tuple(_sentence(item) for item in sorted(judged.flag.evidence, key=lambda item: item.start)),
        quantities=stated_quantities(judged.statements.quantities),
        places=stated_places(judged.statements.places),
        documents=stated_documents(judged.statements.documents),
        firms=stated_firms(judged.statements.enterprises),
        way=place.way if place else None,
        source_outlet=(outlets or {}).get(place.source_article_id or 0) if place else None,
        delay_s=place.delay_s if place else None,
        reasons=place.reasons if place else (),
    )


def beginning(text: str, length: int = LEAD_LENGTH) -> str:
    """The first paragraph of ``text``, cut between words at ``length`` code points, with an ellipsis."""
    paragraph = text.split("\n\n", 1)[0].strip()
    if len(paragraph) <= length:
        return paragraph
    cut = paragraph[:length]
    # A script without spaces, or one endless word, is cut where the length says.
    return cut[: cut.rfind(" ") if " " in cut else length].rstrip(" ,;:–-") + "…"


def _grouped(
    articles: Iterable[JudgedArticle], stories: Stories
) -> list[tuple[int | None, list[JudgedArticle]]]:
    """The articles of each story, with its number; one without a story stands alone."""
    groups: dict[tuple[int | None, int], list[JudgedArticle]] = {}
    for judged in articles:
        place = stories.places.get(judged.article_id)
        key = (None, judged.article_id) if place is None else (place.story_id, 0)
        groups.setdefault(key, []).append(judged)
    return [(story_id, group) for (story_id, _), group in groups.items()]


def digest_entry(group: Sequence[JudgedArticle], stories: Stories) -> DigestEntry:
    """``group``, the tellings of one story or one article that stands alone, as a digest shows it."""
    place = stories.places.get(group[0].article_id)
    return DigestEntry(
        grade=max(judged.flag.grade for judged in group),
        score=max(judged.flag.score for judged in group),
        articles=tuple(
            digest_article(judged, stories.places.get(judged.article_id), stories.outlets)
            for judged in sorted(group, key=_time)
        ),
        story_id=place.story_id if place else None,
        told_on=stories.told_on.get(place.story_id) if place else None,
    )


def _changed_entry(changed: ChangedArticle, stories: Stories) -> DigestEntry | None:
    """An update for other numbers; None where only words changed."""
    changes = changed_quantities(changed.before, changed.judged.statements.quantities)
    if not changes:
        return None
    return digest_entry([changed.judged], stories).model_copy(
        update={"told_on": changed.told_on, "changes": changes}
    )


def _time(judged: JudgedArticle) -> tuple[datetime, int]:
    return judged.revision.published_at or judged.first_seen_at, judged.article_id


def _rank(entry: DigestEntry) -> tuple[int, float, int, float, int]:
    article = entry.article
    told_at = article.published_at or article.first_seen_at
    outlets = len({telling.source for telling in entry.articles})
    return -entry.grade, -entry.score, -outlets, -told_at.timestamp(), article.article_id


def _update_rank(entry: DigestEntry) -> tuple[int, tuple[int, float, int, float, int]]:
    return -(entry.told_on.toordinal() if entry.told_on else 0), _rank(entry)


def _sentence(evidence: Evidence) -> Sentence:
    length = len(evidence.exact)
    inside = (
        (max(start - evidence.start, 0), min(end - evidence.start, length)) for start, end in evidence.marks
    )
    return Sentence(
        exact=evidence.exact,
        marks=tuple((start, end) for start, end in inside if start < end),
        start=evidence.start,
        rule=evidence.rule,
        weight=evidence.weight,
    )


def _coverage_line(source: SourceCoverage) -> CoverageLine:
    return CoverageLine(
        source=source.source,
        outlet=source.source_name,
        state=cast(Literal["read", "failing", "unread"], source.state),
        reason=source.last_reason,
        last_read_at=source.last_read_at,
        articles_new=source.articles_new,
        pages_rejected=source.pages_rejected,
        rejections=source.rejections,
        fates=source.fates,
        health=source.health if source.health and source.health.state not in _WELL else None,
    )


def _counts(
    entries: Sequence[DigestEntry], updates: int, near_misses: int, lines: Sequence[CoverageLine]
) -> Counts:
    states = [line.state for line in lines]
    return Counts(
        about=sum(entry.grade == 2 for entry in entries),
        in_passing=sum(entry.grade == 1 for entry in entries),
        outlets=len({article.source for entry in entries for article in entry.articles}),
        near_misses=near_misses,
        updates=updates,
        sources=len(lines),
        sources_read=states.count("read"),
        sources_failing=states.count("failing"),
        sources_unread=states.count("unread"),
        articles_new=sum(line.articles_new for line in lines),
        pages_rejected=sum(line.pages_rejected for line in lines),
    )
