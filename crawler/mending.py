"""From what a check found to the differences in words and the lines to change in TOML. Pure.

The lines are a part of a declaration: each key replaces the key of that name. A key is proposed only
where something that was tried bears it out, and says what.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from crawler.check import ArticleCheck, ListingCheck, SourceCheck, State
from crawler.source import Listing
from storage.models import RejectionReason

_MENDED_HINTS = ("body", "lead", "time", "date_formats")


def differences(check: SourceCheck) -> list[str]:
    """What is not as declared, one sentence each; [] where the declaration can stay."""
    return [*_about_delay(check), *_about_listings(check), *_about_articles(check)]


def lines_to_change(check: SourceCheck) -> str:
    """The part of the declaration to change, as TOML with the reasons as comments; "" for none.

    Where a change is needed and nothing was found to put in its place, only comments.
    """
    top = [*_hosts_lines(check), *_languages_lines(check), *_article_lines(check), *_delay_lines(check)]
    top += _listing_lines(check)
    hints = list(_hint_lines(check))
    return "\n".join([*top, *(["", "[hints]", *hints] if hints else [])]).strip("\n")


# ---- delay


def _about_delay(check: SourceCheck) -> Iterator[str]:
    asked = _asked_delay(check)
    if asked is not None and asked > check.source.delay_s:
        yield f"robots.txt asks for {asked:g} s between requests, declared are {check.source.delay_s:g} s"


def _asked_delay(check: SourceCheck) -> float | None:
    return max((robots.crawl_delay_s for robots in check.robots if robots.crawl_delay_s), default=None)


def _delay_lines(check: SourceCheck) -> Iterator[str]:
    if any(_about_delay(check)):
        yield f"delay_s = {math.ceil(_asked_delay(check) or 0)}    # as robots.txt asks"


# ---- listings


def _about_listings(check: SourceCheck) -> Iterator[str]:
    for listing in check.listings:
        name = f"{listing.listing.kind.replace('_', ' ')} {listing.url}"
        if listing.same_as:
            yield f"{name} shows the same list as {listing.same_as}"
        elif not listing.is_sound and _can_mend(listing, check):
            yield f"{name}: {listing.detail}"
        elif listing.final_url and urlsplit(listing.final_url).hostname not in check.source.hosts:
            yield f"{name} is redirected to {listing.final_url}, a host that is not declared"
        elif listing.final_url:
            yield f"{name} is redirected to {listing.final_url}"


def _listing_lines(check: SourceCheck) -> list[str]:
    if not any(_about_listings(check)):
        return []
    lines, kept = [], 0
    for listing in check.listings:
        mended = _mended(listing, check)
        if mended is None:
            lines.append(f"    # {_table(listing.listing)}    # {_reason(listing)}")
        else:
            kept += 1
            lines.append(f"    {_table(mended)},    # {_reason(listing)}")
    for candidate in _useful_candidates(check):
        kept += 1
        lines.append(f"    {_table(candidate.listing)},    # {candidate.origin}: {_worth(candidate)}")
    if kept == 0:
        told = (f"#{line.strip().removeprefix('#')}" for line in lines)
        return ["# No address was found that lists this source's articles:", *told]
    return ["listing = [", *lines, "]"]


def _useful_candidates(check: SourceCheck) -> list[ListingCheck]:
    """What brings Entries, or would by the expression proposed for ``article``."""
    return [each for each in check.candidates if each.is_useful or each.article]


def _can_mend(listing: ListingCheck, check: SourceCheck) -> bool:
    """Whether a line can help: of a refusal only where there is another way, of a silence never."""
    if listing.state is State.BLOCKED:
        return bool(_useful_candidates(check))
    return listing.state is not State.AWAY


def _mended(listing: ListingCheck, check: SourceCheck) -> Listing | None:
    """The listing as it should be declared; None where it should go."""
    mended = listing.listing
    if listing.reads_as is not None:
        mended = replace(mended, kind=listing.reads_as)
    elif listing.article is not None or not _can_mend(listing, check):
        return mended  # the address is right, or nothing is known of it
    elif not listing.is_sound:
        return None
    is_plain = "{" not in mended.url
    if is_plain and listing.final_url and urlsplit(listing.final_url).hostname in check.source.hosts:
        mended = replace(mended, url=listing.final_url)
    return mended


def _reason(listing: ListingCheck) -> str:
    if listing.same_as:
        return f"the same list as {listing.same_as}"
    if listing.reads_as is not None:
        return f"is a {listing.reads_as.replace('_', ' ')}"
    return listing.detail or _worth(listing)


def _worth(listing: ListingCheck) -> str:
    if listing.article:
        return "its addresses are articles by the expression above"
    newest = f", the newest of {listing.newest_at:%Y-%m-%d}" if listing.newest_at else ""
    return f"{listing.entries} entries{newest}"


def _table(listing: Listing) -> str:
    parts = [f'kind = "{listing.kind}"', f"url = {_text(listing.url)}"]
    if listing.rewrite:
        parts.append(f"rewrite = [{', '.join(map(_text, listing.rewrite))}]")
    if listing.pages > 1:
        parts.append(f"pages = {listing.pages}")
    return f"{{ {', '.join(parts)} }}"


def _text(value: str) -> str:
    """A TOML string: literal where it may be, so that expressions read as they are."""
    is_literal = "'" not in value and value.isprintable()
    return f"'{value}'" if is_literal and "\\" in value else json.dumps(value, ensure_ascii=False)


# ---- addresses


def _article_lines(check: SourceCheck) -> Iterator[str]:
    tried = [*check.listings, *check.candidates]
    if any(listing.entries for listing in tried):
        return
    shared = Counter(listing.article for listing in tried if listing.article)
    for expression, count in shared.most_common(1):
        where = f"{count} of {len(tried)} listings"
        yield f"article = {_text(expression)}    # the form of most addresses in {where}"


def _hosts_lines(check: SourceCheck) -> Iterator[str]:
    pages: list[ListingCheck | ArticleCheck] = [*check.listings, *check.articles]
    reached = {urlsplit(page.final_url).hostname for page in pages if page.final_url}
    new = sorted(host for host in reached if host and host not in check.source.hosts)
    if new:
        hosts = ", ".join(_text(host) for host in [*sorted(check.source.hosts), *new])
        yield f"hosts = [{hosts}]    # redirected to {', '.join(new)}"


def _languages_lines(check: SourceCheck) -> Iterator[str]:
    told = Counter(
        article.detail.split()[2].rstrip(",")
        for article in check.articles
        if article.rejection == RejectionReason.WRONG_LANGUAGE and article.detail.startswith("reads as ")
    )
    new = [language for language, count in told.items() if 2 * count > check.pages_read]
    if new:
        languages = ", ".join(_text(language) for language in [*check.source.languages, *new])
        yield f"languages = [{languages}]    # most articles read were in {', '.join(new)}"


# ---- articles


def _about_articles(check: SourceCheck) -> Iterator[str]:
    failed = [article for article in check.articles if article.rejection or article.state is State.WRONG]
    # One page that is gone or holds a video says nothing of the declaration; half of them do.
    if 2 * len(failed) >= len(check.articles):
        for article in failed:
            reason = f"{article.rejection.replace('_', ' ')}: " if article.rejection else ""
            yield f"article {article.url}: {reason}{article.detail}"
    read = [article for article in check.articles if article.text_chars]
    undated = sum(article.published_at is None for article in read)
    if 2 * undated > len(read):
        yield f"{undated} of {len(read)} articles came out without a date"
    for hint, field in (("body", "text"), ("lead", "lead"), ("time", "date")):
        if agreed := _agreed(check, hint):
            yield f"the {field} stands in {agreed[0]}, which is not declared"


def _hint_lines(check: SourceCheck) -> Iterator[str]:
    counts = check.selectors
    for hint in _MENDED_HINTS:
        agreed = _agreed(check, hint)
        if agreed is None:
            continue
        found, pages = agreed
        kept = [selector for selector, count in counts.get(hint, {}).items() if count]
        if hint == "date_formats":
            kept = list(check.source.hints.date_formats)
        values = ", ".join(_text(value) for value in dict.fromkeys([found, *kept]))
        yield f"{hint} = [{values}]    # {found}: on {pages} of {check.pages_read} pages"


def _agreed(check: SourceCheck, hint: str) -> tuple[str, int] | None:
    """The suggestion that most pages share, and how many do; None where there is none in half of them."""
    votes = Counter(each for article in check.articles for each in article.suggested.get(hint, ()))
    if hint == "date_formats" and votes and next(iter(votes)) in check.source.hints.date_formats:
        return None
    for found, pages in votes.most_common(1):
        if 2 * pages > check.pages_read:
            return found, pages
    return None
