"""A Listing -> the addresses to fetch, and whether to fetch a further page. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from crawler.dates import LOCAL_ZONE
from crawler.source import Listing, ListingPage, Source


def pages_to_fetch(source: Source, now: datetime, lookback_days: int) -> list[ListingPage]:
    """The addresses of ``source``'s listings in their order; dated ones newest first, each once.

    Of a Listing with further pages only the first: the others are asked for by ``next_page``.

    ``{YYYY}``, ``{MM}``, ``{M}`` and ``{DD}`` stand for local days (Asia/Ho_Chi_Minh) and run from
    today back over ``lookback_days``. The last page is that of the UTC day: an outlet that names
    its files by UTC day, as some ``lastmod`` suggest, files the hours before 07:00 under the day
    before, so both readings are covered. No page is ahead of the local day, which is never behind
    UTC. ``now`` is aware; ValueError where it is not.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware: a naive time has no local day")
    newest = now.astimezone(LOCAL_ZONE).date()
    oldest = (now - timedelta(days=lookback_days)).astimezone(UTC).date()
    pages: dict[tuple[str, tuple[str, str] | None], ListingPage] = {}
    for listing in source.listings:
        for page in _filled(listing, newest, oldest):
            pages.setdefault((page.url, listing.rewrite), page)
    return list(pages.values())


def next_page(page: ListingPage, new_entries: int) -> ListingPage | None:
    """The page to read after ``page``, or None where the poll is done with its Listing.

    ``new_entries`` is how many of its Entries nobody had seen before. A list is newest first, so
    behind a page that brought nothing new there is nothing new either.
    """
    listing = page.listing
    if new_entries == 0 or page.number >= listing.pages or "{page}" not in listing.url:
        return None
    number = page.number + 1
    return replace(page, url=_address(listing.url, page.on, number), number=number)


def _filled(listing: Listing, newest: date, oldest: date) -> Iterator[ListingPage]:
    if "{YYYY}" not in listing.url:
        yield ListingPage(listing, _address(listing.url))
        return
    has_day, has_month = "{DD}" in listing.url, "{M" in listing.url
    for days in range((newest - oldest).days + 1):
        day = newest - timedelta(days=days)
        on = day if has_day else day.replace(day=1) if has_month else day.replace(month=1, day=1)
        yield ListingPage(listing, _address(listing.url, day), on)


def _address(url: str, day: date | None = None, number: int = 1) -> str:
    values = {"{page}": str(number)}
    if day is not None:
        values |= {"{YYYY}": f"{day:%Y}", "{MM}": f"{day:%m}", "{M}": str(day.month), "{DD}": f"{day:%d}"}
    for placeholder, value in values.items():
        url = url.replace(placeholder, value)
    return url
