"""Removing archived pages: a file whose pages all go is dropped, another is written anew without them.

Killed at any moment, nothing that stays is lost: the new file is whole and on the disk before one
transaction lets the Snapshots name it, and the old one goes after that is on the disk too. What a kill
leaves behind is named in the database (``storage.upkeep.Pruning.leaving``) and swept up the next time.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.archive import REMOVED, Archive, ArchivedPage
from storage.archive_lock import alone, unclaimed
from storage.database import Database, database_url
from storage.errors import FolderNotWritable, PageLost
from storage.retention import KeptPage, Limits, Need, Needs, files_in_use, is_in_use, move_pages, pages_in
from storage.upkeep import Pruning, known, note

ENOUGH_BELOW = 0.9
"""Where the archive is too large, it is brought down to this share of its limit: not a little each day."""
_NO_ROLLING = 1 << 62


@dataclass(frozen=True)
class FilePlan:
    """What is to become of one file."""

    name: str
    bytes: int
    going: tuple[KeptPage, ...]
    staying: tuple[KeptPage, ...]

    @property
    def freed_bytes(self) -> int:
        """What the disk gains: also what no Snapshot names goes."""
        kept = sum(page.place.length for page in self.staying)
        return max(self.bytes - kept, 0)


@dataclass(frozen=True)
class Pruned:
    """What was removed, or would be."""

    archive_bytes: int
    """Of all files before."""
    files: int = 0
    """Dropped or written anew."""
    pages: int = 0
    freed_bytes: int = 0
    oldest_at: datetime | None = None
    """When the oldest of them was fetched."""
    left_alone: tuple[str, ...] = ()
    """Files that could not be treated, a sentence each."""
    over_bytes: int = 0
    """By how much the archive is too large still: the rest is evidence or waits to be read."""

    def without(self, plan: FilePlan) -> "Pruned":
        """The same with one file more."""
        oldest = [page.fetched_at for page in plan.going]
        return replace(
            self,
            files=self.files + 1,
            pages=self.pages + len(plan.going),
            freed_bytes=self.freed_bytes + plan.freed_bytes,
            oldest_at=min([*oldest, *([self.oldest_at] if self.oldest_at else [])]),
        )

    def held_to(self, limits: Limits) -> "Pruned":
        """The same with what is left above the limit."""
        left = self.archive_bytes - self.freed_bytes
        return replace(self, over_bytes=max(left - limits.most_bytes, 0) if limits.most_bytes else 0)


def planned(database: Database, folder: Path, limits: Limits, least_share: float = 0.0) -> Pruned:
    """What ``prune`` would do now to the archive in ``folder``; nothing is changed."""
    found = Pruned(_size_of(folder))
    for plan in _plans(database, folder, limits, least_share):
        found = found.without(plan)
    return found.held_to(limits)


def prune(
    database: Database, folder: Path, limits: Limits, now: datetime, least_share: float = 0.0
) -> Pruned:
    """Remove the pages beyond ``limits`` from the archive in ``folder``.

    A file is left as it is where less than ``least_share`` of it would go: writing 500 MB anew for one
    page is no gain. Raises ArchiveInUse where a backup or another pruning is under way.
    """
    with alone(folder):
        _sweep(database, folder, now)
        done = Pruned(_size_of(folder))
        for plan in _plans(database, folder, limits, least_share):
            why = _treat(database, folder, plan, now)
            if why is None:
                done = done.without(plan)
            else:
                done = replace(done, left_alone=(*done.left_alone, f"{plan.name}: {why}"))
        return done.held_to(limits)


def _size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.warc.gz"))


def _plans(database: Database, folder: Path, limits: Limits, least_share: float) -> Iterator[FilePlan]:
    """Each file of which something goes, those with the oldest pages first."""
    total = _size_of(folder)
    if limits.most_bytes is not None and total > limits.most_bytes:
        least_share = 0
        limits = _with_age_for_size(database, folder, limits, total - int(limits.most_bytes * ENOUGH_BELOW))
    for file in _files(database, folder, limits):
        pages = _pages(database, file)
        going = tuple(page for page in pages if limits.have_passed(page))
        staying = tuple(page for page in pages if not limits.have_passed(page))
        plan = FilePlan(file, (folder / file).stat().st_size, going, staying)
        if going and (not staying or plan.freed_bytes >= least_share * plan.bytes):
            yield plan


def _with_age_for_size(database: Database, folder: Path, limits: Limits, excess_bytes: int) -> Limits:
    """``limits`` with the age beyond which pages must go, so that ``excess_bytes`` are freed."""
    ages = []
    for file in _files(database, folder, replace(limits, before=datetime.max.replace(tzinfo=UTC))):
        for page in _pages(database, file):
            if limits.have_passed(page):
                excess_bytes -= page.place.length
            elif page.need is Need.NONE:
                ages.append((page.fetched_at, page.place.length))
    before = limits.before
    for fetched_at, length in sorted(ages):
        if excess_bytes <= 0:
            break
        excess_bytes -= length
        before = fetched_at + timedelta(microseconds=1)
    return replace(limits, before=before)


def _files(database: Database, folder: Path, limits: Limits) -> list[str]:
    """Those that are there and have a page of such an age."""
    oldest = max((before for before in (limits.before, limits.evidence_before) if before), default=None)
    with database.read() as session:
        files = files_in_use(session)
    return [
        file.name
        for file in files
        if oldest is not None and file.first_at < oldest and (folder / file.name).is_file()
    ]


def _pages(database: Database, file: str) -> list[KeptPage]:
    with database.read() as session:
        return pages_in(session, file, Needs(session))


def _treat(database: Database, folder: Path, plan: FilePlan, now: datetime) -> str | None:
    """Drop or rewrite one file; why not, where it was left as it is."""
    with unclaimed(folder / plan.name) as is_free:
        if not is_free:
            return "it is being written"
        target = Archive(folder, _NO_ROLLING)
        try:
            moved = list(_copied(database, target, folder, plan, now))
        except (PageLost, FolderNotWritable) as error:
            _forget_copy(database, target, now)
            return str(error)
        if not _exchange(database, plan, moved, target, now):
            _forget_copy(database, target, now)
            return "something in it is needed meanwhile"
        target.close()
        _flush_log(database)
        (folder / plan.name).unlink()
        _flush(folder)
        _leave(database, now, no_longer={plan.name})
    return None


def _copied(
    database: Database, target: Archive, folder: Path, plan: FilePlan, now: datetime
) -> Iterator[tuple[KeptPage, ArchivedPage]]:
    """Each page that stays with its place in ``target``, which is on the disk when all are out."""
    if not plan.staying:
        return
    source = Archive(folder)
    file = target.begin(min(page.fetched_at for page in plan.staying))
    _leave(database, now, also={file.name})
    for page in plan.staying:
        yield page, target.append(source.load_record(page.place), page.fetched_at)
    _flush(file)
    _flush(folder)


def _exchange(
    database: Database,
    plan: FilePlan,
    moved: Sequence[tuple[KeptPage, ArchivedPage]],
    target: Archive,
    now: datetime,
) -> bool:
    """Let the Snapshots name the new places, unless what they need has changed since the plan was made."""
    with database.write() as session:
        known_before = {page.place.offset: page for page in (*plan.going, *plan.staying)}
        needed_now = {page.place.offset: page for page in pages_in(session, plan.name, Needs(session))}
        going = {page.place.offset for page in plan.going}
        if needed_now.keys() != known_before.keys() or any(
            page.need > known_before[offset].need or page.fetched_at > known_before[offset].fetched_at
            for offset, page in needed_now.items()
            if offset in going
        ):
            return False
        places = {page.place.offset: place for page, place in moved}
        # Snapshots that name a page since the plan was made move with it.
        move_pages(session, [(page, places.get(offset, REMOVED)) for offset, page in needed_now.items()])
        before = known(session, Pruning) or Pruning()
        leaving = {*before.leaving, plan.name} - ({target.file.name} if target.file is not None else set())
        changed = before.model_copy(
            update={
                "ended_at": now,
                "pages": before.pages + len(plan.going),
                "freed_bytes": before.freed_bytes + plan.freed_bytes,
                "leaving": tuple(sorted(leaving)),
            }
        )
        note(session, changed, now)
        return True


def _forget_copy(database: Database, target: Archive, now: datetime) -> None:
    """Take an unfinished copy away."""
    file = target.file
    target.close()
    if file is not None:
        file.unlink(missing_ok=True)
        _leave(database, now, no_longer={file.name})


def _sweep(database: Database, folder: Path, now: datetime) -> None:
    """Take away what a killed pruning left: files that it named and no Snapshot names."""
    with database.read() as session:
        leaving = (known(session, Pruning) or Pruning()).leaving
        unused = [name for name in leaving if not is_in_use(session, name)]
    _flush_log(database)
    for name in unused:
        (folder / name).unlink(missing_ok=True)
    if leaving:
        _flush(folder)
        _leave(database, now, no_longer=set(leaving))


def _leave(
    database: Database,
    now: datetime,
    *,
    also: Collection[str] = (),
    no_longer: Collection[str] = (),
) -> None:
    """Note which files go unless a Snapshot names them."""
    with database.write() as session:
        before = known(session, Pruning) or Pruning()
        leaving = {*before.leaving, *also} - {*no_longer}
        note(session, before.model_copy(update={"leaving": tuple(sorted(leaving))}), now)


def _flush_log(database: Database) -> None:
    """Bring what was committed to the disk: SQLite itself does so later, a power failure could undo it."""
    if database.is_sqlite:
        log = Path(f"{database_url(database.url).database}-wal")
        if log.exists():
            _flush(log)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
