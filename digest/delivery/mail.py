"""The digest by mail: one message a reader, sent over SMTP.

The Message-ID is made from the digest and the reader, so a message that is sent again, because the
answer to the first attempt was lost, is the same message: mail stores and readers keep it once.
"""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Literal
from zoneinfo import ZoneInfo

from digest.delivery.channel import DeliveryFailed
from digest.i18n import Tongue
from digest.model import Digest
from digest.render import render, render_mail

TIMEOUT_S = 30.0
_PERMANENT = range(500, 600)
_OF_THE_ADDRESS = {550, 551, 553}
"""Answers to RCPT that say the address is wrong; others, such as a full mailbox, may pass."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str = ""
    password: str = ""
    ca_file: str | None = None
    """PEM file of the authorities to trust; None: the system's."""


@dataclass(frozen=True)
class MailChannel:
    """Mail to one reader."""

    server: MailServer
    sender: str
    reader: str
    locale: str
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """``mail:ADDRESS``."""
        return f"mail:{self.reader}"

    def deliver(self, digest: Digest) -> str:
        """Hand the message to the server; see ``Channel.deliver``."""
        message = compose(digest, self.sender, self.reader, self.locale, self.zone)
        try:
            self._send(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise DeliveryFailed(_said(code, answer), is_final=code in _OF_THE_ADDRESS) from error
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(_said(error.smtp_code, error.smtp_error)) from error
        except ssl.SSLError as error:
            raise DeliveryFailed(f"no secure connection to {self._place}: {error.reason}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"{self._place}: {error or type(error).__name__}") from error
        return f"accepted by {self._place}"

    @property
    def _place(self) -> str:
        return f"{self.server.host}:{self.server.port}"

    def _send(self, message: EmailMessage) -> None:
        server = self.server
        trust = ssl.create_default_context(cafile=server.ca_file)
        connection = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trust)
            if server.security == "tls"
            else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        )
        with connection:
            if server.security == "starttls":
                connection.starttls(context=trust)
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message, from_addr=self.sender, to_addrs=[self.reader])


def compose(digest: Digest, sender: str, reader: str, locale: str, zone: ZoneInfo) -> EmailMessage:
    """The message that brings ``digest`` to ``reader``: plain text and HTML, the same bytes each time."""
    tongue = Tongue(locale, zone)
    host = _domain(sender)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _subject(digest, tongue)
    message["From"] = Address("Điểm báo", addr_spec=sender)
    message["To"] = reader
    message["Date"] = format_datetime(digest.built_at.astimezone(zone))
    message["Message-ID"] = f"<digest-{digest.on.isoformat()}.{_short(reader)}@{host}>"
    message["List-Id"] = f"{tongue.say('Điểm báo: digests')} <digest.{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = locale
    message.set_content(render(digest, "text", locale, zone), cte="quoted-printable")
    message.add_alternative(render_mail(digest, locale, zone), subtype="html", cte="quoted-printable")
    # The library draws a boundary at random; a retry must be the same message to the byte.
    message.set_boundary(f"diembao-{digest.on:%Y%m%d}-{_short(reader)}")
    return message


def _subject(digest: Digest, tongue: Tongue) -> str:
    day = tongue.short_day(digest.on)
    if not digest.counts.entries:
        return tongue.say("Press review, %(day)s: nothing new") % {"day": day}
    facts = {"day": day, "n": tongue.number(digest.counts.entries)}
    return tongue.say("Press review, %(day)s: %(n)s new") % facts


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2] or socket.gethostname()


def _short(reader: str) -> str:
    return sha256(reader.casefold().encode()).hexdigest()[:12]


def _said(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"the server answered {code} {' '.join(words.split())}"
