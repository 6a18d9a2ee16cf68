"""``diembao service reload``: the running service reads its settings again."""

import os
import signal
import sys
import time

import typer

from scheduler.commands.errors import CommandError
from scheduler.settings import Settings
from storage.database import Database
from storage.jobs import JobOutcome, JobRun, job_runs
from storage.service_lock import holder

_ANSWERS_WITHIN_S = 60.0
_LOOKS_EVERY_S = 0.2


def reload(context: typer.Context) -> None:
    """Have the running service read its settings, sources and topic again, and show what changed.

    Exit code 1 where they cannot be used: the service goes on as before.
    """
    settings: Settings = context.obj()  # raises where the file is broken, before the service is bothered
    found = holder(settings.storage.database)
    if found is None:
        raise CommandError(f"No service runs on the database {settings.storage.database}.")
    if not found.is_here:
        raise CommandError(f"The service runs on {found.host}; reload it there.")
    database = Database(settings.storage.database)
    try:
        answer = _asked(database, found.pid)
    finally:
        database.close()
    if answer.outcome is not JobOutcome.DONE:
        print(f"Nothing was changed: {answer.why.partition(': ')[2] or answer.why}", file=sys.stderr)
        raise typer.Exit(1)
    print(answer.why)


def _asked(database: Database, pid: int) -> JobRun:
    before = _last_reload(database)
    try:
        os.kill(pid, signal.SIGHUP)
    except OSError as error:
        raise CommandError(f"The service, process {pid}, cannot be told ({error.strerror}).") from None
    ends_at = time.monotonic() + _ANSWERS_WITHIN_S
    while time.monotonic() < ends_at:
        time.sleep(_LOOKS_EVERY_S)
        last = _last_reload(database)
        if last is not None and last.ended_at is not None and last != before:
            return last
    raise CommandError(f"The service, process {pid}, was told, but has not answered; its log says more.")


def _last_reload(database: Database) -> JobRun | None:
    with database.read() as session:
        return next(iter(job_runs(session, job="reload", limit=1)), None)
