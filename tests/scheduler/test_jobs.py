"""Jobs leave a record, run once, are caught up, and tried again where they failed."""

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.desk import Desk, open_desk
from scheduler.jobs import Job, missed, recorded
from scheduler.settings import settings_from
from scheduler.timetable import Timetable
from scheduler.turns import owed_turns, why_not
from storage import jobs
from storage.jobs import JobOutcome, JobRun, StretchEnding

DUE = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)  # 07:00 in Viet Nam
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a coroutine function, run in a loop of its own."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


class Clock:
    now = DUE

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    data = {"storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3", "archive": str(tmp_path / "pages")}}
    with open_desk(settings_from(data, tmp_path, origin="test"), clock=clock) as opened:
        yield opened


def records(desk: Desk) -> list[JobRun]:
    """The earliest first."""
    with desk.database.read() as session:
        return jobs.job_runs(session)[::-1]


def ran(desk: Desk, begin: datetime, end: datetime, ending: StretchEnding | None = None) -> None:
    with desk.database.write() as session:
        number = jobs.begin_stretch(session, begin)
        jobs.prolong_stretch(session, number, end)
        if ending:
            jobs.end_stretch(session, number, ending)


def digest_job(done: list[datetime], fails: int = 0) -> Job:
    async def work(desk: Desk) -> str:
        done.append(desk.now())
        if len(done) <= fails:
            raise OSError("no space left")
        return "built"

    return Job("digest", work, at=time(7))


async def caught_up(desk: Desk, job: Job) -> None:
    timetable = Timetable(desk)
    timetable.set_jobs([job])
    await timetable.catch_up()


@in_loop
async def test_record(desk: Desk) -> None:
    async with recorded(desk, "poll", DUE, source="vns") as record:
        [begun] = records(desk)
        assert (begun.outcome, begun.source) == (None, "vns")
        record.why = "9 fetched"
    with pytest.raises(OSError, match="no space"):
        async with recorded(desk, "poll", DUE):
            raise OSError("no space left")
    async with recorded(desk, "deliver", DUE, quietly=True):
        pass
    async with recorded(desk, "deliver", DUE, quietly=True) as record:
        record.why = "1 of 1 deliveries made"
    await missed(desk, "digest", DUE, "asleep")
    await missed(desk, "digest", DUE, "asleep")
    assert [(run.job, run.outcome, run.why) for run in records(desk)] == [
        ("poll", "done", "9 fetched"),
        ("poll", "failed", "OSError: no space left"),
        ("deliver", "done", "1 of 1 deliveries made"),
        ("digest", "missed", "asleep"),
    ]


@in_loop
async def test_where_nothing_can_be_kept_the_job_runs_all_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.database.close()
    for file in tmp_path.glob("d.sqlite3*"):
        file.unlink()
    (tmp_path / "d.sqlite3").mkdir()
    async with recorded(desk, "poll", DUE) as record:
        record.why = "done"


@in_loop
async def test_a_missed_digest_is_caught_up_once_and_the_reason_kept(desk: Desk, clock: Clock) -> None:
    ran(desk, DUE - 3 * DAY + HOUR, DUE - 12 * HOUR, StretchEnding.ASLEEP)
    ran(desk, DUE + 2 * HOUR, DUE + 2 * HOUR)
    clock.now = DUE + 2 * HOUR
    done: list[datetime] = []
    await caught_up(desk, digest_job(done))
    await caught_up(desk, digest_job(done))
    assert done == [clock.now]
    told = [(run.due_at, run.outcome) for run in records(desk)]
    assert told == [(DUE - day * DAY, "missed") for day in (2, 1, 0)] + [(DUE, "done")]
    assert records(desk)[2].why == ("the machine was asleep from 2026-11-21 12:00 to 2026-11-22 02:00 UTC")


@in_loop
async def test_nothing_is_owed_by_a_service_that_was_not_there(desk: Desk, clock: Clock) -> None:
    clock.now = DUE + HOUR
    done: list[datetime] = []
    await caught_up(desk, digest_job(done))
    ran(desk, DUE + HOUR, DUE + HOUR)
    await caught_up(desk, digest_job(done))
    assert done == []


@in_loop
async def test_one_that_failed_is_owed_and_no_miss(desk: Desk, clock: Clock) -> None:
    ran(desk, DUE - HOUR, DUE + HOUR)
    done: list[datetime] = []
    job = digest_job(done, fails=1)
    await caught_up(desk, job)
    clock.now = DUE + HOUR
    await caught_up(desk, job)
    await caught_up(desk, job)
    assert len(done) == 2
    assert [run.outcome for run in records(desk)] == [JobOutcome.FAILED, JobOutcome.DONE]


@in_loop
async def test_one_that_failed_is_tried_again_without_a_restart(desk: Desk, clock: Clock) -> None:
    ran(desk, DUE - HOUR, DUE + HOUR)
    timetable = Timetable(desk)
    timetable.set_jobs([digest_job([], fails=1)])
    await timetable.catch_up()
    assert timetable.is_planned("digest again")


@in_loop
async def test_it_runs_once_at_a_time(desk: Desk) -> None:
    ran(desk, DUE - HOUR, DUE)
    timetable = Timetable(desk)
    done: list[datetime] = []
    timetable.set_jobs([digest_job(done)])
    await asyncio.gather(*(timetable.catch_up() for _ in range(5)))
    assert len(done) == 1


def test_a_job_is_daily_or_comes_every_so_often() -> None:
    async def work(_: Desk) -> None:
        return None

    for wrong in ({}, {"at": time(7), "every": HOUR}):
        with pytest.raises(ValueError, match="needs either at or every"):
            Job("x", work, **wrong)  # type: ignore[arg-type]


def test_jobs_that_are_no_longer_wanted_are_taken_away(desk: Desk) -> None:
    async def work(_: Desk) -> None:
        return None

    timetable = Timetable(desk)
    timetable.set_jobs([Job("one", work, every=HOUR), Job("two", work, at=time(3))])
    timetable.set_jobs([Job("two", work, at=time(4))])
    assert (timetable.is_planned("one"), timetable.is_planned("two")) == (False, True)


def test_what_begins_in_time_is_not_missed(desk: Desk, clock: Clock) -> None:
    ran(desk, DUE - HOUR, DUE)
    with desk.database.read() as session:
        assert [turn.at for turn in owed_turns(session, digest_job([]), desk.zone, DUE)] == [DUE]
        assert why_not(session, "digest", DUE, DUE + timedelta(seconds=90)) == ""
        assert why_not(session, "digest", DUE, DUE + HOUR) == (
            "the service did not run from 2026-11-22 00:00 to 2026-11-22 01:00 UTC"
        )


@in_loop
async def test_a_job_that_is_cancelled_as_the_service_ends_is_no_error(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.sleep(60)

    timetable = Timetable(desk)
    timetable.start()
    timetable.plan("long", datetime.now(UTC), work)
    await asyncio.wait_for(begun.wait(), 10)
    timetable.stop()
    await asyncio.sleep(0.1)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
