"""robots.txt, obeyed from the first request of a host.

Scrapy's own middleware lets the requests through that wait for the first robots.txt of a host
(scrapy 2.19: they share a Deferred whose first waiter alone gets the rules), parses the body of an
error page as rules, and takes an unreachable robots.txt as consent.
"""

import asyncio
import logging
from datetime import timedelta

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from crawler.intake import Intake, KnownRobots

logger = logging.getLogger(__name__)

_LONGEST_CRAWL_DELAY_S = 60.0
_KEPT_FOR = timedelta(days=1)
"""RFC 9309 asks for no longer than 24 hours."""


class RobotsForbidden(IgnoreRequest):
    """robots.txt does not allow this address."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt of ``site`` could not be read: ``why``, and ``error`` where there was no answer."""

    def __init__(self, site: str, why: str, error: Exception | None = None) -> None:
        super().__init__(f"{site}/robots.txt could not be read: {why}")
        self.site = site
        self.why = why
        self.error = error


class ObeyRobots(RobotsTxtMiddleware):
    """Asks each site's robots.txt once a day, before anything else of that site.

    By RFC 9309 a 4xx means that there are no rules and a 5xx or no answer that nothing is allowed.
    A Crawl-delay lengthens the source's own delay, up to a minute, and never shortens it.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: dict[str, asyncio.Lock] = {}
        self._rules: dict[str, RobotParser | RobotsUnreachable | None] = {}
        self._intake: Intake = crawler.settings["DIEMBAO_INTAKE"]

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules for ``request``, or None where the site has none; raises RobotsUnreachable."""
        url = urlparse_cached(request)
        site = f"{url.scheme}://{url.netloc}"
        async with self._locks.setdefault(site, asyncio.Lock()):
            if site not in self._rules:
                self._rules[site] = await self._known_or_read(site)
                self._lengthen_delay(url.hostname or "", self._rules[site])
        rules = self._rules[site]
        if isinstance(rules, RobotsUnreachable):
            raise RobotsUnreachable(rules.site, rules.why, rules.error)
        return rules

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise RobotsForbidden where the rules do not allow ``request``."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise RobotsForbidden(f"robots.txt does not allow {request.url}") from None

    async def _known_or_read(self, site: str) -> RobotParser | RobotsUnreachable | None:
        """The rules as read by an earlier crawl of this process, for a day; else as read now."""
        now = self._intake.clock()
        known = self._intake.robots.get(site)
        if known is not None and now - known.read_at < _KEPT_FOR:
            return known.rules
        rules = await self._read(site)
        if not isinstance(rules, RobotsUnreachable):
            if rules is not None:
                rules.spider = None  # type: ignore[attr-defined]  # it would keep this crawl in memory
            self._intake.robots[site] = KnownRobots(rules, now)
        return rules

    async def _read(self, site: str) -> RobotParser | RobotsUnreachable | None:
        assert self.crawler.engine is not None
        request = Request(
            f"{site}/robots.txt",
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True},
            callback=NO_CALLBACK,
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:
            return RobotsUnreachable(site, str(error) or type(error).__name__, error)
        return self._judge(site, response)

    def _judge(self, site: str, response: Response) -> RobotParser | RobotsUnreachable | None:
        if response.status == 200:
            return self._parserimpl.from_crawler(self.crawler, response.body)
        if 400 <= response.status < 500 and response.status != 429:
            return None
        return RobotsUnreachable(site, f"status {response.status}")

    def _lengthen_delay(self, host: str, rules: RobotParser | RobotsUnreachable | None) -> None:
        if not isinstance(rules, RobotParser) or self.crawler.engine is None:
            return
        asked = rules.crawl_delay(self._robotstxt_useragent or self._default_useragent)
        if not asked:
            return
        downloader = self.crawler.engine.downloader
        delay = max(downloader._delay, min(asked, _LONGEST_CRAWL_DELAY_S))
        # Slots are dropped after a minute without requests; the setting makes the next one alike.
        downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
        if host in downloader.slots:
            downloader.slots[host].delay = delay
        logger.info("%s asks for %.1f s between requests", host, delay)
