"""The outlines of digests, for a calendar: what their bodies say of themselves, without their stories."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from storage.models import Moment, Value
from storage.tables import DigestRow

_PARTS = ("due_at", "counts", "pauses")


class DigestOutline(Value):
    """A frozen digest without its stories; the parts are as its body has them, None where it lacks one."""

    on: date
    built_at: Moment
    since: Moment
    until: Moment
    parts: dict[str, Any]
    """due_at, counts and pauses."""


def digest_outlines(session: Session, first: date, last: date) -> list[DigestOutline]:
    """The digests of the local days from ``first`` to ``last``, both included, in order."""
    on = col(DigestRow.on)
    columns = (on, col(DigestRow.built_at), col(DigestRow.since), col(DigestRow.until))
    parts = [col(DigestRow.body)[name].label(name) for name in _PARTS]
    query = select(*columns, *parts).where(on >= first, on <= last).order_by(on)
    return [
        DigestOutline(
            on=row.on,
            built_at=row.built_at,
            since=row.since,
            until=row.until,
            parts={name: getattr(row, name) for name in _PARTS},
        )
        for row in session.execute(query)
    ]


def digest_span(session: Session) -> tuple[date, date] | None:
    """The first and the last local day with a digest; None before the first one."""
    first, last = session.execute(select(func.min(DigestRow.on), func.max(DigestRow.on))).one()
    return None if first is None else (_day(first), _day(last))


def neighbours(session: Session, on: date) -> tuple[date | None, date | None]:
    """The last day with a digest before ``on``, and the first one after it."""
    day = col(DigestRow.on)
    earlier = session.execute(select(func.max(day)).where(day < on)).scalar()
    later = session.execute(select(func.min(day)).where(day > on)).scalar()
    return (None if earlier is None else _day(earlier), None if later is None else _day(later))


def _day(on: date | datetime | str) -> date:
    return date.fromisoformat(on) if isinstance(on, str) else date(on.year, on.month, on.day)
