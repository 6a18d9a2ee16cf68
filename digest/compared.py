"""The numbers of one event side by side: who states which, and where outlets contradict one another."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from digest.model import DigestArticle, StatedQuantity
from storage.models import Value


class Saying(Value):
    """One telling's words for a number."""

    article_id: int
    source: str
    outlet: str
    language: str
    exact: str


class ComparedValue(Value):
    """One value, and who states it."""

    value: float
    sayings: tuple[Saying, ...]
    """In the order of the tellings, one of each."""


class ComparedQuantity(Value):
    """What is counted, for one place and period, with every value that a telling states."""

    quantity: StatedQuantity
    """As first stated."""
    values: tuple[ComparedValue, ...]
    """In the order first stated."""
    is_contradicted: bool
    """Whether two outlets state it and have no value in common."""


_Key = tuple[str, str, str | None, str | None, str]


def compared(tellings: Iterable[DigestArticle]) -> tuple[ComparedQuantity, ...]:
    """Every number of ``tellings`` once, the contradicted ones first, else in the order first stated."""
    stated: dict[_Key, list[tuple[StatedQuantity, Saying]]] = {}
    for article in tellings:
        for quantity in article.quantities:
            saying = Saying(
                article_id=article.article_id,
                source=article.source,
                outlet=article.outlet,
                language=article.language,
                exact=quantity.exact,
            )
            stated.setdefault(_key(quantity), []).append((quantity, saying))
    found = [_compared(items) for items in stated.values()]
    return tuple(sorted(found, key=lambda item: not item.is_contradicted))


def _key(quantity: StatedQuantity) -> _Key:
    return quantity.indicator, quantity.unit, quantity.place, quantity.period, quantity.kind


def _compared(items: Sequence[tuple[StatedQuantity, Saying]]) -> ComparedQuantity:
    by_value: dict[float, dict[int, Saying]] = {}
    by_telling: dict[tuple[str, int], set[float]] = {}
    for quantity, saying in items:
        by_value.setdefault(quantity.value, {}).setdefault(saying.article_id, saying)
        by_telling.setdefault((saying.source, saying.article_id), set()).add(quantity.value)
    first = items[0][0]
    return ComparedQuantity(
        quantity=first,
        values=tuple(
            ComparedValue(value=value, sayings=tuple(sayings.values())) for value, sayings in by_value.items()
        ),
        # A number of no known kind counts another thing each time.
        is_contradicted=first.indicator != "other" and _contradict(by_telling),
    )


def _contradict(by_telling: dict[tuple[str, int], set[float]]) -> bool:
    return any(
        one[0] != other[0] and not values & others
        for (one, values), (other, others) in combinations(by_telling.items(), 2)
    )
