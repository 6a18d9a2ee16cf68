"""Spiders that ask and store nothing; here those for single addresses.

They crawl under the settings of every crawl, so robots.txt, the source's delay, the guard and the
caps hold here too.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from scrapy.http import Response

from crawler.fates import fate_of_error, fate_of_response, retry_after_s
from crawler.source import Source
from crawler.spiders.of_source import SourceSpider, headers_of
from storage.models import Fate, Snapshot

logger = logging.getLogger(__name__)

_REFUSALS_IN_A_ROW = 3
"""So many, and the host is left alone."""
_NO_ITEMS: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came of one request: a response with status 200, or a fate with its reason."""

    response: Response | None = None
    fate: Fate | None = None
    detail: str = ""
    status: int | None = None


class AskingSpider(SourceSpider):
    """Asks for addresses of ``source`` one after another; an address is asked once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._answers: dict[str, Answer] = {}
        self._refused_in_a_row = 0
        self._wait_s: float | None = None
        """What the host asked for; it is not asked again in this visit."""

    async def ask(self, url: str) -> Answer:
        """The Answer of ``url``; a host that asks to wait or has refused three times is asked no more."""
        if url not in self._answers:
            self._answers[url] = await self._asked(url)
        return self._answers[url]

    async def _asked(self, url: str) -> Answer:
        if self._wait_s:
            return Answer(fate=Fate.BLOCKED, detail=f"not asked: the host asked to wait {self._wait_s:.0f} s")
        if self._refused_in_a_row >= _REFUSALS_IN_A_ROW:
            reason = f"not asked: the host refused {_REFUSALS_IN_A_ROW} requests in a row"
            return Answer(fate=Fate.BLOCKED, detail=reason)
        try:
            response = await self.download(url)
        except Exception as error:  # every failure is an answer
            fate, detail = fate_of_error(error)
            if fate is Fate.CRAWL_ERROR:
                logger.exception("%s: %s", self.source.id, url)
            return Answer(fate=fate, detail=f"{fate.replace('_', ' ')}: {detail}")
        if response.status == 200:
            self._refused_in_a_row = 0
            return Answer(response, status=200)
        self._wait_s = retry_after_s(response, self.intake.clock())
        fate, detail = fate_of_response(response, self.source.hosts) or (Fate.HTTP_ERROR, "")
        self._refused_in_a_row = self._refused_in_a_row + 1 if fate is Fate.BLOCKED else 0
        return Answer(None, fate, f"{fate.replace('_', ' ')}: {detail}", response.status)

    def snapshot_of(self, url: str, response: Response) -> Snapshot:
        """The page as a crawl would keep it."""
        return Snapshot(
            source=self.source.id,
            requested_url=url,
            final_url=response.url,
            status=response.status,
            headers=headers_of(response),
            body=response.body,
            fetched_at=self.intake.clock(),
        )


class PageSpider(AskingSpider):
    """One page: ``snapshot``, or None with ``failure`` in words."""

    def __init__(self, url: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._url = url
        self.snapshot: Snapshot | None = None
        self.failure = ""

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the page."""
        answer = await self.ask(self._url)
        if answer.response is None:
            self.failure = answer.detail
        elif failure := fate_of_response(answer.response, self.source.hosts):
            self.failure = f"{failure[0].replace('_', ' ')}: {failure[1]}"
        else:
            self.snapshot = self.snapshot_of(self._url, answer.response)
        for item in _NO_ITEMS:  # Scrapy wants an asynchronous generator
            yield item


def page_spider_of(source: Source) -> type[PageSpider]:
    """PageSpider for ``source``."""
    return type("SourcePageSpider", (PageSpider,), {"name": source.id, "source": source})
