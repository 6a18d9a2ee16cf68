"""A portal on Liferay with its own news portlet: Bac Ninh."""

import re
from dataclasses import dataclass

from newsroom import dates, replies
from newsroom.articles import Article
from newsroom.outlets import LIFERAY_GROUP, Outlet
from newsroom.rendering import article_values, frame, render
from newsroom.replies import Reply
from newsroom.robots import robots_txt
from newsroom.shelf import Shelf

_ARTICLE = re.compile(rf"^/(?:[a-z-]+)/-/details/{LIFERAY_GROUP}/(?:[^/]*-)?(?P<id>\d+)$")
_FRAGMENT = re.compile(r"^/widget/web/[a-z-]+/[a-z-]+/-/newsbycategory_WAR_bacninhportlet_INSTANCE_\w+$")
_ON_A_PAGE = 15


@dataclass(frozen=True)
class Row:
    """An item of the list."""

    article: Article
    visible: str


def answer(outlet: Outlet, shelf: Shelf, path: str, query: dict[str, str]) -> Reply | None:
    """What the portal answers to ``path``, or None where it has nothing there."""
    if path == "/robots.txt":
        return robots_txt(("/c/portal/", "/group/", "/*p_p_state=pop_up"))
    if match := _ARTICLE.match(path):
        article = shelf.numbered(outlet.id, int(match["id"]))
        return replies.page(article_page(article, shelf)) if article else None
    slugs = {section.slug: section for section in outlet.sections}
    section = slugs.get(path.strip("/"))
    if section or path.rstrip("/") in {"", "/news"} or _FRAGMENT.match(path):
        articles = shelf.of(outlet.id)
        if section:
            articles = tuple(a for a in articles if outlet.section(a.section) == section)
        heading = section.label if section else "Tin tức sự kiện"
        return _list_page(outlet, articles, heading, query, bool(_FRAGMENT.match(path)))
    return None


def article_page(article: Article, shelf: Shelf) -> str:
    """The page of one article."""
    return render(
        "liferay_article.html",
        **article_values(article, shelf),
        visible=dates.liferay_minute(article.published_at),
        views=200 + article.id % 700,
        group=LIFERAY_GROUP,
    )


def _list_page(
    outlet: Outlet, articles: tuple[Article, ...], heading: str, query: dict[str, str], is_fragment: bool
) -> Reply:
    """A page of the news list, or the bare list that the portlet fetches for itself."""
    cursors = [value for key, value in query.items() if key == "cur" or key.endswith("_cur")]
    current = int(cursors[0]) if cursors and cursors[0].isdigit() else 1
    start = (max(current, 1) - 1) * _ON_A_PAGE
    rows = [Row(a, dates.liferay_minute(a.published_at)) for a in articles[start : start + _ON_A_PAGE]]
    values = {
        **frame(outlet),
        "heading": heading,
        "rows": rows,
        "pages": max(1, -(-len(articles) // _ON_A_PAGE)),
        "group": LIFERAY_GROUP,
        "is_fragment": is_fragment,
    }
    return replies.page(render("liferay_list.html", **values))
