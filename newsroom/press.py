"""From a request's host, path and query to the Reply of the outlet that lives there."""

from newsroom import replies
from newsroom.articles import Article
from newsroom.images import picture
from newsroom.outlets import OUTLETS, REDIRECTED_HOSTS, Family, Outlet
from newsroom.rendering import frame, render
from newsroom.replies import TEXT, Reply
from newsroom.shelf import Shelf
from newsroom.sites import api, cms, liferay, sharepoint, vietnamvn, vns

_OUTLET_BY_HOST = {outlet.host: outlet for outlet in reversed(OUTLETS.values())}
_ARTICLE_PAGES = {
    Family.CMS: cms.article_page,
    Family.VNS: vns.article_page,
    Family.VIETNAM_VN: vietnamvn.article_page,
    Family.SHAREPOINT: sharepoint.article_page,
    Family.LIFERAY: liferay.article_page,
}


def article_page(article: Article, shelf: Shelf) -> str:
    """The HTML page of ``article`` as its outlet would print it, without a server."""
    return _ARTICLE_PAGES[OUTLETS[article.outlet].family](article, shelf)


def answer(shelf: Shelf, host: str, path: str, query: dict[str, str]) -> Reply:
    """The Reply of ``host``: always one, 404 where the outlet has nothing at ``path``.

    Replies are kept on the shelf, so that a page is rendered once.
    """
    if host in REDIRECTED_HOSTS:
        return replies.moved(f"https://{REDIRECTED_HOSTS[host]}{path}")
    if host == api.HOST:
        return api.answer(shelf, path, query) or Reply(b"Not found.\n", TEXT, 404)
    outlet = _OUTLET_BY_HOST.get(host)
    if outlet is None:
        return Reply(b"No outlet of the newsroom lives at this host.\n", TEXT, 421)
    key = (host, path, repr(sorted(query.items())))
    reply = shelf.replies.get(key)
    if reply is None:
        reply = picture(path) or _answer(outlet, shelf, path, query) or _not_found(outlet)
        shelf.replies[key] = reply
    return reply


def _answer(outlet: Outlet, shelf: Shelf, path: str, query: dict[str, str]) -> Reply | None:
    match outlet.family:
        case Family.CMS:
            return cms.answer(outlet, shelf, path)
        case Family.VNS:
            return vns.answer(outlet, shelf, path, query)
        case Family.VIETNAM_VN:
            return vietnamvn.answer(outlet, shelf, path)
        case Family.SHAREPOINT:
            return sharepoint.answer(outlet, shelf, path, query)
        case Family.LIFERAY:
            return liferay.answer(outlet, shelf, path, query)


def _not_found(outlet: Outlet) -> Reply:
    return replies.page(render("not_found.html", **frame(outlet)), 404)
