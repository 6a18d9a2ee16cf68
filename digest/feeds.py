"""Atom feeds (RFC 4287): the digests, a day an entry; and the flagged articles, the newest first.

Ids are made from what an entry is, never from where the pages run, so that a reader that has seen an
entry does not show it again when the address changes.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from digest.harmless import one_line, outward_link
from digest.i18n import Tongue
from digest.model import Digest
from digest.render import render_fragment
from storage.models import JudgedArticle
from storage.search import SearchHit

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def digests_feed(digests: Sequence[Digest], locale: str, zone: ZoneInfo, home: str) -> bytes:
    """``digests`` as a feed; each entry holds the whole digest. ``home`` is the address of the pages."""
    tongue = Tongue(locale, zone)
    feed = _feed("digests", tongue.say("Điểm báo: digests"), f"{home}/digests", locale)
    feed.updated(max((digest.built_at for digest in digests), default=_NEVER))
    for digest in digests:
        entry = feed.add_entry(order="append")
        entry.id(_id(f"digest/{digest.on.isoformat()}"))
        entry.title(tongue.say("Press review, %(day)s") % {"day": tongue.day(digest.on)})
        entry.link(href=f"{home}/digests/{digest.on.isoformat()}")
        entry.updated(digest.built_at)
        entry.content(str(render_fragment(digest, locale, zone)), type="html")
    return _written(feed)


def flagged_feed(
    articles: Iterable[JudgedArticle],
    locale: str,
    zone: ZoneInfo,
    home: str,
    *,
    title: str | None = None,
    path: str = "",
) -> bytes:
    """Flagged ``articles`` as a feed: title, outlet, time, and the sentences that say so.

    Those on one thing have its name as ``title`` and the ``path`` of its page.
    """
    name = Tongue(locale, zone).say("Điểm báo: flagged articles") if title is None else one_line(title)
    feed = _feed(path.strip("/") or "flagged", name, f"{home}{quote(path)}", locale)
    latest = _NEVER
    for judged in articles:
        latest = max(latest, judged.judged_at)
        entry = feed.add_entry(order="append")
        entry.id(_id(f"article/{judged.source}/{judged.url}"))
        entry.title(one_line(judged.revision.title))
        entry.author(name=one_line(judged.source_name))
        link = outward_link(judged.url)
        entry.link(href=link or f"{home}/articles/{judged.article_id}")
        entry.updated(judged.judged_at)
        if judged.revision.published_at:
            entry.published(judged.revision.published_at)
        entry.category(term=f"grade-{judged.flag.grade}")
        entry.summary("\n\n".join(one_line(item.exact) for item in judged.flag.evidence))
    feed.updated(latest)
    return _written(feed)


def search_feed(hits: Iterable[SearchHit], title: str, path: str, locale: str, home: str) -> bytes:
    """What a search finds, as a feed named ``title``; ``path`` is the address of its page after ``home``."""
    feed = _feed(path.strip("/"), one_line(title), f"{home}{path}", locale)
    latest = _NEVER
    for hit in hits:
        latest = max(latest, hit.first_seen_at)
        entry = feed.add_entry(order="append")
        entry.id(_id(f"article/{hit.source}/{hit.url}"))
        entry.title(one_line(hit.revision.title))
        entry.author(name=one_line(hit.source_name))
        entry.link(href=outward_link(hit.url) or f"{home}/articles/{hit.article_id}")
        entry.updated(hit.first_seen_at)
        if hit.revision.published_at:
            entry.published(hit.revision.published_at)
        entry.summary(one_line(hit.snippet.text))
    feed.updated(latest)
    return _written(feed)


def _feed(name: str, title: str, address: str, locale: str) -> "FeedGenerator":
    from feedgen.feed import FeedGenerator  # noqa: PLC0415 - 5 MB with lxml, rarely needed

    feed = FeedGenerator()
    feed.id(_id(name))
    feed.title(title)
    feed.author(name="diembao")
    feed.link(href=address, rel="alternate")
    feed.language(locale)
    feed.generator("diembao")
    return feed


def _written(feed: "FeedGenerator") -> bytes:
    written: bytes = feed.atom_str(pretty=True)
    return written


def _id(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'diembao:{name}')}"
