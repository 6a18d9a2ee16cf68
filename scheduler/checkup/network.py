"""Can the world be reached: names, one outlet over HTTPS, our own pages."""

import http.client
import json
import socket
import ssl
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from crawler.guard import is_public
from crawler.intake import Manners
from crawler.politeness import user_agent
from crawler.source import Source
from scheduler.checkup.finding import Finding, ok, problem, warning
from scheduler.settings import Settings

TIMEOUT_S = 10.0
OUTLETS_TRIED = 3
"""One outlet may be down; so many are not by chance."""
_CLOCK_OFF_S = 300


class Unreachable(Exception):
    """Why an outlet could not be reached."""


def check_network(settings: Settings, sources: Sequence[Source]) -> list[Finding]:
    """One polite HTTPS request to an enabled outlet; to another one where that fails."""
    if not sources:
        return [warning("network", "no source is enabled, so nothing is polled", "see [crawl] disabled")]
    failed = []
    for source in sources[:OUTLETS_TRIED]:
        host = urlsplit(source.home).hostname or ""
        try:
            status, date = _ask(settings, source.home)
        except Unreachable as error:
            failed.append(f"{host}: {error}")
        else:
            said = f"{host} answers over HTTPS (status {status})"
            found = [ok("network", said)] if not failed else [_one_is_down(said, failed[0])]
            return [*found, *_of_clock(date)]
    advice = "check the connection, the name server and the firewall; the crawler needs port 443 outwards"
    return [problem("network", "; ".join(failed), advice)]


def _one_is_down(said: str, failed: str) -> Finding:
    return warning("network", f"{said}, but {failed}", "see `diembao sources health` tomorrow")


def _ask(settings: Settings, home: str) -> tuple[int, str | None]:
    """Status and Date of a HEAD request to ``home``. Raises Unreachable."""
    parts = urlsplit(home)
    host, port = parts.hostname or "", parts.port or 443
    ca_file = settings.network.ca_file
    trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    agent = user_agent(Manners(version=version("diembao"), contact=settings.crawl.contact))
    try:
        with closing(http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=trust)) as connection:
            raw = socket.create_connection(_address(settings, host, port), TIMEOUT_S)
            connection.sock = trust.wrap_socket(raw, server_hostname=host)
            connection.request("HEAD", parts.path or "/", headers={"User-Agent": agent})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Date")
    except ssl.SSLError as error:
        raise Unreachable(
            f"no secure connection ({getattr(error, 'verify_message', '') or error.reason})"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(str(error) or type(error).__name__) from error


def _address(settings: Settings, host: str, port: int) -> tuple[str, int]:
    """Where to dial, as the crawler's own guard would. Raises Unreachable."""
    for mapping in settings.network.connect_to:
        if (mapping.host, mapping.port) == (host, port):
            return mapping.to_address, mapping.to_port
    try:
        found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise Unreachable(f"its name is not found ({error.strerror or error})") from error
    public = [str(address) for address in found if is_public(str(address))]
    if not public:
        raise Unreachable(f"its name leads to {found[0]}, which is no public address")
    return public[0], port


def _of_clock(date: str | None) -> list[Finding]:
    """Whether this machine's clock agrees with the outlet's."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return []
    off_s = (datetime.now(UTC) - theirs).total_seconds() if theirs.tzinfo else 0.0
    if abs(off_s) <= _CLOCK_OFF_S:
        return [ok("clock", "it agrees with the outlet's")]
    said = f"it is {abs(off_s) / 60:.0f} minutes {'ahead of' if off_s > 0 else 'behind'} the outlet's"
    return [warning("clock", said, "have it set by NTP; digests and polls go by it")]


def check_pages(settings: Settings) -> list[Finding]:
    """Whether the service's pages answer, where it runs."""
    host, port = settings.web.near_host, settings.web.port
    if port == 0:
        return []
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read(10_000)
    except ConnectionRefusedError:
        return [ok("pages", f"the service is not running (nothing answers on {host}:{port})")]
    except (OSError, http.client.HTTPException) as error:
        return [_stranger(host, port, str(error) or type(error).__name__)]
    finally:
        connection.close()
    try:
        facts = json.loads(said)
        status, reason = facts["status"], facts["reason"]
    except (ValueError, KeyError, TypeError):
        return [_stranger(host, port, f"status {answer.status}")]
    if status == "ok":
        return [ok("pages", f"http://{host}:{port}/ answers")]
    return [problem("pages", f"http://{host}:{port}/ is not ready: {reason}", "see the service's log")]


def _stranger(host: str, port: int, said: str) -> Finding:
    return problem("pages", f"another program holds {host}:{port} ({said})", "choose another [web] port")
