"""Pages to crawl: the newsroom's articles told anew, in its own layouts, 60 to 120 KB each."""

import gzip
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from newsroom.articles import Article, load_articles, make_article
from newsroom.outlets import OUTLETS
from newsroom.press import article_page
from newsroom.shelf import Shelf

SOURCES = ("vna-en", "nhandan-vi", "vietnamvn-vi", "vns")
"""Three families, two languages, four hosts."""
ONE_IN = 50
"""One page in so many is about the topic, and five times as many speak of the Party otherwise. Of 4,000 real
articles that were not chosen for the topic none was flagged; the pages' paragraphs are mixed, so that about
one page in twenty is."""
_PARTY = re.compile(r"\bđảng|\bparty|chi bộ", re.IGNORECASE)
_NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_MENU_END = "</body>"
_WORDS = (
    "hội",
    "nghị",
    "sơ",
    "kết",
    "công",
    "tác",
    "năm",
    "doanh",
    "nghiệp",
    "khu",
    "tỉnh",
    "đoàn",
    "thể",
    "người",
)


@dataclass(frozen=True)
class Page:
    """One article's page; ``path`` is unique among all hosts."""

    source: str
    host: str
    path: str
    body: bytes


def make_pages(count: int, seed: int = 1, one_in: int = ONE_IN) -> Iterator[Page]:
    """``count`` pages, as many of each source, one in ``one_in`` on the topic; ``seed`` decides the rest."""
    choice = random.Random(seed)
    stories = load_articles(_NOW)
    shelf = Shelf(tuple(stories), _NOW, _NOW)
    told = {name: _told_by(name, stories) for name in SOURCES}
    near = min(one_in - 1, max(1, one_in // 10))
    kinds = ("topic", *["near"] * near, *["other"] * (one_in - 1 - near))
    for number in range(count):
        source = SOURCES[number % len(SOURCES)]
        kind = kinds[number // len(SOURCES) % len(kinds)]
        article = _told_anew(source, *told[source][kind], number, choice)
        html = article_page(article, shelf).replace("https://", "http://")
        yield Page(
            source,
            OUTLETS[source].host,
            urlsplit(article.url).path,
            _grown(html, choice.randint(60_000, 120_000), choice).encode(),
        )


def gzipped(page: Page) -> bytes:
    """The body as a server sends it."""
    return gzip.compress(page.body, 6, mtime=0)


def _told_by(source: str, stories: list[Article]) -> dict[str, tuple[list[Article], list[str]]]:
    """Stories and their paragraphs by kind of page."""
    own = [story for story in stories if story.outlet == source]
    on_topic = [story for story in own if story.grade > 0]
    others = [story for story in stories if story.grade == 0 and story.language == own[0].language]
    near = [paragraph for story in others for paragraph in story.paragraphs]
    plain = [story for story in others if not _PARTY.search(f"{story.title}\n{story.lead}")]
    return {
        "topic": (on_topic, [paragraph for story in on_topic for paragraph in story.paragraphs]),
        "near": (others, near),
        "other": (plain, [paragraph for paragraph in near if not _PARTY.search(paragraph)]),
    }


def _told_anew(
    source: str, stories: list[Article], paragraphs: list[str], number: int, choice: random.Random
) -> Article:
    """Paragraphs of the outlet's stories in a new order, so that no two texts are the same."""
    picture = choice.choice(stories)
    article = make_article(
        source,
        f"{picture.title} ({number})",
        "\n\n".join(choice.sample(paragraphs, min(len(paragraphs), choice.randint(8, 24)))),
        _NOW - timedelta(minutes=number),
        lead=picture.lead,
        author=picture.author,
        caption=picture.caption,
        section=picture.section,
        id=OUTLETS[source].first_id + number,
        has_house_style=False,
    )
    return replace(article, grade=0)


def _grown(html: str, size: int, choice: random.Random) -> str:
    """``html`` with more of what fills real pages below the article: cards, menus, scripts, styles."""
    head, _, tail = html.rpartition(_MENU_END)
    parts = [head]
    missing = size - len(html.encode())
    while missing > 0:
        part = _script(choice) if choice.random() < 0.4 else _cards(choice)
        parts.append(part)
        missing -= len(part.encode())
    return "".join((*parts, _MENU_END, tail))


def _script(choice: random.Random) -> str:
    data = ",".join(f'"k{choice.randrange(10**6)}":"{choice.randrange(10**12):x}"' for _ in range(60))
    return f"<script>window.__slot{choice.randrange(1000)}={{{data}}};</script>\n"


def _cards(choice: random.Random) -> str:
    cards = []
    for _ in range(8):
        title = " ".join(choice.choices(_WORDS, k=11))
        link = f"/tin-{choice.randrange(10**6)}.htm"
        cards.append(
            f'<div class="story story--{choice.randrange(9)}"><figure class="story__thumb"><a href="{link}">'
            f'<img src="/media/{choice.randrange(10**8)}.jpg" alt=""></a></figure>'
            f'<h3 class="story__heading"><a href="{link}" title="{title}">{title}</a></h3></div>'
        )
    return f'<section class="zone"><div class="zone__content">{"".join(cards)}</div></section>\n'
