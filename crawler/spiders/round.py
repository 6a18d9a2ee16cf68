"""One reading of a Source's Listings: conditional requests in, Entries kept, problems named."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from scrapy.http import Response

from crawler.errors import WorkerError
from crawler.fates import fate_of_error, fate_of_response, retry_after_s
from crawler.intake import Intake
from crawler.listings import ListingProblem, ListingResult, next_page, pages_to_fetch, parse_listing
from crawler.pointers import feeds_in_page, sitemaps_in_index, usable
from crawler.resemblance import is_frozen, same_list
from crawler.source import Listing, ListingKind, ListingPage, Source
from crawler.urls import article_key
from storage import ledger
from storage.ledger import ListingState
from storage.models import Entry, Fate

logger = logging.getLogger(__name__)

_SITEMAPS = frozenset({ListingKind.SITEMAP, ListingKind.NEWS_SITEMAP})
_LISTS = frozenset({ListingKind.FEED, ListingKind.SECTION})
_SILENT = frozenset({Fate.CONNECTION_FAILED, Fate.TIMED_OUT, Fate.TLS_FAILED, Fate.BLOCKED, Fate.HTTP_ERROR})
"""Failures after which asking for more would be useless or unwelcome."""
_MOST_NAMED = 12

Download = Callable[[str, dict[str, str] | None], Awaitable[Response]]
"""Address and request headers to a response of any status; raises what Scrapy raises."""


class ListingRound:
    """Reads the Listings of ``source`` for the Run ``run_id``, ``lookback_days`` back."""

    def __init__(
        self, source: Source, intake: Intake, download: Download, run_id: int, lookback_days: int
    ) -> None:
        self._source = source
        self._intake = intake
        self._download = download
        self._run_id = run_id
        self._lookback_days = lookback_days
        self.read = 0
        """Listings that were read or are unchanged."""
        self.problems: list[tuple[str, str]] = []
        """Address and reason of each Listing that could not be read."""
        self.fates: set[Fate] = set()
        """How requests for Listings failed."""
        self.unchanged = 0
        """Of ``read``: how many had nothing new to say."""
        self.retry_after_s: float | None = None
        """The longest wait that the host asked for."""
        self._indexes: set[str] = set()
        self._lists: dict[str, ListingResult] = {}

    async def read_all(self) -> None:
        """Every address in order; a problem with one leaves the others unharmed.

        Where none can be read although the host answers, what robots.txt and the home page name is
        read instead.
        """
        pages = pages_to_fetch(self._source, self._intake.clock(), self._lookback_days)
        newest_on = max((page.on for page in pages if page.on), default=None)
        for page in pages:
            await self._read_on(page, may_be_absent=page.on is not None and page.on == newest_on)
        if self.read == 0 and self._host_answers():
            await self._read_what_is_named()

    def _host_answers(self) -> bool:
        return bool(self.problems) and not self.fates & _SILENT

    async def _read_on(self, page: ListingPage, *, may_be_absent: bool = False) -> None:
        """Read a Listing's page, and its further pages while each brings something new."""
        further: ListingPage | None = page
        while further is not None:
            new = await self._read(further, may_be_absent=may_be_absent)
            further = next_page(further, new)

    async def _read_what_is_named(self) -> None:
        """The way out where the declaration is out of date: sitemaps and feeds that the outlet names."""
        site = "/".join(self._source.home.split("/")[:3])
        known = self._intake.robots.get(site)
        sitemaps = list(known.rules.rp.sitemaps) if known and known.rules else []  # type: ignore[attr-defined]
        named = [Listing(ListingKind.SITEMAP, url) for url in sitemaps]
        try:
            home = await self._download(self._source.home, None)
            if home.status == 200:
                named += await self._intake.workers.run(feeds_in_page, home.body, home.url)
        except Exception as error:  # the home page is one hint of several
            logger.debug("%s: %s: %s", self._source.id, self._source.home, fate_of_error(error))
        for page in usable(named, self._source)[:_MOST_NAMED]:
            await self._read(page)
        if self.read:
            logger.warning(
                "%s: no declared listing could be read; the outlet itself names others, which were. "
                "`diembao sources check %s` says what to change.",
                self._source.id,
                self._source.id,
            )

    async def _read(self, page: ListingPage, *, may_be_absent: bool = False) -> int:
        """Read one address; how many of its Entries are new.

        ``may_be_absent``: the file of a day or month that may not have begun.
        """
        state = await self._intake.read(ledger.listing_state, self._source.id, page.url)
        try:
            response = await self._download(page.url, _validators(page.url, state))
        except Exception as error:  # every failure of a listing is a named problem
            fate, reason = fate_of_error(error)
            await self._note(page, state, fate, reason, error)
            return 0
        if response.status == 304 and state is not None:
            await self._note_unchanged(page, state)
        elif response.status == 404 and may_be_absent:
            logger.debug("%s: %s: not there yet", self._source.id, page.url)
        elif response.status != 200:
            wait_s = retry_after_s(response, self._intake.clock())
            self.retry_after_s = max(filter(None, (self.retry_after_s, wait_s)), default=None)
            fate, reason = fate_of_response(response, self._source.hosts) or (Fate.HTTP_ERROR, "")
            await self._note(page, state, fate, reason)
        else:
            return await self._take(page, state, response)
        return 0

    async def _take(self, page: ListingPage, state: ListingState | None, response: Response) -> int:
        body_sha256 = sha256(response.body).hexdigest()
        if state is not None and state.problem is None and state.body_sha256 == body_sha256:
            # The host does not answer conditional requests, or wrongly; the bytes are the same.
            await self._note_unchanged(page, state)
            return 0
        content_type = _header(response, b"Content-Type")
        try:
            result: ListingResult = await self._intake.workers.run(
                parse_listing, response.body, content_type, page, self._source
            )
        except WorkerError as error:
            await self._note(page, state, None, str(error))
            return 0
        except Exception as error:  # a bug of ours must not cost the other listings
            await self._note(page, state, *fate_of_error(error), error)
            return 0
        if result.problem is ListingProblem.INDEX and page.listing.kind in _SITEMAPS:
            return await self._read_children(page, state, response.body)
        if not result.is_read:
            await self._note(page, state, None, str(result))
            return 0
        self.read += 1
        doubt = await self._doubt(page, result)
        new = await self._keep(page, result.entries)
        now = self._intake.clock()
        await self._save(
            page,
            ListingState(
                etag=_header(response, b"ETag"),
                last_modified=_header(response, b"Last-Modified"),
                final_url=response.url,
                body_sha256=body_sha256,
                checked_at=now,
                read_at=now,
                problem=doubt,
            ),
        )
        return new

    async def _read_children(self, page: ListingPage, state: ListingState | None, body: bytes) -> int:
        """Read the sitemaps that an index names, one level deep; the index itself is never conditional."""
        children = await self._intake.workers.run(
            _children, body, self._intake.clock(), self._lookback_days, self._source
        )
        if page.url in self._indexes or not children:
            await self._note(
                page, state, None, "index: names no sitemap that may hold articles of these days"
            )
            return 0
        self._indexes.update(child.url for child in children)
        before = self.read
        new = sum([await self._read(child) for child in children])
        if self.read > before:
            now = self._intake.clock()
            await self._save(page, ListingState(checked_at=now, read_at=now))
        return new

    async def _doubt(self, page: ListingPage, result: ListingResult) -> str | None:
        """What is odd about a list that was read: it is another's, or it stands still.

        A wrong feed number gives the home feed. A list in doubt is read in full each time.
        """
        doubt = None
        if page.on is None and is_frozen(result.newest_at, self._intake.clock()):
            doubt = f"frozen: its newest article is of {result.newest_at:%Y-%m-%d}"
        if page.listing.kind in _LISTS and page.number == 1:
            twin = next((url for url, other in self._lists.items() if same_list(result, other)), None)
            self._lists[page.url] = result
            if twin is not None:
                doubt = f"another_list: the same articles as {twin}"
                await self._doubt_twin(twin, page.url)  # which of the two is wrong, neither says
        if doubt is not None:
            self.problems.append((page.url, doubt))
        return doubt

    async def _doubt_twin(self, url: str, twin: str) -> None:
        doubt = f"another_list: the same articles as {twin}"
        self.problems.append((url, doubt))
        state = await self._intake.read(ledger.listing_state, self._source.id, url)
        if state is not None:
            known = replace(state, problem=doubt)
            await self._intake.write(ledger.save_listing_state, self._source.id, url, known)

    async def _keep(self, page: ListingPage, entries: tuple[Entry, ...]) -> int:
        """Keep what is new; how many of the fresh ones were."""
        now = self._intake.clock()
        oldest = now - timedelta(days=self._lookback_days)
        # Feeds and section pages are short and taken whole; a sitemap may go back years.
        is_long = page.listing.kind in _SITEMAPS
        fresh: list[tuple[str, Entry]] = []
        old: list[tuple[str, Entry]] = []
        for entry in entries:
            stated_at = entry.published_at or entry.modified_at
            is_old = is_long and stated_at is not None and stated_at < oldest
            (old if is_old else fresh).append((article_key(self._source, entry.url), entry))
        add, source, run = ledger.add_entries, self._source.id, self._run_id
        await self._intake.write(add, source, run, old, now, Fate.TOO_OLD)
        return await self._intake.write(add, source, run, fresh, now, Fate.PENDING)

    async def _note_unchanged(self, page: ListingPage, state: ListingState) -> None:
        self.read += 1
        self.unchanged += 1
        now = self._intake.clock()
        await self._save(page, replace(state, checked_at=now, read_at=now, problem=None))

    async def _note(
        self,
        page: ListingPage,
        state: ListingState | None,
        fate: Fate | None,
        reason: str,
        error: Exception | None = None,
    ) -> None:
        """A listing that could not be read loses its validators: a 304 after that proves nothing."""
        problem = f"{fate}: {reason}" if fate else reason
        self.problems.append((page.url, problem))
        if fate is not None:
            self.fates.add(fate)
        is_ours = fate is Fate.CRAWL_ERROR
        level = logging.ERROR if is_ours else logging.DEBUG  # the Run's summary says the rest
        logger.log(
            level, "%s: %s: %s", self._source.id, page.url, problem, exc_info=error if is_ours else None
        )
        read_at = state.read_at if state else None
        await self._save(
            page, ListingState(checked_at=self._intake.clock(), read_at=read_at, problem=problem)
        )

    async def _save(self, page: ListingPage, state: ListingState) -> None:
        await self._intake.write(ledger.save_listing_state, self._source.id, page.url, state)


def _children(body: bytes, now: datetime, lookback_days: int, source: Source) -> list[ListingPage]:
    return usable(sitemaps_in_index(body, now, lookback_days), source)


def _validators(url: str, state: ListingState | None) -> dict[str, str] | None:
    # After a failure a 304 proves nothing, and validators hold only for the address that gave them.
    if state is None or state.problem is not None or state.final_url != url:
        return None
    validators = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in validators.items() if value}


def _header(response: Response, name: bytes) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
