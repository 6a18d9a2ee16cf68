"""The questions that digest and pages ask of the store, one function each.

Only ``freeze_digest`` writes. Spans are ``since`` <= moment < ``until``.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import true
from sqlmodel import Session, col, exists, select
from sqlmodel.sql.expression import Select

from storage.dialects import insert_missing
from storage.errors import ArticleDigested
from storage.health import Progress, RunFacts, SourceStatus, coverage, progress, source_statuses
from storage.models import Evidence, Flag, JudgedArticle, StoredDigest
from storage.reading import revision_of
from storage.tables import ArticleRow, DigestArticleRow, DigestRow, FlagRow, RevisionRow, SourceRow

__all__ = [
    "Progress",
    "RunFacts",
    "SourceStatus",
    "article",
    "coverage",
    "digest_dates",
    "digest_on",
    "flag_of",
    "freeze_digest",
    "last_digest",
    "near_misses",
    "progress",
    "source_statuses",
    "undigested_articles",
]


def undigested_articles(session: Session, topic: str, until: datetime) -> list[JudgedArticle]:
    """The flagged Articles that no digest has had, judged before ``until``; the best first."""
    is_digested = exists().where(col(DigestArticleRow.article_id) == ArticleRow.id)
    query = (
        _judged(topic)
        .where(col(FlagRow.grade) > 0, col(FlagRow.judged_at) < until, ~is_digested)
        .order_by(col(FlagRow.grade).desc(), col(FlagRow.score).desc(), col(ArticleRow.id))
    )
    return [_judged_article(result) for result in session.execute(query)]


def near_misses(
    session: Session, topic: str, since: datetime, until: datetime, min_score: float
) -> list[JudgedArticle]:
    """The Articles judged in the span that were not flagged but scored ``min_score`` or more; the
    highest first.
    """
    query = (
        _judged(topic)
        .where(col(FlagRow.grade) == 0, col(FlagRow.score) >= min_score)
        .where(col(FlagRow.judged_at) >= since, col(FlagRow.judged_at) < until)
        .order_by(col(FlagRow.score).desc(), col(ArticleRow.id))
    )
    return [_judged_article(result) for result in session.execute(query)]


def article(session: Session, article_id: int, topic: str) -> JudgedArticle | None:
    """One Article with its newest Revision; None where there is none or it is not judged yet."""
    result = session.execute(_judged(topic).where(col(ArticleRow.id) == article_id)).first()
    return _judged_article(result) if result is not None else None


def _judged(topic: str) -> Select[ArticleRow, RevisionRow, FlagRow, str]:
    return (
        select(ArticleRow, RevisionRow, FlagRow, col(SourceRow.name))
        .join(RevisionRow, col(RevisionRow.article_id) == ArticleRow.id)
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .where(col(RevisionRow.is_newest) == true(), FlagRow.topic == topic)
    )


def _judged_article(result: Sequence[Any]) -> JudgedArticle:
    article_row, revision, flag, source_name = result
    return JudgedArticle(
        article_id=article_row.id,
        source=article_row.source,
        source_name=source_name,
        url=article_row.url,
        first_seen_at=article_row.first_seen_at,
        judged_at=flag.judged_at,
        revision=revision_of(revision),
        flag=flag_of(flag),
    )


def flag_of(row: FlagRow) -> Flag:
    """The value that ``row`` keeps."""
    evidence = tuple(Evidence.model_validate(item) for item in row.evidence)
    return Flag(topic=row.topic, grade=row.grade, score=row.score, evidence=evidence)


def freeze_digest(session: Session, stored: StoredDigest, article_ids: Collection[int]) -> bool:
    """Keep a digest and which Articles are new in it; False where that day has one, which stays as it is.

    Raises ArticleDigested where an Article was new in another digest; nothing may be committed then.
    """
    facts = stored.model_dump()
    if not insert_missing(session, DigestRow, [facts], on=["on"]):
        return False
    digest_id = session.exec(select(col(DigestRow.id)).where(DigestRow.on == stored.on)).one()
    assert digest_id is not None
    wanted = sorted(set(article_ids))
    taken = session.exec(
        select(DigestArticleRow.article_id).where(col(DigestArticleRow.article_id).in_(wanted))
    ).all()
    if taken:
        raise ArticleDigested(taken)
    session.add_all(DigestArticleRow(article_id=id, digest_id=digest_id) for id in wanted)
    session.flush()
    return True


def digest_on(session: Session, on: date) -> StoredDigest | None:
    """The digest of one local day; None where none was built."""
    return _stored(session.exec(select(DigestRow).where(DigestRow.on == on)).first())


def digest_dates(session: Session) -> list[date]:
    """The local days that have a digest, the newest first."""
    return list(session.exec(select(col(DigestRow.on)).order_by(col(DigestRow.on).desc())))


def last_digest(session: Session) -> StoredDigest | None:
    """The digest of the latest day; None before the first one."""
    return _stored(session.exec(select(DigestRow).order_by(col(DigestRow.on).desc()).limit(1)).first())


def _stored(row: DigestRow | None) -> StoredDigest | None:
    if row is None:
        return None
    return StoredDigest(on=row.on, built_at=row.built_at, since=row.since, until=row.until, body=row.body)
