"""``diembao service``: the service under systemd, so that it starts with the machine and is restarted."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from scheduler.commands.errors import CommandError
from scheduler.settings import Settings, settings_file
from scheduler.unit import MARK, SYSUSERS, UNIT, USER, Installation, installation, obstacles, unit_text

_SYSUSERS_FILE = Path("/etc/sysusers.d/diembao.conf")
_System = Annotated[
    bool, typer.Option("--system/--user", help="For the machine, as root; or for yourself alone.")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]


def install(context: typer.Context, system: _System = False, dry_run: _DryRun = False) -> None:
    """Have systemd start the service with the machine, restart it, and keep it in a sandbox."""
    settings: Settings = context.obj()
    named = context.find_root().params.get("settings")
    plan = installation(settings, settings_file(named), Path(sys.executable), is_system=system)
    hindrances = obstacles(plan) if system else []
    if dry_run:
        _show(plan, hindrances)
        return
    if hindrances:
        raise CommandError("\n".join(hindrances))
    _need_systemd(system)
    _refuse_other_unit(plan.unit_file)
    if system:
        _make_user()
    for folder in plan.writable:
        _prepare(folder, is_system=system)
    _write(plan.unit_file, unit_text(plan))
    _systemctl(system, "daemon-reload")
    _systemctl(system, "enable", UNIT)
    _systemctl(system, "restart", UNIT)
    _tell_where(system)


def uninstall(system: _System = False, dry_run: _DryRun = False) -> None:
    """End the service and take its unit away; what was collected stays."""
    file = _unit_file(system)
    if not file.exists():
        raise CommandError(f"There is no {file}, so nothing is installed.")
    _refuse_other_unit(file)
    if dry_run:
        print(f"Would stop and disable {UNIT} and remove {file}.")
        return
    _need_systemd(system)
    _systemctl(system, "disable", "--now", UNIT)
    file.unlink()
    _systemctl(system, "daemon-reload")
    kept = f", and so does the user {USER}" if system else ""
    print(f"Removed {file}. Data and settings stay{kept}.")


def status(system: _System = False) -> None:
    """What systemd says of the service; exit code 1 unless it runs."""
    if not _unit_file(system).exists():
        raise CommandError(f"There is no {_unit_file(system)}: `diembao service install` makes it.")
    _need_systemd(system)
    done = subprocess.run(_command(system, "status", "--no-pager", UNIT), check=False)  # noqa: S603
    raise typer.Exit(min(done.returncode, 1))


# ---- steps


def _show(plan: Installation, hindrances: Sequence[str]) -> None:
    print(f"# {plan.unit_file}")
    print(unit_text(plan), end="")
    if plan.is_system:
        print(f"\n# {_SYSUSERS_FILE}\n{SYSUSERS}", end="")
    for sentence in hindrances:
        print(sentence, file=sys.stderr)


def _unit_file(is_system: bool) -> Path:
    return Installation((), None, Path.cwd(), (), is_system).unit_file


def _need_systemd(is_system: bool) -> None:
    if shutil.which("systemctl") is None:
        raise CommandError(
            "systemctl is not here: without systemd, have your service manager call `diembao run`."
        )
    if is_system and os.geteuid() != 0:
        raise CommandError("Only root can install for the machine: use sudo, or --user for yourself alone.")
    asked = _command(is_system, "show", "--property=Version")
    done = subprocess.run(asked, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        manager = "systemd" if is_system else "Your account's systemd"
        reason = done.stderr.strip() or f"exit code {done.returncode}"
        raise CommandError(
            f"{manager} does not answer here ({reason}), and nothing was changed; without it, have your "
            "service manager call `diembao run`."
        )


def _refuse_other_unit(file: Path) -> None:
    try:
        is_ours = not file.exists() or file.read_text(encoding="utf-8").startswith(MARK)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read ({error}).") from None
    if not is_ours:
        raise CommandError(f"{file} was not written by this program; move it away first.")


def _make_user() -> None:
    _write(_SYSUSERS_FILE, SYSUSERS)
    _call(["systemd-sysusers", str(_SYSUSERS_FILE)])
    print(f"The user {USER} runs the service.")


def _prepare(folder: Path, *, is_system: bool) -> None:
    """The folder exists before the sandbox names it. One that was there keeps its owner."""
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if is_system and is_new:
            shutil.chown(folder, USER, USER)
    except (OSError, LookupError) as error:
        raise CommandError(f"The folder {folder} cannot be made ready ({error}).") from None
    if is_system and not is_new and folder.owner() != USER:
        print(
            f"{folder} belongs to {folder.owner()}; unless {USER} may write there: chown -R {USER}: {folder}"
        )


def _write(file: Path, text: str) -> None:
    draft = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.chmod(0o644)
        draft.replace(file)
    except OSError as error:
        raise CommandError(f"{file} cannot be written ({error.strerror}).") from None
    print(f"Wrote {file}.")


def _systemctl(is_system: bool, *words: str) -> None:
    _call(_command(is_system, *words))
    print(f"systemctl {' '.join(words)}: done.")


def _command(is_system: bool, *words: str) -> list[str]:
    return ["systemctl", *([] if is_system else ["--user"]), *words]


def _call(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    except OSError as error:
        raise CommandError(f"{command[0]} cannot be called ({error.strerror}).") from None
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise CommandError(f"`{' '.join(command)}` failed: {said}")


def _tell_where(is_system: bool) -> None:
    which = "" if is_system else "--user "
    print(f"It runs, and starts with the machine. Its log: journalctl {which}-u {UNIT} -f")
    if not is_system:
        print("To let it run while you are signed out: loginctl enable-linger")
