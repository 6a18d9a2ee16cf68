"""What pages gave, kept many at a time: Articles, their Revisions, Rejections.

Statements past the ORM, for this is where a crawl writes most; see docs/benchmarks.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, insert, select, true, update
from sqlmodel import Session

from storage.dialects import add_missing, plain
from storage.models import Rejection, Revision
from storage.search_index import index_revisions, succeed_notable
from storage.tables import ArticleRow, ExtractionRow, RevisionRow, SnapshotRow

_BATCH = 500
"""Keys in one statement."""
_ARTICLE, _EXTRACTION = plain(ArticleRow), plain(ExtractionRow)
_REVISION, _SNAPSHOT = plain(RevisionRow), plain(SnapshotRow)

_END_WAIT = (
    update(_EXTRACTION)
    .where(_EXTRACTION.c.snapshot_id == bindparam("of_snapshot"))
    .values(
        {
            name: bindparam(name)
            for name in ("extractor", "extracted_at", "revision_id", "rejection_reason", "rejection_detail")
        }
    )
)


@dataclass(frozen=True)
class _Text:
    """A Revision that is kept: what decides whether another text is new."""

    id: int
    article_id: int
    snapshot_id: int
    fetched_at: datetime
    created_at: datetime
    sha256: str


def record_extractions(
    session: Session,
    extractor: str,
    outcomes: Sequence[tuple[int, Revision | Rejection]],
    now: datetime,
) -> list[int | None]:
    """Keep what ``extractor`` (name and version) made of Snapshots, by id, each once.

    A Revision makes its Article on first sight and is kept where title, lead or text differ from the
    Article's newest one. Returns, in order, the id of the Revision that holds the text, new or not; None
    for a Rejection. Raises KeyError for a Snapshot that is not known.
    """
    session.flush()
    kept: list[int | None] = []
    for start in range(0, len(outcomes), _BATCH):
        batch = _Batch(session, [id for id, _ in outcomes[start : start + _BATCH]], now)
        kept += batch.record(extractor, outcomes[start : start + _BATCH])
    return kept


class _Batch:
    """Some Snapshots and what is known of their Articles; lives for one call."""

    def __init__(self, session: Session, snapshot_ids: Sequence[int], now: datetime) -> None:
        self._session = session
        self._connection = session.connection()
        self._now = now
        self._new: list[tuple[int, Revision]] = []
        self._successors: dict[int, int] = {}
        """Newest Revisions of before -> those of now."""
        self._snapshots = {row.id: row for row in self._connection.execute(_snapshots(snapshot_ids))}

    def record(
        self, extractor: str, outcomes: Sequence[tuple[int, Revision | Rejection]]
    ) -> list[int | None]:
        self._know_articles(id for id, outcome in outcomes if isinstance(outcome, Revision))
        kept = [
            self._keep(self._snapshots[id], outcome) if isinstance(outcome, Revision) else None
            for id, outcome in outcomes
        ]
        self._connection.execute(
            _END_WAIT,
            [
                {
                    "of_snapshot": id,
                    "extractor": extractor,
                    "extracted_at": self._now,
                    "revision_id": revision_id,
                }
                | _rejection(outcome)
                for (id, outcome), revision_id in zip(outcomes, kept, strict=True)
            ],
        )
        index_revisions(self._session, self._new)
        succeed_notable(self._session, self._successors)
        return kept

    def _know_articles(self, snapshot_ids: Iterable[int]) -> None:
        """Make the Articles of these Snapshots where they are new; learn their newest texts."""
        snapshots = [self._snapshots[id] for id in snapshot_ids]
        facts = [
            {
                "key": snapshot.article_key,
                "source": snapshot.source,
                "url": snapshot.final_url or snapshot.requested_url,
                "first_seen_at": self._now,
            }
            for snapshot in snapshots
        ]
        add_missing(self._session, ArticleRow, facts, on=["key"])
        keys = {snapshot.article_key for snapshot in snapshots}
        ids = select(_ARTICLE.c.key, _ARTICLE.c.id).where(_ARTICLE.c.key.in_(keys))
        self._articles = {row.key: row.id for row in self._connection.execute(ids)}
        is_newest = _REVISION.c.is_newest == true()
        self._newest = {
            text.article_id: text
            for text in self._texts(_REVISION.c.article_id.in_(self._articles.values()), is_newest)
        }
        former = [snapshot.revision_id for snapshot in snapshots if snapshot.revision_id is not None]
        self._former = {text.id: text for text in self._texts(_REVISION.c.id.in_(former))} if former else {}

    def _texts(self, *conditions: ColumnElement[bool]) -> list[_Text]:
        query = (
            select(
                _REVISION.c.id,
                _REVISION.c.article_id,
                _REVISION.c.snapshot_id,
                _SNAPSHOT.c.fetched_at,
                _REVISION.c.created_at,
                _REVISION.c.text_sha256,
            )
            .join(_SNAPSHOT, _SNAPSHOT.c.id == _REVISION.c.snapshot_id)
            .where(*conditions)
        )
        return [_Text(*row) for row in self._connection.execute(query)]

    def _keep(self, snapshot: Row[Any], revision: Revision) -> int:
        """The id of the Revision that holds the text of ``snapshot``."""
        article_id = self._articles[snapshot.article_key]
        newest = self._newest.get(article_id)
        digest = _text_sha256(revision)
        for text in (self._former.get(snapshot.revision_id), newest):
            if text is not None and text.article_id == article_id and text.sha256 == digest:
                if text.snapshot_id == snapshot.id:
                    # A better extractor may read the same text and more facts.
                    facts = _facts(revision, text.created_at)
                    self._connection.execute(update(_REVISION).where(_REVISION.c.id == text.id).values(facts))
                return text.id
        return self._add(article_id, snapshot, newest, revision, digest)

    def _add(
        self, article_id: int, snapshot: Row[Any], newest: _Text | None, revision: Revision, digest: str
    ) -> int:
        # Reading an old Snapshot again must not put its text before the newer one's.
        is_newest = newest is None or (snapshot.fetched_at, snapshot.id) >= (
            newest.fetched_at,
            newest.snapshot_id,
        )
        if newest is not None and is_newest:
            older = update(_REVISION).where(_REVISION.c.id == newest.id).values(is_newest=False)
            self._connection.execute(older)
        values = {
            "article_id": article_id,
            "snapshot_id": snapshot.id,
            "is_newest": is_newest,
            "created_at": self._now,
            "text_sha256": digest,
            "title": revision.title,
            "lead": revision.lead,
            "text": revision.text,
        }
        added = self._connection.execute(insert(_REVISION), values | _facts(revision, self._now))
        assert added.inserted_primary_key is not None
        id: int = added.inserted_primary_key[0]
        if newest is not None and is_newest:
            self._successors[newest.id] = id
        if is_newest:
            self._newest[article_id] = _Text(
                id, article_id, snapshot.id, snapshot.fetched_at, self._now, digest
            )
        self._new.append((id, revision))
        return id


def _snapshots(ids: Sequence[int]) -> Select[Any]:
    return (
        select(
            _SNAPSHOT.c.id,
            _SNAPSHOT.c.source,
            _SNAPSHOT.c.article_key,
            _SNAPSHOT.c.requested_url,
            _SNAPSHOT.c.final_url,
            _SNAPSHOT.c.fetched_at,
            _EXTRACTION.c.revision_id,
        )
        .join(_EXTRACTION, _EXTRACTION.c.snapshot_id == _SNAPSHOT.c.id)
        .where(_SNAPSHOT.c.id.in_(ids))
    )


def _rejection(outcome: Revision | Rejection) -> dict[str, Any]:
    if isinstance(outcome, Revision):
        return {"rejection_reason": None, "rejection_detail": None}
    return {"rejection_reason": outcome.reason.value, "rejection_detail": outcome.detail}


def _facts(revision: Revision, created_at: datetime) -> dict[str, Any]:
    """What a better extractor may find beside the same text."""
    return {
        "author": revision.author,
        "language": revision.language,
        "published_at": revision.published_at,
        "published_from": revision.published_from,
        "original_url": revision.original_url,
        "dated_at": min(revision.published_at or created_at, created_at),
    }


def _text_sha256(revision: Revision) -> str:
    text = "\0".join((revision.title, revision.lead, revision.text))
    return sha256(text.encode()).hexdigest()
