"""The one spider: a Source in, Snapshots out.

It awaits each request itself and ends each Entry with one Fate. Scrapy's scheduler, duplicate filter
and callbacks are not used: they drop requests without telling (off-site, duplicate, too long, or
queued when the crawl stops), and an Entry that nobody answers for is an article missed.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from scrapy.http import Response

from crawler.dates import LOCAL_ZONE
from crawler.fates import fate_of_error, fate_of_response, retry_after_s, retry_at
from crawler.items import FetchedPage
from crawler.spiders.of_source import SourceSpider, headers_of
from crawler.spiders.round import ListingRound
from crawler.urls import article_key, is_article
from storage import ledger, second_looks
from storage.ledger import ListingCounts, PendingEntry
from storage.log_lines import add_log_fields
from storage.models import Fate, RunOutcome
from storage.second_looks import DueLook

logger = logging.getLogger(__name__)

_GIVE_UP = frozenset({Fate.BLOCKED, Fate.CONNECTION_FAILED, Fate.TIMED_OUT, Fate.TLS_FAILED})
_IN_A_ROW = 3
"""So many alike one after another end the Run: the host does not want us, or is not there, now."""


class NewsSpider(SourceSpider):
    """Reads the Listings of ``source``, then fetches the Entries that are pending."""

    def __init__(self, since: str | None = None, pages: str | None = None, **kwargs: Any) -> None:
        """``since`` (a date, 2026-11-01) and ``pages`` replace the settings' look-back and limit.

        They are words, as ``scrapy crawl NAME -a since=2026-11-01`` gives them.
        """
        super().__init__(**kwargs)
        self._since = date.fromisoformat(since) if since else None
        self._pages = int(pages) if pages else None
        self.run_id: int | None = None
        self.to_fetch = 0
        """Entries that this Run means to fetch."""
        self.fetched = 0
        """Entries that have had their fate in this Run."""
        self.fates: Counter[Fate] = Counter()
        self.outcome: RunOutcome | None = None
        """How the Run ended; None while it goes on."""
        self.retry_after_s: float | None = None
        """The longest wait that the host asked for in this Run."""
        self.limit: timedelta | None = None
        """The Run's limit, where it was ended at it."""
        self._round: ListingRound | None = None
        self._trouble: list[str] = []
        """What ended the Run early."""
        self._has_broken = False

    @property
    def has_read(self) -> bool:
        """Whether at least one Listing could be read."""
        return self._round is not None and self._round.read > 0

    @property
    def has_ended(self) -> bool:
        """Whether the Run is over."""
        return self.outcome is not None

    @property
    def is_cut_off(self) -> bool:
        """Whether nothing could be read because no connection came about."""
        fates = self._round.fates if self._round else set()
        return not self.has_read and fates == {Fate.CONNECTION_FAILED}

    @property
    def problem(self) -> str | None:
        """What went wrong with listings, each problem once; None where all is well."""
        listings = self._round.problems if self._round else []
        told = [f"{url}: {reason}" for url, reason in listings] + self._trouble
        return "; ".join(dict.fromkeys(told))[:1000] or None

    async def start(self) -> AsyncIterator[FetchedPage]:
        """One Run: every Listing, what is pending, newest first, what is in doubt, then second looks."""
        now = self.intake.clock()
        self.run_id = await self.intake.write(ledger.open_run, self.source.id, now)
        add_log_fields(run=self.run_id)
        self._round = ListingRound(
            self.source, self.intake, self.download, self.run_id, self._lookback_days(now)
        )
        try:
            await self._round.read_all()
            self.retry_after_s = self._round.retry_after_s
            if self.retry_after_s:
                self._trouble.append(_asked_to_wait(self.retry_after_s))
                return
            if self.is_cut_off:
                return  # being offline must not use up the tries of what is pending
            async for item in self._fetch_pending():
                yield item
            async for item in self._look_again():
                yield item
        except Exception as error:  # the Run's boundary: it ends as failed, not as if all were read
            logger.exception("%s: the run broke off", self.source.id)
            self._trouble.append(f"{Fate.CRAWL_ERROR}: {type(error).__name__}: {error}")
            self._has_broken = True

    def _lookback_days(self, now: datetime) -> int:
        if self._since is None:
            return self.intake.lookback_days
        return max((now.astimezone(LOCAL_ZONE).date() - self._since).days, 0) + 1

    def end_at_limit(self, limit: timedelta) -> None:
        """The Run has taken ``limit`` and is ended from outside; what is not fetched stays pending."""
        self.limit = limit
        self._trouble.append(f"run_limit: ended after {limit / timedelta(minutes=1):.0f} min, its limit")

    async def closed(self, reason: str) -> None:
        """Scrapy calls this when all items are stored: close the Run. A second call changes nothing."""
        if self.run_id is None or self.has_ended:
            return
        is_good = self.has_read and not self._has_broken
        self.outcome = RunOutcome.COMPLETED if is_good else RunOutcome.FAILED
        if reason == "shutdown" and self.limit is None:
            self.outcome = RunOutcome.INTERRUPTED
        await self.intake.write(
            ledger.close_run,
            self.run_id,
            self.outcome,
            self.problem,
            self.requests,
            self.received_bytes,
            self.intake.clock(),
            self._listing_counts(),
        )

    def _listing_counts(self) -> ListingCounts:
        if self._round is None:
            return ListingCounts()
        codes = [reason.partition(":")[0] for _, reason in self._round.problems]
        codes += [
            trouble.split()[0].rstrip(":")
            for trouble in self._trouble
            if " in a row" in trouble or trouble.startswith("run_limit:")
        ]
        return ListingCounts(
            read=self._round.read,
            unchanged=self._round.unchanged,
            problems=Counter(codes),
            retry_after_s=self.retry_after_s,
        )

    @property
    def summary(self) -> str:
        """The Run in a line: what came of its Entries, and what went wrong with listings."""
        counts = ", ".join(f"{count} {fate}" for fate, count in sorted(self.fates.items()))
        reasons = Counter(reason for _, reason in (self._round.problems if self._round else []))
        problems = [f"{count} × {reason}" if count > 1 else reason for reason, count in reasons.items()]
        return "; ".join([counts or "nothing new", *problems, *self._trouble])

    async def _fetch_pending(self) -> AsyncIterator[FetchedPage]:
        limit = self._pages or self.intake.pages_per_run
        now = self.intake.clock()
        pending = await self.intake.read(ledger.pending_entries, self.source.id, now, limit)
        if self.has_read:  # an outlet that has one answer to everything must not use up the tries
            room = limit - len(pending)
            pending += await self.intake.read(ledger.doubted_entries, self.source.id, now, room)
        self.to_fetch = len(pending)
        refusals = Counter[Fate]()
        keeping: asyncio.Task[FetchedPage] | None = None
        try:
            for entry in pending:
                outcome = await self._fetch(entry)
                if keeping is not None:  # the page before: kept while this one came
                    yield await keeping
                    keeping = None
                if isinstance(outcome, FetchedPage):
                    fate, keeping = Fate.FETCHED, asyncio.create_task(self._keep(outcome))
                else:
                    fate = outcome
                    self._count(fate)
                refusals = Counter({fate: refusals[fate] + 1})
                if self.retry_after_s:
                    self._trouble.append(_asked_to_wait(self.retry_after_s))
                    break
                if fate in _GIVE_UP and refusals[fate] == _IN_A_ROW:
                    self._trouble.append(f"{fate} {_IN_A_ROW} times in a row; the rest waits")
                    break
        finally:
            if keeping is not None:  # the Run's counts are closed after this
                await asyncio.wait([keeping])
        if keeping is not None:
            yield keeping.result()

    async def _keep(self, page: FetchedPage) -> FetchedPage:
        await self.intake.store(page)
        self._count(Fate.FETCHED)
        return page

    def _count(self, fate: Fate) -> None:
        self.fetched += 1
        self.fates[fate] += 1

    async def _look_again(self) -> AsyncIterator[FetchedPage]:
        """Ask again, conditionally, for fresh pages: news gets edited. What changed is yielded."""
        if self._trouble or not self.has_read:  # an outlet that is not itself would pass for pages gone
            return
        now = self.intake.clock()
        for look in await self.intake.read(
            second_looks.due_looks, self.source.id, now, self.intake.pages_per_run
        ):
            try:
                response = await self.download(look.url, _conditions(look))
            except Exception as error:  # a look that fails costs nothing but the look
                logger.debug("%s: second look: %s: %s", self.source.id, look.url, fate_of_error(error))
                await self.intake.write(second_looks.record_failed_look, look.entry_id, self.intake.clock())
                continue
            page = await self._looked(look, response)
            if page is not None:
                await self.intake.store(page)
                yield page

    async def _looked(self, look: DueLook, response: Response) -> FetchedPage | None:
        now = self.intake.clock()
        failure = fate_of_response(response, self.source.hosts)
        if response.status == 304 or (
            failure is None and sha256(response.body).hexdigest() == look.body_sha256
        ):
            await self.intake.write(second_looks.record_look, look.entry_id, now)
        elif failure is None:
            return self._page(look.entry_id, look.key, look.url, response)
        elif failure[0] is Fate.NOT_FOUND:
            await self.intake.write(second_looks.record_vanished, look.entry_id, now)
        else:
            await self.intake.write(second_looks.record_failed_look, look.entry_id, now)
        return None

    async def _fetch(self, entry: PendingEntry) -> FetchedPage | Fate:
        is_gone = False
        try:
            response = await self.download(entry.url)
        except Exception as error:  # one await, one fate
            fate, detail = fate_of_error(error)
            if fate is Fate.CRAWL_ERROR:
                logger.exception("%s: %s", self.source.id, entry.url, extra={"article": entry.key})
        else:
            failure = fate_of_response(response, self.source.hosts)
            if failure is None:
                return self._page(entry.id, entry.key, entry.url, response)
            fate, detail = failure
            is_gone = response.status == 410  # taken away on purpose, says RFC 9110
            self.retry_after_s = retry_after_s(response, self.intake.clock())
        now = self.intake.clock()
        again_at = None if is_gone else retry_at(fate, entry.attempts + 1, now, self.retry_after_s)
        await self.intake.write(ledger.record_fate, entry.id, self.run_id, fate, detail, now, again_at)
        logger.debug("%s: %s: %s (%s)", self.source.id, entry.url, fate, detail)
        return fate

    def _page(self, entry_id: int, key: str, url: str, response: Response) -> FetchedPage:
        assert self.run_id is not None
        # A redirect may lead to an article that is known by another address.
        has_own_key = is_article(self.source, response.url)
        return FetchedPage(
            source=self.source.id,
            requested_url=url,
            final_url=response.url,
            status=response.status,
            headers=headers_of(response),
            body=response.body,
            fetched_at=self.intake.clock(),
            entry_id=entry_id,
            run_id=self.run_id,
            article_key=article_key(self.source, response.url) if has_own_key else key,
        )


def _conditions(look: DueLook) -> dict[str, str]:
    conditions = {"If-None-Match": look.etag, "If-Modified-Since": look.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _asked_to_wait(seconds: float) -> str:
    return f"the host asked to wait {seconds:.0f} s; the rest waits"
