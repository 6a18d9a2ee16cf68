"""The digest to a chat room, a webhook or whatever else Apprise has an address for.

Apprise tells only whether it went through, so a message may come twice where the answer to the first
attempt was lost; the digest's day in its title lets a reader see that.
"""

import logging
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from digest.delivery.channel import DeliveryFailed
from digest.harmless import one_line, outward_link
from digest.i18n import Tongue
from digest.model import Digest

ENTRIES_SHOWN = 20
"""A chat message is a pointer, not the digest: so many titles, and how many more there are."""


@dataclass(frozen=True)
class ChatChannel:
    """One Apprise address. It holds secrets, so the outbox knows it by its place in the list."""

    address: str
    label: str
    locale: str
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """``chat:LABEL``."""
        return f"chat:{self.label}"

    def deliver(self, digest: Digest) -> str:
        """Send the headlines; see ``Channel.deliver``."""
        from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - 4 MB, which most services never need
        from apprise.logger import LogCapture  # noqa: PLC0415

        sender = Apprise(asset=AppriseAsset(app_id="diembao", app_desc="diembao", async_mode=False))
        if not sender.add(self.address):
            raise DeliveryFailed("the address is none that Apprise knows", is_final=True)
        title, body = headlines(digest, self.locale, self.zone)
        with LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
            is_sent = sender.notify(title=title, body=body, body_format=NotifyFormat.TEXT)
            why = one_line(said.getvalue())[:300]
        if not is_sent:
            raise DeliveryFailed(why.replace(self.address, "the address") or "it was not accepted")
        return "accepted"


def headlines(digest: Digest, locale: str, zone: ZoneInfo) -> tuple[str, str]:
    """Title and plain text of a message that points to ``digest``."""
    tongue = Tongue(locale, zone)
    title = tongue.say("Press review, %(day)s") % {"day": tongue.day(digest.on)}
    if not digest.entries:
        return title, tongue.say("Nothing new on the topic.")
    lines = []
    for entry in digest.entries[:ENTRIES_SHOWN]:
        article = entry.article
        lines.append(f"• {one_line(article.title)} ({one_line(article.outlet)})")
        lines.append(f"  {outward_link(article.url) or one_line(article.url)}")
    more = len(digest.entries) - ENTRIES_SHOWN
    if more > 0:
        lines.append(tongue.say("… and %(n)s more") % {"n": tongue.number(more)})
    return title, "\n".join(lines)
