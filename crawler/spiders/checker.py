"""One polite pass over a source's real addresses; nothing is stored.

robots.txt, the front page, each listing, what is named in the place of one that fails, some articles.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawler.check import (
    ArticleCheck,
    ListingCheck,
    RobotsCheck,
    SourceCheck,
    State,
    listing_words,
    state_of_fate,
)
from crawler.errors import WorkerError
from crawler.examine import Examination, examine
from crawler.fates import fate_of_response
from crawler.listings import ListingResult, pages_to_fetch
from crawler.pointers import usable
from crawler.resemblance import same_list
from crawler.robots import ObeyRobots, RobotsUnreachable
from crawler.source import Listing, ListingKind, ListingPage, Source
from crawler.spiders.asking import AskingSpider
from crawler.survey import Survey, survey
from storage.models import Entry, Fate, Rejection

_NO_ITEMS: tuple[Any, ...] = ()
_MOST_CANDIDATES = 6
"""Addresses tried in place of declared ones that fail."""
_NAMES_OF_NEWS = ("news", "google")


class CheckSpider(AskingSpider):
    """robots.txt, the front page, each listing, what is named in their place, and some articles."""

    def __init__(self, articles: str = "3", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._article_count = int(articles)
        self.check: SourceCheck | None = None
        """Set when the pass is over."""
        self._entries: list[tuple[str, Entry]] = []
        """Address of the Listing and Entry, of every listing read."""
        self._results: dict[str, ListingResult] = {}
        self._reader = self.source
        """The source as its pages are read: with another ``article`` once the declared one fits nothing."""
        self._pointers: dict[str, tuple[Listing, str]] = {}
        """Listings named somewhere, by address, with who named them."""

    async def start(self) -> AsyncIterator[Any]:
        """The pass."""
        robots = await self._check_robots()
        listings = [await self._check_declared(pages) for pages in self._declared_pages()]
        candidates: list[ListingCheck] = []
        is_enough = any(listing.is_useful for listing in listings)
        has_lost = any(not each.is_sound and each.state is not State.AWAY for each in listings)
        if not is_enough or has_lost:
            await self._read_home()
            await self._try_candidates(candidates, listings)
        await self._assume_article([*listings, *candidates])
        articles = [await self._check_article(entry) for entry in self._chosen()]
        if not any(listing.is_useful for listing in [*listings, *candidates]):
            await self._try_candidates(candidates, listings)
        self.check = SourceCheck(
            source=self.source,
            checked_at=self.intake.clock(),
            requests=self.requests,
            robots=tuple(robots),
            listings=tuple(listings),
            candidates=tuple(candidates),
            articles=tuple(articles),
        )
        for item in _NO_ITEMS:  # Scrapy wants an asynchronous generator
            yield item

    # ---- robots.txt

    async def _check_robots(self) -> list[RobotsCheck]:
        urls = [self.source.home, *(listing.url for listing in self.source.listings)]
        sites = dict.fromkeys(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in urls)
        checks = [await self._check_site(site) for site in sites]
        for check in checks:
            for url in check.sitemaps:
                is_news = any(name in url.rpartition("/")[2] for name in _NAMES_OF_NEWS)
                kind = ListingKind.NEWS_SITEMAP if is_news else ListingKind.SITEMAP
                self._point_to([Listing(kind, url)], "named by robots.txt")
        return checks

    async def _check_site(self, site: str) -> RobotsCheck:
        obeying = self.crawler.get_downloader_middleware(ObeyRobots)
        assert isinstance(obeying, ObeyRobots)
        try:
            rules = await obeying.robot_parser(Request(f"{site}/"))
        except RobotsUnreachable as error:
            return RobotsCheck(site, State.AWAY, error.why, allows_home=False)
        if rules is None:
            return RobotsCheck(site, State.EMPTY)
        agent = str(self.settings["ROBOTSTXT_USER_AGENT"])
        return RobotsCheck(
            site,
            State.FOUND,
            allows_home=rules.allowed(f"{site}/", agent),
            crawl_delay_s=rules.crawl_delay(agent),
            sitemaps=_sitemaps_of(rules),
        )

    # ---- listings

    def _declared_pages(self) -> list[list[ListingPage]]:
        """For each listing its first address, and of a dated one the address before it."""
        pages = pages_to_fetch(self.source, self.intake.clock(), self.intake.lookback_days)
        of_listing = [[page for page in pages if page.listing == each] for each in self.source.listings]
        return [list(islice(each, 2)) for each in of_listing]

    async def _check_declared(self, pages: Sequence[ListingPage]) -> ListingCheck:
        check = await self._check_listing(pages[0], "declared")
        is_not_there_yet = self._answers[pages[0].url].status == 404
        if len(pages) > 1 and (is_not_there_yet or check.state is State.EMPTY):
            # The file of a day or month that has hardly begun.
            return await self._check_listing(pages[1], "declared", holds_today=False)
        return check

    async def _check_listing(
        self, page: ListingPage, origin: str, *, holds_today: bool = True
    ) -> ListingCheck:
        answer = await self.ask(page.url)
        if answer.response is None:
            state = state_of_fate(answer.fate or Fate.HTTP_ERROR)
            return ListingCheck(page.listing, page.url, state, answer.detail, origin)
        moved_to = None if answer.response.url == page.url else answer.response.url
        surveyed = await self._survey(page, answer.response)
        if isinstance(surveyed, str):
            return ListingCheck(page.listing, page.url, State.WRONG, surveyed, origin, moved_to)
        self._point_to(surveyed.feeds, f"named by {page.url}")
        self._point_to(surveyed.children, f"in the index {page.url}")
        state, detail = listing_words(page.listing, surveyed, self.intake.clock(), holds_today=holds_today)
        result = surveyed.fitting[1] if surveyed.fitting else surveyed.result
        check = ListingCheck(
            page.listing,
            page.url,
            state,
            detail,
            origin,
            moved_to,
            surveyed.found,
            len(result.entries),
            result.ignored,
            result.newest_at,
            self._same_as(page, result),
            detail.startswith("frozen"),
            surveyed.fitting[0] if surveyed.fitting else None,
            surveyed.article,
        )
        self._results[page.url] = result
        if check.is_sound or check.reads_as:
            self._entries += [(page.url, entry) for entry in result.entries]
        return check

    async def _survey(self, page: ListingPage, response: Response) -> Survey | str:
        try:
            surveyed: Survey = await self.intake.workers.run(
                survey,
                response.body,
                (response.headers.get(b"Content-Type") or b"").decode("latin-1") or None,
                page,
                self._reader,
                self.intake.clock(),
                self.intake.lookback_days,
            )
        except WorkerError as error:
            return str(error)
        return surveyed

    def _same_as(self, page: ListingPage, result: ListingResult) -> str | None:
        """A listing of the same kind, read before, that shows the same list.

        A news sitemap and a home feed may well begin with the same articles.
        """
        for url, other in self._results.items():
            kinds = {listing.kind for listing in self.source.listings if listing.url == url}
            if url != page.url and page.listing.kind in kinds and same_list(result, other):
                return url
        return None

    # ---- what else there is

    def _point_to(self, listings: Sequence[Listing], origin: str) -> None:
        for listing in listings:
            self._pointers.setdefault(listing.url, (listing, origin))

    async def _read_home(self) -> None:
        """The front page, for the feeds that it names."""
        answer = await self.ask(self.source.home)
        if answer.response is not None:
            page = ListingPage(Listing(ListingKind.SECTION, self.source.home), self.source.home)
            surveyed = await self._survey(page, answer.response)
            if isinstance(surveyed, Survey):
                self._point_to(surveyed.feeds, f"named by {self.source.home}")

    async def _try_candidates(self, tried: list[ListingCheck], declared: Sequence[ListingCheck]) -> None:
        """Try what was named, feeds first; of an index that is tried, its children in turn."""
        while len(tried) < _MOST_CANDIDATES:
            known = {check.url for check in [*tried, *declared]} | {check.listing.url for check in tried}
            untried = [
                (listing, origin)
                for listing, origin in self._pointers.values()
                if self._can_try(listing) and listing.url not in known
            ]
            # A feed, then what an index holds, then what may be another index.
            untried.sort(key=lambda each: (each[0].kind is not ListingKind.FEED, "index" not in each[1]))
            if not untried:
                return
            listing, origin = untried[0]
            filled = pages_to_fetch(
                replace(self.source, listings=(listing,)), self.intake.clock(), self.intake.lookback_days
            )
            check = await self._check_listing(filled[0], origin)
            if check.reads_as is not None:
                # A candidate is declared as what it is; a news sitemap often has a plain name.
                read_as = replace(listing, kind=check.reads_as)
                check = replace(check, listing=read_as, state=State.FOUND, detail="", reads_as=None)
            tried.append(check)

    def _can_try(self, listing: Listing) -> bool:
        return bool(usable([listing], self.source))

    async def _assume_article(self, listings: Sequence[ListingCheck]) -> None:
        """Where no address is an article, read on by the expression that most addresses share.

        What was answered is looked at again; nothing is asked twice.
        """
        shared = Counter(listing.article for listing in listings if listing.article)
        if not shared or any(listing.entries for listing in listings):
            return
        self._reader = replace(self.source, article=shared.most_common(1)[0][0])
        for listing in listings:
            if listing.article:
                await self._check_listing(ListingPage(listing.listing, listing.url), listing.origin)

    # ---- articles

    def _chosen(self) -> list[Entry]:
        """The newest article of all, then the newest of the other listings, then the next ones."""
        newest_first = sorted(
            self._entries,
            key=lambda each: str(each[1].published_at or each[1].modified_at or ""),
            reverse=True,
        )
        chosen: dict[str, Entry] = {}
        for count_of_each in (1, self._article_count):
            taken: dict[str, int] = {}
            for listing, entry in newest_first:
                has_room = len(chosen) < self._article_count and taken.get(listing, 0) < count_of_each
                if has_room and entry.url not in chosen:
                    chosen[entry.url] = entry
                    taken[listing] = taken.get(listing, 0) + 1
        return list(chosen.values())

    async def _check_article(self, entry: Entry) -> ArticleCheck:
        answer = await self.ask(entry.url)
        failure = fate_of_response(answer.response, self.source.hosts) if answer.response else None
        if answer.response is None or failure is not None:
            fate = failure[0] if failure else answer.fate or Fate.HTTP_ERROR
            detail = f"{fate.replace('_', ' ')}: {failure[1]}" if failure else answer.detail
            moved_to = answer.response.url if answer.response else None
            return ArticleCheck(entry.url, state_of_fate(fate), detail, moved_to)
        response = answer.response
        moved_to = None if response.url == entry.url else response.url
        try:
            found: Examination = await self.intake.workers.run(
                examine, self.snapshot_of(entry.url, response), self._reader
            )
        except WorkerError as error:
            return ArticleCheck(entry.url, State.WRONG, str(error), moved_to)
        return _article_check(entry.url, moved_to, found)


def checker_of(source: Source) -> type[CheckSpider]:
    """CheckSpider for ``source``."""
    return type("SourceCheckSpider", (CheckSpider,), {"name": source.id, "source": source})


def _stated(listed: tuple[str, Entry]) -> str:
    return str(listed[1].published_at or listed[1].modified_at or "")


def _sitemaps_of(rules: RobotParser) -> tuple[str, ...]:
    parser = getattr(rules, "rp", None)
    return tuple(getattr(parser, "sitemaps", ()))


def _article_check(url: str, moved_to: str | None, found: Examination) -> ArticleCheck:
    outcome = found.outcome
    check = ArticleCheck(
        url,
        State.FOUND,
        final_url=moved_to,
        witnesses=found.witnesses,
        matched=found.matched,
        suggested=found.suggested,
    )
    if isinstance(outcome, Rejection):
        return replace(check, detail=outcome.detail, rejection=outcome.reason.value)
    return replace(
        check,
        title=outcome.title,
        lead_chars=len(outcome.lead),
        text_chars=len(outcome.text),
        author=outcome.author,
        published_at=outcome.published_at,
        language=outcome.language,
    )
