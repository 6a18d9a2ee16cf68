"""The search index: the words of each Revision, with and without their marks.

Both databases index the same words, split and folded here, so that a search finds the same on both:
their own tokenizers differ in hyphens, addresses and numbers, and neither folds đ.

Two tables of the same form: ``revision_search`` has every Revision, ``notable_search`` the few that reviewers
look for, flagged or judged, so that they are found and counted without a walk over all texts with a common
word. Both hold only what they derive from other tables and can be made anew.
"""

import re
from collections.abc import Collection, Iterable

from sqlalchemy import Select, bindparam, or_, text, true
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from storage.desk_tables import ReviewRow
from storage.dialects import IS_FLAGGED, is_postgresql, plain
from storage.folding import fold, to_nfc
from storage.models import Revision
from storage.tables import FlagRow, RevisionRow

INDEXED_CHARACTERS = 200_000
"""Only so much of a text can be found; PostgreSQL refuses more than 1 MB of words."""
_BATCH = 100
_WORD = re.compile(r"[^\W_]{1,500}")  # PostgreSQL refuses words over 2,046 bytes

ALL, NOTABLE = "revision_search", "notable_search"
"""The tables."""
_REVISION = plain(RevisionRow)


def id_column(session: Session) -> str:
    """The column of both tables that has the Revision's id."""
    return "revision_id" if is_postgresql(session) else "rowid"


def folded_words(passage: str) -> list[str]:
    """The words of ``passage``, folded: lower case, without marks, đ as d."""
    return _WORD.findall(fold(passage))


def marked_words(passage: str) -> list[str]:
    """The words of ``passage`` with their marks, in NFC and lower case."""
    return _WORD.findall(to_nfc(passage).lower())


def index_revisions(session: Session, revisions: Iterable[tuple[int, Revision]]) -> None:
    """Make title, lead and text of new Revisions, each with its id, findable."""
    _index(session, ALL, ((id, item.title, item.lead, item.text) for id, item in revisions))


def index_notable(session: Session, revision_ids: Collection[int]) -> None:
    """Make these Revisions findable among the notable; those that are there already stay as they are.

    To be called where a Revision is flagged or judged. One that no longer is so may stay: who searches
    among the notable asks for more than words.
    """
    wanted = sorted(set(revision_ids) - _found_notable(session, revision_ids))
    for start in range(0, len(wanted), _BATCH):
        texts = select(_REVISION.c.id, _REVISION.c.title, _REVISION.c.lead, _REVISION.c.text).where(
            _REVISION.c.id.in_(wanted[start : start + _BATCH])
        )
        _index(session, NOTABLE, session.connection().execute(texts))


def succeed_notable(session: Session, successors: dict[int, int]) -> None:
    """Where a Revision, a key, is notable, the one that took its place as its Article's newest is so too."""
    notable = _found_notable(session, successors)
    for before, after in successors.items():  # in their order: one may be followed by a third
        if before in notable:
            notable.add(after)
    index_notable(session, notable)


def _found_notable(session: Session, revision_ids: Collection[int]) -> set[int]:
    column = id_column(session)
    query = text(f"SELECT {column} FROM {NOTABLE} WHERE {column} IN :ids")  # noqa: S608 - names of ours
    query = query.bindparams(bindparam("ids", expanding=True))
    ids, found = sorted(revision_ids), set()
    for start in range(0, len(ids), _BATCH):
        found |= set(session.connection().execute(query, {"ids": ids[start : start + _BATCH]}).scalars())
    return found


def _index(session: Session, table: str, texts: Iterable[tuple[int, str, str, str]]) -> None:
    write = _as_tsvector if is_postgresql(session) else " ".join
    rows = [
        {"id": id, "folded": write(folded), "marked": write(marked)}
        for id, *parts in texts
        for folded, marked in [words_of(*parts)]
    ]
    kind = "tsvector" if is_postgresql(session) else "text"
    if rows:
        statement = text(
            f"INSERT INTO {table} ({id_column(session)}, folded, marked) "  # noqa: S608 - names of ours
            f"VALUES (:id, CAST(:folded AS {kind}), CAST(:marked AS {kind}))"
        )
        session.connection().execute(statement, rows)


def words_of(title: str, lead: str, body: str) -> tuple[list[str], list[str]]:
    """What is indexed of a text: its words folded, and with their marks."""
    passage = "\n".join((title, lead, body))[:INDEXED_CHARACTERS]
    return folded_words(passage), marked_words(passage)


def _as_tsvector(words: list[str]) -> str:
    """The tsvector's written form; PostgreSQL's own parser leaves out words such as ²."""
    return " ".join(f"'{word}':{position}" for position, word in enumerate(words, start=1))


def is_search_index_whole(session: Session) -> bool:
    """Whether every Revision is in the index, and the index agrees with itself. Needs a write session."""
    found = session.execute(text("SELECT count(*) FROM revision_search")).scalar_one()
    if found != session.execute(text("SELECT count(*) FROM revision")).scalar_one():
        return False
    notable = set(session.execute(_notable()).scalars())
    if notable != _found_notable(session, notable):
        return False
    if is_postgresql(session):
        return True
    try:
        for table in (ALL, NOTABLE):
            session.execute(text(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"))  # noqa: S608
    except DatabaseError:
        return False
    return True


def rebuild_search_index(session: Session) -> int:
    """Index every Revision anew, after the folding or the splitting has changed; returns how many."""
    for table in (ALL, NOTABLE):
        clear = f"INSERT INTO {table} ({table}) VALUES ('delete-all')"  # noqa: S608 - names of ours
        session.execute(text(f"DELETE FROM {table}" if is_postgresql(session) else clear))  # noqa: S608
    count = 0
    columns = (_REVISION.c.id, _REVISION.c.title, _REVISION.c.lead, _REVISION.c.text)
    query = select(*columns).order_by(_REVISION.c.id).execution_options(yield_per=_BATCH)
    for rows in session.execute(query).partitions():
        _index(session, ALL, rows)
        count += len(rows)
    index_all_notable(session)
    return count


def index_all_notable(session: Session) -> None:
    """Make every notable Revision findable among the notable."""
    index_notable(session, session.execute(_notable()).scalars().all())


def _notable() -> Select[tuple[int]]:
    """The newest Revisions that are flagged, or of whose Article a person said something."""
    flagged = select(col(FlagRow.revision_id)).where(IS_FLAGGED)
    said = select(col(ReviewRow.article_id))
    return select(_REVISION.c.id).where(
        _REVISION.c.is_newest == true(),
        or_(_REVISION.c.id.in_(flagged), _REVISION.c.article_id.in_(said)),
    )
