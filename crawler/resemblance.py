"""Whether a Listing is what it was declared to be: another's list, or frozen in time. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from storage.models import Entry

TOP = 30
"""How many of a Listing's newest Entries its fingerprint covers: the shortest feeds have so many."""
LONGEST_PAUSE = timedelta(days=14)
"""No outlet is silent longer, the New Year holidays included; a portal's quiet section may be."""

_FEWEST = 5
_SHARE = 0.8
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Listed(Protocol):
    """What can be compared: a ListingResult, or its ``top_keys`` kept from an earlier poll."""

    @property
    def top_keys(self) -> tuple[str, ...]:
        """Identities of the newest Entries."""


def newest_first(entries: Mapping[str, Entry]) -> list[str]:
    """The keys of ``entries``, newest first; those without a time last, in the listing's own order.

    Sitemaps list in any order, often the oldest first.
    """
    return sorted(entries, key=lambda key: _stated_at(entries[key]), reverse=True)


def fingerprint_of(keys: tuple[str, ...]) -> str:
    """16 hexadecimal digits that stand for the set of ``keys``; "" for none."""
    return sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16] if keys else ""


def same_list(one: Listed, other: Listed) -> bool:
    """Whether two listings show the same list: a feed that turned into the home feed, for one.

    True where four fifths of the articles at their tops are common. A section and the home page share
    some articles, never nearly all; a fifth is room for what was published between the two requests.
    Fewer than five articles prove nothing. A feed's own title and link are not asked: some outlets
    write those of the home page into every feed.
    """
    first, second = set(one.top_keys), set(other.top_keys)
    if min(len(first), len(second)) < _FEWEST:
        return False
    return len(first & second) >= _SHARE * len(first | second)


def is_frozen(newest_at: datetime | None, now: datetime, longest_pause: timedelta = LONGEST_PAUSE) -> bool:
    """Whether a listing whose newest Entry is of ``newest_at`` has stood still for too long.

    A listing without times proves nothing. Ask only for listings that should hold today: not for the
    sitemap of a past month.
    """
    return newest_at is not None and now - newest_at > longest_pause


def _stated_at(entry: Entry) -> datetime:
    return entry.published_at or entry.modified_at or _LONG_AGO
