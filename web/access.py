"""Who may reach the pages, and how they say who they are: the rules, and the check at the start."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from storage import people
from storage.database import Database
from web.errors import HostBeyondLoopback, NobodyToSignIn

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Proxy:
    """A proxy before the pages, believed about a request only where it connects from its addresses."""

    addresses: tuple[str, ...]
    """Addresses and networks. From here X-Forwarded-For and X-Forwarded-Proto are believed too."""
    user_header: str = ""
    """The header with the name of the person, whom the proxy has signed in; empty: it signs nobody in."""
    reviewers: frozenset[str] = frozenset()
    """Names whose role is reviewer; everybody else reads."""

    @property
    def networks(self) -> tuple[Network, ...]:
        """``addresses``, parsed."""
        return tuple(ipaddress.ip_network(address) for address in self.addresses)


@dataclass(frozen=True)
class Access:
    """The rules for one process. By default: loopback, and nobody signs in."""

    signs_in: bool = False
    """Whether people sign in with us, by name and password."""
    allowed_hosts: tuple[str, ...] = ()
    """Names in Host headers that are served, beside those of loopback and the address listened on."""
    proxy: Proxy | None = None
    has_open_metrics: bool = False
    """Whether /metrics needs neither sign-in nor key."""

    @property
    def trusts_proxy(self) -> bool:
        """Whether a proxy says who somebody is."""
        return self.proxy is not None and bool(self.proxy.user_header)

    @property
    def is_open(self) -> bool:
        """Whether whoever can connect may read and review."""
        return not self.signs_in and not self.trusts_proxy


LOOPBACK_ONLY = Access()
"""Whoever sits at this machine, without sign-in."""


def options_of(access: Access) -> list[str]:
    """``access`` in words for ``python -m web``."""
    proxy = access.proxy or Proxy(())
    pairs = [("--allowed-host", name) for name in access.allowed_hosts]
    pairs += [("--proxy-address", address) for address in proxy.addresses]
    pairs += [("--proxy-reviewer", name) for name in sorted(proxy.reviewers)]
    pairs += [("--proxy-user-header", proxy.user_header)] if proxy.user_header else []
    # A name may begin with a dash.
    words = [f"{option}={value}" for option, value in pairs]
    words += ["--sign-in"] if access.signs_in else []
    return words + (["--metrics-open"] if access.has_open_metrics else [])


def is_loopback(host: str) -> bool:
    """Whether ``host`` is an address of this machine that only it can reach."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_access(database: Database, host: str, access: Access) -> Access:
    """The rules that hold for pages on ``host``: beyond loopback, whoever can sign in must.

    Raises HostBeyondLoopback where other machines could read without saying who they are, and
    NobodyToSignIn where nobody could sign in.
    """
    is_beyond = not is_loopback(host)
    if not is_beyond and not access.signs_in:
        return access
    with database.read() as session:
        has_people = people.any_person(session)
    if not has_people and is_beyond and not access.trusts_proxy:
        raise HostBeyondLoopback(host)
    if not has_people and access.signs_in and not access.trusts_proxy:
        raise NobodyToSignIn
    return replace(access, signs_in=has_people)


def served_hosts(host: str, access: Access) -> Iterable[str]:
    """The names in Host headers that are served; an address of IPv6 stands in brackets."""
    named = (host, *access.allowed_hosts)
    return {*LOOPBACK_NAMES, *(f"[{name}]" if ":" in name else name for name in named)}
