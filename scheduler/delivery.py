"""The channels that the settings name, and the stage that works the outbox off."""

import asyncio
from datetime import date
from pathlib import Path

from digest.delivery.channel import Channel
from digest.delivery.chat import ChatChannel
from digest.delivery.folder import FolderChannel
from digest.delivery.mail import MailChannel, MailServer
from digest.outbox import deliver_due
from scheduler.desk import Desk
from scheduler.settings import Settings, SettingsError
from storage.outbox import Delivery


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Every channel of ``settings`` by its name in the outbox.

    Raises SettingsError where a file of secrets cannot be read.
    """
    delivery, zone, locale = settings.delivery, settings.schedule.zone, settings.digest.language
    found: list[Channel] = []
    if delivery.mail_to:
        assert delivery.mail_from is not None  # the settings are refused otherwise
        server = MailServer(
            host=delivery.smtp_host,
            port=delivery.smtp_port,
            security=delivery.smtp_security,
            user=delivery.smtp_user,
            password=_secret(delivery.smtp_password_file, "smtp_password_file").strip(),
            ca_file=str(settings.network.ca_file) if settings.network.ca_file else None,
        )
        found += [
            MailChannel(server, delivery.mail_from, reader, locale, zone) for reader in delivery.mail_to
        ]
    if delivery.folder is not None:
        found.append(FolderChannel(delivery.folder, locale, zone))
    for number, address in enumerate(_lines(_secret(delivery.chat_file, "chat_file")), start=1):
        found.append(ChatChannel(address, str(number), locale, zone))
    return {channel.name: channel for channel in found}


async def deliver_pending(desk: Desk, on: date | None = None) -> list[Delivery]:
    """Attempt every delivery that is due; with ``on`` those of that day's digest, due or not."""
    return await asyncio.to_thread(deliver_due, desk.database, channels_of(desk.settings), desk.now, on=on)


def _secret(file: Path | None, key: str) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError("settings", [f"[delivery] {key}: {file} cannot be read: {why}"]) from None


def _lines(text: str) -> list[str]:
    """The lines that say something; those that begin with # are remarks."""
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]
