"""The interface's languages: catalogues, and dates and numbers in each language's way.

English is the source language. The other catalogues are ``locales/<code>/LC_MESSAGES/messages.po``,
read when first needed; no compiled files are kept. The web pages use the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from babel.units import format_unit

LOCALES = ("en", "vi", "fr")
"""Interface languages; the first is the fallback."""

_CATALOGUES = Path(__file__).parent / "locales"


@dataclass(frozen=True)
class _Patterns:
    """Unicode date patterns where CLDR's own read less well in running text."""

    day: str
    short_day: str
    moment: str
    month: str


_PATTERNS = {
    "en": _Patterns("EEEE, d MMMM y", "d MMM y", "d MMM y, HH:mm", "MMMM y"),
    "vi": _Patterns(
        "EEEE, 'ngày' d 'tháng' M 'năm' y", "dd/MM/y", "HH:mm 'ngày' dd/MM/y", "'tháng' M 'năm' y"
    ),
    "fr": _Patterns("EEEE d MMMM y", "d MMM y", "d MMM y 'à' HH:mm", "MMMM y"),
}


def catalogue(locale: str) -> Path:
    """Where the catalogue of ``locale`` lies; the source language has none."""
    return _CATALOGUES / locale / "LC_MESSAGES" / "messages.po"


@lru_cache(maxsize=len(LOCALES))
def translations(locale: str) -> NullTranslations:
    """The messages of ``locale``, one of ``LOCALES``; English is its own translation."""
    if locale == LOCALES[0]:
        return NullTranslations()
    with catalogue(locale).open("rb") as file:
        messages = read_po(file, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


# A page says the same dates and names many times over, and Babel reads its patterns anew each time.
_remembered = lru_cache(maxsize=4096)


def N_(message: str) -> str:
    """``message`` itself: marks a string for the catalogues where it is translated later."""
    return message


@dataclass(frozen=True)
class Tongue:
    """One interface language and one time zone: how a reader is spoken to."""

    locale: str
    zone: ZoneInfo

    def say(self, message: str) -> str:
        """``message`` in this language."""
        return str(translations(self.locale).gettext(message))

    @_remembered
    def day(self, on: date) -> str:
        """A date with its weekday, in words."""
        return format_date(on, self._ordinal(_PATTERNS[self.locale].day, on), locale=self.locale)

    @_remembered
    def short_day(self, on: date) -> str:
        """A date without its weekday."""
        return format_date(on, self._ordinal(_PATTERNS[self.locale].short_day, on), locale=self.locale)

    @_remembered
    def month(self, on: date) -> str:
        """The month of a date, with its year, in words."""
        return format_date(on, _PATTERNS[self.locale].month, locale=self.locale)

    @_remembered
    def moment(self, at: datetime) -> str:
        """Date and time to the minute, on this zone's clock."""
        pattern = self._ordinal(_PATTERNS[self.locale].moment, at.astimezone(self.zone).date())
        return format_datetime(at, pattern, tzinfo=self.zone, locale=self.locale)

    def _ordinal(self, pattern: str, on: date) -> str:
        # French counts the first of a month: 1er mai.
        return pattern.replace("d ", "d'er' ", 1) if self.locale == "fr" and on.day == 1 else pattern

    @_remembered
    def span(self, seconds: float) -> str:
        """A length of time in its two largest units, in short: 2 hr, 15 min."""
        minutes = round(seconds / 60)
        days, rest = divmod(minutes, 24 * 60)
        hours, left = divmod(rest, 60)
        counted = ((days, "day"), (hours, "hour"), (0 if days else left, "minute"))
        parts = [
            format_unit(count, f"duration-{unit}", length="short", locale=self.locale)
            for count, unit in counted
            if count
        ]
        return " ".join(parts)

    @_remembered
    def clock(self, at: datetime) -> str:
        """Time of day to the minute, on this zone's clock."""
        return format_time(at.astimezone(self.zone), "HH:mm", tzinfo=self.zone, locale=self.locale)

    @_remembered
    def number(self, value: float) -> str:
        """A number with this language's separators."""
        if isinstance(value, int) and 0 <= value < 1000:
            return str(value)  # nothing to separate; a page has hundreds of these
        return format_decimal(value, locale=self.locale)

    @_remembered
    def size(self, count: int) -> str:
        """A number of bytes in its largest unit: 340 kB, 1.2 MB."""
        units = ("byte", "kilobyte", "megabyte", "gigabyte")
        power = next(power for power in range(len(units)) if count < 1000 ** (power + 1) or power == 3)
        value = round(count / 1000**power, 1 if power > 0 and count < 10 * 1000**power else None)
        return self._measured(value, f"digital-{units[power]}")

    @_remembered
    def _measured(self, value: float, unit: str) -> str:
        return format_unit(value, unit, length="short", locale=self.locale)

    @_remembered
    def percent(self, ratio: float) -> str:
        """A ratio of 0 to 1 as a whole percentage."""
        return format_percent(ratio, locale=self.locale)

    @_remembered
    def exact_percent(self, value: float) -> str:
        """A percentage, given in percent, with all its decimals."""
        ratio = Decimal(repr(value)) / 100
        return format_percent(ratio, locale=self.locale, decimal_quantization=False)

    def listed(self, items: Iterable[str]) -> str:
        """Items as an enumeration: a, b and c."""
        return format_list(list(items), locale=self.locale)

    @_remembered
    def language(self, code: str) -> str:
        """The name of the language ``code`` in this language, or the code where it has none."""
        try:
            return Locale.parse(code, sep="-").get_display_name(self.locale) or code
        except (UnknownLocaleError, ValueError):
            return code

    @_remembered
    def own_name(self, code: str) -> str:
        """The name of the language ``code`` in that language itself."""
        name = Locale.parse(code).get_display_name(code) or code
        return name[0].upper() + name[1:]
