"""Who had a story first, and how each other outlet came by it: reprinted, re-hosted, translated, rewrote."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from analysis.stories.fingerprint import Fingerprint
from analysis.stories.grouping import Story
from analysis.stories.words import alike

_REPRINT_FROM = 0.55


class Way(StrEnum):
    """How an article came into a story."""

    FIRST = "first"
    """The earliest that we know."""
    REPRINTED = "reprinted"
    """The same text in the same language."""
    REHOSTED = "rehosted"
    """It names the other as its source, in the same language."""
    TRANSLATED = "translated"
    """It tells the same facts in another language, or names a source in another language."""
    REWROTE = "rewrote"
    """It tells the same facts in other words of the same language."""


@dataclass(frozen=True, slots=True)
class Descent:
    """How one member of a story came to it."""

    article: str
    way: Way
    source: str | None = None
    """Id of the member it comes from; None for the first."""
    delay: timedelta | None = None
    """After its source; None where either time is unknown."""


def lineage(story: Story) -> tuple[Descent, ...]:
    """One Descent for each member, in the story's order.

    A member's source is the one that it names, else the earlier one with its text, else the story's
    earliest in its own language, else the first.
    """
    first, *later = story.members
    found = [Descent(first.id, Way.FIRST)]
    for at, item in enumerate(later, start=1):
        source, way = _source(item, story.members[:at], story.members)
        found.append(Descent(item.id, way, source.id, _delay(source, item)))
    return tuple(found)


def _source(
    item: Fingerprint, earlier: tuple[Fingerprint, ...], members: tuple[Fingerprint, ...]
) -> tuple[Fingerprint, Way]:
    named = [other for other in members if other is not item and other.url and other.url == item.original_url]
    if named:
        is_same_language = named[0].language == item.language
        return named[0], Way.REHOSTED if is_same_language else Way.TRANSLATED
    same_language = [other for other in earlier if other.language == item.language]
    same_text = [other for other in same_language if alike(other.sketch, item.sketch) >= _REPRINT_FROM]
    if same_text:
        return same_text[0], Way.REPRINTED
    if same_language:
        return same_language[0], Way.REWROTE
    return earlier[0], Way.TRANSLATED


def _delay(source: Fingerprint, item: Fingerprint) -> timedelta | None:
    if source.published_at is None or item.published_at is None:
        return None
    return item.published_at - source.published_at


def wording(descent: Descent, outlets: dict[str, str]) -> str:
    """A Descent in an English line, such as "vns rewrote vna-en, 2 h 30 min later".

    ``outlets`` has the outlet's name for each article's id.
    """
    name = outlets[descent.article]
    if descent.source is None:
        return f"{name} had it first"
    later = "" if descent.delay is None else f", {_span(descent.delay)}"
    return f"{name} {descent.way.value.replace('rehosted', 're-hosted')} {outlets[descent.source]}{later}"


def _span(delay: timedelta) -> str:
    minutes = round(abs(delay.total_seconds()) / 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    counted = ((days, "d"), (hours, "h"), (0 if days else left, "min"))
    parts = [f"{count} {unit}" for count, unit in counted if count]
    if not parts:
        return "at the same time"
    return f"{' '.join(parts)} {'later' if delay.total_seconds() > 0 else 'earlier'}"
