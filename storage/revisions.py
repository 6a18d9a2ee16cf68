"""The texts that an Article has had, and whether its page is still there."""

from sqlmodel import Session, col, select

from storage.models import Moment, Revision, Value
from storage.reading import revision_of
from storage.tables import ArticleRow, RevisionRow


class DatedRevision(Value):
    """A Revision and when it was first read."""

    revision: Revision
    read_at: Moment


class History(Value):
    """What became of an Article since it was first seen."""

    revisions: tuple[DatedRevision, ...]
    """Oldest first; the last one is shown."""
    vanished_at: Moment | None
    """When its page was found to be gone; None where it was there at the last look."""


def history(session: Session, article_id: int) -> History | None:
    """The history of one Article; None where there is none."""
    article = session.get(ArticleRow, article_id)
    if article is None:
        return None
    rows = session.exec(
        select(RevisionRow).where(RevisionRow.article_id == article_id).order_by(col(RevisionRow.id))
    ).all()
    # Reading an old page again with a better extractor adds a Revision that is not the newest.
    ordered = [row for row in rows if not row.is_newest] + [row for row in rows if row.is_newest]
    revisions = tuple(DatedRevision(revision=revision_of(row), read_at=row.created_at) for row in ordered)
    return History(revisions=revisions, vanished_at=article.vanished_at)
