"""What is in print at one moment: the articles by outlet, and the replies already set."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from newsroom.articles import Article
from newsroom.replies import Reply


@dataclass(frozen=True)
class Shelf:
    """The articles in print. A change of the articles is a new Shelf."""

    articles: tuple[Article, ...]
    now: datetime
    """The newsroom's own present, aware: it dates the feeds and ends the sitemaps."""
    changed_at: datetime
    """When the shelf was last changed; every page's Last-Modified."""
    replies: dict[tuple[str, str, str], Reply] = field(default_factory=dict, compare=False)
    """Replies already rendered, by host, path and query."""

    @cached_property
    def _by_outlet(self) -> dict[str, tuple[Article, ...]]:
        shelves: dict[str, list[Article]] = {}
        for article in sorted(self.articles, key=lambda article: article.published_at, reverse=True):
            shelves.setdefault(article.outlet, []).append(article)
        return {outlet: tuple(articles) for outlet, articles in shelves.items()}

    def of(self, *outlets: str) -> tuple[Article, ...]:
        """The articles of these outlets, newest first."""
        if len(outlets) == 1:
            return self._by_outlet.get(outlets[0], ())
        mixed = [article for outlet in outlets for article in self._by_outlet.get(outlet, ())]
        return tuple(sorted(mixed, key=lambda article: article.published_at, reverse=True))

    def numbered(self, outlet: str, number: int) -> Article | None:
        """The outlet's article with this number."""
        return self._by_number.get((outlet, number))

    def slugged(self, outlet: str, slug: str) -> Article | None:
        """The outlet's article with this slug."""
        return self._by_slug.get((outlet, slug))

    @cached_property
    def _by_number(self) -> dict[tuple[str, int], Article]:
        return {(article.outlet, article.id): article for article in self.articles}

    @cached_property
    def _by_slug(self) -> dict[tuple[str, str], Article]:
        return {(article.outlet, article.slug): article for article in self.articles}


def with_replaced(articles: Iterable[Article], article: Article) -> tuple[Article, ...]:
    """``articles`` with ``article`` in the place of the one at its address, or at the end."""
    others = tuple(other for other in articles if other.url != article.url)
    return (*others, article)
