"""Finds elements of a page by CSS selectors, cheaply where most selectors find nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

_CLASSED = etree.XPath("descendant-or-self::*[@class]")
_COMPOUND = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?P<classes>(?:\.[\w-]+)*)")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_CLASS = re.compile(r"\.([\w-]+)")


@dataclass(frozen=True)
class _Compound:
    """One part of a selector between its spaces: "p.sapo.cms-desc"."""

    tag: str | None
    classes: tuple[str, ...]

    def fits(self, element: HtmlElement) -> bool:
        if self.tag is not None and element.tag != self.tag:
            return False
        return not self.classes or set(self.classes).issubset(element.get("class", "").split())


@dataclass(frozen=True)
class _Selector:
    needed: frozenset[str]
    """The classes without which it matches nothing; empty where alternatives make that unclear."""
    path: tuple[_Compound, ...]
    """Its parts from the outermost element inwards; empty where it has more than tags and classes."""


class Finder:
    """Finds elements of ``tree``, whose classes are gathered once for all questions.

    Most declared selectors are of layouts that a page does not have: those cost a look-up in a set, and
    those of tags and classes alone need no walk through the tree. The tree may be cut in between: what
    was cut off is not found any more. Nothing may be put in.
    """

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree
        self._classed = [(element, element.get("class", "")) for element in _elements(_CLASSED(tree))]
        self.names = frozenset(" ".join({names for _, names in self._classed}).split())
        """Every class that an element of the tree has."""

    def select(self, selectors: Sequence[str]) -> Iterator[HtmlElement]:
        """Elements that match the first selector in document order, then those of the second, and so on."""
        for selector in selectors:
            read = _read(selector)
            if not self.names.issuperset(read.needed):
                continue
            yield from self._along(read.path) if read.path else matches(compiled(selector), self.tree)

    def within(self, root: HtmlElement, selectors: Sequence[str]) -> Iterator[HtmlElement]:
        """As ``select``, of the elements of ``root``, which is one of the tree's, and of those alone."""
        for selector in selectors:
            if self.names.issuperset(_read(selector).needed):
                yield from matches(compiled(selector), root)

    def _along(self, path: tuple[_Compound, ...]) -> Iterator[HtmlElement]:
        *outer, last = path
        for element in self._fitting(last, outer):
            ancestors = self._ancestors_of(element)
            if ancestors is not None and _are_among(outer, ancestors):
                yield element

    def _fitting(self, last: _Compound, outer: Sequence[_Compound]) -> Iterator[HtmlElement]:
        """Elements that fit ``last`` in document order; where that is a tag, of those of ``outer`` alone."""
        if last.classes:
            name = last.classes[0]
            yield from (element for element, names in self._classed if name in names and last.fits(element))
        elif outer:
            inside = (
                element for box in self._fitting(outer[-1], outer[:-1]) for element in box.iter(last.tag)
            )
            yield from dict.fromkeys(inside)
        else:
            yield from self.tree.iter(last.tag)

    def _ancestors_of(self, element: HtmlElement) -> list[HtmlElement] | None:
        """The elements around ``element``, nearest first, up to the tree; None where it was cut off."""
        if element is self.tree:
            return []
        ancestors: list[HtmlElement] = []
        for ancestor in element.iterancestors():
            ancestors.append(ancestor)
            if ancestor is self.tree:
                return ancestors
        return None


def matches(selector: CSSSelector, tree: HtmlElement) -> list[HtmlElement]:
    """Elements of ``tree`` that a compiled ``selector`` finds, in document order."""
    return _elements(selector(tree))


@lru_cache(maxsize=512)
def compiled(selector: str) -> CSSSelector:
    """The ``selector`` ready for ``matches``."""
    return CSSSelector(selector, translator="html")


@lru_cache(maxsize=512)
def _read(selector: str) -> _Selector:
    compounds = [_COMPOUND.fullmatch(part) for part in selector.split()]
    path = tuple(
        _Compound(match["tag"], tuple(_CLASS.findall(match["classes"]))) for match in compounds if match
    )
    plain = _BRACKETS.sub("", selector)
    needed = frozenset() if re.search(r"[,:()\\]", plain) else frozenset(_CLASS.findall(plain))
    return _Selector(needed, path if len(path) == len(compounds) else ())


def _are_among(outer: Sequence[_Compound], ancestors: list[HtmlElement]) -> bool:
    """Whether each of ``outer`` fits one of ``ancestors`` (nearest first), the first of them outermost."""
    waiting = list(outer)
    for ancestor in ancestors:
        if waiting and waiting[-1].fits(ancestor):
            waiting.pop()
    return not waiting


def _elements(found: object) -> list[HtmlElement]:
    return cast(list[HtmlElement], found)
