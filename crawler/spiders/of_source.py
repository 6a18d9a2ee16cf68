"""What every spider of a Source shares: its delay, its Intake, its one way of asking, its cost."""

from typing import ClassVar

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings

from crawler.intake import Intake
from crawler.politeness import SMALLEST_DELAY_S
from crawler.source import Source


class SourceSpider(Spider):
    """Asks for addresses of ``source`` and awaits each answer itself."""

    source: ClassVar[Source]

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """The source's own delay."""
        super().update_settings(settings)
        intake: Intake = settings["DIEMBAO_INTAKE"]
        delay_s = max(SMALLEST_DELAY_S, cls.source.delay_s * intake.manners.delay_scale)
        settings.set("DOWNLOAD_DELAY", delay_s, priority="spider")

    @property
    def intake(self) -> Intake:
        """What this crawl reads and writes, its clock, workers and manners."""
        intake: Intake = self.settings["DIEMBAO_INTAKE"]
        return intake

    @property
    def requests(self) -> int:
        """Requests sent, robots.txt and redirects included."""
        return self._statistic("downloader/request_count")

    @property
    def received_bytes(self) -> int:
        """Bytes of response bodies, as they came over the wire."""
        return self._statistic("downloader/response_bytes")

    async def download(self, url: str, headers: dict[str, str] | None = None) -> Response:
        """The response to a GET, whatever its status; raises what Scrapy raises."""
        assert self.crawler.engine is not None
        request = Request(url, headers=headers, callback=NO_CALLBACK, dont_filter=True)
        return await self.crawler.engine.download_async(request)

    def _statistic(self, name: str) -> int:
        return int(self.crawler.stats.get_value(name, 0)) if self.crawler.stats else 0


def headers_of(response: Response) -> tuple[tuple[str, str], ...]:
    """Response headers in order, as text."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )
