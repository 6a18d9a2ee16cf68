"""What a check of a source found, for a person."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.check import ArticleCheck, Judgement, ListingCheck, RobotsCheck, SourceCheck, State, judge
from crawler.mending import differences, lines_to_change

_STYLES = {
    State.FOUND: "green",
    State.EMPTY: "yellow",
    State.BLOCKED: "red",
    State.AWAY: "red",
    State.WRONG: "red",
}
_JUDGEMENTS = {
    Judgement.HOLDS: ("the declaration holds", "bold green"),
    Judgement.DIFFERS: ("the declaration differs", "bold yellow"),
    Judgement.BLOCKED: ("is blocked", "bold red"),
    Judgement.AWAY: ("could not be reached", "bold red"),
}
_ADVICE = {
    Judgement.BLOCKED: "The host does not want us: set [crawl] contact, lengthen delay_s, ask the outlet.",
    Judgement.AWAY: "Nothing can be said of what was not reached: check again before you change anything.",
}
_FIELDS = ("title", "lead", "text", "author", "published_at", "language")


def print_check(console: Console, check: SourceCheck, zone: ZoneInfo) -> None:
    """Everything found of one source; times in ``zone``."""
    found = differences(check)
    judgement = judge(check, found)
    words, style = _words(check, judgement)
    console.print()
    console.print(
        Text.assemble(
            (check.source.id, "bold"),
            f"  {check.source.name}: ",
            (words, style),
            f"  ({check.requests} requests)",
        )
    )
    for robots in check.robots:
        console.print(_robots_line(robots))
    console.print(_listings_table([*check.listings, *check.candidates], zone))
    if check.articles:
        console.print(_articles_table(check.articles, zone))
        console.print(_selectors_table(check))
    for difference in found:
        console.print(Text(f"  ! {difference}", style="yellow"))
    if judgement in _ADVICE:
        console.print(Text(f"  {_ADVICE[judgement]}"))
    if lines := lines_to_change(check):
        console.print(Text(f"  Lines to change in {check.source.id}.toml:", style="bold"))
        console.print(Text(lines), soft_wrap=True)


def print_summary(console: Console, checks: Sequence[SourceCheck]) -> None:
    """One line for each source."""
    table = _table("source", "judgement", "listings", "articles read", "first difference")
    for check in checks:
        found = differences(check)
        words, style = _words(check, judge(check, found))
        useful = sum(listing.is_useful for listing in check.listings)
        with_text = sum(article.text_chars > 0 for article in check.articles)
        table.add_row(
            check.source.id,
            Text(words, style=style),
            f"{useful} of {len(check.listings)}",
            f"{with_text} of {len(check.articles)}",
            Text(found[0] if found else ""),
        )
    console.print()
    console.print(table)


def _words(check: SourceCheck, judgement: Judgement) -> tuple[str, str]:
    words, style = _JUDGEMENTS[judgement]
    is_partial = judgement in _ADVICE and any(listing.is_useful for listing in check.listings)
    return (f"holds in part; the rest {words}" if is_partial else words), style


def _robots_line(robots: RobotsCheck) -> Text:
    if robots.state is State.EMPTY:
        return Text(f"  robots.txt of {robots.site}: there is none, so nothing is forbidden")
    if robots.state is State.AWAY:
        return Text(f"  robots.txt of {robots.site} could not be read: {robots.detail}", style="red")
    told = ["we may read the front page" if robots.allows_home else "the front page is closed to us"]
    if robots.crawl_delay_s:
        told.append(f"Crawl-delay {robots.crawl_delay_s:g} s")
    if robots.sitemaps:
        told.append(f"names {', '.join(robots.sitemaps)}")
    return Text(f"  robots.txt of {robots.site}: {'; '.join(told)}")


def _listings_table(listings: Sequence[ListingCheck], zone: ZoneInfo) -> Table:
    table = _table("", "listing", "address", "entries", "newest", "what is wrong")
    for listing in listings:
        detail = listing.detail
        if listing.same_as:
            detail = f"the same list as {listing.same_as}"
        elif listing.final_url:
            detail = f"{detail}; redirected to {listing.final_url}".removeprefix("; ")
        if listing.origin != "declared":
            detail = f"{listing.origin}; {detail}" if detail else listing.origin
        table.add_row(
            Text(listing.state, style=_STYLES[listing.state]),
            listing.listing.kind.replace("_", " "),
            Text(listing.url, overflow="fold"),
            str(listing.entries),
            _minute(listing.newest_at, zone),
            Text(detail, overflow="fold"),
        )
    return table


def _articles_table(articles: Sequence[ArticleCheck], zone: ZoneInfo) -> Table:
    """Articles as columns, fields as rows: what came out, and by which witness."""
    table = _table("field", *(f"article {number}" for number, _ in enumerate(articles, start=1)))
    table.add_row("address", *(Text(article.url, overflow="fold") for article in articles))
    for name in _FIELDS:
        table.add_row(name.replace("_", " "), *(_field(article, name, zone) for article in articles))
    return table


def _field(article: ArticleCheck, name: str, zone: ZoneInfo) -> Text:
    if not article.text_chars:
        reason = f"{article.rejection or article.state}: {article.detail}" if name == "title" else ""
        return Text(reason.replace("_", " "), style="red")
    value = {
        "title": article.title,
        "lead": f"{article.lead_chars} characters" if article.lead_chars else "",
        "text": f"{article.text_chars} characters",
        "author": article.author or "",
        "published_at": _minute(article.published_at, zone),
        "language": article.language or "",
    }[name]
    if not value:
        return Text("none", style="red" if name == "published_at" else "dim")
    return Text.assemble(value, (f"  {article.witnesses.get(name, '')}", "dim"))


def _selectors_table(check: SourceCheck) -> Table:
    table = _table("hint", "found something", "found nothing")
    for hint, counts in check.selectors.items():
        found = [f"{selector} ({count})" for selector, count in counts.items() if count]
        lost = [selector for selector, count in counts.items() if not count]
        table.add_row(hint, Text(", ".join(found)), Text(", ".join(lost), style="dim"))
    return table


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=True, padding=(0, 1), header_style="bold")


def _minute(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
