"""Scrapy's settings: manners, caps, and the mends for what Scrapy leaves open.

Checked against scrapy 2.19; the tests in tests/crawler/test_manners.py fail without each mend.
"""

from typing import Any

from crawler.intake import Intake, Manners
from crawler.items import EXPORTED_FIELDS

SMALLEST_DELAY_S = 0.01
"""With no delay at all Scrapy does not hold the number of connections per host."""

_PARTS = {
    # All of Scrapy's that are used. What a later Scrapy adds does not get in by itself, as RemoteControl did,
    # which opens a port and runs the Python code that it is sent; nor are the others' libraries loaded.
    "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
    "DOWNLOADER_MIDDLEWARES_BASE": {
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
        "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": 700,
        "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
    },
    "DOWNLOADER_MIDDLEWARES": {
        "crawler.robots.ObeyRobots": 100,
        "crawler.refusals.RefuseAddresses": 560,
        "crawler.wholeness.ExpandWhole": 590,
    },
    "SPIDER_MIDDLEWARES_BASE": {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700},
}


def user_agent(manners: Manners) -> str:
    """Who we are, with the address of the person who runs this where the settings name one."""
    contact = f" (+{manners.contact})" if manners.contact else ""
    return f"diembao/{manners.version}{contact}"


def scrapy_settings(intake: Intake) -> dict[str, Any]:
    """The settings of a Scrapy process or runner that crawls for ``intake``."""
    manners = intake.manners
    return {
        "BOT_NAME": "diembao",
        "DIEMBAO_INTAKE": intake,
        "DIEMBAO_CONNECT_TO": list(manners.connect_to),
        "SPIDER_LOADER_CLASS": "crawler.spiderloader.SourceSpiderLoader",
        "FEED_EXPORT_FIELDS": EXPORTED_FIELDS,
        # manners
        "USER_AGENT": user_agent(manners),
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": "diembao",
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "COOKIES_ENABLED": True,
        "RETRY_TIMES": manners.retries,
        # 429 and 503 say "later": asking again at once is what they forbid.
        "RETRY_HTTP_CODES": [500, 502, 504, 520, 522, 524, 408],
        "RETRY_GIVE_UP_LOG_LEVEL": "INFO",  # the Entry's fate says it
        **_PARTS,
        # caps
        "DOWNLOAD_TIMEOUT": manners.timeout_s,
        "DOWNLOAD_MAXSIZE": manners.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "REDIRECT_MAX_TIMES": 5,
        # what is never spoken: only http and https, certificates verified, no proxy past the guard
        "DOWNLOAD_HANDLERS": {
            **dict.fromkeys(("file", "data", "ftp", "s3")),
            **dict.fromkeys(("http", "https"), "crawler.heads.CappedHandler"),
        },
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "TWISTED_DNS_RESOLVER": "crawler.guard.InstallGuard",
        # quiet
        "LOG_LEVEL": "INFO",
    }
