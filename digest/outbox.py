"""Working the outbox off: claim, deliver, record; until nothing is due."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from digest.delivery.channel import Channel, DeliveryFailed
from digest.desk import frozen_digest
from digest.errors import DigestError
from storage import outbox
from storage.database import Database
from storage.outbox import Delivery, DeliveryState

logger = logging.getLogger(__name__)

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 4, 10, 30, 60, 120, 240, 480))
"""Between attempts; after the last one, some sixteen hours on, the delivery is given up and said."""


def deliver_due(
    database: Database,
    channels: Mapping[str, Channel],
    clock: Callable[[], datetime],
    *,
    on: date | None = None,
) -> list[Delivery]:
    """Attempt every delivery that is due once, one after another; what became of each.

    ``channels`` are those of the settings, by name. With ``on`` only the digest of that day, whose
    next attempts are made now. Safe beside another process that does the same.
    """
    done: list[Delivery] = []
    while True:
        with database.write() as session:
            claimed = outbox.claim(session, clock(), on=on, tried={delivery.id for delivery in done})
        if claimed is None:
            return done
        done.append(_attempt(database, channels.get(claimed.channel), claimed, clock))


def _attempt(
    database: Database, channel: Channel | None, claimed: Delivery, clock: Callable[[], datetime]
) -> Delivery:
    if channel is None:
        gone = DeliveryFailed("this channel is no longer in the settings", is_final=True)
        return _record_failure(database, claimed, clock(), gone)
    try:
        said = channel.deliver(frozen_digest(database, claimed.on))
    except DeliveryFailed as failure:
        return _record_failure(database, claimed, clock(), failure)
    except DigestError as error:
        return _record_failure(database, claimed, clock(), DeliveryFailed(str(error), is_final=True))
    except Exception as error:  # the outbox's boundary: one channel must not stop the others
        logger.exception("digest of %s to %s: the attempt broke off", claimed.on, claimed.channel)
        broken = DeliveryFailed(f"{type(error).__name__}: {error}")
        return _record_failure(database, claimed, clock(), broken)
    with database.write() as session:
        outbox.record_delivered(session, claimed, clock(), said)
    logger.info("digest of %s to %s: %s", claimed.on, claimed.channel, said)
    return claimed.model_copy(update={"state": DeliveryState.DELIVERED, "said": said})


def _record_failure(
    database: Database, claimed: Delivery, now: datetime, failure: DeliveryFailed
) -> Delivery:
    is_last = failure.is_final or claimed.attempts > len(PAUSES)
    next_at = None if is_last else now + PAUSES[claimed.attempts - 1]
    with database.write() as session:
        outbox.record_failed(session, claimed, now, str(failure), next_at)
    if next_at is None:
        logger.error("digest of %s to %s: given up: %s", claimed.on, claimed.channel, failure)
        state = DeliveryState.GIVEN_UP
    else:
        logger.warning(
            "digest of %s to %s: %s; next attempt at %s",
            claimed.on,
            claimed.channel,
            failure,
            next_at.isoformat(),
        )
        state = DeliveryState.WAITING
    return claimed.model_copy(update={"state": state, "said": str(failure), "due_at": next_at or now})
