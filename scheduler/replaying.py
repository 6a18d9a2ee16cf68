"""Quarantined pages read again, as the program and its declarations are now; nothing is fetched."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from scheduler.desk import Desk
from storage import reading
from storage.models import RejectionReason
from storage.reading import RejectedSnapshot


@dataclass(frozen=True)
class Replay:
    """What came of reading pages again."""

    pages: Sequence[RejectedSnapshot]
    """Those whose bytes are in the archive still."""
    lost: int
    """Those whose bytes are not."""
    outcomes: dict[int, str | RejectionReason]
    """Title or reason of each page now, by its number; one that waits is left out."""

    @property
    def read(self) -> int:
        """How many gave a text now."""
        return sum(not isinstance(outcome, RejectionReason) for outcome in self.outcomes.values())


async def replay(
    desk: Desk,
    work: Callable[[], Awaitable[None]],
    source: str | None = None,
    reason: RejectionReason | None = None,
) -> Replay:
    """Read the rejected pages of ``source`` and ``reason`` (None: of all) again; ``work`` reads and judges.

    Killed on the way, what is left is read by whoever works next.
    """
    rejected = await desk.intake.read(reading.rejected_snapshots, source, reason)
    kept = [page for page in rejected if (desk.intake.archive.folder / page.archive_file).is_file()]
    ids = [page.id for page in kept]
    await desk.intake.write(reading.read_again, ids)
    await work()
    return Replay(kept, len(rejected) - len(kept), await desk.intake.read(reading.outcomes, ids))
