"""Templates, and what all of them are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from newsroom import dates, furniture
from newsroom.articles import Article
from newsroom.house_style import in_house_style
from newsroom.outlets import OUTLETS, Outlet
from newsroom.shelf import Shelf
from newsroom.slugs import slugify

_FEWEST_CARDS = 14
"""Related boxes are filled up with invented headlines to this number."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    keep_trailing_newline=True,
)
_templates.globals["slugify"] = slugify


@dataclass(frozen=True)
class Card:
    """Another headline, as boxes and lists show it."""

    title: str
    url: str
    lead: str
    day: str
    image: str


def render(template: str, **values: Any) -> str:
    """``template`` filled with ``values``; everything in it is escaped."""
    return _templates.get_template(template).render(values)


def frame(outlet: Outlet) -> dict[str, Any]:
    """What every page of ``outlet`` needs."""
    return {
        "outlet": outlet,
        "words": furniture.WORDS[outlet.language],
        "masthead": furniture.masthead(outlet),
        "style": furniture.style(outlet.id),
        "script": furniture.script(outlet.id),
    }


def article_values(article: Article, shelf: Shelf) -> dict[str, Any]:
    """What every article page needs."""
    outlet = OUTLETS[article.outlet]
    return {
        **frame(outlet),
        "article": article,
        "printed": in_house_style(article),
        "section": outlet.section(article.section),
        "image": image_url(article),
        "cards": neighbours(article, shelf),
    }


def image_url(article: Article) -> str:
    """The address of the article's picture."""
    host = OUTLETS[article.outlet].host
    return f"https://{host}/media/{article.published_at:%Y%m%d}/{article.slug[:60]}-{article.id}.jpg"


def card(article: Article) -> Card:
    """An article as a box shows it."""
    day = dates.plain_day(article.published_at)
    return Card(article.title, article.url, article.lead, day, image_url(article))


def neighbours(article: Article, shelf: Shelf) -> Sequence[Card]:
    """Other headlines for the boxes of a page: the outlet's other articles, then invented ones."""
    others = [other for other in shelf.of(article.outlet) if other.url != article.url]
    cards = [card(other) for other in others[: _FEWEST_CARDS + 6]]
    outlet = OUTLETS[article.outlet]
    for number, title in enumerate(furniture.WORDS[outlet.language].headlines):
        if len(cards) >= _FEWEST_CARDS:
            break
        url = outlet.url(outlet.slug(title), outlet.first_id - 500 - number, "politics")
        cards.append(Card(title, url, "", dates.plain_day(shelf.now), f"{outlet.home}media/old/{number}.jpg"))
    return cards
