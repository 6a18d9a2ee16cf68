"""What a command cannot do, and which errors are sentences for the operator."""

from analysis.topic import TopicError
from crawler.errors import CrawlError
from digest.errors import DigestError
from scheduler.settings import SettingsError
from storage.errors import StorageError
from web.errors import WebError


class CommandError(Exception):
    """One sentence for the operator: what is wrong and what to do."""


EXPECTED = (
    SettingsError,
    CrawlError,
    TopicError,
    StorageError,
    DigestError,
    WebError,
    CommandError,
)
"""Errors whose text is a sentence for the operator; any other is a bug and shows its traceback."""
