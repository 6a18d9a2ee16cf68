"""Full-text search over the newest Revision of each Article, alike on both databases.

Words are AND-ed, words in quotation marks are a phrase, and marks may be left out: ``dang vien`` finds
đảng viên. What is typed reaches the database only as words, so no input can break the query.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, and_, func, select, text, true
from sqlmodel import Session, col

from storage.dialects import is_postgresql
from storage.models import Flag, Moment, Revision, Value
from storage.queries import flag_of
from storage.reading import revision_of
from storage.search_text import Snippet, Term, make_snippet, parse_query
from storage.tables import ArticleRow, FlagRow, RevisionRow, SourceRow


class SearchHit(Value):
    """An Article that the query finds."""

    article_id: int
    source: str
    source_name: str
    url: str
    first_seen_at: Moment
    revision: Revision
    flag: Flag | None
    """None where the text is not judged on the topic yet."""
    is_exact: bool
    """The text has the query's words with the marks as typed; True for a query without marks."""
    snippet: Snippet


def search(  # noqa: PLR0913
    session: Session,
    query: str,
    topic: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    source: str | None = None,
    language: str | None = None,
    flagged: bool | None = None,
    limit: int = 50,
) -> list[SearchHit]:
    """The Articles whose title, lead or text has every term of ``query``.

    Texts with the query's exact marks come first, then the newest. ``since`` (inclusive) and ``until``
    (exclusive) bound the time of publication, or of first sight where that is unknown; ``language`` is
    ISO 639-1; ``flagged`` keeps those that are, or are not, flagged on ``topic``. A query without a
    letter or digit finds nothing.
    """
    terms = parse_query(query)
    if not terms:
        return []
    is_exact: ColumnElement[bool] = true()
    hits = _matching(session, "folded", terms)
    if any(term.has_marks for term in terms):
        exact = _matching(session, "marked", terms)
        is_exact = hits.c.id.in_(select(exact.c.id))
    flag_matches = and_(col(FlagRow.revision_id) == RevisionRow.id, col(FlagRow.topic) == topic)
    order = (text("is_exact DESC"), col(RevisionRow.dated_at).desc(), col(RevisionRow.id).desc())
    ranked = (
        select(hits.c.id, is_exact.label("is_exact"))
        .join(RevisionRow, col(RevisionRow.id) == hits.c.id)
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .outerjoin(FlagRow, flag_matches)
        .where(col(RevisionRow.is_newest) == true())
        .where(*_filters(since, until, source, language, flagged))
        .order_by(*order)
        .limit(limit)
        .subquery("ranked")
    )  # the texts come after the sorting, which would carry them along
    statement = (
        select(ArticleRow, RevisionRow, FlagRow, col(SourceRow.name), ranked.c.is_exact)
        .select_from(ranked)
        .join(RevisionRow, col(RevisionRow.id) == ranked.c.id)
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .outerjoin(FlagRow, flag_matches)
        .order_by(*order)
    )
    return [_hit(result, terms) for result in session.execute(statement)]


def _matching(session: Session, column: str, terms: tuple[Term, ...]) -> CTE:
    """The ids of the Revisions that have all ``terms`` in ``column``, as a CTE.

    MATERIALIZED, as PostgreSQL otherwise walks all Revisions by date to find a rare phrase.
    """
    phrases = [getattr(term, column) for term in terms]  # words only: nothing in them needs escaping
    if is_postgresql(session):
        sought = " & ".join("(" + " <-> ".join(f"'{word}'" for word in words) + ")" for words in phrases)
        condition = f"{column} @@ CAST(:{column}_sought AS tsquery)"
        statement = text(f"SELECT revision_id AS id FROM revision_search WHERE {condition}")  # noqa: S608
    else:
        quoted = " AND ".join('"' + " ".join(words) + '"' for words in phrases)
        sought = f"{{{column}}} : ({quoted})"
        condition = f"revision_search MATCH :{column}_sought"
        statement = text(f"SELECT rowid AS id FROM revision_search WHERE {condition}")  # noqa: S608
    found = statement.bindparams(**{f"{column}_sought": sought}).columns(id=Integer)
    return found.cte(f"{column}_hit").prefix_with("MATERIALIZED")


def _filters(
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    language: str | None,
    flagged: bool | None,
) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if since is not None:
        filters.append(col(RevisionRow.dated_at) >= since)
    if until is not None:
        filters.append(col(RevisionRow.dated_at) < until)
    if source is not None:
        filters.append(col(ArticleRow.source) == source)
    if language is not None:
        filters.append(col(RevisionRow.language) == language)
    if flagged is not None:
        is_flagged = func.coalesce(FlagRow.grade, 0) > 0
        filters.append(is_flagged if flagged else ~is_flagged)
    return filters


def _hit(result: Sequence[Any], terms: tuple[Term, ...]) -> SearchHit:
    article, revision_row, flag_row, source_name, is_exact = result
    revision = revision_of(revision_row)
    return SearchHit(
        article_id=article.id,
        source=article.source,
        source_name=source_name,
        url=article.url,
        first_seen_at=article.first_seen_at,
        revision=revision,
        flag=flag_of(flag_row) if flag_row is not None else None,
        is_exact=bool(is_exact),
        snippet=make_snippet(revision.judged_text, terms),
    )
