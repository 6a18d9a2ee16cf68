"""What people ask for on the pages, done by the service: the two share only the database.

A wish is a poll out of turn or a replay of quarantined pages. Sources that a person follows or leaves
alone, and stories that a person put together or took apart, are seen here too.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from crawler.source import Source
from scheduler.desk import Desk
from scheduler.effective import effective_settings
from scheduler.grouping import relate
from scheduler.replaying import replay
from storage import regrouping, source_choices, upkeep, wishes
from storage.models import RunOutcome
from storage.source_pages import RunLine, runs_of
from storage.wishes import Wish, WishKind, WishOutcome

logger = logging.getLogger(__name__)

LOOKS_EVERY_S = 1.0
_POLL_WITHIN_S = 900
_STORIES_AT_ONCE = 20

Facts = dict[str, str | int]


@dataclass(frozen=True)
class Hands:
    """What the service does for a wish."""

    desk: Callable[[], Desk]
    """The present one: a reload replaces it."""
    poll: Callable[[Source], Awaitable[None]]
    """Polls a source out of turn; at once back where that is under way or polling is held."""
    work: Callable[[], Awaitable[None]]
    """Reads and judges what waits."""
    follow: Callable[[Mapping[str, bool]], Awaitable[None]]
    """Follows sources as their declarations, the settings and these choices say."""


class Wishes:
    """Looks every second at what was asked, and does it."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._chosen: dict[str, bool] | None = None
        self._noted: object = None
        self._not_related: set[int] = set()
        self._granting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Go on until cancelled; what is asked for then waits for the next service."""
        await self._desk.intake.write(wishes.give_back)
        try:
            while True:
                try:
                    await self.look()
                except Exception:  # the database may be away for a while
                    logger.exception("what was asked on the pages could not be looked at")
                await asyncio.sleep(LOOKS_EVERY_S)
        finally:
            for task in self._granting:
                task.cancel()

    async def look(self) -> None:
        """Begin everything that is asked now; polls and replays go on beside."""
        if self._noted is not self._desk.settings:
            now = self._desk.now()
            await self._desk.intake.write(upkeep.note, effective_settings(self._desk, now), now)
            self._noted = self._desk.settings
        asked = await self._desk.intake.read(_asked)
        if self._chosen is not None and asked.chosen != self._chosen:
            await self._hands.follow(asked.chosen)
        self._chosen = asked.chosen
        for story_id in asked.stories:
            if story_id not in self._not_related and not await self._desk.intake.write(
                relate, story_id, self._desk.now()
            ):
                self._not_related.add(story_id)  # tried once: nothing is known of its texts
        while asked.is_waiting:
            wish = await self._desk.intake.write(wishes.take, self._desk.now())
            if wish is None:
                break
            task = asyncio.create_task(self._grant(wish))
            self._granting.add(task)
            task.add_done_callback(self._granting.discard)

    async def settle(self) -> None:
        """Wait until everything that was begun has ended."""
        if self._granting:
            await asyncio.wait(self._granting)

    @property
    def _desk(self) -> Desk:
        return self._hands.desk()

    async def _grant(self, wish: Wish) -> None:
        try:
            outcome, facts = await (self._poll(wish) if wish.kind is WishKind.POLL else self._replay(wish))
        except Exception:
            logger.exception("%s: what was asked on the pages broke off", wish.source)
            outcome, facts = WishOutcome.FAILED, {}
        await self._desk.intake.write(wishes.end, wish.id, outcome, facts, self._desk.now())

    async def _poll(self, wish: Wish) -> tuple[WishOutcome, Facts]:
        desk = self._desk
        source = desk.sources.get(wish.source)
        if source is None:
            return WishOutcome.REFUSED, {"reason": "no longer declared"}
        if desk.polling_held:
            return WishOutcome.REFUSED, {"reason": "; ".join(desk.polling_held.values())}
        logger.info("%s: checked now, as asked on the pages", source.id)
        await self._hands.poll(source)
        run = await desk.intake.read(_last_run, source.id)
        for _ in range(_POLL_WITHIN_S):  # one that was under way tells as much
            if run is None or run.ended_at is not None:
                break
            await asyncio.sleep(LOOKS_EVERY_S)
            run = await desk.intake.read(_last_run, source.id)
        return _polled(run, wish)

    async def _replay(self, wish: Wish) -> tuple[WishOutcome, Facts]:
        done = await replay(self._desk, self._hands.work, wish.source)
        logger.info("%s: %d pages read again, as asked on the pages", wish.source, len(done.pages))
        return WishOutcome.DONE, {"pages": len(done.pages), "read": done.read, "lost": done.lost}


def _polled(run: RunLine | None, wish: Wish) -> tuple[WishOutcome, Facts]:
    if run is None or run.ended_at is None or run.ended_at < wish.asked_at:
        return WishOutcome.FAILED, {}
    facts: Facts = {"listed": run.listed, "requests": run.requests}
    if run.outcome is RunOutcome.COMPLETED:
        return WishOutcome.DONE, facts
    return WishOutcome.FAILED, facts | {"reason": run.reason or ""}


def _last_run(session: Session, source: str) -> RunLine | None:
    return next(iter(runs_of(session, source, 1)), None)


@dataclass(frozen=True)
class _Asked:
    chosen: dict[str, bool]
    is_waiting: bool
    stories: list[int]


def _asked(session: Session) -> _Asked:
    return _Asked(
        chosen={id: choice.is_enabled for id, choice in source_choices.choices(session).items()},
        is_waiting=wishes.is_waiting(session),
        stories=regrouping.open_stories(session, _STORIES_AT_ONCE),
    )
