"""vietnam.vn: one host, one slug for all languages, a sitemap for each day of UTC."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from newsroom import dates, listings, replies
from newsroom.articles import Article
from newsroom.listings import Listed
from newsroom.outlets import HOSTS, OUTLETS, Outlet
from newsroom.rendering import article_values, card, frame, render
from newsroom.replies import Reply
from newsroom.robots import robots_txt
from newsroom.shelf import Shelf

_VI, _EN = OUTLETS["vietnamvn-vi"], OUTLETS["vietnamvn-en"]
_EDITIONS = {"": _VI, "vi": _VI, "en": _EN}
_DAY = re.compile(r"^/sitemap/sitemap-post/(?P<day>\d{4}-\d{2}-\d{2})\.xml$")
_ARTICLE = re.compile(r"^/(?:(?P<language>[a-z]{2}(?:-[A-Z]{2})?)/)?(?P<slug>[a-z0-9-]+)/?$")
_FIRST_DAY = date(2023, 5, 1)
_OTHER_SITEMAPS = ("page", "author", "organization", "category", "tag", "tag/2", "tag/3")
_SOURCE_NAMES = {
    "nhandan-vi": "Báo Nhân dân",
    "nhandan-en": "Báo Nhân dân",
    "vna-vi": "VietnamPlus",
    "vna-en": "VietnamPlus",
    "vna-fr": "VietnamPlus",
    "vns": "Việt Nam News",
    "bacninh": "Báo Bắc Ninh",
    "binhduong-en": "Báo Bình Dương",
}
_TAILS = {
    "en": ("Heritage", "Figure", "Business", "News", "Political System", "Local", "Product"),
    "vi": ("Di sản", "Nhân vật", "Doanh nghiệp", "Thời sự", "Hệ thống Chính trị", "Địa phương", "Sản phẩm"),
}
_NO_VIDEO = {"en": "No videos available", "vi": "Không có video nào"}


def answer(outlet: Outlet, shelf: Shelf, path: str) -> Reply | None:
    """What the host answers to ``path`` for both editions, or None where it has nothing there."""
    if path == "/robots.txt":
        return robots_txt(("/api/", "/search", "/login"), f"{_VI.home}sitemap.xml")
    if "sitemap" in path:
        return _sitemaps(shelf, path)
    if path.strip("/") in _EDITIONS:
        edition = _EDITIONS[path.strip("/")]
        return _section_page(edition, edition.name, edition.home + path.strip("/"), shelf.of(edition.id))
    for edition in (_VI, _EN):
        for section in edition.sections:
            if path.strip("/") == section.slug:
                articles = [a for a in shelf.of(edition.id) if edition.section(a.section) == section]
                url = edition.home + section.slug
                return _section_page(edition, section.label, url, tuple(articles))
    match = _ARTICLE.match(path)
    return _article(shelf, match["language"] or "", match["slug"]) if match else None


def _article(shelf: Shelf, language: str, slug: str) -> Reply | None:
    if language not in _EDITIONS:
        return None
    article = shelf.slugged(_EDITIONS[language].id, slug)
    return replies.page(article_page(article, shelf)) if article else None


def article_page(article: Article, shelf: Shelf) -> str:
    """The page of one article in one language."""
    editions = [edition for edition in (_VI, _EN) if shelf.slugged(edition.id, article.slug)]
    language = article.language
    name = source_name(article)
    return render(
        "vietnamvn_article.html",
        **article_values(article, shelf),
        home="https://www.vietnam.vn/" + ("" if language == "vi" else language),
        prefix="/" if language == "vi" else f"/{language}/",
        languages={edition.language: edition.url(article.slug, 0, "") for edition in editions},
        visible=dates.plain_day(article.published_at),
        source_name=name,
        tails=_TAILS[language],
        no_video=_NO_VIDEO[language],
        json_ld={
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "url": article.url,
            "datePublished": dates.zulu(article.published_at),
            "author": {"@type": "Organization", "name": name},
        },
    )


def source_name(article: Article) -> str:
    """The paper that vietnam.vn names above the text: the byline, else the original's outlet."""
    if article.author:
        return article.author
    if article.original_outlet in _SOURCE_NAMES:
        return _SOURCE_NAMES[article.original_outlet]
    host = urlsplit(article.original_url or "").hostname or ""
    named = [_SOURCE_NAMES[o.id] for o in OUTLETS.values() if o.host == host and o.id in _SOURCE_NAMES]
    return named[0] if named and host in HOSTS else "Việt Nam"


def _section_page(edition: Outlet, heading: str, url: str, articles: tuple[Article, ...]) -> Reply:
    cards = [card(article) for article in articles[:60]]
    values = {**frame(edition), "heading": heading, "canonical": url, "cards": cards}
    return replies.page(render("vietnamvn_section.html", **values))


def _sitemaps(shelf: Shelf, path: str) -> Reply | None:
    base = f"{_VI.home}sitemap/sitemap-"
    if path == "/sitemap.xml":
        others = [Listed(f"{base}{name}.xml") for name in _OTHER_SITEMAPS]
        posts = [Listed(f"{base}post/{day}.xml", f"{day}T23:59:59Z") for day in _days(shelf.now)]
        return replies.xml(listings.sitemap_index([*others, Listed(f"{_VI.home}news-sitemap.xml"), *posts]))
    if path == "/news-sitemap.xml":
        return replies.xml(listings.news_sitemap(_VI, shelf.of(_VI.id)))
    if path.removeprefix("/sitemap/sitemap-").removesuffix(".xml") in _OTHER_SITEMAPS:
        categories = [Listed(f"{_VI.home}{section.slug}") for section in _VI.sections]
        return replies.xml(listings.sitemap(categories, frequency="weekly"))
    match = _DAY.match(path)
    return _day(shelf, match["day"]) if match else None


def _last_day(now: datetime) -> date:
    """Viet Nam's today: its file is there from midnight on, empty for the first seven hours."""
    return now.astimezone(dates.ICT).date()


def _days(now: datetime) -> list[date]:
    count = (_last_day(now) - _FIRST_DAY).days
    return [_last_day(now) - timedelta(days=n) for n in range(count + 1)]


def _day(shelf: Shelf, day: str) -> Reply | None:
    """The posts of a day of UTC, by their Vietnamese addresses whatever languages they have."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        return None
    if not _FIRST_DAY <= wanted <= _last_day(shelf.now):
        return None
    moments: dict[str, datetime] = {}
    for article in shelf.of(_VI.id, _EN.id):
        moments[article.slug] = min(article.published_at, moments.get(article.slug, article.published_at))
    entries = [
        Listed(_VI.url(slug, 0, ""), dates.zulu(moment))
        for slug, moment in moments.items()
        if moment.astimezone(UTC).date() == wanted
    ]
    return replies.xml(listings.sitemap(entries, frequency="daily"))
