"""What a declaration may say: its keys, their types and what their values must be. Pure."""

import difflib
import re
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlsplit

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationInfo
from pydantic_core import PydanticCustomError

from crawler.dates import FORMATS
from crawler.source import ListingKind, Source

PLACEHOLDERS = ("{YYYY}", "{MM}", "{M}", "{DD}", "{page}")
"""Parts of a listing's address that are filled from the date and the number of the page."""
MOST_PAGES = 20
"""More pages in one poll are a backfill, which has a command of its own."""

_BRACES = re.compile(r"\{[^{}]*\}|[{}]")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_source_id(name: str) -> bool:
    """Whether ``name`` can be a Source's id: lower-case letters, digits and single hyphens."""
    return _ID.fullmatch(name) is not None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that is spelled most like ``word``, or None where none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise _wrong(f"is no regular expression: {error}") from None
    return text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web or not text.isprintable() or " " in text:
        raise _wrong(f"is no http or https address: {text!r}")
    return text


def _template(text: str) -> str:
    for part in _BRACES.findall(text):
        if part not in PLACEHOLDERS:
            known = ", ".join(PLACEHOLDERS)
            raise _wrong(f"has the unknown placeholder {part} (known: {known})", nearest(part, PLACEHOLDERS))
    if "{DD}" in text and "{M" not in text:
        raise _wrong("has {DD} without a month")
    if "{M" in text and "{YYYY}" not in text:
        raise _wrong("has a month without {YYYY}")
    return _address(re.sub(r"[{}]", "", text)) and text


def _host_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", text):
        raise _wrong(f"is no host name in lower case: {text!r}")
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", text):
        raise _wrong(f"is no ISO 639-1 code of two lower-case letters: {text!r}")
    return text


def _selector(text: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError as error:
        raise _wrong(f"is no CSS selector: {text!r} ({error})") from None
    return text


def _date_format(text: str) -> str:
    if text not in FORMATS:
        raise _wrong(f"names no date format: {text!r}", nearest(text, FORMATS))
    return text


def _rewrite(pair: list[str]) -> list[str]:
    if len(pair) != 2:
        raise _wrong("must be a regular expression and its replacement")
    _regex(pair[0])
    try:
        re.sub(pair[0], pair[1], "")
    except (re.error, IndexError) as error:
        raise _wrong(f"has a replacement that does not fit its expression: {error}") from None
    return pair


def _pages(pages: int, info: ValidationInfo) -> int:
    # Without the key "url" its own error is told.
    if pages > 1 and "{page}" not in info.data.get("url", "{page}"):
        raise _wrong(f"is {pages}, but the address has no {{page}}")
    return pages


def _wrong(why: str, alike: str | None = None) -> PydanticCustomError:
    # Braces in the text would be taken for fields of the template.
    return PydanticCustomError("declaration", "{why}", {"why": why, "nearest": alike})


_Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
_Regex = Annotated[str, Field(min_length=1), AfterValidator(_regex)]
_Address = Annotated[str, AfterValidator(_address)]
_Selectors = list[Annotated[str, Field(min_length=1), AfterValidator(_selector)]]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class HintsTable(_Table):
    """``[hints]``, or a whole family's file: the fields of ``crawler.source.Hints``."""

    title: _Selectors = []
    lead: _Selectors = []
    body: _Selectors = []
    author: _Selectors = []
    time: _Selectors = []
    date_formats: list[Annotated[str, AfterValidator(_date_format)]] = []
    drop: _Selectors = []
    cut_from: list[_Text] = []
    original: list[_Text] = []
    links: _Selectors = []


class ListingTable(_Table):
    """A ``[[listing]]``."""

    kind: Annotated[ListingKind, Strict(False)]
    url: Annotated[str, AfterValidator(_template)]
    rewrite: Annotated[list[str], AfterValidator(_rewrite)] | None = None
    pages: Annotated[int, Field(ge=1, le=MOST_PAGES), AfterValidator(_pages)] = 1


class DeclarationTable(_Table):
    """A whole declaration."""

    name: _Text
    home: _Address
    family: str | None = None
    languages: list[Annotated[str, AfterValidator(_language)]] = Field(min_length=1)
    hosts: list[Annotated[str, AfterValidator(_host_name)]] = []
    article: _Regex
    exclude: _Regex | None = None
    delay_s: float = Field(default=Source.delay_s, ge=1, le=600, allow_inf_nan=False)
    interval_min: int = Field(default=Source.interval_min, ge=1, le=7 * 24 * 60)
    enabled: bool = Source.is_enabled
    listing: list[ListingTable] = Field(min_length=1)
    hints: HintsTable = HintsTable()
