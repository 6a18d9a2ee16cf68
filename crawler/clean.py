"""What outlets put around an article's sentences, and taking it away without taking a sentence.

Everything here works on paragraphs of text. A rule removes a whole paragraph only where it has the
form of a widget, a caption, a credit or a heading of links, and never a longer finished sentence.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler import boilerplate
from crawler.source import Hints
from storage.folding import fold

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc\ufffd]"
)
_SENTENCE_END = re.compile(r"[.!?…。！？][\"”»’')\]]*$")
_NOT_ALNUM = re.compile(r"[\W_]+")
_URL = re.compile(r"https?://[^\s<>\"'()]+[^\s<>\"'().,;]")
_DATE = re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\d)")
_DATE_WORDS = re.compile(r"[\d/.:,|()-]+|\b(?:thứ \w+|chủ nhật|ngày|lúc|cập nhật|GMT\+?)\b", re.I)
_FINISHED = re.compile(r"[.!?…]\s+(?=[\"“«]?\w)")


@dataclass(frozen=True)
class Cleaned:
    """An article's paragraphs without what stood around them, and what that said."""

    paragraphs: tuple[str, ...]
    byline: str | None = None
    """Who signed at the end."""


def tidy(text: str) -> str:
    """``text`` on one line: NFC, no control or zero-width characters, single plain spaces."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("␤", " ").split())


def key_of(text: str) -> str:
    """What two writings of one sentence share: folded letters and digits only."""
    return _NOT_ALNUM.sub("", fold(text))


def is_sentence(paragraph: str) -> bool:
    """Whether ``paragraph`` ends as a sentence does."""
    return _SENTENCE_END.search(paragraph) is not None


def clean(paragraphs: Iterable[str], hints: Hints, repeats: Sequence[str] = ()) -> Cleaned:
    """The sentences of an article out of the ``paragraphs`` of its page.

    ``repeats`` are texts shown elsewhere, the title first, then the lead: a paragraph at the top that
    equals one of them is left out. Paragraphs that come twice are kept once.
    """
    kept = _unique(tidy(paragraph) for paragraph in paragraphs)
    kept = _before_tail(kept, hints)
    kept = [paragraph for paragraph in kept if not _is_furniture(paragraph)]
    kept = _without_link_lists(kept)
    kept = [paragraph for paragraph in kept if not is_caption(paragraph)]
    kept = _without_head(kept, repeats)
    kept, byline = _without_end(kept)
    if kept:
        kept[0] = strip_dateline(_without_opening_caption(kept[0]))
    return Cleaned(tuple(paragraph for paragraph in kept if paragraph), byline)


def strip_dateline(paragraph: str) -> str:
    """``paragraph`` without the place and agency that open it: "Hanoi (VNA) –", "HÀ NỘI –", "NDO -"."""
    for pattern in (boilerplate.DATELINE, boilerplate.AGENCY_OPENING):
        if match := pattern.match(paragraph):
            return paragraph[match.end() :]
    match = boilerplate.CAPITALS_OPENING.match(paragraph)
    return paragraph[match.end() :] if match and _is_place(match["place"], match["next"]) else paragraph


def strip_end_mark(paragraph: str) -> str:
    """``paragraph`` without the agency's mark at its end: "./.", "— VNS", "-VNA", "（完）"."""
    before = None
    while paragraph != before:
        before = paragraph
        paragraph = boilerplate.END_MARK.sub("", paragraph).rstrip()
    stopped = boilerplate.STOP_SIGN.sub("", paragraph)
    if stopped == paragraph or not stopped:
        return stopped
    return stopped if _SENTENCE_END.search(stopped) else stopped + "."


def is_caption(paragraph: str) -> bool:
    """Whether ``paragraph`` is a picture's caption: at most two sentences, then the picture's credit."""
    if len(paragraph) >= 400 or boilerplate.STORY_CREDIT.match(paragraph):
        return False
    lowered = paragraph.lower()
    if not any(sign in lowered for sign in boilerplate.CAPTION_SIGNS):
        return False  # most paragraphs, and the search is slow
    return boilerplate.CAPTION.search(paragraph) is not None and len(_FINISHED.findall(paragraph)) <= 2


def _is_place(opening: str, following: str) -> bool:
    """A place in capitals; after an abbreviation ("VCCI – the chamber –", "ASEAN - EU trade") none."""
    is_abbreviation = opening.isascii() and " " not in opening
    return opening.isupper() and not is_abbreviation and not following.islower()


def signed_by(credit: str) -> str:
    """The name in ``credit`` without the words around it: "Reported by X - Translated by Y" gives X."""
    match = boilerplate.BYLINE.match(credit)
    return boilerplate.TRANSLATOR.sub("", match["name"] if match else credit).strip(" -–—()")


def first_url(text: str) -> str | None:
    """The first http address in ``text``, or None."""
    match = _URL.search(text)
    return match[0] if match else None


def _without_opening_caption(paragraph: str) -> str:
    match = boilerplate.OPENING_CAPTION.match(paragraph)
    return paragraph[match.end() :] if match and paragraph[match.end()].isupper() else paragraph


def _unique(paragraphs: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paragraph for paragraph in paragraphs if any(map(str.isalnum, paragraph))))


def _before_tail(paragraphs: list[str], hints: Hints) -> list[str]:
    starts = tuple(start.casefold() for start in hints.cut_from)
    origins = tuple(origin.casefold() for origin in hints.original)
    for at, paragraph in enumerate(paragraphs):
        folded = paragraph.casefold()
        names_origin = (
            bool(origins) and folded.startswith(origins) and (first_url(paragraph) or len(paragraph) < 120)
        )
        if names_origin or (starts and folded.startswith(starts)):
            return paragraphs[:at]
    return paragraphs


def _is_furniture(paragraph: str) -> bool:
    return bool(boilerplate.WIDGET.match(paragraph) or boilerplate.FORM_LABEL.match(paragraph))


def _without_link_lists(paragraphs: list[str]) -> list[str]:
    """A heading such as "Related news" takes the headlines below it along, up to the next sentence."""
    kept: list[str] = []
    is_in_list = False
    for paragraph in paragraphs:
        heading = boilerplate.LINKS_HEADING.match(paragraph)
        if heading and len(paragraph) < 200 and not is_sentence(paragraph):
            is_in_list = not (heading["rest"] or "").strip()
        elif is_in_list and len(paragraph) < 200 and not is_sentence(paragraph):
            continue
        else:
            is_in_list = False
            kept.append(paragraph)
    return kept


def _without_head(paragraphs: list[str], repeats: Sequence[str]) -> list[str]:
    """Above the title stand menus and slogans; title, lead and a date line below it are known."""
    known = [key_of(text) for text in repeats if text]
    head, rest = paragraphs[:8], paragraphs[8:]
    keys = [key_of(strip_dateline(paragraph)) for paragraph in head]
    start = keys.index(known[0]) + 1 if known and known[0] in keys else 0
    above = [
        paragraph for paragraph in head[: max(0, start - 1)] if len(paragraph) > 60 and is_sentence(paragraph)
    ]
    below = [
        paragraph
        for paragraph, key in zip(head[start:], keys[start:], strict=True)
        if key not in known and not _is_date_line(paragraph)
    ]
    return [paragraph for paragraph in above if key_of(strip_dateline(paragraph)) not in known] + below + rest


def _is_date_line(paragraph: str) -> bool:
    """A date with little beside it: the outlet's name, the weekday, the time."""
    if is_sentence(paragraph) or not _DATE.search(paragraph):
        return False
    return len(_DATE_WORDS.sub(" ", paragraph).strip()) <= 30


def _without_end(paragraphs: list[str]) -> tuple[list[str], str | None]:
    kept = list(paragraphs)
    byline: str | None = None
    while kept:
        last = kept[-1]
        if (marked := strip_end_mark(last)) != last:
            kept[-1:] = [marked] if marked else []
        elif len(kept) > 1 and _is_masthead(last):
            kept.pop()
        elif len(kept) > 1 and (name := _signature(last, may_be_bare=byline is None)) is not None:
            byline = name or byline
            kept.pop()
        else:
            break
    return kept, byline


def _is_masthead(paragraph: str) -> bool:
    return bool(boilerplate.MASTHEAD.match(paragraph) and boilerplate.MASTHEAD_SIGN.search(paragraph))


def _signature(paragraph: str, *, may_be_bare: bool) -> str | None:
    """The name in an end credit, "" where it credits no person, None where it is no credit."""
    if boilerplate.BYLINE.match(paragraph):
        return signed_by(paragraph)
    if boilerplate.AFTER_OUTLET.match(paragraph):
        return ""
    words = paragraph.split()
    is_name = 1 <= len(words) <= 5 and len(paragraph) <= 40 and all(word[0].isupper() for word in words)
    return paragraph if may_be_bare and is_name and not re.search(r"[!?:;,\d()]|\.$", paragraph) else None
