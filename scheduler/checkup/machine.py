"""Is the machine fit: settings and sources, time zone data, worker processes."""

import asyncio
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from zoneinfo import TZPATH, ZoneInfo

from crawler.errors import CrawlError
from crawler.source import Source
from crawler.workers import Workers
from scheduler.checkup.finding import Finding, ok, problem, warning
from scheduler.desk import PRELOADED, declared_sources
from scheduler.settings import Settings, SettingsError
from scheduler.tasks import judge_revision
from storage.models import Revision

_LIKELY_LIMIT_S = 60
"""How long the workers' first task may take: they build the topic's automata before."""
_SAMPLE = Revision(
    title="Kết nạp đảng viên trong doanh nghiệp tư nhân",
    text="Chi bộ doanh nghiệp tư nhân kết nạp ba đảng viên mới.",
    language="vi",
)
_HOME = "Asia/Ho_Chi_Minh"


def check_sources(settings: Settings) -> tuple[list[Source], list[Finding]]:
    """The enabled sources, and whether their declarations can be used."""
    try:
        sources = declared_sources(settings)
    except (CrawlError, SettingsError) as error:
        return [], [problem("sources", str(error), "correct that line; docs/sources.md has all keys")]
    enabled = [source for source in sources.values() if source.is_enabled]
    said = f"{len(enabled)} of {len(sources)} are followed"
    if not settings.crawl.contact and not settings.network.connect_to:
        advice = "set [crawl] contact, so that an outlet that minds our visits can reach you"
        return enabled, [warning("sources", f"{said}; they are not told who you are", advice)]
    return enabled, [ok("sources", said)]


def check_zone(settings: Settings | None) -> list[Finding]:
    """Whether time zones are known here, and right for Viet Nam."""
    name = settings.schedule.zone.key if settings is not None else _HOME
    try:
        zone = ZoneInfo(name)
        offset = datetime(2026, 11, 21, tzinfo=ZoneInfo(_HOME)).utcoffset()
    except (OSError, ValueError, KeyError) as error:
        return [problem("time zones", f"{name} is not known ({error})", "pip install tzdata")]
    if offset != timedelta(hours=7):
        said = f"{_HOME} is {offset} from UTC in this machine's data, which is wrong"
        return [problem("time zones", said, "bring the system's tzdata up to date")]
    local = datetime.now(zone)
    return [ok("time zones", f"{local:%H:%M} now in {name} ({_data_of_zones()})")]


def _data_of_zones() -> str:
    try:
        packaged = f"tzdata {version('tzdata')}"
    except PackageNotFoundError:
        packaged = "no tzdata package"
    return f"the system's data before {packaged}" if TZPATH else packaged


def check_workers(settings: Settings) -> list[Finding]:
    """Start a worker process as the service does, and have it judge a sentence."""
    return asyncio.run(_try_worker(settings))


async def _try_worker(settings: Settings) -> list[Finding]:
    workers = Workers(1, max(settings.extract.time_limit_s, _LIKELY_LIMIT_S), PRELOADED)
    try:
        verdict = await workers.run(judge_revision, _SAMPLE, settings.schedule.zone)
    except (CrawlError, OSError, RuntimeError) as error:
        advice = "free memory and processes (ulimit -u); the log of `diembao -v doctor` says more"
        return [problem("workers", f"a worker process failed: {error}", advice)]
    finally:
        workers.close()
    if not verdict.flag.grade:
        return [problem("workers", "a worker did not flag a plain sentence", "install the program again")]
    return [ok("workers", "a worker process started, and judged a sentence")]
