"""Would a digest reach its readers: mail server, folder, chat addresses, secrets. Nothing is sent."""

import smtplib
import ssl
import stat
from pathlib import Path

from apprise import Apprise

from digest.delivery.chat import ChatChannel
from digest.delivery.mail import MailChannel, MailServer
from scheduler.checkup.finding import Finding, ok, problem, warning
from scheduler.checkup.keeping import unwritable
from scheduler.delivery import channels_of
from scheduler.settings import Settings
from scheduler.upkeep.disk import nearest

TIMEOUT_S = 15.0


def check_folder(settings: Settings) -> list[Finding]:
    """Whether the folder of written digests can be written, or made."""
    folder = settings.delivery.folder
    if folder is None:
        return []
    if why := unwritable(nearest(folder)):
        advice = "change its owner, or [delivery] folder"
        return [problem("delivery folder", f"{folder} cannot be written: {why}", advice)]
    return [ok("delivery folder", f"{folder} can be written")]


def check_secrets(settings: Settings) -> list[Finding]:
    """Whether files of secrets are for the service alone."""
    delivery = settings.delivery
    files = [file for file in (delivery.smtp_password_file, delivery.chat_file) if file is not None]
    return [_of_secret(file) for file in files]


def _of_secret(file: Path) -> Finding:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return warning("secrets", f"{file} can be read by others", f"chmod 600 {file}")
    return ok("secrets", f"{file} is for its owner alone")


def check_chat(settings: Settings) -> list[Finding]:
    """Whether Apprise knows every address; the addresses are secrets and are not told."""
    channels = [it for it in channels_of(settings).values() if isinstance(it, ChatChannel)]
    unknown = [it.label for it in channels if not Apprise().add(it.address)]
    if unknown:
        said = f"the addresses {', '.join(unknown)} of [delivery] chat_file are none that Apprise knows"
        return [problem("chat", said, "see the list of services at https://github.com/caronc/apprise/wiki")]
    return [ok("chat", f"{len(channels)} addresses are understood")] if channels else []


def check_mail(settings: Settings) -> list[Finding]:
    """Connect, greet, encrypt and sign in, as for a digest; then leave without a message."""
    channels = [it for it in channels_of(settings).values() if isinstance(it, MailChannel)]
    if not channels:
        return []
    server = channels[0].server
    place = f"{server.host}:{server.port}"
    try:
        done = _visit(server)
    except smtplib.SMTPAuthenticationError as error:
        said = f"{place} refuses the name or the password ({error.smtp_code})"
        return [problem("mail", said, "correct [delivery] smtp_user or the file smtp_password_file")]
    except ssl.SSLError as error:
        said = f"no secure connection to {place}: {getattr(error, 'verify_message', '') or error.reason}"
        return [problem("mail", said, "correct [delivery] smtp_security or smtp_port, or the certificate")]
    except smtplib.SMTPNotSupportedError as error:
        return [problem("mail", f"{place}: {error}", "correct [delivery] smtp_security or smtp_port")]
    except (smtplib.SMTPException, OSError) as error:
        said = f"{place}: {error or type(error).__name__}"
        return [problem("mail", said, "correct [delivery] smtp_host or smtp_port, or start the server")]
    return [ok("mail", f"{place}: {', '.join(done)}; {len(channels)} readers")]


def _visit(server: MailServer) -> list[str]:
    """What worked, in order. Raises SMTPException and OSError."""
    trust = ssl.create_default_context(cafile=server.ca_file)
    connection = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trust)
        if server.security == "tls"
        else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    )
    done = ["connected"] if server.security != "tls" else ["connected by TLS"]
    with connection:
        connection.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            connection.starttls(context=trust)
            connection.ehlo()
            done.append("encrypted")
        if server.user:
            connection.login(server.user, server.password)
            done.append(f"signed in as {server.user}")
        connection.noop()
    return done
