"""The parts put together: what every command needs, made from the settings once per process."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session

from analysis.topic import Topic, calibrated, load_topic
from crawler.declarations import load_sources
from crawler.intake import Intake, Manners
from crawler.source import Source
from crawler.workers import Workers
from scheduler.settings import Settings, SettingsError
from storage import ledger, source_choices
from storage.archive import Archive
from storage.database import Database, open_database
from storage.ledger import SourceFacts

PRELOADED = ("scheduler.forked",)
"""What a worker process has imported before its first task."""


def utc_now() -> datetime:
    """The clock that everything but tests is given."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """Everything a stage may need. ``intake`` holds the part that crawling needs."""

    settings: Settings
    intake: Intake
    topic: Topic
    topic_version: str
    """Changes whenever the topic's file or this program does."""
    zone: ZoneInfo
    failed_judgements: Counter[int] = field(default_factory=Counter)
    """How often judging a Revision failed in this process."""
    polling_held: dict[str, str] = field(default_factory=dict)
    """Why no source is polled at present, by what holds polling; empty: nothing does."""

    @property
    def database(self) -> Database:
        """The one thing that the processes share."""
        return self.intake.database

    @property
    def sources(self) -> Mapping[str, Source]:
        """Every declared source by its id, the disabled ones included."""
        return self.intake.sources

    @property
    def enabled_sources(self) -> list[Source]:
        """The sources that are polled, by id."""
        return [source for source in self.sources.values() if source.is_enabled]

    def now(self) -> datetime:
        """Aware, in UTC."""
        return self.intake.clock()


@contextmanager
def open_desk(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    on_stored: Callable[[], None] = lambda: None,
    *,
    keeps_sources: bool = True,
) -> Iterator[Desk]:
    """The Desk for ``settings``: database migrated, sources loaded; workers end with the context.

    ``keeps_sources`` False leaves the database's list of sources as it is, for commands that only read.

    Raises SourceError, StorageError and TopicError, each one sentence for the operator.
    """
    sources = declared_sources(settings)
    database = open_database(settings.storage.database)
    sources = as_chosen(sources, database)
    workers = Workers(settings.extract.workers, settings.extract.time_limit_s, PRELOADED)
    intake = Intake(
        sources=sources,
        database=database,
        archive=Archive(settings.storage.archive),
        workers=workers,
        clock=clock,
        manners=_manners(settings),
        lookback_days=settings.crawl.lookback_days,
        pages_per_run=settings.crawl.pages_per_run,
        on_stored=on_stored,
    )
    try:
        if keeps_sources:
            with database.write() as session:
                ledger.sync_sources(session, [_facts(source) for source in sources.values()])
        topic = topic_of(settings)
        if settings.topic.calibration is not None and topic.calibration is not None:
            from scheduler.tasks import use_calibration  # noqa: PLC0415 - with it comes all that workers need

            workers.renew(partial(use_calibration, topic.calibration))
        yield Desk(settings, intake, topic, _topic_version(settings), settings.schedule.zone)
    finally:
        workers.close()
        database.close()


def renewed(desk: Desk, settings: Settings) -> Desk:
    """``desk`` by other settings, its sources and its topic read again; database, archive and workers stay.

    Nothing is written and ``desk`` itself stays as it is. Raises SettingsError, SourceError and TopicError.
    """
    intake = replace(
        desk.intake,
        sources=as_chosen(declared_sources(settings), desk.database),
        manners=_manners(settings),
        lookback_days=settings.crawl.lookback_days,
        pages_per_run=settings.crawl.pages_per_run,
    )
    version_now = _topic_version(settings)
    topic = desk.topic if version_now == desk.topic_version else topic_of(settings)
    return replace(
        desk,
        settings=settings,
        intake=intake,
        topic=topic,
        topic_version=version_now,
        zone=settings.schedule.zone,
    )


def with_choices(desk: Desk) -> Desk:
    """``desk`` with its sources followed or left alone as people choose now."""
    sources = as_chosen(declared_sources(desk.settings), desk.database)
    return replace(desk, intake=replace(desk.intake, sources=sources))


def note_sources(session: Session, desk: Desk) -> None:
    """Keep in the database which sources there are."""
    ledger.sync_sources(session, [_facts(source) for source in desk.sources.values()])


def _manners(settings: Settings) -> Manners:
    crawl = settings.crawl
    return Manners(
        version=version("diembao"),
        contact=crawl.contact,
        delay_scale=crawl.delay_scale,
        timeout_s=crawl.timeout_s,
        retries=crawl.retries,
        max_page_bytes=crawl.max_page_bytes,
        connect_to=settings.network.connect_to,
    )


def as_chosen(sources: Mapping[str, Source], database: Database) -> dict[str, Source]:
    """``sources``, each followed or left alone as a person chose on the pages, where somebody did."""
    with database.read() as session:
        chosen = source_choices.choices(session)
    return {
        id: replace(source, is_enabled=chosen[id].is_enabled) if id in chosen else source
        for id, source in sources.items()
    }


def declared_sources(settings: Settings) -> dict[str, Source]:
    """The bundled declarations and the operator's own, switched as the settings say.

    Raises SourceError for a bad declaration and SettingsError for an id that no source has.
    """
    sources = load_sources()
    if settings.crawl.sources_folder is not None:
        sources |= load_sources(settings.crawl.sources_folder)
    for key, is_enabled in (("enabled", True), ("disabled", False)):
        for source_id in getattr(settings.crawl, key):
            if source_id not in sources:
                near = difflib.get_close_matches(source_id, sources, n=1)
                hint = f"did you mean {near[0]}?" if near else "`diembao sources list` names them"
                raise SettingsError("settings", [f"[crawl] {key}: there is no source {source_id}; {hint}"])
            sources[source_id] = replace(sources[source_id], is_enabled=is_enabled)
    return dict(sorted(sources.items()))


def topic_of(settings: Settings) -> Topic:
    """The bundled topic, its scores calibrated as the settings say.

    Raises TopicError, and SettingsError where the file of the calibration cannot be read.
    """
    topic, file = load_topic(), settings.topic.calibration
    return topic if file is None else calibrated(topic, _calibration_text(file), str(file))


def _calibration_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("settings", [f"[topic] calibration: {file} cannot be read: {error}"]) from None


def _topic_version(settings: Settings) -> str:
    digest = sha256()
    if settings.topic.calibration is not None:
        digest.update(_calibration_text(settings.topic.calibration).encode())
    for file in sorted((files("analysis") / "topics").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            digest.update(file.read_bytes())
    return f"{version('diembao')}-{digest.hexdigest()[:12]}"


def _facts(source: Source) -> SourceFacts:
    return SourceFacts(
        id=source.id,
        name=source.name,
        home=source.home,
        languages=source.languages,
        is_enabled=source.is_enabled,
    )
