"""The questions that digest and pages ask of the store, one function each.

Only ``freeze_digest`` and ``note_shown`` write. Spans are ``since`` <= moment < ``until``.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import true, update
from sqlmodel import Session, col, exists, select
from sqlmodel.sql.expression import Select

from storage.dialects import IS_FLAGGED, insert_missing
from storage.errors import ArticleDigested
from storage.health import Progress, RunFacts, SourceStatus, coverage, coverages, progress, source_statuses
from storage.models import Evidence, Flag, JudgedArticle, Statements, StoredDigest
from storage.reading import revision_of
from storage.statements import statements_of
from storage.tables import (
    ArticleRow,
    DigestArticleRow,
    DigestRow,
    FlagRow,
    RevisionRow,
    SourceRow,
)

__all__ = [
    "Progress",
    "RunFacts",
    "SourceStatus",
    "article",
    "changed_articles",
    "coverage",
    "coverages",
    "digest_dates",
    "digest_on",
    "digests_between",
    "flag_of",
    "freeze_digest",
    "judged_articles",
    "last_digest",
    "last_digests",
    "near_misses",
    "newest_flagged",
    "note_shown",
    "outlet_names",
    "progress",
    "source_names",
    "source_statuses",
    "undigested_articles",
]


def undigested_articles(session: Session, topic: str, until: datetime) -> list[JudgedArticle]:
    """The flagged Articles that no digest has had, judged before ``until``; the best first.

    What they state comes with them.
    """
    is_digested = exists().where(col(DigestArticleRow.article_id) == ArticleRow.id)
    query = (
        _judged(topic)
        .where(IS_FLAGGED, col(FlagRow.judged_at) < until, ~is_digested)
        .order_by(col(FlagRow.grade).desc(), col(FlagRow.score).desc(), col(ArticleRow.id))
    )
    results = session.execute(query).all()
    stated = statements_of(session, [revision.id for _, revision, _, _ in results])
    return [_judged_article(result, stated[result[1].id]) for result in results]


def newest_flagged(session: Session, topic: str, limit: int) -> list[JudgedArticle]:
    """The flagged Articles, those judged last first."""
    query = (
        _judged(topic)
        .where(IS_FLAGGED)
        .order_by(col(FlagRow.judged_at).desc(), col(ArticleRow.id).desc())
        .limit(limit)
    )
    return [_judged_article(result, Statements()) for result in session.execute(query)]


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
    return [_judged_article(result, Statements()) for result in session.execute(query)]


def article(session: Session, article_id: int, topic: str) -> JudgedArticle | None:
    """One Article with its newest Revision and what it states; None where there is none or it is not
    judged yet.
    """
    result = session.execute(_judged(topic).where(col(ArticleRow.id) == article_id)).first()
    if result is None:
        return None
    revision_id = result[1].id
    return _judged_article(result, statements_of(session, [revision_id])[revision_id])


def judged_articles(session: Session, article_ids: Collection[int], topic: str) -> dict[int, JudgedArticle]:
    """Articles by number, without what they state; one that is not judged is left out."""
    query = _judged(topic).where(col(ArticleRow.id).in_(article_ids))
    return {result[0].id: _judged_article(result, Statements()) for result in session.execute(query)}


def _judged(topic: str) -> Select[ArticleRow, RevisionRow, FlagRow, str]:
    return (
        select(ArticleRow, RevisionRow, FlagRow, col(SourceRow.name))
        .join(RevisionRow, col(RevisionRow.article_id) == ArticleRow.id)
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .where(col(RevisionRow.is_newest) == true(), FlagRow.topic == topic)
    )


def _judged_article(result: Sequence[Any], statements: Statements) -> JudgedArticle:
    article_row, revision, flag, source_name = result
    return JudgedArticle(
        article_id=article_row.id,
        revision_id=revision.id,
        source=article_row.source,
        source_name=source_name,
        url=article_row.url,
        first_seen_at=article_row.first_seen_at,
        judged_at=flag.judged_at,
        revision=revision_of(revision),
        flag=flag_of(flag),
        statements=statements,
    )


def flag_of(row: FlagRow) -> Flag:
    """The value that ``row`` keeps."""
    evidence = tuple(Evidence.model_validate(item) for item in row.evidence)
    return Flag(topic=row.topic, grade=row.grade, score=row.score, evidence=evidence)


def freeze_digest(session: Session, stored: StoredDigest, shown: Mapping[int, int | None]) -> bool:
    """Keep a digest and which Articles are new in it; False where that day has one, which stays as it is.

    ``shown`` has the Revision that it shows of each of them. Raises ArticleDigested where an Article was
    new in another digest; nothing may be committed then.
    """
    facts = stored.model_dump()
    if not insert_missing(session, DigestRow, [facts], on=["on"]):
        return False
    digest_id = session.exec(select(col(DigestRow.id)).where(DigestRow.on == stored.on)).one()
    assert digest_id is not None
    wanted = sorted(shown)
    taken = session.exec(
        select(DigestArticleRow.article_id).where(col(DigestArticleRow.article_id).in_(wanted))
    ).all()
    if taken:
        raise ArticleDigested(taken)
    session.add_all(
        DigestArticleRow(article_id=id, digest_id=digest_id, revision_id=shown[id]) for id in wanted
    )
    session.flush()
    return True


def changed_articles(session: Session, topic: str, until: datetime) -> list[tuple[JudgedArticle, int, date]]:
    """Flagged Articles of which a digest showed an older text than the newest, judged before ``until``:
    each with the number of the Revision shown and the day of the digest in which it was new.
    """
    query = (
        _judged(topic)
        .join(DigestArticleRow, col(DigestArticleRow.article_id) == ArticleRow.id)
        .join(DigestRow, col(DigestRow.id) == DigestArticleRow.digest_id)
        .where(col(DigestArticleRow.revision_id) != RevisionRow.id)
        .where(IS_FLAGGED, col(FlagRow.judged_at) < until)
        .add_columns(col(DigestArticleRow.revision_id), col(DigestRow.on))
        .order_by(col(ArticleRow.id))
    )
    results = session.execute(query).all()
    stated = statements_of(session, [result[1].id for result in results])
    return [(_judged_article(result[:4], stated[result[1].id]), result[4], result[5]) for result in results]


def note_shown(session: Session, shown: Mapping[int, int]) -> None:
    """Remember that a digest has shown these Revisions of Articles that an earlier one had."""
    for article_id, revision_id in shown.items():
        session.execute(
            update(DigestArticleRow)
            .where(col(DigestArticleRow.article_id) == article_id)
            .values(revision_id=revision_id)
        )


def outlet_names(session: Session, article_ids: Collection[int]) -> dict[int, str]:
    """The outlet's name of each of these Articles."""
    query = (
        select(col(ArticleRow.id), col(SourceRow.name))
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .where(col(ArticleRow.id).in_(article_ids))
    )
    return {id: name for id, name in session.execute(query) if id is not None}


def source_names(session: Session) -> dict[str, str]:
    """The name of every Source that is or was declared by its id, in the order of names."""
    query = select(col(SourceRow.id), col(SourceRow.name)).order_by(col(SourceRow.name))
    return dict(session.execute(query).all())


def digest_on(session: Session, on: date) -> StoredDigest | None:
    """The digest of one local day; None where none was built."""
    return _stored(session.exec(select(DigestRow).where(DigestRow.on == on)).first())


def digest_dates(session: Session) -> list[date]:
    """The local days that have a digest, the newest first."""
    return list(session.exec(select(col(DigestRow.on)).order_by(col(DigestRow.on).desc())))


def digests_between(session: Session, first: date, last: date) -> list[StoredDigest]:
    """The digests of the local days from ``first`` to ``last``, both included, in order."""
    on = col(DigestRow.on)
    return [_kept(row) for row in session.exec(select(DigestRow).where(on >= first, on <= last).order_by(on))]


def last_digests(session: Session, limit: int) -> list[StoredDigest]:
    """The digests of the latest days, the newest first."""
    rows = session.exec(select(DigestRow).order_by(col(DigestRow.on).desc()).limit(limit))
    return [_kept(row) for row in rows]


def last_digest(session: Session) -> StoredDigest | None:
    """The digest of the latest day; None before the first one."""
    return _stored(session.exec(select(DigestRow).order_by(col(DigestRow.on).desc()).limit(1)).first())


def _stored(row: DigestRow | None) -> StoredDigest | None:
    return None if row is None else _kept(row)


def _kept(row: DigestRow) -> StoredDigest:
    return StoredDigest(on=row.on, built_at=row.built_at, since=row.since, until=row.until, body=row.body)
