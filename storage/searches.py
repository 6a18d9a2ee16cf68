"""Saved searches: what somebody looks for again and again, by name."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.desk_tables import SavedSearchRow
from storage.dialects import insert_missing
from storage.models import Moment, Value

LONGEST_NAME = 80
"""Code points."""
MOST_SAVED = 30
"""By one person; each costs a search where they are listed."""


class SavedSearch(Value):
    """A search that somebody keeps."""

    id: int
    name: str
    query: str
    """The query part of its address."""
    made_at: Moment


def save_search(session: Session, owner: str, name: str, query: str, now: datetime) -> bool:
    """Keep a search under a name, in place of the owner's other one of that name.

    False where the name is empty or the owner has ``MOST_SAVED`` already.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    known = {saved.name for saved in saved_searches(session, owner)}
    if not name or (name not in known and len(known) >= MOST_SAVED):
        return False
    facts = {"owner": owner, "name": name, "query": query, "made_at": now}
    if not insert_missing(session, SavedSearchRow, [facts], on=["owner", "name"]):
        session.execute(
            update(SavedSearchRow)
            .where(col(SavedSearchRow.owner) == owner, col(SavedSearchRow.name) == name)
            .values(query=query, made_at=now)
        )
    return True


def saved_searches(session: Session, owner: str) -> list[SavedSearch]:
    """What ``owner`` keeps, by name."""
    rows = session.exec(
        select(SavedSearchRow).where(SavedSearchRow.owner == owner).order_by(col(SavedSearchRow.name))
    )
    return [SavedSearch.model_validate(row.model_dump(exclude={"owner"})) for row in rows]


def forget_search(session: Session, owner: str, id: int) -> None:
    """Take one of ``owner``'s away; nothing where it is somebody else's, or gone."""
    session.execute(
        delete(SavedSearchRow).where(col(SavedSearchRow.id) == id, col(SavedSearchRow.owner) == owner)
    )
