"""The item that a spider yields."""

from storage.models import Snapshot


class FetchedPage(Snapshot):
    """A Snapshot with the Entry and the Run it belongs to."""

    entry_id: int
    run_id: int
    article_key: str
    """Identity of the Article, told from the final address."""


EXPORTED_FIELDS = ["source", "requested_url", "final_url", "status", "fetched_at", "article_key"]
"""What ``scrapy crawl NAME -O pages.jsonl`` writes: the body stays in the archive."""
