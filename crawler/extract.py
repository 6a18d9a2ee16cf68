"""Snapshot -> Revision or Rejection: the article out of a page. Pure: no network, no clock.

The page is decoded, parsed once, and asked for what its head says; then boxes are dropped, the tree
is cut to the body, read by Trafilatura, and its paragraphs are cleaned.
"""

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.boxes import card_texts, drop_boxes
from crawler.clean import Cleaned, clean, key_of
from crawler.encoding import decode
from crawler.languages import RECOGNISED, plain_language, tell_language
from crawler.markup import element_text, find_body, parse
from crawler.metadata import (
    Page,
    address_parts,
    author_of,
    described_lead_of,
    original_of,
    read_head,
    says_article,
    shown_lead_of,
    title_of,
)
from crawler.paragraphs import read_paragraphs
from crawler.publication import published_at
from crawler.source import Source
from storage.models import Rejection, RejectionReason, Revision, Snapshot

EXTRACTOR = "1"
"""Stored with each Revision; raise it when the same page would give another text."""

MIN_CHARS = 200
"""Lead and text together: two sentences. The shortest of 4,171 real articles has 444 characters."""

_LONG_HEADLINE = 40
_DENSE_SCRIPTS = frozenset({"zh", "ja", "ko"})
_BLANK = re.compile(rb"[\x00 \t\r\n]*")
_CHALLENGE_CHARS = 60_000
"""A challenge is small; a page above this is not looked at."""
_CHALLENGE_WORDS = (
    *("document.cookie", "cf_chl", "challenge-platform", "_incapsula_", "sucuri_cloudproxy", "d1n="),
    "enable javascript and cookies",
)
_RELOAD_WORDS = ("location", "reload", "refresh", "submit(", "challenge", "_incapsula_", "enable javascript")


def extract(snapshot: Snapshot, source: Source) -> Revision | Rejection:
    """The text of the article on ``snapshot``'s page, or why it gives none.

    All text is NFC; paragraphs are parted by one blank line; ``published_at`` is in UTC. No bytes
    make it raise on purpose; run it under a time limit all the same, for a page can be slow.
    """
    if _BLANK.fullmatch(snapshot.body):
        return Rejection(reason=RejectionReason.EMPTY)
    html = decode(snapshot.body, _header(snapshot, "content-type"))
    if html is None:
        return Rejection(reason=RejectionReason.UNREADABLE, detail=f"{len(snapshot.body)} bytes")
    tree = parse(html) if html.strip() else None
    if tree is None:
        return Rejection(reason=RejectionReason.EMPTY, detail="no element")
    if _is_challenge(html, tree):
        return Rejection(reason=RejectionReason.CHALLENGE, detail=f"{len(html)} characters")
    return _read(read_head(tree, html, snapshot.final_url, source), snapshot)


@dataclass(frozen=True)
class _Body:
    """What was read from a page's tree before and while it was cut to the body."""

    cleaned: Cleaned
    lead: str
    has_container: bool
    is_cards: bool
    """Whether the text is that of cards for other stories: headlines that are links, and teasers."""

    @property
    def chars(self) -> int:
        return len(self.lead) + sum(map(len, self.cleaned.paragraphs))

    @property
    def is_dense(self) -> bool:
        """Whether a character says about as much as three Latin letters."""
        return plain_language("".join(self.cleaned.paragraphs) * 3) in _DENSE_SCRIPTS


def _read(page: Page, snapshot: Snapshot) -> Revision | Rejection:
    title = title_of(page)
    moment, witness = published_at(page, title or "", snapshot.fetched_at)
    original = original_of(page)
    body = _body_of(page, title or "")  # from here on the tree is cut
    text = "\n\n".join(body.cleaned.paragraphs)
    refusal = _refusal(page, body)
    if refusal is not None:
        return refusal
    if title is None:
        return Rejection(reason=RejectionReason.NO_TITLE)
    language = _language_of(f"{title}\n{body.lead}\n{text}", page.source)
    if isinstance(language, Rejection):
        return language
    return Revision(
        title=title,
        lead=body.lead,
        text=text,
        author=author_of(page, body.cleaned.byline),
        published_at=moment,
        published_from=witness,
        language=language,
        original_url=original,
    )


def _body_of(page: Page, title: str) -> _Body:
    hints = page.source.hints
    lead = shown_lead_of(page)
    container = find_body(page.finder, hints.body)
    root = page.tree if container is None else container
    drop_boxes(root, page.finder.within(root, hints.drop))
    cards = card_texts(root)  # a box of links among the paragraphs makes them no teasers
    paragraphs = read_paragraphs(root, is_container=container is not None)
    cleaned = clean(paragraphs, hints, repeats=(title, lead))
    lead = lead or described_lead_of(page, cleaned.paragraphs)
    return _Body(
        cleaned,
        _unless_repeated(lead, cleaned),
        container is not None,
        _is_cards(cleaned, cards, is_container=container is not None),
    )


def _is_cards(cleaned: Cleaned, cards_on_page: set[str], *, is_container: bool) -> bool:
    """Whether half of the characters, or five paragraphs and more than three in ten, are on cards.

    Of a whole page, a paragraph that only begins with a long headline is a card too: a list item.
    """
    long = () if is_container else {len(text) for text in cards_on_page if len(text) > _LONG_HEADLINE}
    cards = [
        text
        for text in cleaned.paragraphs
        if text in cards_on_page or any(text[:chars] in cards_on_page for chars in long)
    ]
    chars = sum(map(len, cleaned.paragraphs))
    is_mostly_cards = sum(map(len, cards)) > 0.5 * chars
    return is_mostly_cards or (len(cards) >= 5 and len(cards) > 0.3 * len(cleaned.paragraphs))


def _unless_repeated(lead: str, cleaned: Cleaned) -> str:
    """``lead``, or "" where the first paragraph says it and more: the text must hold it once."""
    first = key_of(cleaned.paragraphs[0]) if cleaned.paragraphs else ""
    return "" if first.startswith(key_of(lead)) else lead


def _refusal(page: Page, body: _Body) -> Rejection | None:
    detail = f"{body.chars} characters"
    if address_parts(page.url).path in ("", "/") and not says_article(page):
        return Rejection(reason=RejectionReason.NOT_AN_ARTICLE, detail="the address of a home page")
    if body.is_cards:
        reason = RejectionReason.RELATED_ONLY if says_article(page) else RejectionReason.NOT_AN_ARTICLE
        return Rejection(reason=reason, detail=f"{detail} of links and teasers")
    says_video = page.metas.get("og:type", "").lower().startswith("video")
    if says_video and not body.has_container:  # headlines from its margins would pass for a text
        return Rejection(reason=RejectionReason.NOT_AN_ARTICLE, detail="a video page without a body")
    is_announced = says_article(page) or page.source.article_pattern.search(page.url) is not None
    if not body.has_container and not is_announced:
        return Rejection(
            reason=RejectionReason.NOT_AN_ARTICLE, detail="neither its address nor its head says so"
        )
    if body.chars >= MIN_CHARS or (body.chars >= MIN_CHARS / 3 and body.is_dense):
        return None
    if page.metas.get("og:type", "").lower().startswith(("website", "video")):
        return Rejection(reason=RejectionReason.NOT_AN_ARTICLE, detail=f"og:type without a text, {detail}")
    return Rejection(reason=RejectionReason.TOO_SHORT, detail=detail)


def _language_of(text: str, source: Source) -> str | Rejection:
    """The declared language, told among several by content, unless the text is plainly in another."""
    declared = source.languages
    told = tell_language(text, declared) if len(declared) > 1 else plain_language(text)
    if told is None or told in declared:
        return told or declared[0]
    if len(declared) == 1 and declared[0] not in RECOGNISED:
        return declared[0]
    return Rejection(
        reason=RejectionReason.WRONG_LANGUAGE, detail=f"reads as {told}, declared {', '.join(declared)}"
    )


def _is_challenge(html: str, tree: HtmlElement) -> bool:
    """A page without text whose script sets a cookie and loads the page again."""
    if len(html) > _CHALLENGE_CHARS:
        return False
    lowered = html.lower()
    if not any(word in lowered for word in _CHALLENGE_WORDS) or not any(
        word in lowered for word in _RELOAD_WORDS
    ):
        return False
    in_scripts = sum(len(element_text(hidden)) for hidden in tree.iter("script", "style"))
    return len(element_text(tree)) - in_scripts < MIN_CHARS


def _header(snapshot: Snapshot, name: str) -> str | None:
    return next((value for key, value in snapshot.headers if key.lower() == name), None)
