"""What Prometheus asks for: ``/metrics``, read from the database, all that we share with the service.

Counters are totals over everything ever kept, so they only grow. docs/monitoring has the meaning of
each, rules that raise an alarm, and a dashboard.
"""

import logging
import platform
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from storage import health, tallies, upkeep
from storage.database import database_url
from storage.errors import StorageError
from storage.jobs import JobOutcome
from storage.models import Fate, HealthState, RunOutcome
from storage.tallies import JobTally, JobTotals, RunTally, RunTotals
from storage.upkeep import CrawlingPause, Household, IntegrityCheck, Pruning
from web.pages import Service, service_of

router = APIRouter()
logger = logging.getLogger(__name__)

_DATABASE_SIZE = "SELECT pg_database_size(current_database())"
_EVERY_RUN = [outcome.value for outcome in RunOutcome]
_EVERY_JOB = [outcome.value for outcome in JobOutcome]


@router.api_route("/metrics", methods=["GET", "HEAD"])
def metrics(request: Request) -> Response:
    """The metrics, in Prometheus' text format or in OpenMetrics where that is asked for."""
    state = request.app.state
    if not hasattr(state, "metrics"):
        state.metrics = make_registry(service_of(request), getattr(state, "service_pid", None))
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(
        encode(state.metrics), headers={"content-type": content_type, "cache-control": "no-store"}
    )


def make_registry(service: Service, service_pid: int | None = None) -> CollectorRegistry:
    """A registry of all our metrics; ``service_pid`` is the process that started the pages."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    if service_pid is not None:
        ProcessCollector("diembao_service", lambda: service_pid, registry=registry)
    registry.register(_FromDatabase(service))
    return registry


class _FromDatabase(Collector):
    """Reads the database at each asking."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._runs, self._jobs = RunTally(), JobTally()

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is depends on the database, and registering must not ask it."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric; where the database cannot be read, that alone."""
        build = InfoMetricFamily("diembao_build", "The version that runs.")
        build.add_metric([], {"version": version("diembao"), "python": platform.python_version()})
        yield build
        found: list[Metric] = []
        try:
            with self._service.database.read() as session:
                found = list(self._of_database(session))
        except (StorageError, SQLAlchemyError) as error:
            logger.warning("the database cannot be read: %s", str(error).partition("\n")[0])
        yield _gauge("diembao_database_up", "Whether the database can be read.", float(bool(found)))
        yield from found

    def _of_database(self, session: Session) -> Iterator[Metric]:
        enabled = tallies.enabled_sources(session)
        runs = self._runs.totals(session)
        household = upkeep.known(session, Household)
        yield from _of_sources(enabled, runs, tallies.health_states(session))
        yield from _of_runs(runs)
        yield from _of_articles(session, self._service.topic)
        yield from self._of_digest(session, household)
        yield from _of_jobs(self._jobs.totals(session))
        yield from _of_upkeep(session)
        yield _gauge("diembao_database_bytes", "Size of the database.", self._database_bytes(session))
        if household is not None:
            yield from _of_disk(household)

    def _of_digest(self, session: Session, household: Household | None) -> Iterator[Metric]:
        last = tallies.last_digest(session)
        built_at = last.built_at.timestamp() if last else 0
        yield _gauge(
            "diembao_digest_last_built_timestamp_seconds",
            "When the last digest was built; 0 before the first.",
            built_at,
        )
        yield _gauge("diembao_digest_entries", "Stories in the last digest.", last.entries if last else 0)
        due_at = self._last_due(household) if household is not None else None
        if due_at is not None and health.was_running_before(session, due_at):
            yield _gauge(
                "diembao_digest_due_timestamp_seconds",
                "When a digest was due last; absent before the first.",
                due_at.timestamp(),
            )
        deliveries = GaugeMetricFamily(
            "diembao_deliveries", "Deliveries of digests, by how far they are.", labels=["channel", "state"]
        )
        for labels, count in sorted(tallies.deliveries(session).items()):
            deliveries.add_metric(labels, count)
        yield deliveries

    def _last_due(self, household: Household) -> datetime:
        zone = self._service.zone
        local = self._service.clock().astimezone(zone)
        due = datetime.combine(local.date(), household.digest_time, tzinfo=zone)
        if due <= local:
            return due
        return datetime.combine(local.date() - timedelta(days=1), household.digest_time, tzinfo=zone)

    def _database_bytes(self, session: Session) -> int:
        database = self._service.database
        if not database.is_sqlite:
            return int(session.execute(text(_DATABASE_SIZE)).scalar_one())
        file = Path(str(database_url(database.url).database))
        return sum(_size(part) for part in (file, file.with_name(f"{file.name}-wal")))


def _of_sources(
    enabled: Iterable[str], runs: Mapping[str, RunTotals], states: Mapping[str, str]
) -> Iterator[Metric]:
    up = GaugeMetricFamily("diembao_source_up", "Whether its last run could read it.", labels=["source"])
    read = GaugeMetricFamily(
        "diembao_source_last_success_timestamp_seconds",
        "When a run ended last that could read it; 0 before the first.",
        labels=["source"],
    )
    health = GaugeMetricFamily(
        "diembao_source_health", "1 for the state that it is in.", labels=["source", "state"]
    )
    for source in sorted(enabled):
        known = runs.get(source, RunTotals())
        up.add_metric([source], float(known.is_up))
        read.add_metric([source], known.last_read_at.timestamp() if known.last_read_at else 0)
        state = states.get(source, HealthState.NEW.value)
        for one in HealthState:
            health.add_metric([source, one.value], float(state == one.value))
    yield from (up, read, health)


def _of_runs(runs: Mapping[str, RunTotals]) -> Iterator[Metric]:
    ended = CounterMetricFamily("diembao_runs", "Runs that ended.", labels=["source", "outcome"])
    requests = CounterMetricFamily("diembao_requests", "Requests sent by ended runs.", labels=["source"])
    received = CounterMetricFamily("diembao_received_bytes", "Received by ended runs.", labels=["source"])
    listed = CounterMetricFamily(
        "diembao_listed_entries", "New entries that runs found on listings.", labels=["source"]
    )
    for source, totals in sorted(runs.items()):
        for outcome in _EVERY_RUN:
            ended.add_metric([source, outcome], totals.outcomes[outcome])
        requests.add_metric([source], totals.requests)
        received.add_metric([source], totals.received_bytes)
        listed.add_metric([source], totals.listed)
    yield from (ended, requests, received, listed)


def _of_articles(session: Session, topic: str) -> Iterator[Metric]:
    fates = tallies.entries_by_fate(session)
    entries = GaugeMetricFamily("diembao_entries", "Entries by what became of them.", labels=["fate"])
    for fate in sorted({fate.value for fate in Fate} | fates.keys()):
        entries.add_metric([fate], fates.get(fate, 0))
    yield entries
    articles = CounterMetricFamily("diembao_articles", "Articles with a text.", labels=["source"])
    for source, count in sorted(tallies.articles_by_source(session).items()):
        articles.add_metric([source], count)
    yield articles
    by_grade = tallies.flagged_by_grade(session, topic)
    flagged = GaugeMetricFamily(
        "diembao_flagged_articles",
        "Articles on the topic; judging the archive again may lower it.",
        labels=["grade"],
    )
    for grade in (1, 2):
        flagged.add_metric([str(grade)], by_grade.get(grade, 0))
    yield flagged


def _of_jobs(jobs: Mapping[str, JobTotals]) -> Iterator[Metric]:
    # Not "job": Prometheus calls a scraped program so.
    ran = CounterMetricFamily("diembao_job_runs", "Runs of jobs that ended.", labels=["job_name", "outcome"])
    started = GaugeMetricFamily(
        "diembao_job_last_start_timestamp_seconds", "When it began last.", labels=["job_name"]
    )
    lasted = GaugeMetricFamily(
        "diembao_job_last_duration_seconds", "How long its last run took.", labels=["job_name"]
    )
    succeeded = GaugeMetricFamily(
        "diembao_job_last_success", "Whether its last run did what it should.", labels=["job_name"]
    )
    for job, totals in sorted(jobs.items()):
        for outcome in _EVERY_JOB:
            ran.add_metric([job, outcome], totals.outcomes[outcome])
        succeeded.add_metric([job], float(totals.last_outcome == JobOutcome.DONE.value))
        if totals.last_started_at is not None and totals.last_ended_at is not None:
            started.add_metric([job], totals.last_started_at.timestamp())
            lasted.add_metric([job], (totals.last_ended_at - totals.last_started_at).total_seconds())
    yield from (ran, started, lasted, succeeded)


def _of_upkeep(session: Session) -> Iterator[Metric]:
    pause = upkeep.known(session, CrawlingPause)
    yield _gauge(
        "diembao_crawling_paused",
        "Whether crawling waits because the disk is nearly full.",
        float(pause is not None and pause.since_at is not None),
    )
    pruned = upkeep.known(session, Pruning) or Pruning()
    yield _counter("diembao_pruned_pages", "Archived pages removed by age or size.", pruned.pages)
    yield _counter("diembao_pruned_bytes", "Freed in the page archive by age or size.", pruned.freed_bytes)
    check = upkeep.known(session, IntegrityCheck)
    if check is not None:
        yield _gauge(
            "diembao_integrity_check_timestamp_seconds",
            "When database and page archive were last checked.",
            check.checked_at.timestamp(),
        )
        yield _gauge("diembao_integrity_problems", "What that check found wrong.", len(check.problems))


def _of_disk(household: Household) -> Iterator[Metric]:
    files = household.archive.glob("*.warc.gz")
    yield _gauge("diembao_archive_bytes", "Size of the page archive.", sum(map(_size, files)))
    yield _gauge("diembao_disk_free_limit_bytes", "Below this, crawling pauses.", household.free_disk_bytes)
    free = GaugeMetricFamily(
        "diembao_disk_free_bytes", "Free where database and page archive are.", labels=["store"]
    )
    stores = {"archive": household.archive, "database": household.database and household.database.parent}
    for store, folder in stores.items():
        if folder is not None and folder.is_dir():
            free.add_metric([store], shutil.disk_usage(folder).free)
    yield free


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _counter(name: str, said: str, value: float) -> Metric:
    return CounterMetricFamily(name, said, value=value)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # gone meanwhile
        return 0
