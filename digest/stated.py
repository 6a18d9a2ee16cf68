"""What an article states, as the digest and its page list it: each place, document and firm once."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from digest.model import StatedDocument, StatedFirm, StatedQuantity
from storage.models import DocumentMention, EnterpriseMention, PlaceMention, Quantity

_Item = TypeVar("_Item")
_PARTICULAR_ACTS = ("founds", "admits", "has")
"""What a firm is told to do, the news first."""


def stated_quantities(quantities: Iterable[Quantity]) -> tuple[StatedQuantity, ...]:
    """The numbers in the order of the text; one that is said again with less about it is left out."""
    listed = [
        StatedQuantity(
            indicator=item.indicator,
            value=item.value,
            unit=item.unit,
            place=item.place_today or item.place,
            period=item.period,
            kind=item.kind,
            exact=item.exact,
        )
        for item in quantities
    ]
    kept: list[StatedQuantity] = []
    for at, item in enumerate(listed):
        others = (*kept, *(other for other in listed[at + 1 :] if _about(other) != _about(item)))
        if not any(_says_as_much(other, item) for other in others):
            kept.append(item)
    return tuple(kept)


def _about(item: StatedQuantity) -> tuple[str | None, str | None]:
    return item.place, item.period


def _says_as_much(other: StatedQuantity, item: StatedQuantity) -> bool:
    """Whether ``other`` is the same number with all that ``item`` tells of place and period."""
    alike = ("indicator", "value", "unit", "kind")
    return (
        all(getattr(other, name) == getattr(item, name) for name in alike)
        and item.place in (None, other.place)
        and item.period in (None, other.period)
    )


def stated_places(places: Iterable[PlaceMention]) -> tuple[str, ...]:
    """The units of today that the text names; a place whose unit is not known stands for itself."""
    return tuple(dict.fromkeys(place.today or place.name for place in places))


def stated_documents(documents: Iterable[DocumentMention]) -> tuple[StatedDocument, ...]:
    """The Party documents, as each is first spelled."""
    listed = (
        StatedDocument(exact=item.exact, key=item.key, number=item.number, dated=item.dated, title=item.title)
        for item in documents
    )
    return tuple(_first_of_each(listed, lambda item: item.key))


def stated_firms(enterprises: Iterable[EnterpriseMention]) -> tuple[StatedFirm, ...]:
    """The firms, as each is first spelled, with the most telling of its acts."""
    mentions: dict[str, list[EnterpriseMention]] = {}
    for item in enterprises:
        mentions.setdefault(item.key, []).append(item)
    return tuple(
        StatedFirm(
            name=same[0].exact,
            key=key,
            act=next((act for act in _PARTICULAR_ACTS if any(item.act == act for item in same)), "other"),
            place=next((item.place for item in same if item.place), None),
        )
        for key, same in mentions.items()
    )


def _first_of_each(items: Iterable[_Item], key: Callable[[_Item], Hashable]) -> list[_Item]:
    found: dict[Hashable, _Item] = {}
    for item in items:
        found.setdefault(key(item), item)
    return list(found.values())
