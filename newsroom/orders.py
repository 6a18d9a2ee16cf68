"""Orders for trouble as people type them: ``NAME``, ``NAME@HOST`` or ``NAME@HOST/PATH``."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from newsroom.articles import Article
from newsroom.faults import Fault
from newsroom.outlets import HOSTS, OUTLETS, Family
from newsroom.troubles import TROUBLES, Place, place_of

USUAL_HOST = "en.vietnamplus.vn"
"""Where trouble is made when no host is named: one outlet, so that the others show that they are unharmed."""

_LISTINGS = {
    Family.CMS: ("/rss", "/sitemaps/"),
    Family.VNS: ("/rss", "/sitemap.xml"),
    Family.VIETNAM_VN: ("/sitemap",),
    Family.SHAREPOINT: ("/Lists/TinTucSuKien/TongQuat.aspx",),
    Family.LIFERAY: ("/news?",),
}
"""How the addresses of an outlet's lists begin."""


class OrderError(Exception):
    """An order that cannot be understood; one sentence."""


@dataclass(frozen=True)
class Order:
    """A Fault and where it goes."""

    name: str
    host: str
    path: str
    """The faulty addresses begin with it."""
    fault: Fault


def read_order(text: str, articles: Sequence[Article]) -> list[Order]:
    """The Orders in ``text``; a listing trouble without a path befalls all lists of its host.

    A page trouble without a path befalls the host's newest article in ``articles``. Raises OrderError.
    """
    name, _, target = text.partition("@")
    if name not in TROUBLES:
        near = get_close_matches(name, TROUBLES, n=1)
        hint = f"did you mean {near[0]}?" if near else "--faults lists them."
        raise OrderError(f"There is no trouble {name}; {hint}")
    host, slash, path = target.partition("/")
    host = host or USUAL_HOST
    if host not in HOSTS:
        raise OrderError(f"No outlet of the newsroom lives at {host}; its hosts are {', '.join(HOSTS)}.")
    paths = (f"/{path}",) if slash else _usual_paths(place_of(name), host, articles)
    trouble = TROUBLES[name]
    orders = [Order(name, host, each, trouble.fault) for each in paths]
    return orders + [Order(name, host, each, fault) for each, fault in trouble.besides]


def _usual_paths(place: Place, host: str, articles: Sequence[Article]) -> tuple[str, ...]:
    match place:
        case Place.HOST:
            return ("/",)
        case Place.ROBOTS:
            return ("/robots.txt",)
        case Place.LISTING:
            families = {outlet.family for outlet in OUTLETS.values() if outlet.host == host}
            return tuple(path for family in families for path in _LISTINGS[family]) or ("/",)
        case Place.PAGE:
            ours = [article for article in articles if urlsplit(article.url).hostname == host]
            if not ours:
                raise OrderError(f"No article of {host} is in print; name a path, as in NAME@{host}/PATH.")
            newest = urlsplit(max(ours, key=lambda article: article.published_at).url)
            return (f"{newest.path}?{newest.query}" if newest.query else newest.path,)


def table() -> str:
    """Every trouble on a line of its own: its name and what the outlet does."""
    width = max(map(len, TROUBLES))
    return "\n".join(f"{name:<{width}}  {trouble.says}" for name, trouble in TROUBLES.items())
