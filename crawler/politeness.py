"""Scrapy's settings: manners, caps, and the mends for what Scrapy leaves open.

Checked against scrapy 2.19; the tests in tests/crawler/test_manners.py fail without each mend.
"""

from typing import Any

from crawler.intake import Intake, Manners
from crawler.items import EXPORTED_FIELDS

SMALLEST_DELAY_S = 0.01
"""With no delay at all Scrapy does not hold the number of connections per host."""

_NOT_USED = (
    # these would open ports on which Scrapy takes Python code to run here
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.telnet.TelnetConsole",
    # these have nothing to do here; so their libraries are not loaded
    "scrapy.extensions.memusage.MemoryUsage",
    "scrapy.extensions.memdebug.MemoryDebugger",
    "scrapy.extensions.throttle.AutoThrottle",
    "scrapy.extensions.spiderstate.SpiderState",
    "scrapy.extensions.logstats.LogStats",
)


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
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.robots.ObeyRobots": 100,
            "crawler.refusals.RefuseAddresses": 560,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
            "crawler.wholeness.ExpandWhole": 590,
            # what has nothing to do here is not asked about every page
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # our own fate says it: off_host
        },
        "SPIDER_MIDDLEWARES": {
            f"scrapy.spidermiddlewares.{name}": None
            for name in (
                "start.StartSpiderMiddleware",
                "httperror.HttpErrorMiddleware",
                "urllength.UrlLengthMiddleware",
                "depth.DepthMiddleware",
                "metacopy.MetaCopyDetectionMiddleware",
            )
        },
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
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,  # no outlet needs it, and it would decode every page in the event loop
        "TWISTED_DNS_RESOLVER": "crawler.guard.InstallGuard",
        "EXTENSIONS": dict.fromkeys(_NOT_USED),
        # quiet
        "LOG_LEVEL": "INFO",
    }
