"""What runs in a worker process.

``read_page`` and ``judge_revision`` are pure work on picklable values. ``read_pages`` and
``judge_revisions`` do it for many and save what came of it in one transaction of the worker's own: text
then never travels to the crawling process, which is the one that limits a crawl.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from analysis.calibration import Calibration
from analysis.judge import judge
from analysis.stories.fingerprint import Fingerprint, Telling, fingerprint
from analysis.topic import Topic, load_topic
from crawler.extract import EXTRACTOR, extract
from crawler.source import Source
from storage import reading
from storage.archive import Archive
from storage.database import Database
from storage.errors import PageLost, StorageError, WriteFailed
from storage.models import Rejection, RejectionReason, Revision, Snapshot, Verdict
from storage.reading import PendingSnapshot
from storage.statements import record_statements
from storage.stories import Ungrouped
from storage.texts import record_extractions

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Store:
    """Where a worker reads and writes."""

    database_url: str
    archive: Path
    """Folder of the page archive."""


@dataclass(frozen=True)
class Judging:
    """By what texts are judged."""

    topic_version: str
    zone: ZoneInfo
    """Of the day that a text was published on."""


def read_pages(
    store: Store, pages: Sequence[tuple[PendingSnapshot, Source]], judging: Judging | None, now: datetime
) -> None:
    """Extract pages, with ``judging`` judge what they give, and keep it. A text that cannot be judged waits.

    Raises WriteFailed; any other error is a page's.
    """
    read = [(pending.id, read_page(store.archive, pending, source)) for pending, source in pages]
    verdicts = [_verdict_or_none(outcome, judging) for _, outcome in read]
    with writing(store) as session:
        ids = record_extractions(session, EXTRACTOR, read, now)
        by_id = {id: verdict for id, verdict in zip(ids, verdicts, strict=True) if id and verdict}
        if judging is not None and by_id:
            judged = [(id, by_id[id]) for id in reading.unjudged_among(session, topic().name, list(by_id))]
            record_verdicts(session, judged, judging.topic_version, now)


def _verdict_or_none(outcome: Revision | Rejection, judging: Judging | None) -> Verdict | None:
    if judging is None or isinstance(outcome, Rejection):
        return None
    try:
        return judge_revision(outcome, judging.zone)
    except Exception as error:  # the text is kept; judging it has a stage of its own, which counts failures
        logger.debug("judging %r failed: %s", outcome.title, error)
        return None


def judge_revisions(store: Store, revision_ids: Sequence[int], judging: Judging, now: datetime) -> None:
    """Judge Revisions and keep the Verdicts. Raises WriteFailed; any other error is a text's."""
    with named_errors(), database_at(store.database_url).read() as session:
        revisions = reading.revisions(session, revision_ids)
    judged = [(id, judge_revision(revision, judging.zone)) for id, revision in revisions]
    with writing(store) as session:
        record_verdicts(session, judged, judging.topic_version, now)


def record_verdicts(
    session: Session, judged: Sequence[tuple[int, Verdict]], topic_version: str, now: datetime
) -> None:
    """Keep Verdicts on Revisions, by id: the Flag, and what the text states beside it."""
    flags = [(revision_id, verdict.flag) for revision_id, verdict in judged]
    reading.record_flags(session, flags, topic_version, now)
    record_statements(session, judged)


def read_page(archive_folder: Path, pending: PendingSnapshot, source: Source) -> Revision | Rejection:
    """The Revision or the Rejection that an archived page gives."""
    try:
        body = Archive(archive_folder).load(pending.page)
    except PageLost as error:
        return Rejection(reason=RejectionReason.UNREADABLE, detail=str(error))
    snapshot = Snapshot(
        source=pending.source,
        requested_url=pending.requested_url,
        final_url=pending.final_url,
        status=pending.status,
        headers=pending.headers,
        body=body,
        fetched_at=pending.fetched_at,
    )
    return extract(snapshot, source)


def judge_revision(revision: Revision, zone: ZoneInfo) -> Verdict:
    """The Verdict on a Revision by the bundled topic; the day of publication is that of ``zone``."""
    published_at = revision.published_at
    return judge(
        revision.judged_text,
        topic(),
        title=revision.title,
        language=revision.language,
        published_on=published_at.astimezone(zone).date() if published_at is not None else None,
    )


def fingerprint_article(article: Ungrouped) -> Fingerprint:
    """What of a flagged Article says which event it tells."""
    revision = article.revision
    return fingerprint(
        Telling(
            id=str(article.article_id),
            text=revision.judged_text,
            title=revision.title,
            language=revision.language,
            url=article.url,
            outlet=article.source,
            published_at=revision.published_at or article.first_seen_at,
            original_url=revision.original_url,
        )
    )


@lru_cache(maxsize=1)
def topic() -> Topic:
    """The topic that this process judges by: the bundled one as it was when first asked for, or the given."""
    return _given.get("topic") or load_topic()


def use_topic(given: Topic) -> None:
    """Judge by ``given`` from now on in this process: its file may have been edited again since."""
    _given["topic"] = given
    topic.cache_clear()


def use_calibration(calibration: Calibration) -> None:
    """Judge by the present topic with another calibration from now on in this process."""
    use_topic(replace(topic(), calibration=calibration))


_given: dict[str, Topic] = {}


@contextmanager
def writing(store: Store) -> Iterator[Session]:
    """A write transaction of the worker's own. Raises WriteFailed."""
    with named_errors(), database_at(store.database_url).write() as session:
        yield session


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn a failure to read or write into WriteFailed, which tells it from a failure of the work."""
    try:
        yield
    except (StorageError, SQLAlchemyError) as error:
        raise WriteFailed(str(error)) from None


@lru_cache(maxsize=1)
def database_at(url: str) -> Database:
    """The worker's own connections to the database, made once."""
    return Database(url)
