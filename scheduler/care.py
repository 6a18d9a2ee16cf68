"""The jobs that look after the service itself: what each does is in a module of its own."""

from datetime import time, timedelta

from scheduler.desk import Desk
from scheduler.jobs import Job
from scheduler.settings import Settings
from scheduler.upkeep.disk import HELD_BY, watch_disk
from scheduler.upkeep.integrity import check_integrity
from scheduler.upkeep.retention import prune_pages
from scheduler.upkeep.tidying import tidy_database
from storage.jobs import forget_old_jobs


def care_jobs(settings: Settings) -> tuple[Job, ...]:
    """Every such job that ``settings`` ask for."""
    return (
        Job("forget", forget, at=time(4, 10)),
        Job(HELD_BY, watch_disk, every=timedelta(minutes=1)),
        Job("prune", prune_pages, at=time(3, 30)),
        Job("tidy", tidy_database, at=time(4, 20)),
        Job("check", check_integrity, at=time(4, 40)),  # by itself once a week
    )


async def forget(desk: Desk) -> str | None:
    """Remove records of jobs that are older than they are kept."""
    forgotten = await desk.intake.write(forget_old_jobs, desk.now())
    return f"removed {forgotten} old records of jobs" if forgotten else None
