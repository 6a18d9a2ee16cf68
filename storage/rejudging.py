"""Judging the archive again after the topic changed: what is to be judged, and keeping it without a stir.

The time of a verdict says when its Article became news. An Article that was flagged before and still is
keeps that time, and so does one that is no longer flagged; only what a new topic gains is news. So no
digest shows an Article again because of a changed rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, true, update
from sqlmodel import Session, col, select

from storage.models import Flag, Revision
from storage.queries import flag_of
from storage.reading import record_flags, revision_of
from storage.tables import ArticleRow, FlagRow, RevisionRow, SourceRow


@dataclass(frozen=True)
class Judged:
    """A Revision with the verdict that it has."""

    revision_id: int
    article_id: int
    source_name: str
    url: str
    dated_at: datetime
    judged_at: datetime
    revision: Revision
    flag: Flag


@dataclass(frozen=True)
class Selection:
    """Which verdicts are to be given again."""

    topic: str
    but_version: str | None = None
    """Verdicts by this version of the topic stand; None: none does."""
    since: datetime | None = None
    """Only Articles published, or first read where that is unknown, from then on."""

    @property
    def condition(self) -> tuple[ColumnElement[bool], ...]:
        """For a query that joins flag and revision."""
        held = [col(FlagRow.topic) == self.topic, col(RevisionRow.is_newest) == true()]
        if self.but_version is not None:
            held.append(col(FlagRow.topic_version) != self.but_version)
        if self.since is not None:
            held.append(col(RevisionRow.dated_at) >= self.since)
        return tuple(held)


def count_selected(session: Session, selection: Selection) -> int:
    """How many Revisions are to be judged again."""
    query = (
        select(func.count())
        .select_from(FlagRow)
        .join(RevisionRow, col(RevisionRow.id) == FlagRow.revision_id)
        .where(*selection.condition)
    )
    return session.exec(query).one()


def selected_ids(session: Session, selection: Selection, limit: int, after: int = 0) -> list[int]:
    """Up to ``limit`` of these Revisions, the oldest first, with ids above ``after``."""
    query = (
        select(FlagRow.revision_id)
        .join(RevisionRow, col(RevisionRow.id) == FlagRow.revision_id)
        .where(*selection.condition, col(FlagRow.revision_id) > after)
        .order_by(col(FlagRow.revision_id))
        .limit(limit)
    )
    return list(session.exec(query))


def judged(session: Session, topic: str, revision_ids: Sequence[int]) -> list[Judged]:
    """Those Revisions with their verdicts on ``topic``, the oldest first."""
    query = (
        select(RevisionRow, FlagRow, ArticleRow, col(SourceRow.name))
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .where(col(RevisionRow.id).in_(revision_ids), FlagRow.topic == topic)
        .order_by(col(RevisionRow.id))
    )
    return [
        Judged(
            revision_id=revision.id or 0,
            article_id=article.id or 0,
            source_name=source_name,
            url=article.url,
            dated_at=revision.dated_at,
            judged_at=flag.judged_at,
            revision=revision_of(revision),
            flag=flag_of(flag),
        )
        for revision, flag, article, source_name in session.exec(query)
    ]


def record_again(
    session: Session, verdicts: Sequence[tuple[Judged, Flag]], topic_version: str, now: datetime
) -> None:
    """Keep new Flags in place of the old ones; only one that is gained takes ``now`` as its time."""
    record_flags(session, [(old.revision_id, flag) for old, flag in verdicts], topic_version, now)
    settled = [
        {"of_revision": old.revision_id, "of_topic": flag.topic, "then": old.judged_at}
        for old, flag in verdicts
        if old.flag.is_flagged or not flag.is_flagged
    ]
    if settled:
        table = FlagRow.__table__  # type: ignore[attr-defined]
        session.connection().execute(
            update(table)
            .where(
                table.c.revision_id == bindparam("of_revision"),
                table.c.topic == bindparam("of_topic"),
            )
            .values(judged_at=bindparam("then")),
            settled,
        )
