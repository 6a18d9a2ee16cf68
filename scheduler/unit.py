"""The systemd unit of the service: its text, and what stands in the way of installing it."""

import os
from dataclasses import dataclass
from pathlib import Path

from scheduler.settings import Settings
from storage.database import database_url

UNIT = "diembao.service"
USER = "diembao"
MARK = "# Written by `diembao service install`; put changes into a drop-in: systemctl edit diembao"
SYSUSERS = f'u {USER} - "Điểm báo, the press review" /nonexistent /usr/sbin/nologin\n'
"""For systemd-sysusers: an account that nobody signs in to."""

_UNIT = """\
{mark}
[Unit]
Description=diembao: reads the news on a schedule and lays a daily digest on the desk
{after}StartLimitIntervalSec=10min
StartLimitBurst=5

[Service]
Type=notify
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
WorkingDirectory={folder}
Restart=always
RestartSec=10s
# A large database is migrated before the service says that it is ready.
TimeoutStartSec=30min
TimeoutStopSec=30s
# The service says twice as often that it is alive.
WatchdogSec=2min
KillMode=mixed
OOMPolicy=continue
UMask=0027
{account}
{sandbox}
[Install]
WantedBy={wanted_by}
"""

_SANDBOX = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
# Netlink is how the C library asks which kinds of addresses this machine has.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# No MemoryDenyWriteExecute: the TLS library makes its callbacks at run time.
"""
"""What a user's own manager can hold too: it needs no name space."""

_SYSTEM_SANDBOX = """\
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome={home}
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
"""
_HOMES = ("/home", "/root", "/run/user")


@dataclass(frozen=True)
class Installation:
    """What the unit starts and where it may write. Paths are absolute."""

    command: tuple[str, ...]
    settings_file: Path | None
    folder: Path
    """The working directory: that of the settings file."""
    writable: tuple[Path, ...]
    is_system: bool

    @property
    def unit_file(self) -> Path:
        """Where the unit belongs."""
        if self.is_system:
            return Path("/etc/systemd/system") / UNIT
        configuration = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(configuration) / "systemd" / "user" / UNIT


def installation(
    settings: Settings, settings_file: Path | None, python: Path, *, is_system: bool
) -> Installation:
    """The Installation that runs ``settings`` with the interpreter ``python``."""
    file = settings_file.absolute() if settings_file is not None else None
    folder = file.parent if file is not None else Path.cwd()
    program = python.parent / "diembao"
    start = [str(program)] if program.is_file() else [str(python), "-P", "-m", "scheduler"]
    command = (*start, *(["--settings", str(file)] if file is not None else []), "run")
    return Installation(command, file, folder, tuple(writable_folders(settings)), is_system)


def writable_folders(settings: Settings) -> list[Path]:
    """The folders that the service writes to, each once and none within another."""
    url = database_url(settings.storage.database)
    found = {settings.storage.archive}
    if url.get_backend_name() == "sqlite":
        found.add(Path(str(url.database)).parent)
    if settings.delivery.folder is not None:
        found.add(settings.delivery.folder)
    if settings.log.file is not None:
        found.add(settings.log.file.parent)
    plain = sorted({Path(os.path.normpath(path.absolute())) for path in found})
    return [path for path in plain if not any(other in path.parents for other in plain)]


def unit_text(installation: Installation) -> str:
    """The unit file."""
    it = installation
    paths = [it.folder, Path(it.command[0]), *it.writable]
    is_at_home = any(str(path).startswith(tuple(f"{home}/" for home in _HOMES)) for path in paths)
    system = _SYSTEM_SANDBOX.format(
        writable=" ".join(_quoted(str(path)) for path in it.writable),
        home="read-only" if is_at_home else "yes",
    )
    # A user's manager does not know the system's targets.
    after = "Wants=network-online.target\nAfter=network-online.target postgresql.service\n"
    return _UNIT.format(
        mark=MARK,
        after=after if it.is_system else "",
        command=" ".join(_quoted(word, is_command=True) for word in it.command),
        folder=_percent(str(it.folder)),
        account=f"User={USER}\nGroup={USER}\n" if it.is_system else "",
        sandbox=_SANDBOX + system if it.is_system else _SANDBOX,
        wanted_by="multi-user.target" if it.is_system else "default.target",
    )


def obstacles(installation: Installation) -> list[str]:
    """What would keep the service's own user from running it; sentences. Only for a system unit."""
    readable = [Path(installation.command[0]), installation.settings_file or installation.folder]
    closed = {
        folder
        for path in readable
        for folder in path.absolute().parents
        if folder.exists() and not folder.stat().st_mode & 0o001
    }
    return [
        f"The user {USER} cannot enter {folder}: install the program and its settings elsewhere, such as "
        "/opt/diembao, or take --user."
        for folder in sorted(closed)
    ]


def _quoted(word: str, *, is_command: bool = False) -> str:
    word = _percent(word)
    if is_command:
        word = word.replace("$", "$$")
    is_plain = not any(letter.isspace() or letter in "\"'\\;" for letter in word)
    return word if is_plain else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _percent(text: str) -> str:
    return text.replace("%", "%%")
