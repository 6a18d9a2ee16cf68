"""A real mail server on loopback that can be told to misbehave."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


@dataclass
class Mailbox:
    """The server's handler. ``answers`` are given to the next messages in place of taking them."""

    accepted: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """(reader, message) in the order taken."""
    answers: list[str] = field(default_factory=list)
    """SMTP answers; "DROP" takes the message and hangs up without an answer."""
    refused_readers: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused_readers:
            return self.refused_readers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250") or answer == "DROP":
            message = message_from_bytes(envelope.content, policy=default)
            self.accepted += [(reader, message) for reader in envelope.rcpt_tos]
        if answer == "DROP":
            server.transport.abort()
        return answer

    def ids(self) -> list[str]:
        return [message["Message-ID"] for _, message in self.accepted]


@contextmanager
def mail_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """The port of a server on 127.0.0.1; ``options`` are aiosmtpd's."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def starttls(context: ssl.SSLContext) -> dict[str, Any]:
    return {"tls_context": context, "require_starttls": True}


def with_password(user: str, password: str) -> dict[str, Any]:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and data == LoginPassword(user.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    return {"authenticator": check, "auth_required": True, "auth_require_tls": False}
