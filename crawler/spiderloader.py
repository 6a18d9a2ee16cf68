"""Every source is a spider under its own name, so that ``scrapy crawl vna-en`` works."""

import builtins

from scrapy import Request
from scrapy.settings import BaseSettings
from scrapy.utils.httpobj import urlparse_cached

from crawler.intake import Intake
from crawler.source import Source
from crawler.spiders.news import NewsSpider


class SourceSpiderLoader:
    """Makes a spider class of each Source of the Intake in Scrapy's settings."""

    def __init__(self, settings: BaseSettings) -> None:
        intake: Intake = settings["DIEMBAO_INTAKE"]
        self._sources = intake.sources

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "SourceSpiderLoader":
        """As Scrapy's SpiderLoaderProtocol says."""
        return cls(settings)

    def load(self, spider_name: str) -> type[NewsSpider]:
        """The spider of the Source ``spider_name``; KeyError where there is none."""
        try:
            return spider_for(self._sources[spider_name])
        except KeyError:
            raise KeyError(f"there is no source {spider_name}; `scrapy list` names them") from None

    def list(self) -> list[str]:
        """The names of all sources."""
        return sorted(self._sources)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """The sources whose hosts include the request's."""
        host = (urlparse_cached(request).hostname or "").lower()
        return [name for name, source in self._sources.items() if host in source.hosts]


def spider_for(source: Source) -> type[NewsSpider]:
    """NewsSpider under the source's name."""
    name = "".join(part.capitalize() for part in source.id.split("-")) + "Spider"
    return type(name, (NewsSpider,), {"name": source.id, "source": source, "__module__": __name__})
