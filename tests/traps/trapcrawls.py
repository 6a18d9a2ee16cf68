"""Crawls among traps: of one outlet's articles, of many feeds, of hosts. Each is one run of the command."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from traphouse import Page, Run, TrapHouse
from traps import TRAPS, Trap

from newsroom.articles import Article, make_article
from newsroom.listings import FeedStyle, feed
from newsroom.outlets import OUTLETS
from newsroom.replies import XML
from newsroom.requestlog import LoggedRequest
from newsroom.server import Newsroom
from newsroom.troubles import TROUBLES, Place

NEIGHBOUR = "vns"
"""The source that no trap befalls in a crawl of pages or feeds."""
HOSTS = ("vna-en", "vna-fr", "nhandan-en", "nhandan-vi", "vietnamvn-en", "binhduong-en", "bacninh")
"""Outlets with one host, of their own, that a trap of a host may befall."""

_STEP = timedelta(minutes=4)
_PAGE_OUTLET = "vna-en"
_FEED_OUTLETS = ("vna-en", "nhandan-en", "vna-fr", "vna-vi", "nhandan-vi")
_ENGLISH = (
    "The market of ward {n} opened its gates again on Saturday after {n} weeks of repairs to its roof.",
    "Traders who had sold from carts in the rain came back to {n} stalls with running water and new lamps.",
    "Rents will stay as they are until spring, the ward said, and {n} families have signed for five years.",
    "A shop for repaired bicycles, the first in the ward, moved in beside gate {n} with two apprentices.",
)
_FRENCH = (
    "Le marché du quartier {n} a rouvert ses portes samedi après {n} semaines de travaux.",
    "Les marchandes qui vendaient sous la pluie ont retrouvé {n} étals avec de l'eau et des lampes.",
    "Les loyers ne changeront pas avant le printemps, et {n} familles ont signé pour cinq ans.",
    "Un atelier de vélos réparés, le premier du quartier, est installé près de la porte {n}.",
)
_VIETNAMESE = (
    "Chợ phường {n} mở cửa trở lại vào sáng thứ Bảy sau {n} tuần sửa chữa mái nhà và hệ thống thoát nước.",
    "Các tiểu thương từng bán hàng trên xe đẩy dưới mưa đã trở về {n} quầy hàng có nước sạch và đèn mới.",
    "Phường cho biết giá thuê giữ nguyên đến mùa xuân, và {n} hộ đã ký hợp đồng năm năm với ban quản lý.",
    "Một tiệm sửa xe đạp, tiệm đầu tiên của phường, dọn đến cạnh cổng số {n} và nhận hai người học việc.",
)
_TEXTS = {
    "en": ("Market of ward {n} reopens after long repairs to its leaking roof", _ENGLISH),
    "fr": ("Le marché du quartier {n} rouvre après de longs travaux sur son toit", _FRENCH),
    "vi": ("Chợ phường {n} mở cửa trở lại sau nhiều tháng sửa chữa mái nhà", _VIETNAMESE),
}


def article(outlet: str, number: int, published_at: datetime, word: str = "") -> Article:
    """An article whose title and paragraphs hold ``number``; ``word`` is part of its address."""
    title, paragraphs = _TEXTS[OUTLETS[outlet].language]
    title, body = title.format(n=number), "\n\n".join(paragraphs).format(n=number)
    first = OUTLETS[outlet].first_id
    return make_article(outlet, f"{title} {word}", body, published_at, id=first + number, section="politics")


@dataclass
class Crawl:
    """What came of a crawl, for the tests to read."""

    house: TrapHouse
    pages: dict[str, Page]
    runs: dict[str, Run]
    problems: dict[str, str]
    requests: list[LoggedRequest]
    trapped: dict[str, Article] = field(default_factory=dict)
    """By trap, for traps of pages."""
    others: list[Article] = field(default_factory=list)
    """Articles that no trap befalls."""
    listed: dict[str, list[Article]] = field(default_factory=dict)
    """By trap, for traps of feeds: what the trapped feed lists."""
    beside: dict[str, list[Article]] = field(default_factory=dict)
    """By trap, for traps of feeds: what the good feed of the same source lists."""
    outlets: dict[str, str] = field(default_factory=dict)
    """By trap, for traps of hosts."""


def page_crawl(folder: Path, now: datetime) -> Crawl:
    """Every trap of a page between two good articles of the same outlet; crawled twice, hours apart."""
    traps = [trap for trap in TRAPS if trap.place is Place.PAGE]
    trapped: dict[str, Article] = {}
    others = [article(NEIGHBOUR, number, now - number * _STEP) for number in range(1, 4)]
    for place, trap in enumerate(traps):
        at = now - 2 * (place + 1) * _STEP
        outlet = trap.outlet or _PAGE_OUTLET
        trapped[trap.name] = article(outlet, 100 + 2 * place, at)
        others.append(article(outlet, 101 + 2 * place, at - _STEP))
    with Newsroom([*trapped.values(), *others], now, folder / "newsroom") as newsroom:
        for trap in traps:
            host, _, path = trapped[trap.name].url.removeprefix("https://").partition("/")
            newsroom.faults[host, f"/{path}"] = TROUBLES[trap.name].fault
            for other_path, fault in TROUBLES[trap.name].besides:
                newsroom.faults[host, other_path] = fault
        house = TrapHouse(folder / "house", newsroom, timeout_s=4)
        sources = sorted({each.outlet for each in (*trapped.values(), *others)})
        house.crawl(*sources)
        passing = [trap for trap in trapped if not TROUBLES[trap].is_permanent]
        house.let_time_pass([trapped[trap].url for trap in passing])
        house.crawl(*sources)
        return replace(_crawl(house, newsroom), trapped=trapped, others=others)


def feed_crawl(folder: Path, now: datetime) -> Crawl:
    """A source for each trap of a feed, with a second feed that is good; crawled together."""
    traps = [trap for trap in TRAPS if trap.place is Place.LISTING]
    listed: dict[str, list[Article]] = {}
    beside: dict[str, list[Article]] = {}
    for place, trap in enumerate(traps):
        outlet = trap.outlet or _FEED_OUTLETS[place % len(_FEED_OUTLETS)]
        made = [article(outlet, 100 + 10 * place + number, now - number * _STEP) for number in range(1, 9)]
        # A feed that became the home feed is the good one again; five articles tell that.
        is_copy = trap.name == "listing-home-feed"
        listed[trap.name], beside[trap.name] = (made[:6], made[:6]) if is_copy else (made[:3], made[3:4])
    others = [article(NEIGHBOUR, number, now - number * _STEP) for number in range(1, 4)]
    articles = {each.url: each for group in (*listed.values(), *beside.values()) for each in group}
    with Newsroom([*articles.values(), *others], now, folder / "newsroom") as newsroom:
        house = TrapHouse(folder / "house", newsroom, timeout_s=8)
        for trap in traps:
            _declare(house, newsroom, trap, listed[trap.name], beside[trap.name], now)
        house.crawl(*map(source_of, traps), NEIGHBOUR)
        crawl = _crawl(house, newsroom)
    return replace(crawl, listed=listed, beside=beside, others=others)


def host_crawls(folder: Path, now: datetime) -> list[Crawl]:
    """As many crawls as there are hosts too few: each trap befalls a host of its own."""
    traps = [trap for trap in TRAPS if trap.place in (Place.HOST, Place.ROBOTS)]
    crawls = []
    for start in range(0, len(traps), len(HOSTS)):
        batch = dict(zip((trap.name for trap in traps[start : start + len(HOSTS)]), HOSTS, strict=False))
        crawls.append(_host_crawl(folder / str(start), now, batch))
    return crawls


def _host_crawl(folder: Path, now: datetime, outlets: dict[str, str]) -> Crawl:
    articles = [
        article(outlet, number, now - number * _STEP, "closed" if number == 2 else "")
        for outlet in outlets.values()
        for number in (1, 2)
    ]
    others = [article(NEIGHBOUR, number, now - number * _STEP) for number in range(1, 4)]
    with Newsroom([*articles, *others], now, folder / "newsroom") as newsroom:
        for name, outlet in outlets.items():
            path = "/robots.txt" if name.startswith("robots-") else "/"
            newsroom.faults[OUTLETS[outlet].host, path] = TROUBLES[name].fault
        house = TrapHouse(folder / "house", newsroom, timeout_s=8)
        house.crawl(*outlets.values(), NEIGHBOUR)
        crawl = _crawl(house, newsroom)
    return replace(crawl, outlets=outlets, others=others)


def source_of(trap: Trap) -> str:
    """The id of the source that a trap of a feed befalls."""
    return trap.name.replace(".", "-")


def feed_of(trap: Trap, articles: Sequence[Article]) -> str:
    """The address of the feed that is trapped."""
    return f"{OUTLETS[articles[0].outlet].home}rss/{source_of(trap)}.rss"


def _declare(
    house: TrapHouse,
    newsroom: Newsroom,
    trap: Trap,
    listed: Sequence[Article],
    beside: Sequence[Article],
    now: datetime,
) -> None:
    outlet = OUTLETS[listed[0].outlet]
    fault = TROUBLES[trap.name].fault
    if fault.status is None and fault.body is None:
        text = feed(outlet, "News", listed, now, FeedStyle())
        fault = replace(fault, status=200, body=text.encode(), content_type=fault.content_type or XML)
    good = replace(fault, change=None, wire=None, hang_s=0, is_challenge=False, headers=(), truncate_to=None)
    text = feed(outlet, "News", beside, now, FeedStyle())
    good = replace(good, status=200, body=text.encode(), content_type=XML)
    name = source_of(trap)
    newsroom.faults[outlet.host, f"/rss/{name}.rss"] = fault
    newsroom.faults[outlet.host, f"/rss/beside-{name}.rss"] = good
    suffix = "html" if outlet.id.startswith("nhandan") else "vnp"
    feeds = [feed_of(trap, listed), f"{outlet.home}rss/beside-{name}.rss"]
    house.declare(name, outlet.home, outlet.language, rf"-post(?P<id>\d+)\.{suffix}$", feeds)


def _crawl(house: TrapHouse, newsroom: Newsroom) -> Crawl:
    return Crawl(house, house.pages(), house.runs(), house.problems(), list(newsroom.requests))
