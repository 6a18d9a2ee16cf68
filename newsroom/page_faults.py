"""Changes that make a bad page of a good one, as outlets and attackers do."""

import base64
import gzip
import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from newsroom.replies import HTML, Reply

Change = Callable[[Reply], Reply]

BOMB_BYTES = 100_000_000
"""What a compressed bomb expands to."""

_BROTLI_BOMB = base64.b64decode(
    "y///P/glQOKxQCD3/o///3/wSwDEYRGA7v0f////4JcAiMMCAN37P/7//8EvARCHBQC693/8//+DXwIgDgsAdO//+P//B78EQBwWAOje"
    "//H//w9+CYA4LADQvf/j//8f/BIAcVgAoHv/x///P/glAOKwAED3/o///3/wSwDEYQGA7v0f////4JcAiMMCAN37v/wHr8MvARCHBQC6"
    "2HU="
)
"""BOMB_BYTES blanks in 158 bytes."""
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_BODY = re.compile(r'(<div[^>]*itemprop="articleBody"[^>]*>)(.*?)(</div>\s*<div class="article__tag">)', re.S)
_PARAGRAPH = re.compile(r"<p>.*?</p>", re.S)
_JSON_LD = re.compile(r'(<script type="application/ld\+json">)(.*?)(</script>)', re.S)
_FRENCH = """\
Le marché couvert de la ville a rouvert ses portes jeudi après deux ans de travaux, et les marchandes ont
retrouvé leurs étals dans une halle plus claire que l'ancienne, avec de l'eau courante partout.

Les habitants du quartier, venus nombreux malgré la pluie, disent que les prix n'ont pas encore changé, mais
que les loyers des étals doivent augmenter au printemps, ce qui inquiète les plus petites vendeuses.

La mairie assure que personne ne sera chassé et que les contrats seront signés pour cinq ans au moins.
"""
_FRENCH_TITLE = "Le marché couvert rouvre ses portes après deux ans de travaux"
_LOGIN = (
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1>"
    '<form action="/login" method="post"><label>E-mail <input name="user"></label>'
    '<label>Password <input name="password" type="password"></label><button>Sign in</button></form>'
    "<p>Forgot your password?</p></body></html>"
)
_GONE = (
    "<!DOCTYPE html><html><head><title>Page not found</title></head><body><h1>Page not found</h1>"
    "<p>The article that you are looking for has been moved or deleted.</p>"
    '<p><a href="/">Back to the home page</a></p></body></html>'
)


def text_of(reply: Reply) -> str:
    """The page as text."""
    return reply.body.decode("utf-8", "replace")


def with_text(reply: Reply, text: str) -> Reply:
    """The same answer with another page."""
    return replace(reply, body=text.encode())


def rewritten(pattern: str, replacement: str) -> Change:
    """Replaces what a regular expression finds in the page."""
    return lambda reply: with_text(reply, re.sub(pattern, replacement, text_of(reply), flags=re.S))


def into_body(junk: str) -> Change:
    """Puts ``junk`` before the first paragraph of the text."""
    return lambda reply: with_text(reply, text_of(reply).replace("<p>", f"{junk}<p>", 1))


def around_body(before: str, after: str) -> Change:
    """Puts the text between ``before`` and ``after``."""

    def change(reply: Reply) -> Reply:
        page = _BODY.sub(lambda part: part[1] + before + part[2] + after + part[3], text_of(reply))
        return with_text(reply, page)

    return change


def with_body(body: str) -> Change:
    """Another text where the article's own stood."""

    def change(reply: Reply) -> Reply:
        return with_text(reply, _BODY.sub(lambda part: part[1] + body + part[3], text_of(reply)))

    return change


def with_json_ld(change_text: Callable[[str], str]) -> Change:
    """Changes the JSON-LD block."""

    def change(reply: Reply) -> Reply:
        page = _JSON_LD.sub(lambda part: part[1] + change_text(part[2]) + part[3], text_of(reply))
        return with_text(reply, page)

    return change


def dated(written: str) -> Change:
    """Every machine-readable date of the page says ``written``; the visible one is gone."""

    def change(reply: Reply) -> Reply:
        page = re.sub(r'("date(?:Published|Modified)":\s*")[^"]*', rf"\g<1>{written}", text_of(reply))
        page = re.sub(r'(property="article:[a-z]+_time" content=")[^"]*', rf"\g<1>{written}", page)
        page = re.sub(
            r'<time class="time".*?</time>', f'<time class="time" datetime="{written}"></time>', page
        )
        return with_text(reply, page)

    return change


def encoded(encoding: str, content_type: str, *, is_declared: bool = True) -> Change:
    """The page in another encoding. ``content_type`` is sent with it, right or wrong."""

    def change(reply: Reply) -> Reply:
        page = text_of(reply)
        page = page.replace('<meta charset="utf-8">', f'<meta charset="{encoding}">' if is_declared else "")
        if encoding == "windows-1258":
            page = _for_windows_1258(page)
        return replace(reply, body=page.encode(encoding, "xmlcharrefreplace"), content_type=content_type)

    return change


def _for_windows_1258(text: str) -> str:
    """Tone marks behind their letters: windows-1258 has no letter with two marks."""
    spelled = []
    for letter in unicodedata.normalize("NFC", text):
        pieces = unicodedata.normalize("NFD", letter)
        tones = "".join(piece for piece in pieces if piece in _TONES)
        base = "".join(piece for piece in pieces if piece not in _TONES)
        spelled.append(unicodedata.normalize("NFC", base) + tones)
    return "".join(spelled)


def with_nul_bytes(reply: Reply) -> Reply:
    """A NUL between any two words of the text."""
    return replace(reply, body=reply.body.replace(b" t", b" \x00t").replace(b" \xc4\x91", b" \x00\xc4\x91"))


def decomposed(reply: Reply) -> Reply:
    """NFD in place of NFC."""
    return with_text(reply, unicodedata.normalize("NFD", text_of(reply)))


def in_french(reply: Reply) -> Reply:
    """A text in French; the page around it stays."""
    page = re.sub(r"(<h1[^>]*>)[^<]*", rf"\g<1>{_FRENCH_TITLE}", text_of(reply))
    page = re.sub(r'<div class="article__sapo[^>]*>.*?</div>', "", page, flags=re.S)
    page = re.sub(
        r'((?:name|property)="(?:og:)?(?:title|description)" content=")[^"]*', rf"\g<1>{_FRENCH_TITLE}", page
    )
    page = re.sub(r"<title>[^<]*", f"<title>{_FRENCH_TITLE}", page)
    page = _JSON_LD.sub("", page)
    return with_body("".join(f"<p>{paragraph}</p>" for paragraph in _FRENCH.split("\n\n")))(
        with_text(reply, page)
    )


def without_text(reply: Reply) -> Reply:
    """A video page: the player, a title, and cards of other videos."""
    page = re.sub(r'<div class="article__sapo[^>]*>.*?</div>', "", text_of(reply), flags=re.S)
    page = re.sub(r'(property="og:type" content=")article', r"\g<1>video.other", page)
    page = re.sub(r'((?:name|property)="(?:og:)?description" content=")[^"]*', r"\g<1>", page)
    page = _JSON_LD.sub("", page)
    player = '<video src="/static/clip.mp4" controls></video>'
    return with_body(player)(with_text(reply, page))


def without_title(reply: Reply) -> Reply:
    """No headline anywhere: neither shown, nor in the head, nor in JSON-LD."""
    page = re.sub(r"<h1.*?</h1>|<title>.*?</title>", "", text_of(reply), flags=re.S)
    page = re.sub(r'<meta property="og:title"[^>]*>', "", page)
    return with_text(reply, _JSON_LD.sub("", page))


def with_cards_only(reply: Reply) -> Reply:
    """Cards of other stories where the text should be."""
    page = re.sub(r'<div class="article__sapo[^>]*>.*?</div>', "", text_of(reply), flags=re.S)
    page = re.sub(r'((?:name|property)="(?:og:)?description" content=")[^"]*', r"\g<1>", page)
    titles = [
        f"Neighbourhood market number {number} opens its gates again after repairs" for number in range(8)
    ]
    cards = "".join(
        f'<article class="story"><h3 class="story__heading">'
        f'<a href="/other-post{number}.vnp">{title}</a></h3>'
        f"<p>{title}, and the traders are back at their stalls.</p></article>"
        for number, title in enumerate(titles)
    )
    return with_body(cards)(with_text(reply, page))


def changing() -> Change:
    """Another advertisement, another number of readers and another token each time; the text stays."""
    times = itertools.count(1)

    def change(reply: Reply) -> Reply:
        number = next(times)
        junk = f'<div class="ads" data-token="{number * 7919:x}"></div>'
        page = text_of(reply).replace("</body>", f"<span class='views'>{number} views</span></body>")
        return with_text(reply, page.replace("<p>", f"{junk}<p>", 1))

    return change


def login(reply: Reply) -> Reply:
    """A form for name and password."""
    return Reply(_LOGIN.encode(), HTML, 200, reply.headers)


def softly_gone(reply: Reply) -> Reply:
    """ "Not found", with status 200."""
    return Reply(_GONE.encode(), HTML, 200, reply.headers)


def bomb(coding: str) -> Change:
    """A small body that expands to BOMB_BYTES; ``coding`` is gzip or br."""

    def change(reply: Reply) -> Reply:
        body = _gzip_bomb() if coding == "gzip" else _BROTLI_BOMB
        return Reply(body, HTML, 200, (("Content-Encoding", coding),))

    return change


@cache
def _gzip_bomb() -> bytes:
    return gzip.compress(b"<p>boom " * (BOMB_BYTES // 8), compresslevel=1, mtime=0)


def cut_gzip(reply: Reply) -> Reply:
    """Compressed, and half of it, with the length of the half: only the gzip file knows that it is cut."""
    whole = reply.gzipped
    return replace(
        reply, body=whole[: len(whole) // 2], headers=(*reply.headers, ("Content-Encoding", "gzip"))
    )


def false_gzip(reply: Reply) -> Reply:
    """Says gzip and is not."""
    return replace(reply, headers=(*reply.headers, ("Content-Encoding", "gzip")))
