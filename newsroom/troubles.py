"""Every trouble that the newsroom can make, by name: ready Faults, for tests and for people to try."""

from dataclasses import dataclass
from enum import StrEnum

from newsroom import listing_faults as listing
from newsroom import page_faults as page
from newsroom.certificates import Misfit
from newsroom.faults import Fault
from newsroom.replies import HTML, TEXT
from newsroom.wire import Ending, Wire

_LONG_S = 600.0
_METADATA_HOST = "169.254.169.254"


class Place(StrEnum):
    """What a trouble befalls."""

    HOST = "host"
    """The connection to a host, whatever is asked for."""
    ROBOTS = "robots"
    """A host's robots.txt."""
    LISTING = "listing"
    """A feed."""
    PAGE = "page"
    """An article."""


@dataclass(frozen=True)
class Trouble:
    """A ready Fault. Its name in TROUBLES begins with its place."""

    says: str
    """What the outlet does, as a sentence without a subject."""
    fault: Fault
    besides: tuple[tuple[str, Fault], ...] = ()
    """Further paths of the host and what is wrong there."""

    @property
    def is_permanent(self) -> bool:
        """Whether every request meets it."""
        return self.fault.first is None


def place_of(name: str) -> Place:
    """The Place that the trouble ``name`` befalls."""
    return Place(name.partition("-")[0])


def _status(status: int, *headers: tuple[str, str], first: int | None = None) -> Fault:
    return Fault(status=status, headers=headers, first=first)


def _to(address: str) -> Fault:
    return _status(302, ("Location", address))


def _answer(change: page.Change) -> Fault:
    return Fault(change=change)


_HOST: dict[str, Trouble] = {
    "host-certificate-expired": Trouble(
        "shows a certificate that ended yesterday", Fault(certificate=Misfit.EXPIRED)
    ),
    "host-certificate-of-another": Trouble(
        "shows a certificate for another name", Fault(certificate=Misfit.OTHER_HOST)
    ),
    "host-certificate-self-signed": Trouble(
        "shows a certificate that no known authority has signed", Fault(certificate=Misfit.UNKNOWN_AUTHORITY)
    ),
    "host-certificate-chain-cut": Trouble(
        "does not send the certificate between its own and the authority's",
        Fault(certificate=Misfit.INCOMPLETE_CHAIN),
    ),
    "host-silent": Trouble("takes connections and never answers", Fault(hang_s=_LONG_S)),
    "host-bans-all": Trouble("answers 403 to everything, robots.txt included", _status(403)),
    "host-down": Trouble("answers 503 to everything, robots.txt included", _status(503)),
}

_ROBOTS: dict[str, Trouble] = {
    "robots-404": Trouble("has no robots.txt", _status(404)),
    "robots-403": Trouble("answers 403 for robots.txt alone", _status(403)),
    "robots-429": Trouble("answers 429 for robots.txt", _status(429, ("Retry-After", "60"))),
    "robots-503": Trouble("answers 503 for robots.txt", _status(503)),
    "robots-hang": Trouble("never answers for robots.txt", Fault(hang_s=_LONG_S)),
    "robots-reset": Trouble(
        "breaks the connection within robots.txt", Fault(wire=Wire(sent_share=0.5, ending=Ending.RESET))
    ),
    "robots-page": Trouble("sends a page in place of robots.txt", Fault(change=page.softly_gone)),
    "robots-huge": Trouble(
        "sends 5 MB of rules",
        Fault(status=200, body=b"User-agent: *\nDisallow: /closed/\n" * 150_000, content_type=TEXT),
    ),
    "robots-binary": Trouble(
        "sends bytes that are no text", Fault(status=200, body=bytes(range(256)) * 40, content_type=TEXT)
    ),
    "robots-forbids-all": Trouble(
        "forbids everything", Fault(status=200, body=b"User-agent: *\nDisallow: /\n", content_type=TEXT)
    ),
    "robots-forbids-some": Trouble(
        "forbids some articles",
        Fault(status=200, body=b"User-agent: *\nDisallow: /*closed\n", content_type=TEXT),
    ),
    "robots-crawl-delay": Trouble(
        "asks for a second between two requests",
        Fault(status=200, body=b"User-agent: *\nCrawl-delay: 1\n", content_type=TEXT),
    ),
}

_LISTING: dict[str, Trouble] = {
    "listing-403": Trouble("bans us", _status(403)),
    "listing-404": Trouble("has dropped the feed", _status(404)),
    "listing-429": Trouble("asks to be left alone for an hour", _status(429, ("Retry-After", "3600"))),
    "listing-503": Trouble("is down for repairs", _status(503, ("Retry-After", "600"))),
    "listing-hang": Trouble("never answers", Fault(hang_s=_LONG_S)),
    "listing-challenge": Trouble("sends a cookie challenge with status 200", Fault(is_challenge=True)),
    "listing-login": Trouble("sends a form for name and password with status 200", Fault(change=page.login)),
    "listing-soft-404": Trouble('says "not found" with status 200', Fault(change=page.softly_gone)),
    "listing-wrong-type": Trouble(
        "sends JSON in place of XML",
        Fault(status=200, body=b'{"error": "no such feed"}', content_type="application/json"),
    ),
    "listing-pdf": Trouble(
        "sends a PDF",
        Fault(status=200, body=b"%PDF-1.7\n" + bytes(range(256)), content_type="application/pdf"),
    ),
    "listing-mislabelled": Trouble("sends a good feed as text/plain", Fault(content_type=TEXT)),
    "listing-empty": Trouble("sends a feed without items", Fault(change=listing.without_items)),
    "listing-zero-bytes": Trouble(
        "sends 200 and not one byte", Fault(status=200, body=b"", content_type=HTML)
    ),
    "listing-blank": Trouble("sends white space", Fault(status=200, body=b" \n" * 500, content_type=HTML)),
    "listing-truncated": Trouble("ends in the middle of an item", Fault(change=listing.cut(0.9))),
    "listing-broken-off": Trouble("breaks the connection halfway", Fault(wire=Wire(sent_share=0.5))),
    "listing-false-gzip": Trouble("says gzip and sends plain text", Fault(change=page.false_gzip)),
    "listing-cut-gzip": Trouble("sends half of a gzip file", Fault(change=listing.cut_gzip)),
    "listing-gzip-bomb": Trouble("expands to 100 MB", Fault(change=page.bomb("gzip"))),
    "listing-billion-laughs": Trouble(
        "declares entities that expand to 2 GB", Fault(change=listing.billion_laughs)
    ),
    "listing-quadratic-entity": Trouble(
        "uses one long entity 20,000 times", Fault(change=listing.quadratic_entity)
    ),
    "listing-outside-entity": Trouble(
        "includes a local file as entity", Fault(change=listing.outside_entity)
    ),
    "listing-16k-attributes": Trouble(
        "has a tag with 16,000 attributes", Fault(change=listing.with_attributes(16_000))
    ),
    "listing-3.5-mb": Trouble("is 3.5 MB long", Fault(change=listing.padded(3_500_000))),
    "listing-says-utf-16": Trouble(
        "declares UTF-16 and sends UTF-8",
        Fault(change=listing.rewritten(r'encoding="[^"]*"', 'encoding="utf-16"')),
    ),
    "listing-is-utf-16": Trouble("is UTF-16 with a mark", Fault(change=listing.in_utf_16)),
    "listing-nbsp": Trouble("has &nbsp; in its titles", Fault(change=listing.with_entities_of_html)),
    "listing-nfd": Trouble("spells its titles in NFD", Fault(change=listing.decomposed)),
    "listing-dates-plus-seven": Trouble("writes +07:00 with a colon", Fault()),
    "listing-dates-without-zone": Trouble(
        "writes dates without a zone", Fault(change=listing.dated(lambda date: date.rpartition(" ")[0]))
    ),
    "listing-dates-in-future": Trouble(
        "dates its items ten years ahead",
        Fault(change=listing.rewritten(r"(<pubDate>\w+, \d+ \w+ 20)2", r"\g<1>3")),
    ),
    "listing-dates-impossible": Trouble(
        "dates its items 31 February",
        Fault(change=listing.dated(lambda date: "Mon, 31 Feb 2026 08:00:00 +07:00")),
    ),
    "listing-index": Trouble("is a sitemap of sitemaps", Fault(change=listing.sitemap_index)),
    "listing-home-feed": Trouble("has become the home feed", Fault(path="/rss/home.rss")),
    "listing-frozen": Trouble(
        "has stood still since 2019",
        Fault(change=listing.rewritten(r"(<pubDate>\w+, \d+ \w+ )20\d\d", r"\g<1>2019")),
    ),
    "listing-wild-links": Trouble(
        "links to file:, data:, ftp: and javascript:",
        Fault(
            change=listing.with_links(
                "file:///etc/passwd",
                "data:text/html,<h1>Hello</h1>",
                "ftp://example.vn/a-post1.html",
                "javascript:alert(1)",
                "mailto:news@example.vn",
            )
        ),
    ),
    "listing-links-off-host": Trouble(
        "links to other hosts and private addresses",
        Fault(
            change=listing.with_links(
                "https://elsewhere.example/a-post1.html",
                "https://127.0.0.1/a-post2.html",
                "https://en.vietnamplus.vn.elsewhere.example/a-post3.vnp",
                "https://en.vietnamplus.vn@elsewhere.example/a-post4.vnp",
            )
        ),
    ),
    "listing-other-articles-only": Trouble(
        "links to articles of another outlet only",
        Fault(change=listing.rewritten(r"(<item>.*?<link>https://)[^/]*", r"\g<1>elsewhere.example")),
    ),
    "listing-twins": Trouble(
        "lists an article six times: with tails, on the mobile host, for printing, in capitals",
        Fault(change=listing.with_twins),
    ),
    "listing-to-home": Trouble("sends on to the home page", _to("/")),
    "listing-to-loopback": Trouble("sends on to 127.0.0.1", _to("https://127.0.0.1/rss/home.rss")),
    "listing-loop": Trouble("sends on to itself for ever", _to("?again=1")),
}

_PAGE_ANSWERS: dict[str, Trouble] = {
    "page-404": Trouble("has taken the article down", _status(404)),
    "page-410": Trouble("has taken the article down for good", _status(410)),
    "page-401": Trouble("asks for a password", _status(401)),
    "page-403": Trouble("forbids the article", _status(403)),
    "page-451": Trouble("withholds the article for legal reasons", _status(451)),
    "page-429": Trouble("has had too many requests", _status(429, ("Retry-After", "3600"))),
    "page-500": Trouble("fails", _status(500)),
    "page-503": Trouble("is down", _status(503, ("Retry-After", "600"))),
    "page-500-once": Trouble("fails once", _status(500, first=1)),
    "page-503-once": Trouble("is down once", _status(503, first=1)),
    "page-reset-once": Trouble(
        "breaks the connection once", Fault(wire=Wire(sent_share=0.5, ending=Ending.RESET), first=1)
    ),
    "page-hang": Trouble("never answers", Fault(hang_s=_LONG_S)),
    "page-drip": Trouble("sends ten bytes a second", Fault(wire=Wire(piece_bytes=1, pause_s=0.1))),
    "page-headers-only": Trouble(
        "sends the headers and then nothing", Fault(wire=Wire(sent_share=0, ending=Ending.SILENCE))
    ),
    "page-reset": Trouble(
        "breaks the connection halfway", Fault(wire=Wire(sent_share=0.5, ending=Ending.RESET))
    ),
    "page-longer-than-sent": Trouble(
        "announces 1,000 bytes more than it sends", Fault(wire=Wire(more_announced=1_000))
    ),
    "page-shorter-than-sent": Trouble(
        "announces 200 bytes fewer than it sends", Fault(wire=Wire(more_announced=-200))
    ),
    "page-cut-gzip": Trouble("sends half of a gzip body, well announced", Fault(change=page.cut_gzip)),
    "page-false-gzip": Trouble("says gzip and sends plain text", Fault(change=page.false_gzip)),
    "page-no-http": Trouble("answers in no known protocol", Fault(wire=Wire(raw=b"\x00\xffHELO\r\n" * 20))),
    "page-huge-header": Trouble(
        "sends a header of 1 MB",
        Fault(wire=Wire(raw=b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n<p>")),
    ),
    "page-100k-headers": Trouble(
        "sends 100,000 headers",
        Fault(
            wire=Wire(
                raw=b"HTTP/1.1 200 OK\r\n"
                + b"".join(b"X-%d: y\r\n" % number for number in range(100_000))
                + b"\r\n<p>"
            )
        ),
    ),
    "page-endless": Trouble("never stops sending", Fault(wire=Wire(is_endless=True))),
    "page-4-mb": Trouble("is 4 MB long", Fault(change=page.into_body("<p>Long. </p>" * 340_000))),
    "page-gzip-bomb": Trouble("expands from 100 kB to 100 MB", Fault(change=page.bomb("gzip"))),
    "page-brotli-bomb": Trouble("expands from 158 bytes to 100 MB", Fault(change=page.bomb("br"))),
    "page-pdf": Trouble(
        "is a PDF", Fault(status=200, body=b"%PDF-1.7\n" * 100, content_type="application/pdf")
    ),
    "page-image": Trouble(
        "is a picture", Fault(status=200, body=b"\xff\xd8\xff\xe0" * 500, content_type="image/jpeg")
    ),
    "page-binary-as-html": Trouble(
        "is a picture that says it is a page",
        Fault(status=200, body=b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, content_type=HTML),
    ),
    "page-empty": Trouble("has not one byte", Fault(status=200, body=b"", content_type=HTML)),
    "page-blank": Trouble("is white space", Fault(status=200, body=b"\n \t" * 900, content_type=HTML)),
    "page-challenge": Trouble("is a cookie challenge with status 200", Fault(is_challenge=True)),
    "page-soft-404": Trouble('says "not found" with status 200', Fault(change=page.softly_gone)),
    "page-login": Trouble("is a form for name and password", Fault(change=page.login)),
}

_PAGE_REDIRECTS: dict[str, Trouble] = {
    "page-to-login": Trouble(
        "sends on to a login page", _to("/login"), besides=(("/login", _answer(page.login)),)
    ),
    "page-to-home": Trouble("sends on to the home page", _to("/")),
    "page-to-nowhere": Trouble("sends on without saying where", _status(302)),
    "page-loop": Trouble("sends on to itself for ever", _to("?again=1")),
    "page-to-other-host": Trouble("sends on to another outlet", _to("https://vietnamnews.vn/")),
    "page-to-file": Trouble("sends on to a local file", _to("file:///etc/passwd")),
    "page-to-loopback": Trouble("sends on to 127.0.0.1", _to("https://127.0.0.1/a-post1.vnp")),
    "page-to-private": Trouble("sends on to 10.0.0.1", _to("http://10.0.0.1/a-post1.vnp")),
    "page-to-link-local": Trouble(
        "sends on to a cloud's metadata service", _to(f"http://{_METADATA_HOST}/latest/meta-data/")
    ),
    "page-to-ipv6-loopback": Trouble("sends on to [::1]", _to("https://[::1]/a-post1.vnp")),
    "page-to-mapped-loopback": Trouble(
        "sends on to [::ffff:127.0.0.1]", _to("https://[::ffff:127.0.0.1]/a-post1.vnp")
    ),
    "page-to-decimal-loopback": Trouble("sends on to 2130706433", _to("https://2130706433/a-post1.vnp")),
    "page-to-name-of-loopback": Trouble(
        "sends on to a name that resolves to 127.0.0.1", _to("https://localhost/a-post1.vnp")
    ),
}

_PAGE_TEXTS: dict[str, Trouble] = {
    "page-wrong-charset": Trouble(
        "sends UTF-8 and says iso-8859-1", Fault(content_type="text/html; charset=iso-8859-1")
    ),
    "page-windows-1258": Trouble(
        "is windows-1258 and says so",
        _answer(page.encoded("windows-1258", "text/html; charset=windows-1258")),
    ),
    "page-windows-1258-unsaid": Trouble(
        "is windows-1258 and does not say so",
        _answer(page.encoded("windows-1258", "text/html", is_declared=False)),
    ),
    "page-utf-16": Trouble(
        "is UTF-16 and says UTF-8", _answer(page.encoded("utf-16", HTML, is_declared=False))
    ),
    "page-nul-bytes": Trouble("has NUL bytes between words", _answer(page.with_nul_bytes)),
    "page-nfd": Trouble("is spelled in NFD", _answer(page.decomposed)),
    "page-200k-breaks": Trouble("has 200,000 <br>", _answer(page.into_body("<br>" * 200_000))),
    "page-100k-links": Trouble(
        "has 100,000 links in its menu",
        _answer(page.rewritten("</header>", '<a href="/x">y</a> ' * 100_000 + "</header>")),
    ),
    "page-1000-boxes": Trouble(
        "has its text within 1,000 boxes", _answer(page.around_body("<div>" * 1_000, "</div>" * 1_000))
    ),
    "page-20k-tags": Trouble("has 20,000 <b> that never end", _answer(page.into_body("<b>" * 20_000))),
    "page-50k-attributes": Trouble(
        "has a tag with 50,000 attributes",
        _answer(page.into_body(f"<p {' '.join(f'a{number}=1' for number in range(50_000))}></p>")),
    ),
    "page-50k-rows": Trouble(
        "has a table of 50,000 rows",
        _answer(page.into_body(f"<table>{'<tr><td>1</td><td>2</td></tr>' * 50_000}</table>")),
    ),
    "page-no-title": Trouble("has no title anywhere", _answer(page.without_title)),
    "page-video": Trouble("shows a video and no text", _answer(page.without_text)),
    "page-cards-only": Trouble(
        "shows cards of other stories in place of the text", _answer(page.with_cards_only)
    ),
    "page-french": Trouble("is in a language that the outlet does not have", _answer(page.in_french)),
    "page-broken-json-ld": Trouble(
        "has JSON-LD cut in the middle", _answer(page.with_json_ld(lambda text: text[: len(text) // 2]))
    ),
    "page-deep-json-ld": Trouble(
        "has JSON-LD nested 5,000 deep",
        _answer(page.with_json_ld(lambda text: '{"a":' * 5_000 + "1" + "}" * 5_000)),
    ),
    "page-date-in-future": Trouble("is dated 2036", _answer(page.dated("2036-02-01T08:00:00+07:00"))),
    "page-date-impossible": Trouble("is dated 31 February", _answer(page.dated("2026-02-31T08:00:00+07:00"))),
    "page-changing": Trouble("changes its clutter on each fetch", _answer(page.changing())),
}

TROUBLES: dict[str, Trouble] = {
    **_HOST, **_ROBOTS, **_LISTING, **_PAGE_ANSWERS, **_PAGE_REDIRECTS, **_PAGE_TEXTS,
}  # fmt: skip
"""Every trouble by its name, which begins with its Place."""
