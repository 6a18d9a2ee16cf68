"""What narrows a search: the words, as each database looks them up, and the filters, as SQL.

Sets of ids that are small, such as the flagged texts of one province, lead a search; the others are only
looked into, for which SQLite must be kept from walking them (``looked_into``).
"""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
)
from sqlmodel import Session, col

from storage.dialects import is_postgresql
from storage.models import Value
from storage.reviews import latest_verdicts
from storage.search_index import ALL, NOTABLE, id_column, words_of
from storage.search_text import Query, Term, parse_query
from storage.tables import (
    ArticleRow,
    DocumentMentionRow,
    EnterpriseMentionRow,
    FlagRow,
    PlaceMentionRow,
    RevisionRow,
)

Grade = Literal["2", "1", "0", "flagged"]
"""``flagged`` is 2 or 1; 0 includes texts that are not judged yet."""
Judged = Literal["confirmed", "rejected", "unsure", "unjudged"]
GRADES: tuple[Grade, ...] = ("2", "1", "flagged", "0")
VERDICTS: tuple[Judged, ...] = ("confirmed", "rejected", "unsure", "unjudged")


RARE = 1000
"""So many texts with the words lead a search; more are looked into while walking by date."""
LATEST = 2000
"""Of texts with common words, those stored last are looked at first, and counted one by one."""
_LARGE = 2000
_FEW = 30


class Filters(Value):
    """What else must hold of an Article; None where anything may."""

    since: datetime | None = None
    """Least time of publication, or of first sight where that is unknown."""
    until: datetime | None = None
    """Exclusive."""
    source: str | None = None
    language: str | None = None
    """ISO 639-1."""
    province: str | None = None
    """One of today's units; only flagged texts are read for places."""
    grade: Grade | None = None
    verdict: Judged | None = None
    """The latest that a reviewer gave the Article."""
    firm: str | None = None
    """A firm's key in the register."""
    document: str | None = None
    """A Party document's key in the register."""

    @property
    def given(self) -> tuple[str, ...]:
        """The names of those that narrow."""
        return tuple(name for name in Filters.model_fields if getattr(self, name) is not None)

    def without(self, *names: str) -> "Filters":
        """These filters but for those of ``names``."""
        return self.model_copy(update=dict.fromkeys(names))

    @property
    def is_of_few(self) -> bool:
        """Whether only flagged or judged Articles can pass."""
        few = (self.province, self.firm, self.document)
        is_judged = self.verdict not in (None, "unjudged")
        return any(few) or is_judged or self.grade in ("2", "1", "flagged")


# ---- words


def with_words(
    session: Session,
    query: Query,
    name: str,
    *,
    is_exact: bool = False,
    is_notable: bool = False,
    newest: int | None = None,
    within: tuple[int, int] | None = None,
) -> CTE:
    """The ids of the Revisions that have all words of ``query`` and none of the excluded, as a CTE ``name``.

    ``is_exact`` asks for the marks as typed. ``is_notable``: only those that are flagged or judged, and
    perhaps some others. ``newest`` keeps only so many, those stored last; ``within`` is the least and the
    greatest id to look at. The query has a term. MATERIALIZED on PostgreSQL, which otherwise walks all
    Revisions by date to find a rare phrase.
    """
    column = "marked" if is_exact else "folded"
    if is_postgresql(session):
        sought, values = _postgresql_condition(query, column, name, NOTABLE if is_notable else ALL)
    else:
        sought, values = _fts5_expression(query, column), {}
    tail, id = "", id_column(session)
    if within is not None:
        tail = f" AND {id} BETWEEN :{name}_least AND :{name}_greatest"
        values |= {f"{name}_least": within[0], f"{name}_greatest": within[1]}
    if newest is not None:
        # + 0: PostgreSQL would walk back through the ids and read every text's vector.
        order = f"{id} + 0" if is_postgresql(session) else id
        tail, values[f"{name}_newest"] = f"{tail} ORDER BY {order} DESC LIMIT :{name}_newest", newest
    return _looked_up(session, name, sought, values, tail, is_notable=is_notable)


def without_words(session: Session, query: Query, name: str, *, is_notable: bool = False) -> CTE:
    """The ids of the Revisions that have one of the excluded words of ``query``, as a CTE."""
    if is_postgresql(session):
        sought, values = _postgresql_excluded(query, name)
    else:
        sought, values = _fts5_excluded(query), {}
    return _looked_up(session, name, sought, values, "", is_notable=is_notable)


def _looked_up(
    session: Session, name: str, sought: str, values: dict[str, Any], tail: str, *, is_notable: bool
) -> CTE:
    """What one look into an index finds: PostgreSQL's condition is ``sought``, FTS5's its expression."""
    table, condition = NOTABLE if is_notable else ALL, sought
    if not is_postgresql(session):
        condition, values = f"{table} MATCH :{name}_sought", values | {f"{name}_sought": sought}
    statement = text(f"SELECT {id_column(session)} AS id FROM {table} WHERE {condition}{tail}")  # noqa: S608
    found = statement.bindparams(**values).columns(id=Integer)
    return found.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


# Words only, letters and digits: nothing in them needs escaping.


def _fts5_expression(query: Query, column: str) -> str:
    phrases = " AND ".join(f'"{" ".join(getattr(term, column))}"' for term in query.terms)
    wanted = f"({{{column}}} : ({phrases}))"
    return f"{wanted} NOT ({_fts5_excluded(query)})" if query.excluded else wanted


def _fts5_excluded(query: Query) -> str:
    return " OR ".join(f'{{{_column(term)}}} : "{" ".join(_spelt(term))}"' for term in query.excluded)


def _postgresql_condition(query: Query, column: str, name: str, table: str) -> tuple[str, dict[str, Any]]:
    sought = " & ".join(_tsquery(getattr(term, column)) for term in query.terms)
    condition, values = f"{column} @@ CAST(:{name}_sought AS tsquery)", {f"{name}_sought": sought}
    if query.excluded:
        excluded, more = _postgresql_excluded(query, name)
        # A set from the index, and not a second look at each vector with the words.
        without = f"revision_id NOT IN (SELECT revision_id FROM {table} WHERE {excluded})"  # noqa: S608 - ours
        return f"{condition} AND {without}", values | more
    return condition, values


def _postgresql_excluded(query: Query, name: str) -> tuple[str, dict[str, Any]]:
    conditions, values = [], {}
    for number, term in enumerate(query.excluded):
        conditions.append(f"{_column(term)} @@ CAST(:{name}_excluded_{number} AS tsquery)")
        values[f"{name}_excluded_{number}"] = _tsquery(_spelt(term))
    return " OR ".join(conditions), values


def _tsquery(words: tuple[str, ...]) -> str:
    return "(" + " <-> ".join(f"'{word}'" for word in words) + ")"


def _column(term: Term) -> str:
    return "marked" if term.has_marks else "folded"


def _spelt(term: Term) -> tuple[str, ...]:
    return term.marked if term.has_marks else term.folded


class Words:
    """A query in one session: the ids of rare texts with its words are looked up once and kept."""

    def __init__(self, session: Session, query: str | Query) -> None:
        self.session = session
        self.query = parse_query(query) if isinstance(query, str) else query
        self._latest: dict[bool, list[int]] = {}
        if is_postgresql(session):
            # The vectors lie beside the table: reading them costs a hundred times what the planner believes.
            session.execute(text("SET LOCAL enable_seqscan = off"))

    def rare_ids(self, *, is_exact: bool = False) -> list[int] | None:
        """The ids of all Revisions with the words; None where there are more than ``RARE``."""
        ids = self.latest_ids(is_exact=is_exact)
        return ids if len(ids) <= RARE else None

    def latest_ids(self, *, is_exact: bool = False) -> list[int]:
        """The ids of the Revisions with the words that were stored last, up to one more than ``LATEST``."""
        if is_exact and is_exact not in self._latest:
            found = self.rare_ids()
            if found is not None and len(found) <= _FEW and any(term.is_phrase for term in self.query.terms):
                self._latest[is_exact] = self._as_typed(found)
        if is_exact not in self._latest:
            latest = with_words(self.session, self.query, "latest", is_exact=is_exact, newest=LATEST + 1)
            query = select(latest.c.id)
            self._latest[is_exact] = [id for (id,) in self.session.execute(query).all()]
        return self._latest[is_exact]

    def _as_typed(self, ids: Collection[int]) -> list[int]:
        """Those of these Revisions, which have the words, that have them with the marks as typed.

        Read here: for a rare phrase of common words both databases walk through all texts with its words.
        """
        columns = (col(RevisionRow.id), col(RevisionRow.title), col(RevisionRow.lead), col(RevisionRow.text))
        wanted = [f" {' '.join(term.marked)} " for term in self.query.terms]
        found = set()
        for id, *parts in self.session.execute(select(*columns).where(columns[0].in_(ids))).all():
            _, marked = words_of(*parts)
            if all(words in f" {' '.join(marked)} " for words in wanted):
                found.add(id)
        return [id for id in ids if id in found]

    def notable_ids(self) -> Select[Any] | CompoundSelect[Any]:
        """The ids of the Revisions with the words and without the excluded that are flagged or judged, and
        of some that no longer are either.
        """
        if self.query.terms:
            found = with_words(self.session, self.query, "notable", is_notable=True)
            return select(found.c.id)
        every = text(f"SELECT {id_column(self.session)} AS id FROM {NOTABLE}")  # noqa: S608 - names of ours
        ids = select(every.columns(id=Integer).subquery().c.id)
        if self.query.excluded:
            excluded = without_words(self.session, self.query, "excluded", is_notable=True)
            return ids.except_(select(excluded.c.id))
        return ids

    def narrow(
        self,
        statement: Select[Any],
        *,
        is_exact: bool = False,
        may_lead: bool = True,
        is_notable: bool = False,
        within: tuple[int, int] | None = None,
    ) -> Select[Any]:
        """``statement``, over ``revision``, with the words and without the excluded.

        The words lead it where they are rare, unless another set does already. ``is_notable`` says that
        the statement asks for flagged or judged texts only: they have an index of their own. ``within`` has
        the ids of all that can be found: see ``id_span``.
        """
        probe = looked_into(self.session, RevisionRow.id)
        if self.query.terms and is_notable:
            found = with_words(self.session, self.query, "found", is_exact=is_exact, is_notable=True)
            return statement.where(probe.in_(select(found.c.id)))
        if self.query.terms:
            ids = self.rare_ids(is_exact=is_exact)
            if ids is not None:
                return statement.where((col(RevisionRow.id) if may_lead else probe).in_(ids))
            found = with_words(self.session, self.query, "found", is_exact=is_exact, within=within)
            return statement.where(probe.in_(select(found.c.id)))
        if self.query.excluded:
            found = without_words(self.session, self.query, "excluded", is_notable=is_notable)
            return statement.where(probe.not_in(select(found.c.id)))
        return statement

    def leave_exact(self, statement: Select[Any], *, is_notable: bool = False) -> Select[Any]:
        """``statement`` without the Revisions that have the words with the marks as typed."""
        ids = None if is_notable else self.rare_ids(is_exact=True)
        probe = looked_into(self.session, RevisionRow.id)
        if ids is not None:
            return statement.where(probe.not_in(ids))
        found = with_words(self.session, self.query, "as_typed", is_exact=True, is_notable=is_notable)
        return statement.where(probe.not_in(select(found.c.id)))

    def exact_among(self, ids: Collection[int]) -> set[int]:
        """Those of these Revisions, which have the words, that have them with the marks as typed."""
        if not self.query.has_marks:
            return set(ids)
        rare = self.rare_ids(is_exact=True)
        if rare is not None:
            return set(ids).intersection(rare)
        exact = with_words(self.session, self.query, "among", is_exact=True)
        return set(self.session.execute(select(exact.c.id).where(exact.c.id.in_(ids))).scalars())


# ---- filters


def name_of(session: Session, field: str, value: Any) -> Any:
    """What a filter's ``value`` is called: a firm or document as first spelt; all others are their names."""
    for name, table in (("firm", EnterpriseMentionRow), ("document", DocumentMentionRow)):
        if field == name:
            exact = select(col(table.exact)).where(col(table.key) == value)
            return session.execute(exact.order_by(col(table.revision_id)).limit(1)).scalar() or value
    return value


def conditions(session: Session, filters: Filters) -> list[ColumnElement[bool]]:
    """Those filters that are facts of the Revision or the Article themselves."""
    found: list[ColumnElement[bool]] = []
    if filters.since is not None:
        found.append(col(RevisionRow.dated_at) >= filters.since)
    if filters.until is not None:
        found.append(col(RevisionRow.dated_at) < filters.until)
    if filters.source is not None:
        source = col(ArticleRow.source)
        found.append((source + "" if _is_large(session, filters.source) else source) == filters.source)
    if filters.language is not None:
        found.append(col(RevisionRow.language) == filters.language)
    return found


def id_span(session: Session, filters: Filters) -> tuple[int, int] | None:
    """The least and the greatest id of a Revision that has a date as wanted; None where any may have it.

    Ids follow the dates but for backfills, so SQLite reads a month's part of a word's list. PostgreSQL would
    read those Revisions to know their ids.
    """
    if is_postgresql(session) or (filters.since is None and filters.until is None):
        return None
    dates = conditions(session, Filters(since=filters.since, until=filters.until))
    least, greatest = session.execute(
        select(func.min(col(RevisionRow.id)), func.max(col(RevisionRow.id))).where(*dates)
    ).one()
    return (least, greatest) if least is not None else (0, 0)


def _is_large(session: Session, source: str) -> bool:
    """Whether SQLite should rather walk by date than through all of a Source's Articles."""
    if is_postgresql(session):
        return False
    some = select(col(ArticleRow.id)).where(col(ArticleRow.source) == source).limit(_LARGE + 1).subquery()
    return int(session.execute(select(func.count()).select_from(some)).scalar_one()) > _LARGE


def small_sets(session: Session, filters: Filters, topic: str) -> Iterator[tuple[bool, Select[Any]]]:
    """The other filters as sets of ids of Revisions, the smallest first; False where none may be in it."""
    for table, column, value in (
        (DocumentMentionRow, DocumentMentionRow.key, filters.document),
        (EnterpriseMentionRow, EnterpriseMentionRow.key, filters.firm),
        (PlaceMentionRow, PlaceMentionRow.today, filters.province),
    ):
        if value is not None:
            yield True, select(col(table.revision_id)).where(col(column) == value)
    if filters.verdict is not None:
        said = latest_verdicts()
        judged = (
            select(col(RevisionRow.id))
            .join(said, said.c.article_id == RevisionRow.article_id)
            .where(col(RevisionRow.is_newest) == true())
        )
        if filters.verdict == "unjudged":
            yield False, judged.where(said.c.said != "")
        else:
            yield True, judged.where(said.c.said == filters.verdict)
    if filters.grade is not None:
        flagged = flagged_revisions(topic)
        if filters.grade in ("1", "2"):
            flagged = flagged.where(col(FlagRow.grade) == int(filters.grade))
        yield filters.grade != "0", flagged


def flagged_revisions(topic: str) -> Select[Any]:
    """The ids of the Revisions that are flagged on ``topic``."""
    return select(col(FlagRow.revision_id)).where(col(FlagRow.topic) == topic, col(FlagRow.grade) > 0)


def listed(session: Session, ids: Collection[int]) -> Any:
    """``ids`` for ``IN``: one parameter, however many they are."""
    if is_postgresql(session):
        return select(func.unnest(literal(list(ids), ARRAY(Integer))))
    return select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value)


def looked_into(session: Session, column: Any) -> Any:
    """The column for ``IN`` a set that must not lead: SQLite takes any set for a small one."""
    return col(column) if is_postgresql(session) else col(column) + literal_column("0")
