"""``diembao digest --send``: a built digest to the channels that have not had it."""

import asyncio

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from digest.delivery.channel import Channel
from digest.delivery.chat import ChatChannel
from digest.delivery.folder import FolderChannel
from digest.delivery.mail import MailChannel, compose
from digest.model import Digest
from scheduler.commands.errors import CommandError
from scheduler.delivery import channels_of, deliver_pending
from scheduler.desk import Desk
from storage import outbox
from storage.outbox import Delivery, DeliveryState

_WORDS = {
    DeliveryState.WAITING: "waits for its next attempt",
    DeliveryState.SENDING: "is being sent by another process",
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.GIVEN_UP: "given up",
}


def send(desk: Desk, digest: Digest, *, is_dry: bool) -> None:
    """Deliver ``digest`` to every channel of the settings that has not had it, and say how each stands."""
    if not digest.is_final:
        at = desk.settings.schedule.digest_time
        raise CommandError(
            f"The digest of {digest.on} is not built yet, so there is nothing to send: `diembao run` builds "
            f"it at {at:%H:%M}."
        )
    channels = channels_of(desk.settings)
    if not channels:
        raise CommandError("No channel is set: [delivery] in the settings names where a digest goes.")
    table = Table("channel", "state", "attempts", "said", box=None, pad_edge=False)
    if is_dry:
        for name, delivery in _standing(desk, digest, channels).items():
            is_due = delivery is None or delivery.state is DeliveryState.WAITING
            said = _preview(channels[name], digest) if is_due else delivery.said if delivery else None
            state = "would be sent" if is_due else _WORDS[delivery.state] if delivery else ""
            table.add_row(escape(name), state, str(delivery.attempts if delivery else 0), escape(said or ""))
        Console().print(table)
        return
    with desk.database.write() as session:
        outbox.queue(session, digest.on, list(channels), desk.now())
    asyncio.run(deliver_pending(desk, digest.on))
    standing = _standing(desk, digest, channels)
    for name, delivery in standing.items():
        if delivery is not None:
            words = _WORDS[delivery.state]
            table.add_row(escape(name), words, str(delivery.attempts), escape(delivery.said or ""))
    Console().print(table)
    if any(item is None or item.state is not DeliveryState.DELIVERED for item in standing.values()):
        raise CommandError("Not every channel has the digest; the service goes on trying those that wait.")


def _standing(desk: Desk, digest: Digest, channels: dict[str, Channel]) -> dict[str, Delivery | None]:
    with desk.database.read() as session:
        known = {item.channel: item for item in outbox.deliveries_of(session, digest.on)}
    return {name: known.get(name) for name in channels}


def _preview(channel: Channel, digest: Digest) -> str:
    if isinstance(channel, MailChannel):
        message = compose(digest, channel.sender, channel.reader, channel.locale, channel.zone)
        return f"{message['Subject']} ({len(message.as_bytes()) / 1000:.0f} kB, {message['Message-ID']})"
    if isinstance(channel, FolderChannel):
        return f"HTML and Markdown in {channel.folder}"
    return "the headlines" if isinstance(channel, ChatChannel) else ""
