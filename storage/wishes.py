"""What the pages ask of the service, and what the service tells them: they share only the database."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from storage.desk_tables import PlannedPollRow, WishRow
from storage.models import Moment, Value
from storage.tables import SourceRow


class WishKind(StrEnum):
    """What can be asked for."""

    POLL = "poll"
    """Read the Source now."""
    REPLAY = "replay"
    """Read its quarantined pages again."""


class WishOutcome(StrEnum):
    """How a wish ended."""

    DONE = "done"
    FAILED = "failed"
    """It broke off, or nothing could be read."""
    REFUSED = "refused"
    """Not possible at present."""


class Wish(Value):
    """Something that was asked for one Source."""

    id: int
    kind: WishKind
    source: str
    asked_by: str
    """Empty where nobody signs in."""
    asked_at: Moment
    taken_at: Moment | None
    """When the service began; None while it waits."""
    ended_at: Moment | None
    outcome: WishOutcome | None
    facts: dict[str, str | int]
    """What it came to. A poll: listed, requests, reason. A replay: pages, read, lost. Else: reason."""


class PlannedPoll(Value):
    """When the service means to poll a Source next."""

    at: Moment
    why: str
    """In English."""


def ask(session: Session, kind: WishKind, source: str, asked_by: str, now: datetime) -> Wish | None:
    """Keep a wish; the one that waits or is being granted already, where there is one.

    None where there is no such Source.
    """
    if session.get(SourceRow, source) is None:
        return None
    query = (
        select(WishRow)
        .where(WishRow.source == source, WishRow.kind == kind.value, col(WishRow.ended_at).is_(None))
        .order_by(col(WishRow.id))
        .limit(1)
    )
    row = session.exec(query).first()
    if row is None:
        row = WishRow(kind=kind.value, source=source, asked_by=asked_by, asked_at=now)
        session.add(row)
        session.flush()
    return _wish(row)


def take(session: Session, now: datetime) -> Wish | None:
    """The wish that has waited longest, which the caller now grants; None where none waits."""
    query = select(WishRow).where(col(WishRow.taken_at).is_(None)).order_by(col(WishRow.id)).limit(1)
    row = session.exec(query).first()
    if row is None:
        return None
    row.taken_at = now
    session.add(row)
    session.flush()
    return _wish(row)


def is_waiting(session: Session) -> bool:
    """Whether a wish waits to be taken."""
    return (
        session.exec(select(WishRow.id).where(col(WishRow.taken_at).is_(None)).limit(1)).first() is not None
    )


def end(
    session: Session, wish_id: int, outcome: WishOutcome, facts: dict[str, str | int], now: datetime
) -> None:
    """Keep how a wish ended."""
    row = session.get_one(WishRow, wish_id)
    row.outcome, row.facts, row.ended_at = outcome.value, facts, now
    session.add(row)
    session.flush()


def give_back(session: Session) -> None:
    """Let wishes wait again that were taken by a service that has ended since."""
    query = select(WishRow).where(col(WishRow.taken_at).is_not(None), col(WishRow.ended_at).is_(None))
    for row in session.exec(query):
        row.taken_at = None
        session.add(row)
    session.flush()


def wishes_of(session: Session, source: str, limit: int) -> list[Wish]:
    """What was asked for ``source``, the newest first."""
    query = select(WishRow).where(WishRow.source == source).order_by(col(WishRow.id).desc()).limit(limit)
    return [_wish(row) for row in session.exec(query)]


def note_planned(session: Session, source: str, at: datetime, why: str) -> None:
    """Keep when ``source`` is polled next, in place of the former plan."""
    row = session.get(PlannedPollRow, source) or PlannedPollRow(source=source, at=at, why=why)
    row.at, row.why = at, why
    session.add(row)
    session.flush()


def forget_planned(session: Session, source: str) -> None:
    """``source`` is not to be polled."""
    row = session.get(PlannedPollRow, source)
    if row is not None:
        session.delete(row)
        session.flush()


def planned_polls(session: Session) -> dict[str, PlannedPoll]:
    """The next poll of each Source that has one, by id."""
    return {row.source: PlannedPoll(at=row.at, why=row.why) for row in session.exec(select(PlannedPollRow))}


def _wish(row: WishRow) -> Wish:
    return Wish.model_validate(row.model_dump())
