"""When an article was published: the witnesses on its page, in the order of trust."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from crawler.dates import FEED_FORMATS, is_date_only, parse_date, parse_feed_date
from crawler.markup import element_text, parse
from crawler.metadata import Page, address_parts
from crawler.paragraphs import plain_paragraphs

_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_FUTURE = timedelta(days=1)
_META_NAMES = (
    *("article:published_time", "og:article:published_time", "datepublished", "pubdate", "publishdate"),
    *("publish-date", "dc.date.issued", "dcterms.created", "date"),
)
_TIMED_ID = re.compile(r"-[0-9]{3}(?P<stamp>[0-9]{12})[0-9]{3}\.(?:html?|chn)$")
"""A VCCorp id: three digits of the site, yymmddHHMMSS, milliseconds; shorter ids have other parts."""
_HTMLDATE_CHARS = 500_000
_NOT_THIS_ARTICLE = frozenset({"nav", "aside", "footer", "li"})


def published_at(page: Page, title: str, fetched_at: datetime) -> tuple[datetime | None, str | None]:
    """The moment of publication in UTC and the witness for it: json-ld, time, meta, id, visible, htmldate.

    A date before 1990 or more than a day after ``fetched_at`` is not believed and the next witness
    is heard. A date without a time gives way to a later witness that has the time of that same day.
    ``title`` is the article's, as the page shows it: the visible date stands below it.
    """
    date_only: tuple[datetime, str] | None = None
    for moment, witness in _statements(page, title):
        if moment is None or not _OLDEST <= moment <= fetched_at + _FUTURE:
            continue
        if not is_date_only(moment) and (date_only is None or _is_within_day(moment, date_only[0])):
            return moment, witness
        date_only = date_only or (moment, witness)
    if date_only is not None:
        return date_only
    moment = _by_htmldate(page, fetched_at)
    return (
        (moment, "htmldate")
        if moment is not None and _OLDEST <= moment <= fetched_at + _FUTURE
        else (None, None)
    )


def _is_within_day(moment: datetime, midnight: datetime) -> bool:
    return midnight <= moment < midnight + timedelta(days=1)


def _statements(page: Page, title: str) -> Iterator[tuple[datetime | None, str]]:
    for key in ("datePublished", "dateCreated"):
        written = page.linked_data.get(key)
        yield parse_feed_date(written) if isinstance(written, str) else None, "json-ld"
    yield from ((moment, "time") for moment in _time_elements(page))
    meta_formats = (*FEED_FORMATS, *(name for name in page.source.hints.date_formats if name == "us"))
    for name in _META_NAMES:
        if written := page.metas.get(name):
            yield parse_date(written, meta_formats), "meta"
    yield _in_address(page.url), "id"
    shown = [name for name in page.source.hints.date_formats if name != "us"]
    for element in page.finder.select(page.source.hints.time):
        yield parse_date(element_text(element), shown), "visible"
    if shown:
        yield from ((parse_date(line, shown), "visible") for line in _lines_below(title, page))


def _lines_below(title: str, page: Page) -> list[str]:
    """The few short lines below the title, where outlets print the date; above it stands today's."""
    lines = [" ".join(line.split()) for line in plain_paragraphs(page.tree)]
    start = lines.index(title) + 1 if title in lines else len(lines)
    return [line for line in lines[start : start + 6] if len(line) < 90]


def _time_elements(page: Page) -> Iterator[datetime | None]:
    for element in page.finder.select(page.source.hints.time):
        for name in ("datetime", "data-time", "content"):
            yield parse_feed_date(element.get(name, ""))
    for element in page.finder.select(("time[datetime]", "[itemprop=datePublished]")):
        if not any(ancestor.tag in _NOT_THIS_ARTICLE for ancestor in element.iterancestors()):
            yield parse_feed_date(element.get("datetime") or element.get("content") or "")
            return  # the first is the article's own; those after it belong to other stories


def _in_address(url: str) -> datetime | None:
    match = _TIMED_ID.search(address_parts(url).path)
    if match is None:
        return None
    stamp = match["stamp"]
    day = f"20{stamp[:2]}-{stamp[2:4]}-{stamp[4:6]}"
    return parse_date(f"{day} {stamp[6:8]}:{stamp[8:10]}:{stamp[10:12]}", ("iso",))


def _by_htmldate(page: Page, fetched_at: datetime) -> datetime | None:
    from htmldate import find_date  # noqa: PLC0415 - the last resort, rarely needed

    latest = (fetched_at + _FUTURE).date().isoformat()
    tree = parse(page.html, keeps_scripts=True)  # htmldate looks into them
    written = "" if tree is None else etree.tostring(tree, encoding="unicode", method="html")
    if not written or len(written) > _HTMLDATE_CHARS:
        return None
    found = find_date(written, original_date=True, extensive_search=False, max_date=latest, url=page.url)
    return parse_date(found, ("iso",)) if found else None
