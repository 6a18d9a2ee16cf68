"""Addresses: one spelling for each, and the identity of the Article behind it. Pure."""

import re
from collections.abc import Collection
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from crawler.source import Source

MAX_CHARS = 2000
"""Longer addresses are no articles; many servers refuse them anyway."""

_TRACKING = re.compile(
    r"(utm_.*|_?gl|_ga|gclid|gclsrc|dclid|gbraid|wbraid|gidzl|fbclid|msclkid|yclid|twclid|ttclid"
    r"|igshid|igsh|mc_cid|mc_eid|zarsrc|redirect|inheritredirect|p_p_state)",
    re.IGNORECASE,
)
"""Names of parameters that say where a reader came from, or in which frame a page is shown (Liferay's
``p_p_state``), and never which page is meant."""
_TWIN_STEP = re.compile(r"/(?:print|savefile|sendmail|amp)(?=/[^/]+)|/(?:pop_up|print|amp)/?$")
"""Steps of a path that show an article for printing, saving or mailing: print/slug-1.htm, slug/pop_up."""

_HOST = re.compile(r"[a-z0-9_-][a-z0-9_.-]*|[0-9a-f:.]*:[0-9a-f:.]*")
_WEB = ("https://", "http://")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TWIN_PREFIXES = ("www.", "m.", "mobile.")
"""Hosts with these before the name show the same articles."""


def canonicalize(url: str, base: str | None = None, hosts: Collection[str] = ()) -> str | None:
    """The one spelling of ``url``, or None where it is no http(s) address.

    Lower-case host, no credentials, default port, fragment or tracking parameters; the other parameters
    sorted, percent-encoding normalised (w3lib's ``canonicalize_url``). A relative address is
    joined to ``base``. Where ``hosts`` are given, a mobile host among their twins becomes the first
    of them in alphabetical order: ``m.baomau.vn`` becomes ``baomau.vn`` where only that is declared.
    Applying it twice changes nothing.
    """
    if len(url) > MAX_CHARS:
        return None
    try:
        written = url.strip()
        joined = urljoin(base, written) if base and not written.startswith(_WEB) else written
        parts = urlsplit(canonicalize_url(joined))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        return None
    host = _main_host(host, hosts)
    netloc = f"[{host}]" if ":" in host else host
    if port not in (None, _DEFAULT_PORTS[parts.scheme]):
        netloc += f":{port}"
    return urlunsplit((parts.scheme, netloc, parts.path, _without_tracking(parts.query), ""))


def identify(source: Source, url: str, base: str | None = None) -> tuple[str, str] | None:
    """Canonical address and identity of the article at ``url``; None where ``source`` has none there.

    A page for printing, saving or mailing stands for the article it shows.
    """
    address = _main_address(source, url, base)
    return (address, _key(source, address)) if address and _is_article(source, address) else None


def article_key(source: Source, url: str) -> str:
    """The identity of the Article at ``url``: equal for all its addresses.

    ``host:id`` where the source's ``article`` expression finds a group ``id``; ``host:language/slug``
    where it finds a group ``slug``; else the canonical address. The host is without www and m, and
    http and https are the same.
    """
    return _key(source, _main_address(source, url) or url)


def is_article(source: Source, url: str) -> bool:
    """Whether ``url`` is an article of ``source``: its host, its form, and not excluded."""
    address = _main_address(source, url)
    return address is not None and _is_article(source, address)


def _main_address(source: Source, url: str, base: str | None = None) -> str | None:
    """The canonical address of ``url``, or of the article that ``url`` is a twin of."""
    address = canonicalize(url, base, source.hosts)
    if address is None:
        return None
    parts = urlsplit(address)
    path = _TWIN_STEP.sub("", parts.path)
    if path == parts.path:
        return address
    main = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    return main if _is_article(source, main) else address


def _key(source: Source, address: str) -> str:
    match = source.article_pattern.search(address)
    groups = match.groupdict() if match else {}
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    host = _without_twin_prefix(parts.hostname or "")
    if groups.get("id"):
        return f"{host}:{groups['id']}"
    if groups.get("slug"):
        return f"{host}:{source.languages[0]}/{groups['slug']}"
    return urlunsplit(("https", host, parts.path.rstrip("/"), parts.query, ""))


def _is_article(source: Source, address: str) -> bool:
    if urlsplit(address).hostname not in source.hosts:
        return False
    if source.article_pattern.search(address) is None:
        return False
    return source.exclude_pattern is None or source.exclude_pattern.search(address) is None


def _without_tracking(query: str) -> str:
    pairs = query.split("&") if query else []
    return "&".join(pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0]))


def _without_twin_prefix(host: str) -> str:
    for prefix in _TWIN_PREFIXES:
        if host.startswith(prefix) and host.count(".") > 1:
            return host.removeprefix(prefix)
    return host


def _main_host(host: str, hosts: Collection[str]) -> str:
    if host in hosts:
        return host
    name = _without_twin_prefix(host)
    twins = sorted(declared for declared in hosts if _without_twin_prefix(declared) == name)
    return twins[0] if twins and name != host else host
