"""What runs in a worker process: pure work on picklable values."""

from functools import lru_cache
from pathlib import Path

from analysis.judge import judge
from analysis.topic import Topic, load_topic
from crawler.extract import extract
from crawler.source import Source
from storage.archive import Archive
from storage.errors import PageLost
from storage.models import Rejection, RejectionReason, Revision, Snapshot, Verdict
from storage.reading import PendingSnapshot


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


def judge_revision(revision: Revision) -> Verdict:
    """The Verdict on a Revision by the bundled topic."""
    return judge(revision.judged_text, _topic(), title=revision.title, language=revision.language)


@lru_cache(maxsize=1)
def _topic() -> Topic:
    return load_topic()
