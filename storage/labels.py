"""Reviewers' verdicts as labels of texts: what was judged, how, and by whom."""

from sqlalchemy import and_
from sqlmodel import Session, col, select

from storage.desk_tables import ReviewActionRow, ReviewRow
from storage.models import Flag, Moment, Revision, Value
from storage.queries import flag_of
from storage.reading import revision_of
from storage.reviews import TAKEN_BACK, ReviewVerdict, latest_verdicts
from storage.tables import ArticleRow, FlagRow, RevisionRow, SourceRow


class Label(Value):
    """One text and the last verdict on it."""

    article_id: int
    source: str
    source_name: str
    url: str
    revision: Revision
    """The text that was judged, which the newest one need not be."""
    flag: Flag
    """Of that text."""
    verdict: ReviewVerdict
    judged_by: str
    judged_at: Moment
    others: tuple[tuple[str, ReviewVerdict], ...] = ()
    """Other reviewers whose last verdict on the article is another one, by name."""


def labels(session: Session, topic: str) -> list[Label]:
    """Every Article with a verdict, in the order of their numbers; each telling of a story is one."""
    said = latest_verdicts()
    query = (
        select(ArticleRow, RevisionRow, FlagRow, col(SourceRow.name))
        .join(said, said.c.article_id == ArticleRow.id)
        .join(
            ReviewRow,
            and_(col(ReviewRow.article_id) == ArticleRow.id, col(ReviewRow.action_id) == said.c.action_id),
        )
        .join(ReviewActionRow, col(ReviewActionRow.id) == said.c.action_id)
        .join(RevisionRow, col(RevisionRow.id) == ReviewRow.revision_id)
        .join(FlagRow, and_(col(FlagRow.revision_id) == RevisionRow.id, col(FlagRow.topic) == topic))
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .where(said.c.said != TAKEN_BACK)
        .add_columns(said.c.said, col(ReviewActionRow.reviewer), col(ReviewActionRow.at))
        .order_by(col(ArticleRow.id))
    )
    last_words = _last_words(session)
    return [
        Label(
            article_id=article.id,
            source=article.source,
            source_name=name,
            url=article.url,
            revision=revision_of(revision),
            flag=flag_of(flag),
            verdict=ReviewVerdict(verdict),
            judged_by=reviewer,
            judged_at=at,
            others=tuple(
                (other, word)
                for other, word in sorted(last_words.get(article.id, {}).items())
                if other != reviewer and word != verdict
            ),
        )
        for article, revision, flag, name, verdict, reviewer, at in session.execute(query)
    ]


def _last_words(session: Session) -> dict[int, dict[str, ReviewVerdict]]:
    """The last verdict of each reviewer on each Article."""
    query = (
        select(col(ReviewRow.article_id), col(ReviewActionRow.reviewer), col(ReviewRow.verdict))
        .join(ReviewActionRow, col(ReviewActionRow.id) == col(ReviewRow.action_id))
        .where(col(ReviewActionRow.undone_at).is_(None), col(ReviewRow.verdict).is_not(None))
        .order_by(col(ReviewRow.action_id))
    )
    found: dict[int, dict[str, ReviewVerdict]] = {}
    for article_id, reviewer, verdict in session.execute(query):
        words = found.setdefault(article_id, {})
        words.pop(reviewer, None)
        if verdict != TAKEN_BACK:
            words[reviewer] = ReviewVerdict(verdict)
    return found
