"""The kinds of value that a setting can have: how each is read, checked and refused.

A refusal is a ValueError whose message follows the value: "is not a time of day (HH:MM)".
"""

import difflib
import ipaddress
import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from crawler.guard import ConnectTo
from crawler.schema import is_source_id
from storage.people import proper_name

_LANGUAGES = ("en", "vi", "fr")
_MAIL_SECURITY = ("starttls", "tls", "none")
_LOG_FORMATS = ("text", "json")
_LOG_LEVELS = ("warning", "info", "debug")
_CONNECT_TO = re.compile(
    r"(?P<host>[^\s:\[\]]+):(?P<port>\d{1,5}):(?P<to>\[[0-9A-Fa-f:.]+\]|[0-9.]+):(?P<to_port>\d{1,5})"
)
_MAILBOX = re.compile(r"[^\s()<>,;:@\"]+@[^\s()<>,;:@\"]+\.[^\s()<>,;:@\"]+")
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,80}")
_CONTACT = re.compile(r"https?://[^\s()]+|[^\s()@]+@[^\s()@]+\.[^\s()@]+")


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a text in quotes")  # noqa: TRY004  # pydantic collects ValueErrors only
    return value


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """``path``, taken from the folder of the settings file where it is relative."""
    try:
        path = path.expanduser()
    except RuntimeError:
        raise ValueError("begins with the home folder of someone who has none here") from None
    folder: Path | None = (info.context or {}).get("folder")
    return path if folder is None else folder / path


def _folder(value: Any, info: ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    if not _as_text(value).strip():
        raise ValueError("names no folder")
    return _beside_the_file(Path(value), info)


def _existing_folder(value: Any, info: ValidationInfo) -> Path | None:
    if value in ("", None):
        return None
    path = _folder(value, info)
    if not path.is_dir():
        raise ValueError("is not a folder that can be found")
    return path


def _existing_file(value: Any, info: ValidationInfo) -> Path | None:
    if value in ("", None):
        return None
    path = _beside_the_file(Path(_as_text(value)), info)
    if not path.is_file():
        raise ValueError("is not a file that can be found")
    return path


def _time_of_day(value: Any) -> time:
    if isinstance(value, time):  # TOML has its own way to write one: 07:00:00, without quotes
        return value
    try:
        hours, minutes = re.fullmatch(r"(\d{1,2}):(\d\d)", _as_text(value)).groups()  # type: ignore[union-attr]
        return time(int(hours), int(minutes))
    except (AttributeError, ValueError):
        raise ValueError("is not a time of day (HH:MM)") from None


def _zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(_as_text(value))
    except (OSError, ValueError, KeyError):  # an unknown name is a KeyError; a folder's, an OSError
        near = difflib.get_close_matches(str(value), available_timezones(), n=1)
        if not near or "noi" in str(value).lower():  # Asia/Hanoi comes nearest to Asia/Yangon
            near = ["Asia/Ho_Chi_Minh"]
        raise ValueError(f"is not a time zone such as {near[0]}") from None


def _contact(value: str) -> str:
    if value and not (value.isascii() and _CONTACT.fullmatch(value)):
        raise ValueError("is neither a web address (https://...) nor a mail address")
    return value


def _language(value: Any) -> str:
    if value not in _LANGUAGES:
        raise ValueError(f"is not one of {', '.join(_LANGUAGES)}")
    return str(value)


def _source_id(value: Any) -> str:
    if not is_source_id(_as_text(value)):
        raise ValueError("is not the id of a source, such as vna-en")
    return str(value)


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address, is this machine by definition."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening_host(value: Any) -> str:
    host = _as_text(value)
    try:
        return host if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError("is not an address of this machine, such as 127.0.0.1 or 0.0.0.0") from None


def _host_name(value: Any) -> str:
    name = _as_text(value).strip().strip("[]").lower()
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("is not a host name such as desk.example.org, without https:// and port")
    return name


def _network(value: Any) -> str:
    try:
        network = ipaddress.ip_network(_as_text(value), strict=False)
    except ValueError:
        raise ValueError("is not an address or network such as 10.0.0.5 or 10.0.0.0/24") from None
    if network.prefixlen == 0:
        raise ValueError("is every address there is, so that anybody would be believed")
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _header_name(value: Any) -> str:
    if value and not _HEADER_NAME.fullmatch(_as_text(value)):
        raise ValueError("is not the name of a header such as X-Forwarded-User")
    return str(value)


def _user_name(value: Any) -> str:
    try:
        return proper_name(_as_text(value))
    except ValueError as error:
        raise ValueError(f"is not the name of a user: {error}") from None


def _mailbox(value: Any) -> str:
    if not (_as_text(value).isascii() and _MAILBOX.fullmatch(value)):
        raise ValueError("is not a mail address such as desk@example.org")
    return str(value)


def _optional_mailbox(value: Any) -> str | None:
    return None if value in ("", None) else _mailbox(value)


def _mail_security(value: Any) -> str:
    if value not in _MAIL_SECURITY:
        raise ValueError(f"is not one of {', '.join(_MAIL_SECURITY)}")
    return str(value)


def _log_format(value: Any) -> str:
    if value not in _LOG_FORMATS:
        raise ValueError(f"is not one of {', '.join(_LOG_FORMATS)}")
    return str(value)


def _log_level(value: Any) -> str:
    if value not in _LOG_LEVELS:
        raise ValueError(f"is not one of {', '.join(_LOG_LEVELS)}")
    return str(value)


def _optional_folder(value: Any, info: ValidationInfo) -> Path | None:
    return None if value in ("", None) else _folder(value, info)


def _connect_to(value: Any) -> ConnectTo:
    if isinstance(value, ConnectTo):
        return value
    match = _CONNECT_TO.fullmatch(_as_text(value))
    if match is None:
        raise ValueError('is not of the form "HOST:PORT:127.0.0.1:PORT"')
    port, to_port = int(match["port"]), int(match["to_port"])
    if not (1 <= port <= 65535 and 1 <= to_port <= 65535):
        raise ValueError("has a port outside 1 to 65535")
    try:
        to_address = ipaddress.ip_address(match["to"].strip("[]"))
    except ValueError:
        raise ValueError(f"leads to {match['to']}, which is not an address") from None
    if not to_address.is_loopback:
        raise ValueError(f"leads to {match['to']}, which is not a loopback address")
    return ConnectTo(match["host"].lower(), port, str(to_address), to_port)


def _one_way_for_each(entries: tuple[ConnectTo, ...]) -> tuple[ConnectTo, ...]:
    seen: dict[tuple[str, int], ConnectTo] = {}
    for entry in entries:
        if seen.setdefault((entry.host, entry.port), entry) != entry:
            raise ValueError(f"leads {entry.host}:{entry.port} to two places")
    return entries


def _parse_database_url(value: Any) -> URL:
    try:
        return make_url(_as_text(value))
    except ArgumentError:
        raise ValueError("is not a database address such as sqlite:///data/diembao.sqlite3") from None


def _database(value: Any, info: ValidationInfo) -> str:
    url = _parse_database_url(value)
    if url.password is not None or "password" in url.query:
        raise ValueError("holds a password, which belongs in PGPASSWORD or ~/.pgpass")
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg").render_as_string()
    if url.drivername != "sqlite":
        raise ValueError("is neither sqlite:///FILE nor postgresql://HOST/NAME")
    if url.database in (None, "", ":memory:"):
        raise ValueError("names no file; the service and its pages share the database through one")
    path = _beside_the_file(Path(str(url.database)), info)
    return url.set(database=str(path)).render_as_string()


Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Folder = Annotated[Path, BeforeValidator(_folder)]
ExistingFolder = Annotated[Path | None, BeforeValidator(_existing_folder)]
ExistingFile = Annotated[Path | None, BeforeValidator(_existing_file)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Contact = Annotated[str, AfterValidator(_contact)]
Language = Annotated[str, BeforeValidator(_language)]
SourceId = Annotated[str, BeforeValidator(_source_id)]
Switch = Annotated[bool, Field(strict=True)]
ListeningHost = Annotated[str, BeforeValidator(_listening_host)]
HostName = Annotated[str, BeforeValidator(_host_name)]
Network = Annotated[str, BeforeValidator(_network)]
HeaderName = Annotated[str, BeforeValidator(_header_name)]
UserName = Annotated[str, BeforeValidator(_user_name)]
Mailbox = Annotated[str, BeforeValidator(_mailbox)]
OptionalMailbox = Annotated[str | None, BeforeValidator(_optional_mailbox)]
MailSecurity = Annotated[Literal["starttls", "tls", "none"], BeforeValidator(_mail_security)]
OptionalFolder = Annotated[Path | None, BeforeValidator(_optional_folder)]
OptionalFile = Annotated[Path | None, BeforeValidator(_optional_folder)]
LogFormat = Annotated[Literal["text", "json"], BeforeValidator(_log_format)]
LogLevel = Annotated[Literal["warning", "info", "debug"], BeforeValidator(_log_level)]
Database = Annotated[str, BeforeValidator(_database)]
Connections = Annotated[
    tuple[Annotated[ConnectTo, BeforeValidator(_connect_to)], ...], AfterValidator(_one_way_for_each)
]
