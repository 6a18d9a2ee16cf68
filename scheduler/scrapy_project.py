"""The Scrapy project settings that scrapy.cfg names, made from settings.toml.

With them ``scrapy list``, ``scrapy crawl NAME`` and ``scrapy shell URL`` work in the project's folder;
``scrapy crawl`` stores Snapshots in the same database, and the service or ``diembao crawl`` reads on.
"""

import atexit
from contextlib import ExitStack

from crawler.politeness import scrapy_settings
from scheduler.desk import open_desk
from scheduler.settings import load_settings
from scheduler.trust import trust

_settings = load_settings()
trust(_settings.network.ca_file)
_open = ExitStack()
atexit.register(_open.close)
EXTENSIONS = {"scrapy.extensions.feedexport.FeedExporter": 0}  # -O FILE
globals().update(scrapy_settings(_open.enter_context(open_desk(_settings)).intake))
