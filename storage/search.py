"""Full-text search over the newest Revision of each Article, alike on both databases.

Words are AND-ed, words in quotation marks are a phrase, a minus excludes, and marks may be left out:
``dang vien`` finds đảng viên. What is typed reaches the database only as words, so no input can break the
query. Filters narrow; filters without words list by date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, select, true, tuple_
from sqlmodel import Session, col

from storage.models import Flag, Moment, Revision, Value
from storage.queries import flag_of
from storage.reading import revision_of
from storage.search_filters import (
    LATEST,
    Filters,
    Words,
    conditions,
    id_span,
    listed,
    looked_into,
    small_sets,
    with_words,
)
from storage.search_text import Snippet, Term, make_snippet
from storage.tables import ArticleRow, FlagRow, RevisionRow, SourceRow

Sort = Literal["best", "newest"]
SORTS: tuple[Sort, ...] = ("best", "newest")

_MOST_NEW = 2000
_BATCH = 500
_NO_FILTERS = Filters()
_NO_SNIPPET = Snippet(text="", marks=())


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


def search(
    session: Session,
    query: str | Words,
    topic: str,
    filters: Filters = _NO_FILTERS,
    *,
    sort: Sort = "best",
    after: int | None = None,
    limit: int = 50,
    has_snippets: bool = True,
) -> list[SearchHit]:
    """The Articles whose title, lead or text has every term of ``query``, and which pass ``filters``.

    ``best``: texts with the query's exact marks come first, then the newest; ``newest``: by date alone.
    ``after`` is the number of the Article that the list goes on behind; it begins anew where that is gone.
    A query without a letter or digit is no restriction; without filters too, nothing is found. Without
    ``has_snippets``, for tables, their making is saved.
    """
    words = query if isinstance(query, Words) else Words(session, query)
    if not words.query and not filters.given:
        return []
    cursor = _cursor(session, words, after)
    found: list[tuple[int, bool | None]] = []
    for exact in (True, False) if sort == "best" and words.query.has_marks else (None,):
        if cursor is not None and exact and not cursor.is_exact:
            continue  # the exact ones are on earlier pages
        begin = cursor if cursor is not None and exact in (None, cursor.is_exact) else None
        ids = _first(session, words, topic, filters, exact, begin, limit - len(found))
        found += [(id, exact) for id in ids]
        if len(found) >= limit:
            break
    return _hits(session, found, words, topic, has_snippets=has_snippets)


def count_new(session: Session, query: str, topic: str, filters: Filters, since: datetime) -> int:
    """How many Articles that were first seen since then the search finds, of the first 2,000 of them."""
    words = Words(session, query)
    if not words.query and not filters.given:
        return 0
    fresh = (
        select(col(RevisionRow.id))
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .where(col(ArticleRow.first_seen_at) >= since, col(RevisionRow.is_newest) == true())
    )
    ids = list(session.execute(fresh.order_by(col(ArticleRow.first_seen_at)).limit(_MOST_NEW)).scalars())
    if not ids:
        return 0
    narrowed = _narrowed(session, None, topic, filters, None).where(col(RevisionRow.id).in_(ids))
    if words.query.terms:
        found = with_words(session, words.query, "found", within=(min(ids), max(ids)))
        narrowed = narrowed.where(looked_into(session, RevisionRow.id).in_(select(found.c.id)))
    else:
        narrowed = words.narrow(narrowed)
    return int(session.execute(select(func.count()).select_from(narrowed.subquery())).scalar_one())


@dataclass(frozen=True)
class _Cursor:
    """The last hit of the page before."""

    revision_id: int
    dated_at: datetime
    is_exact: bool


def _cursor(session: Session, words: Words, after: int | None) -> _Cursor | None:
    if after is None:
        return None
    row = session.execute(
        select(col(RevisionRow.id), col(RevisionRow.dated_at)).where(
            col(RevisionRow.article_id) == after, col(RevisionRow.is_newest) == true()
        )
    ).first()
    return None if row is None else _Cursor(row.id, row.dated_at, row.id in words.exact_among([row.id]))


def _first(
    session: Session,
    words: Words,
    topic: str,
    filters: Filters,
    exact: bool | None,
    begin: _Cursor | None,
    limit: int,
) -> list[int]:
    """The ids of the first ``limit`` Revisions that are found, by date, behind ``begin``."""
    if _is_of_many(session, words, topic, filters, exact):
        ids = _first_of_latest(session, words, topic, filters, exact, begin, limit)
        if ids is not None:
            return ids
    narrowed = _by_date(_narrowed(session, words, topic, filters, exact), begin)
    return list(session.execute(narrowed.limit(limit)).scalars())


def _is_of_many(session: Session, words: Words, topic: str, filters: Filters, exact: bool | None) -> bool:
    """Whether thousands of texts would be listed to show a few of them."""
    if exact is False or not words.query.terms:
        return False
    is_led = any(is_wanted for is_wanted, _ in small_sets(session, filters, topic))
    return not is_led and words.rare_ids(is_exact=bool(exact)) is None


def _first_of_latest(
    session: Session,
    words: Words,
    topic: str,
    filters: Filters,
    exact: bool | None,
    begin: _Cursor | None,
    limit: int,
) -> list[int] | None:
    """``_first`` among the Revisions with the words that were stored last.

    None where an earlier one may come before one of these by date, as after a backfill.
    """
    narrowed = _narrowed(session, words, topic, filters, exact, is_latest=True)
    narrowed = _by_date(narrowed.add_columns(col(RevisionRow.dated_at)), begin)
    rows = session.execute(narrowed.limit(limit)).all()
    if len(rows) < limit:
        return None
    earliest = min(words.latest_ids(is_exact=bool(exact))[:LATEST])
    before = _by_date(select(col(RevisionRow.id)).where(col(RevisionRow.is_newest) == true()), begin).where(
        col(RevisionRow.dated_at) >= rows[-1].dated_at,
        looked_into(session, RevisionRow.id) < earliest,
    )
    return None if session.execute(before.limit(1)).first() else [row.id for row in rows]


def _by_date(narrowed: Select[Any], begin: _Cursor | None) -> Select[Any]:
    """``narrowed``, the newest first, behind ``begin``."""
    if begin is not None:
        place = tuple_(col(RevisionRow.dated_at), col(RevisionRow.id))
        narrowed = narrowed.where(place < tuple_(begin.dated_at, begin.revision_id))
    return narrowed.order_by(col(RevisionRow.dated_at).desc(), col(RevisionRow.id).desc())


def _narrowed(
    session: Session,
    words: Words | None,
    topic: str,
    filters: Filters,
    exact: bool | None,
    *,
    is_latest: bool = False,
) -> Select[Any]:
    """The ids of the newest Revisions that are found, in no order; see ``search_filters`` for what leads.

    ``exact`` keeps those that have, or have not, the marks as typed; None both. ``is_latest`` keeps only the
    ``LATEST`` with the words that were stored last; the words are not rare then.
    """
    narrowed = select(col(RevisionRow.id)).where(
        col(RevisionRow.is_newest) == true(), *conditions(session, filters)
    )
    if filters.source is not None:
        narrowed = narrowed.join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
    leader, probe = col(RevisionRow.id), looked_into(session, RevisionRow.id)
    is_led = False
    for is_wanted, ids in small_sets(session, filters, topic):
        if not is_wanted:
            narrowed = narrowed.where(probe.not_in(ids))
        else:
            narrowed = narrowed.where((probe if is_led else leader).in_(ids))
            is_led = True
    if words is None:
        return narrowed
    if is_latest:
        # Beside a filter few of them may be found, and a walk by date would not end before the first text.
        latest = listed(session, words.latest_ids(is_exact=bool(exact))[:LATEST])
        return narrowed.where((leader if filters.given else probe).in_(latest))
    is_notable = filters.is_of_few
    narrowed = words.narrow(
        narrowed,
        is_exact=bool(exact),
        may_lead=not is_led,
        is_notable=is_notable,
        within=None if is_notable else id_span(session, filters),
    )
    return words.leave_exact(narrowed, is_notable=is_notable) if exact is False else narrowed


def _hits(
    session: Session,
    found: Sequence[tuple[int, bool | None]],
    words: Words,
    topic: str,
    *,
    has_snippets: bool,
) -> list[SearchHit]:
    flag_matches = (col(FlagRow.revision_id) == RevisionRow.id) & (col(FlagRow.topic) == topic)
    hits: list[SearchHit] = []
    for start in range(0, len(found), _BATCH):
        batch = dict(found[start : start + _BATCH])
        statement = (
            select(ArticleRow, RevisionRow, FlagRow, col(SourceRow.name))
            .select_from(RevisionRow)
            .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
            .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
            .outerjoin(FlagRow, flag_matches)
            .where(col(RevisionRow.id).in_(batch))
        )
        rows = {row[1].id: row for row in session.execute(statement)}
        as_typed = words.exact_among([id for id, exact in batch.items() if exact is None])
        for id, exact in batch.items():
            terms = words.query.terms if has_snippets else None
            hits.append(_hit(rows[id], terms, is_exact=exact or id in as_typed))
        session.expunge_all()  # their texts would stay until the end
    return hits


def _hit(result: Sequence[Any], terms: tuple[Term, ...] | None, *, is_exact: bool) -> SearchHit:
    article, revision_row, flag_row, source_name = result
    revision = revision_of(revision_row)
    return SearchHit(
        article_id=article.id,
        source=article.source,
        source_name=source_name,
        url=article.url,
        first_seen_at=article.first_seen_at,
        revision=revision,
        flag=flag_of(flag_row) if flag_row is not None else None,
        is_exact=is_exact,
        snippet=_NO_SNIPPET if terms is None else make_snippet(revision.judged_text, terms),
    )
