"""Keeps fetched pages: those that wait at the same time share one transaction.

A page is durable when ``store`` returns: its bytes are with the operating system before the
transaction that makes its Entry FETCHED is committed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.items import FetchedPage
from storage.archive import Archive, pack
from storage.arrivals import Arrival, archived_pages, body_digest, record_snapshots
from storage.database import Database

_GATHER_S = 0.01
"""A page waits so long for those of other sources, less than any host is given between two requests: a
transaction costs as much for one page as for many."""


@dataclass(frozen=True)
class _Waiting:
    page: FetchedPage
    stored: asyncio.Future[None]


class Storing:
    """One writer of pages for all spiders of a process."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self._archive = archive
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def store(self, page: FetchedPage) -> None:
        """Archive and record ``page``; raises what storing it raised, whatever becomes of its neighbours."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(page, loop.create_future())
        self._waiting.append(waiting)
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._store_all())
        await waiting.stored

    async def _store_all(self) -> None:
        """Until nobody waits: whoever comes meanwhile is in the next transaction."""
        while self._waiting:
            await asyncio.sleep(_GATHER_S)
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write, [waiting.page for waiting in batch])
            except Exception as error:
                if len(batch) == 1:
                    _end(batch[0], error)
                    continue
                for waiting in batch:  # one bad page must not cost its neighbours
                    await self._store_alone(waiting)
            else:
                for waiting in batch:
                    _end(waiting)

    async def _store_alone(self, waiting: _Waiting) -> None:
        try:
            await asyncio.to_thread(self._write, [waiting.page])
        except Exception as error:  # raised where the page is awaited
            _end(waiting, error)
        else:
            _end(waiting)

    def _write(self, pages: Sequence[FetchedPage]) -> None:
        # Packed before the transaction begins, so that no other writer waits for the compression.
        packed = [(page, body_digest(page.body), pack(page)) for page in pages]
        with self._database.write() as session:
            # The same bytes again, as a re-host or a second look gives them, are kept once.
            kept = archived_pages(session, {digest for _, digest, _ in packed})
            for page, digest, record in packed:
                if digest not in kept:
                    kept[digest] = self._archive.append(record, page.fetched_at)
            record_snapshots(
                session,
                [
                    Arrival(page.entry_id, page.run_id, page.article_key, page, digest, kept[digest])
                    for page, digest, _ in packed
                ],
            )


def _end(waiting: _Waiting, error: Exception | None = None) -> None:
    if waiting.stored.done():
        return  # its spider was stopped
    if error is None:
        waiting.stored.set_result(None)
    else:
        waiting.stored.set_exception(error)
