"""Facets: how many Articles of a search have each source, language, province, grade and verdict.

A value's count ignores the filter of its own facet, so that a reader sees what another choice would give.
Articles that are flagged or judged are few and counted one by one; the others are counted by source and
language in SQL, at most ``MOST_COUNTED`` of them: those stored last.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlmodel import Session, col

from storage.models import Value
from storage.reviews import verdict_of
from storage.search_filters import (
    LATEST,
    Filters,
    Words,
    conditions,
    id_span,
    listed,
    looked_into,
    small_sets,
)
from storage.tables import ArticleRow, FlagRow, PlaceMentionRow, RevisionRow

FACETS = ("grade", "verdict", "source", "language", "province")
MOST_COUNTED = LATEST


class FacetValue(Value):
    """One value of a facet: Articles that have it, and pass all filters but those of its facet."""

    value: str
    count: int
    is_whole: bool = True
    """False where ``count`` is the least that there are."""


class Facets(Value):
    """The counts of one search."""

    total: int
    """Articles found."""
    is_whole: bool
    """False where ``total`` is the least that there are, since more were found than are counted."""
    values: dict[str, tuple[FacetValue, ...]]
    """For each of FACETS, the commonest first; grades and verdicts in their own order."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """Articles that are alike in everything that is counted."""

    values: Mapping[str, Collection[str]]
    """Those of each of FACETS."""
    count: int = 1
    is_of_others: bool = False

    def passes(self, facet: str, wanted: str) -> bool:
        if facet == "grade" and wanted == "flagged":
            return "0" not in self.values["grade"]
        return wanted in self.values[facet]


def count_facets(session: Session, query: str | Words, topic: str, filters: Filters) -> Facets:
    """The counts of the search for ``query`` with ``filters``; see ``storage.search.search``."""
    words = query if isinstance(query, Words) else Words(session, query)
    is_vain = bool(words.query.terms) and words.rare_ids() == []
    if is_vain or not (words.query or filters.given):
        return Facets(total=0, is_whole=True, values=dict.fromkeys(FACETS, ()))
    notable = _notable(session, words, topic, filters)
    others, is_whole = _others(session, words, topic, filters, notable)
    wanted = {facet: value for facet in FACETS if (value := getattr(filters, facet)) is not None}
    total, values = 0, {}
    counts: dict[str, dict[str, int]] = {facet: defaultdict(int) for facet in FACETS}
    partly: set[tuple[str, str]] = set()
    for cell in [*notable.values(), *others]:
        failed = [facet for facet, value in wanted.items() if not cell.passes(facet, value)]
        if not failed:
            total += cell.count
        for facet in FACETS if not failed else failed if len(failed) == 1 else ():
            of_facet = counts[facet]
            for value in cell.values[facet]:
                of_facet[value] += cell.count
            if cell.is_of_others and not is_whole:
                partly.update((facet, value) for value in cell.values[facet])
    for facet in FACETS:
        ordered = sorted(counts[facet].items(), key=lambda item: _order(facet, *item))
        values[facet] = tuple(
            FacetValue(value=value, count=count, is_whole=(facet, value) not in partly)
            for value, count in ordered
        )
    return Facets(total=total, is_whole=is_whole or filters.is_of_few, values=values)


def _order(facet: str, value: str, count: int) -> tuple[Any, ...]:
    if facet == "grade":
        return (-int(value),)
    if facet == "verdict":
        return (("confirmed", "rejected", "unsure", "unjudged").index(value),)
    return (-count, value)


def _notable(session: Session, words: Words, topic: str, filters: Filters) -> dict[int, _Cell]:
    """The Articles that are flagged or judged, by their newest text, with all filters but those of FACETS."""
    columns = (
        col(RevisionRow.id),
        col(ArticleRow.source),
        col(RevisionRow.language),
        func.coalesce(FlagRow.grade, 0),
        verdict_of(RevisionRow.article_id),
        col(PlaceMentionRow.today),
    )
    statement: Any = (
        select(*columns)
        .select_from(RevisionRow)
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .outerjoin(FlagRow, (col(FlagRow.revision_id) == RevisionRow.id) & (col(FlagRow.topic) == topic))
        .outerjoin(PlaceMentionRow, col(PlaceMentionRow.revision_id) == RevisionRow.id)
        .where(col(RevisionRow.is_newest) == true(), col(RevisionRow.id).in_(words.notable_ids()))
    )
    statement = _with_rest(session, statement, topic, filters)
    cells: dict[int, _Cell] = {}
    provinces: dict[int, set[str]] = defaultdict(set)
    # Fetched at once: one row after another takes twice the time.
    for id, source, language, grade, verdict, today in session.connection().execute(statement).all():
        if today is not None:
            provinces[id].add(today)
        if grade or verdict:  # some in the index no longer are either
            cells[id] = _cell(source, language, str(grade), verdict or "unjudged", provinces[id])
    return cells


def _cell(
    source: str,
    language: str,
    grade: str = "0",
    verdict: str = "unjudged",
    provinces: Collection[str] = (),
    **counted: Any,
) -> _Cell:
    values = {"grade": (grade,), "verdict": (verdict,), "source": (source,), "language": (language,)}
    return _Cell({**values, "province": provinces}, **counted)


def _with_rest(session: Session, statement: Select[Any], topic: str, filters: Filters) -> Select[Any]:
    """``statement`` with the filters that have no facet."""
    rest = filters.without(*FACETS)
    probe = looked_into(session, RevisionRow.id)
    statement = statement.where(*conditions(session, rest))
    for _, ids in small_sets(session, rest, topic):
        statement = statement.where(probe.in_(ids))
    return statement


def _others(
    session: Session, words: Words, topic: str, filters: Filters, notable: Collection[int]
) -> tuple[list[_Cell], bool]:
    """The Articles that are not ``notable``, by source and language, and whether that is all of them."""
    if filters.province or filters.firm or filters.document:
        return [], True  # only flagged texts are read for those
    is_within = filters.since is not None or filters.until is not None
    counted: Any = select(col(RevisionRow.id), col(RevisionRow.article_id), col(RevisionRow.language))
    counted = counted.where(col(RevisionRow.is_newest) == true())
    is_whole = True
    if words.query.terms and not is_within and words.rare_ids() is None:
        latest = words.latest_ids()
        others = [id for id in latest[:MOST_COUNTED] if id not in notable]
        counted = counted.where(col(RevisionRow.id).in_(listed(session, others)))
        is_whole = len(latest) <= MOST_COUNTED
    else:
        counted = _with_rest(session, counted, topic, filters)
        counted = words.narrow(counted, within=id_span(session, filters))
        counted = counted.where(looked_into(session, RevisionRow.id).not_in(listed(session, notable)))
        counted = counted.order_by(col(RevisionRow.dated_at).desc()).limit(MOST_COUNTED)
    texts = counted.subquery("texts")
    statement = (
        select(col(ArticleRow.source), texts.c.language, func.count().label("number"))
        .select_from(texts)
        .join(ArticleRow, col(ArticleRow.id) == texts.c.article_id)
        .group_by(col(ArticleRow.source), texts.c.language)
    )
    cells = [
        _cell(row.source, row.language, count=row.number, is_of_others=True)
        for row in session.execute(statement).all()
    ]
    return cells, is_whole and sum(cell.count for cell in cells) < MOST_COUNTED
