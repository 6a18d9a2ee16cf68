"""The outbox: each digest goes to each channel once, whatever is killed in between.

A delivery is queued in the transaction that freezes its digest. An attempt is claimed before it is
made and recorded after it, each in a transaction of its own, so that two processes never send the same
one at once, and an attempt whose process died is known and made again.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, or_, select

from storage.dialects import insert_missing
from storage.models import Moment, Value
from storage.tables import DeliveryAttemptRow, DeliveryRow, DigestRow

CLAIM_LASTS = timedelta(minutes=5)
"""Longer than any attempt takes; after it, an attempt that was not recorded counts as cut off."""
_CUT_OFF = "cut off before its outcome was known"


class DeliveryState(StrEnum):
    """How far one delivery is."""

    WAITING = "waiting"
    """To be tried at ``due_at``."""
    SENDING = "sending"
    """An attempt has begun; where its process died, it is tried again after ``due_at``."""
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Delivery(Value):
    """One digest on its way to one channel."""

    id: int
    on: date
    channel: str
    state: DeliveryState
    attempts: int
    due_at: Moment
    said: str | None
    """What the channel answered last, or why it was given up."""


def queue(session: Session, on: date, channels: Collection[str], now: datetime) -> int:
    """Queue the digest of ``on`` for ``channels``; those that have it already are left alone.

    Returns how many are new. Nothing where there is no such digest.
    """
    digest_id = session.exec(select(col(DigestRow.id)).where(DigestRow.on == on)).first()
    if digest_id is None:
        return 0
    rows = [
        {
            "digest_id": digest_id,
            "channel": channel,
            "state": DeliveryState.WAITING.value,
            "attempts": 0,
            "due_at": now,
            "said": None,
        }
        for channel in channels
    ]
    return insert_missing(session, DeliveryRow, rows, on=["digest_id", "channel"])


def claim(
    session: Session, now: datetime, *, on: date | None = None, tried: Collection[int] = ()
) -> Delivery | None:
    """Begin an attempt at the delivery that is due longest; None where none is.

    With ``on`` only the digest of that day counts, and what waits for its next attempt is due at once.
    Those whose ids are in ``tried`` are passed over.
    """
    is_due = col(DeliveryRow.due_at) <= now
    is_waiting = col(DeliveryRow.state) == DeliveryState.WAITING
    is_cut_off = (col(DeliveryRow.state) == DeliveryState.SENDING) & is_due
    query = select(DeliveryRow, col(DigestRow.on)).join(DigestRow).where(col(DeliveryRow.id).not_in(tried))
    if on is None:
        query = query.where(or_(is_waiting & is_due, is_cut_off))
    else:
        query = query.where(DigestRow.on == on, or_(is_waiting, is_cut_off))
    found = session.exec(query.order_by(col(DeliveryRow.due_at), col(DeliveryRow.id)).limit(1)).first()
    if found is None:
        return None
    row, day = found
    if row.state == DeliveryState.SENDING:
        row.said = _CUT_OFF
        _end_attempt(session, row, now, _CUT_OFF, is_delivered=None)
    row.state = DeliveryState.SENDING.value
    row.attempts += 1
    row.due_at = now + CLAIM_LASTS
    assert row.id is not None
    session.add(row)
    session.add(DeliveryAttemptRow(delivery_id=row.id, number=row.attempts, started_at=now))
    session.flush()
    return _delivery(row, day)


def record_delivered(session: Session, claimed: Delivery, now: datetime, said: str) -> None:
    """The attempt ``claimed`` went through."""
    row = _claimed_row(session, claimed)
    _end_attempt(session, row, now, said, is_delivered=True, number=claimed.attempts)
    row.state, row.said, row.due_at = DeliveryState.DELIVERED.value, said, now
    session.add(row)


def record_failed(
    session: Session, claimed: Delivery, now: datetime, said: str, next_at: datetime | None
) -> None:
    """The attempt ``claimed`` failed for the reason ``said``; ``next_at`` None gives the delivery up."""
    row = _claimed_row(session, claimed)
    _end_attempt(session, row, now, said, is_delivered=False, number=claimed.attempts)
    if row.attempts != claimed.attempts or row.state != DeliveryState.SENDING:
        return  # taken for cut off meanwhile: the later attempt decides
    row.state = (DeliveryState.GIVEN_UP if next_at is None else DeliveryState.WAITING).value
    row.said, row.due_at = said, next_at or now
    session.add(row)


def deliveries_of(session: Session, on: date) -> list[Delivery]:
    """How far the digest of ``on`` is, by channel."""
    return _deliveries(session, DigestRow.on == on)


def given_up(session: Session, since: datetime, until: datetime) -> list[Delivery]:
    """What was given up in the span, by day and channel."""
    return _deliveries(
        session,
        col(DeliveryRow.state) == DeliveryState.GIVEN_UP,
        col(DeliveryRow.due_at) >= since,
        col(DeliveryRow.due_at) < until,
    )


def _deliveries(session: Session, *where: object) -> list[Delivery]:
    query = select(DeliveryRow, col(DigestRow.on)).join(DigestRow).where(*where)  # type: ignore[arg-type]
    return [_delivery(row, on) for row, on in session.exec(query.order_by(DigestRow.on, DeliveryRow.channel))]  # type: ignore[arg-type]


def _claimed_row(session: Session, claimed: Delivery) -> DeliveryRow:
    return session.exec(select(DeliveryRow).where(DeliveryRow.id == claimed.id)).one()


def _end_attempt(
    session: Session,
    row: DeliveryRow,
    now: datetime,
    said: str,
    *,
    is_delivered: bool | None,
    number: int | None = None,
) -> None:
    attempt = session.get_one(DeliveryAttemptRow, (row.id, number or row.attempts))
    if attempt.ended_at is None or is_delivered is not None:
        attempt.ended_at, attempt.said, attempt.is_delivered = now, said, is_delivered
        session.add(attempt)


def _delivery(row: DeliveryRow, on: date) -> Delivery:
    assert row.id is not None
    return Delivery(
        id=row.id,
        on=on,
        channel=row.channel,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        said=row.said,
    )
