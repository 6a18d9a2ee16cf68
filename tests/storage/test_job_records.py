"""What the service did and when: runs of jobs, stretches of running, and the pauses between them."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import jobs
from storage.database import Database
from storage.jobs import JobOutcome, JobRun, Pause, StretchEnding

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def run_of(job: str, started_at: datetime, outcome: JobOutcome = JobOutcome.DONE) -> JobRun:
    return JobRun(job=job, due_at=started_at, started_at=started_at, ended_at=started_at, outcome=outcome)


def test_a_run_from_its_beginning_to_its_end(database: Database) -> None:
    with database.write() as session:
        number = jobs.open_job_run(session, "poll", NOW, NOW + MINUTE, "vns")
        [open_run] = jobs.job_runs(session)
        assert (open_run.ended_at, open_run.outcome, open_run.source) == (None, None, "vns")
        jobs.close_job_run(session, number, JobOutcome.LIMIT, "too long", NOW + HOUR)
        jobs.close_job_run(session, number, JobOutcome.DONE, "again", NOW + 2 * HOUR)
    with database.read() as session:
        [run] = jobs.job_runs(session)
    assert (run.due_at, run.started_at, run.ended_at) == (NOW, NOW + MINUTE, NOW + HOUR)
    assert (run.outcome, run.why) == (JobOutcome.LIMIT, "too long")


def test_what_was_open_is_interrupted(database: Database) -> None:
    with database.write() as session:
        jobs.open_job_run(session, "poll", NOW, NOW, "vns")
        jobs.record_job_run(session, run_of("digest", NOW))
        assert jobs.interrupt_open_job_runs(session, NOW + HOUR) == 1
        assert jobs.interrupt_open_job_runs(session, NOW + HOUR) == 0
        outcomes = {run.job: run.outcome for run in jobs.job_runs(session)}
    assert outcomes == {"poll": JobOutcome.INTERRUPTED, "digest": JobOutcome.DONE}


def test_attempts_and_outcomes(database: Database) -> None:
    with database.write() as session:
        assert jobs.last_attempt(session, "digest") is None
        jobs.record_job_run(session, run_of("digest", NOW, JobOutcome.FAILED))
        jobs.record_job_run(session, run_of("digest", NOW + 24 * HOUR, JobOutcome.MISSED))
        assert jobs.last_attempt(session, "digest") == NOW
        assert jobs.has_outcome(session, "digest", NOW, JobOutcome.FAILED)
        assert not jobs.has_outcome(session, "digest", NOW, JobOutcome.DONE)
        assert [run.due_at for run in jobs.job_runs(session, job="digest", limit=1)] == [NOW + 24 * HOUR]
        assert jobs.job_runs(session, job="digest", since=NOW + 25 * HOUR) == []


def test_old_runs_are_forgotten_polls_the_soonest(database: Database) -> None:
    with database.write() as session:
        for days in (0, 13, 15, 89, 91):
            for job in ("poll", "digest"):
                jobs.record_job_run(session, run_of(job, NOW - timedelta(days=days)))
            jobs.begin_stretch(session, NOW - timedelta(days=days))
        assert jobs.forget_old_jobs(session, NOW) == 3 + 1
        kept = [run.job for run in jobs.job_runs(session)]
        assert (kept.count("poll"), kept.count("digest")) == (2, 4)
        last = jobs.last_stretch(session)
        assert last is not None
        assert last.started_at == NOW - timedelta(days=89)


def stretch(
    database: Database, begin: timedelta, end: timedelta, ending: StretchEnding | None = None
) -> None:
    with database.write() as session:
        number = jobs.begin_stretch(session, NOW + begin)
        jobs.prolong_stretch(session, number, NOW + end)
        if ending is not None:
            jobs.end_stretch(session, number, ending)


def pauses(database: Database, since: timedelta, until: timedelta) -> list[tuple[float, float, str | None]]:
    """Begin and end in hours after NOW, and how the stretch before ended."""
    with database.read() as session:
        found = jobs.pauses(session, NOW + since, NOW + until)
    return [((one.since - NOW) / HOUR, (one.until - NOW) / HOUR, one.ending) for one in found]


def test_pauses_are_what_lies_between_the_stretches(database: Database) -> None:
    stretch(database, 0 * HOUR, 2 * HOUR, StretchEnding.STOPPED)
    stretch(database, 2 * HOUR + MINUTE, 3 * HOUR)  # a restart, then killed
    stretch(database, 5 * HOUR, 6 * HOUR, StretchEnding.ASLEEP)
    stretch(database, 9 * HOUR, 10 * HOUR)
    assert pauses(database, -5 * HOUR, 10 * HOUR) == [(3, 5, None), (6, 9, "asleep")]
    assert pauses(database, 4 * HOUR, 7 * HOUR) == [(4, 5, None), (6, 7, "asleep")]
    assert pauses(database, 8 * HOUR, 12 * HOUR) == [(8, 9, "asleep"), (10, 12, None)]
    assert pauses(database, 9 * HOUR, 10 * HOUR) == []


def test_nothing_is_said_of_a_time_without_records(database: Database) -> None:
    assert pauses(database, -5 * HOUR, 5 * HOUR) == []
    stretch(database, 0 * HOUR, 1 * HOUR)
    assert pauses(database, -5 * HOUR, 1 * HOUR) == []


def test_a_clock_that_was_set_back_leaves_no_pause(database: Database) -> None:
    stretch(database, 0 * HOUR, 5 * HOUR, StretchEnding.CLOCK)
    stretch(database, 2 * HOUR, 7 * HOUR)
    assert pauses(database, 0 * HOUR, 7 * HOUR) == []


@pytest.mark.parametrize("length", [MINUTE, 2 * MINUTE])
def test_a_gap_that_a_heartbeat_leaves_is_no_pause(database: Database, length: timedelta) -> None:
    stretch(database, 0 * HOUR, 1 * HOUR)
    assert pauses(database, 0 * HOUR, 1 * HOUR + length) == []


def test_when_a_service_ran_first(database: Database) -> None:
    with database.read() as session:
        assert jobs.ran_first_at(session) is None
        assert jobs.last_stretch(session) is None
    stretch(database, 3 * HOUR, 4 * HOUR)
    stretch(database, 1 * HOUR, 2 * HOUR)
    with database.read() as session:
        assert jobs.ran_first_at(session) == NOW + HOUR
    assert Pause(since=NOW, until=NOW + HOUR, ending=None).length == HOUR
