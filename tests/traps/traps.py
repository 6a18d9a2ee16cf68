"""The table: each trap, the named outcome that it must have, and what must hold besides.

Outcomes: ``stored``; a Fate; ``waits: FATE`` where the entry is tried again later; ``rejected: REASON``
where the page is kept and gives no text; for listings the word that its problem begins with, or ``read``.
"""

from dataclasses import dataclass

from newsroom.troubles import TROUBLES, Place, place_of


@dataclass(frozen=True)
class Trap:
    """A trouble of the newsroom and what the product must make of it."""

    name: str
    outcome: str
    holds: str = ""
    """Name of a further check in test_traps."""
    outlet: str = ""
    """Whose page or feed it befalls, where that matters."""
    flaw: str = ""
    """What the product still does wrong; the row is then expected to fail."""

    @property
    def place(self) -> Place:
        return place_of(self.name)

    @property
    def says(self) -> str:
        return TROUBLES[self.name].says


_HOST = (
    Trap("host-certificate-expired", "failed: tls_failed"),
    Trap("host-certificate-of-another", "failed: tls_failed"),
    Trap("host-certificate-self-signed", "failed: tls_failed"),
    Trap("host-certificate-chain-cut", "failed: tls_failed"),
    Trap("host-silent", "failed: timed_out"),
    Trap("host-bans-all", "failed: blocked"),
    Trap("host-down", "failed: robots_unreachable"),
)
_ROBOTS = (
    Trap("robots-404", "completed"),
    Trap("robots-403", "completed"),
    Trap("robots-429", "failed: robots_unreachable"),
    Trap("robots-503", "failed: robots_unreachable"),
    Trap("robots-hang", "failed: timed_out"),
    Trap("robots-reset", "failed: connection_failed"),
    Trap("robots-page", "completed"),
    Trap("robots-huge", "failed: too_large"),
    Trap("robots-binary", "completed"),
    Trap("robots-forbids-all", "failed: robots_forbidden"),
    Trap("robots-forbids-some", "completed", holds="closed_is_robots_forbidden"),
    Trap("robots-crawl-delay", "completed", holds="requests_are_half_a_second_apart"),
)
_LISTING = (
    Trap("listing-403", "blocked"),
    Trap("listing-404", "not_found"),
    Trap("listing-429", "blocked", holds="the_rest_waits"),
    Trap("listing-503", "http_error", holds="the_rest_waits"),
    Trap("listing-hang", "timed_out"),
    Trap("listing-challenge", "challenge"),
    Trap("listing-login", "wrong_type"),
    Trap("listing-soft-404", "wrong_type"),
    Trap("listing-wrong-type", "wrong_type"),
    Trap("listing-pdf", "unreadable"),
    Trap("listing-mislabelled", "read", holds="articles_are_stored"),
    Trap("listing-empty", "read"),
    Trap("listing-zero-bytes", "blank"),
    Trap("listing-blank", "blank"),
    Trap("listing-truncated", "read", holds="articles_are_stored"),
    Trap("listing-broken-off", "connection_failed"),
    Trap("listing-false-gzip", "connection_failed"),
    Trap("listing-cut-gzip", "unreadable"),
    Trap("listing-gzip-bomb", "too_large"),
    Trap("listing-billion-laughs", "unreadable"),
    Trap("listing-quadratic-entity", "unreadable"),
    Trap("listing-outside-entity", "unreadable"),
    Trap("listing-16k-attributes", "read", holds="articles_are_stored"),
    Trap("listing-3.5-mb", "too_large"),
    Trap("listing-says-utf-16", "read", holds="articles_are_stored"),
    Trap("listing-is-utf-16", "read", holds="articles_are_stored"),
    Trap("listing-nbsp", "read", holds="articles_are_stored"),
    Trap("listing-nfd", "read", holds="titles_are_nfc", outlet="vna-vi"),
    Trap("listing-dates-plus-seven", "read", holds="dates_are_right"),
    Trap("listing-dates-without-zone", "read", holds="dates_are_right"),
    Trap("listing-dates-in-future", "read", holds="articles_are_stored"),
    Trap("listing-dates-impossible", "read", holds="listed_without_dates"),
    Trap("listing-index", "index"),
    Trap("listing-home-feed", "another_list"),
    Trap("listing-frozen", "frozen"),
    Trap("listing-wild-links", "read", holds="articles_are_stored"),
    Trap("listing-links-off-host", "read", holds="articles_are_stored"),
    Trap("listing-other-articles-only", "no_article_links"),
    Trap("listing-twins", "read", holds="articles_are_stored"),
    Trap("listing-to-home", "wrong_type"),
    Trap("listing-to-loopback", "address_refused"),
    Trap("listing-loop", "http_error"),
)
_PAGE = (
    Trap("page-404", "not_found"),
    Trap("page-410", "not_found"),
    Trap("page-401", "waits: blocked"),
    Trap("page-403", "waits: blocked"),
    Trap("page-451", "waits: blocked"),
    Trap("page-429", "waits: blocked", outlet="nhandan-en"),
    Trap("page-500", "waits: http_error"),
    Trap("page-503", "waits: http_error", outlet="vna-fr"),
    Trap("page-500-once", "stored", holds="second_try"),
    Trap("page-503-once", "stored", holds="second_try"),
    Trap("page-reset-once", "stored", holds="second_try"),
    Trap("page-hang", "waits: timed_out"),
    Trap("page-drip", "waits: timed_out"),
    Trap("page-headers-only", "waits: timed_out"),
    Trap("page-reset", "waits: connection_failed"),
    Trap("page-longer-than-sent", "waits: connection_failed"),
    Trap("page-shorter-than-sent", "stored", holds="text_is_whole"),
    Trap("page-cut-gzip", "waits: connection_failed"),
    Trap("page-false-gzip", "waits: connection_failed"),
    Trap("page-no-http", "waits: connection_failed"),
    Trap("page-huge-header", "too_large"),
    Trap("page-100k-headers", "too_large"),
    Trap("page-endless", "too_large"),
    Trap("page-4-mb", "too_large"),
    Trap("page-gzip-bomb", "too_large"),
    Trap("page-brotli-bomb", "too_large"),
    Trap("page-pdf", "not_html"),
    Trap("page-image", "not_html"),
    Trap("page-binary-as-html", "rejected: unreadable"),
    Trap("page-empty", "rejected: empty"),
    Trap("page-blank", "rejected: empty"),
    Trap("page-challenge", "rejected: challenge"),
    Trap("page-soft-404", "rejected: too_short"),
    Trap("page-login", "rejected: too_short"),
    Trap("page-to-login", "rejected: not_an_article"),
    Trap("page-to-home", "rejected: not_an_article"),
    Trap("page-to-nowhere", "waits: http_error"),
    Trap("page-loop", "waits: http_error"),
    Trap("page-to-other-host", "off_host"),
    Trap("page-to-file", "waits: http_error"),
    Trap("page-to-loopback", "address_refused"),
    Trap("page-to-private", "address_refused"),
    Trap("page-to-link-local", "address_refused"),
    Trap("page-to-ipv6-loopback", "address_refused"),
    Trap("page-to-mapped-loopback", "address_refused"),
    Trap("page-to-decimal-loopback", "address_refused"),
    Trap("page-to-name-of-loopback", "address_refused"),
    Trap("page-wrong-charset", "stored", holds="text_is_whole", outlet="vna-vi"),
    Trap("page-windows-1258", "stored", holds="text_is_whole", outlet="vna-vi"),
    Trap("page-windows-1258-unsaid", "stored", holds="text_is_whole", outlet="vna-vi"),
    Trap("page-utf-16", "stored", holds="text_is_whole", outlet="vna-vi"),
    Trap("page-nul-bytes", "stored", holds="text_is_whole", outlet="vna-vi"),
    Trap("page-nfd", "stored", holds="text_is_whole", outlet="vna-vi"),
    Trap("page-200k-breaks", "stored", holds="text_is_whole"),
    Trap("page-100k-links", "stored", holds="text_is_whole"),
    Trap("page-1000-boxes", "stored", holds="text_is_whole"),
    Trap("page-20k-tags", "stored", holds="text_is_whole"),
    Trap("page-50k-attributes", "stored", holds="text_is_whole"),
    Trap("page-50k-rows", "stored", holds="text_is_whole"),
    Trap("page-no-title", "rejected: no_title"),
    Trap("page-video", "rejected: not_an_article"),
    Trap("page-cards-only", "rejected: related_only"),
    Trap("page-french", "rejected: wrong_language"),
    Trap("page-broken-json-ld", "stored", holds="text_is_whole"),
    Trap("page-deep-json-ld", "stored", holds="text_is_whole"),
    Trap("page-date-in-future", "stored", holds="date_is_not_believed"),
    Trap("page-date-impossible", "stored", holds="date_is_not_believed"),
    Trap("page-changing", "stored", holds="text_is_whole"),
)
TRAPS = (*_HOST, *_ROBOTS, *_LISTING, *_PAGE)
