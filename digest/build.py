"""Choosing and ordering one day's articles. Pure: the same input gives the same Digest.

The order is: grade (about it before in passing), then score, then time with the newest first, then
the article's number, so that no two runs can differ.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, cast

from digest.model import Counts, CoverageLine, Digest, DigestArticle, DigestEntry, Sentence
from storage.models import Evidence, JudgedArticle, SourceCoverage

NEAR_MISSES_LISTED = 50
"""How many near misses a digest lists, the highest scores first; ``Counts`` has them all."""

LEAD_LENGTH = 320
"""Code points of the text's beginning that stand in for a missing lead."""

_STATE_ORDER = {"failing": 0, "unread": 1, "read": 2}


def build_digest(
    on: date,
    since: datetime | None,
    until: datetime,
    built_at: datetime,
    articles: Iterable[JudgedArticle],
    near: Iterable[JudgedArticle],
    coverage: Iterable[SourceCoverage],
    *,
    is_final: bool,
) -> Digest:
    """The Digest of ``on``, a local date, over the span from ``since`` (excluded) to ``until``.

    ``articles`` are flagged and new in this digest, ``near`` just missed the threshold; both come in
    any order. ``since`` is None for the first digest. Datetimes are aware.
    """
    entries = _ordered(articles)
    near_misses = _ordered(near)
    lines = sorted(map(_coverage_line, coverage), key=lambda line: (_STATE_ORDER[line.state], line.outlet))
    return Digest(
        on=on,
        built_at=built_at,
        since=since,
        until=until,
        is_final=is_final,
        counts=_counts(entries, len(near_misses), lines),
        entries=entries,
        near_misses=near_misses[:NEAR_MISSES_LISTED],
        coverage=tuple(lines),
    )


def digest_article(judged: JudgedArticle) -> DigestArticle:
    """``judged`` as the digest shows it."""
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
    )


def beginning(text: str, length: int = LEAD_LENGTH) -> str:
    """The first paragraph of ``text``, cut between words at ``length`` code points, with an ellipsis."""
    paragraph = text.split("\n\n", 1)[0].strip()
    if len(paragraph) <= length:
        return paragraph
    cut = paragraph[:length]
    # A script without spaces, or one endless word, is cut where the length says.
    return cut[: cut.rfind(" ") if " " in cut else length].rstrip(" ,;:–-") + "…"


def _ordered(articles: Iterable[JudgedArticle]) -> tuple[DigestEntry, ...]:
    entries = (
        DigestEntry(grade=judged.flag.grade, score=judged.flag.score, articles=(digest_article(judged),))
        for judged in articles
    )
    return tuple(sorted(entries, key=_rank))


def _rank(entry: DigestEntry) -> tuple[int, float, float, int]:
    article = entry.article
    told_at = article.published_at or article.first_seen_at
    return -entry.grade, -entry.score, -told_at.timestamp(), article.article_id


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
    )


def _counts(entries: Sequence[DigestEntry], near_misses: int, lines: Sequence[CoverageLine]) -> Counts:
    states = [line.state for line in lines]
    return Counts(
        about=sum(entry.grade == 2 for entry in entries),
        in_passing=sum(entry.grade == 1 for entry in entries),
        outlets=len({article.source for entry in entries for article in entry.articles}),
        near_misses=near_misses,
        sources=len(lines),
        sources_read=states.count("read"),
        sources_failing=states.count("failing"),
        sources_unread=states.count("unread"),
        articles_new=sum(line.articles_new for line in lines),
        pages_rejected=sum(line.pages_rejected for line in lines),
    )
