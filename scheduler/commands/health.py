"""``diembao sources health``: how each source is, since when and why."""

import json
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.commands.reader import TableFormat
from scheduler.desk import Desk, open_desk
from scheduler.health import judged
from storage import queries
from storage.health import source_healths
from storage.models import Health, HealthState

_STYLES = {HealthState.HEALTHY: "green", HealthState.QUIET: "yellow", HealthState.NEW: "dim"}


def health(
    context: typer.Context,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For a person or a program.")
    ] = TableFormat.TEXT,
) -> None:
    """How each source is: healthy, quiet, stale, blocked, broken or changed, since when and why."""
    with open_desk(context.obj()) as desk:
        found = _healths(desk)
        with desk.database.read() as session:
            statuses = queries.source_statuses(session)
        read_at = {status.id: status.last_read_at for status in statuses}
        zone = desk.zone
    if form is TableFormat.JSON:
        for source, health in found.items():
            print(json.dumps(_facts(source, health, read_at.get(source)), ensure_ascii=False))
        return
    Console().print(_table(found, read_at, zone))


def _healths(desk: Desk) -> dict[str, Health]:
    """As it is now; ``since_at`` is that of the record where the state has been the same since."""
    ids = [source.id for source in desk.enabled_sources]
    with desk.database.read() as session:
        known = source_healths(session)
        fresh = judged(session, ids, desk.now())
    found = {}
    for source in ids:
        former, health = known.get(source), fresh.get(source)
        if health is None:  # not judged now: this machine is offline
            health = former or Health(state=HealthState.NEW, since_at=desk.now(), cause="not_read")
        elif former is not None and former.state is health.state:
            health = health.model_copy(update={"since_at": former.since_at})
        found[source] = health
    return found


def _facts(source: str, health: Health, read_at: datetime | None) -> dict[str, object]:
    return {
        "id": source,
        "state": health.state,
        "since_at": health.since_at.isoformat(),
        "cause": health.cause,
        "facts": health.facts,
        "reason": health.reason,
        "last_read_at": read_at.isoformat() if read_at else None,
    }


def _table(found: dict[str, Health], read_at: dict[str, datetime | None], zone: ZoneInfo) -> Table:
    table = Table("id", "state", "since", "last read", "why", box=None, pad_edge=False)
    bad_first = sorted(found.items(), key=lambda item: (not item[1].state.is_bad, item[0]))
    for source, health in bad_first:
        last = read_at.get(source)
        table.add_row(
            source,
            Text(health.state, style=_STYLES.get(health.state, "red")),
            f"{health.since_at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{last.astimezone(zone):%Y-%m-%d %H:%M}" if last else "never",
            Text(health.reason),  # an outlet's own words must not be taken for mark-up
        )
    return table
