"""Which addresses the crawler may dial: public ones, and loopback ports that the settings map.

The check stands in the reactor's name resolver, so it sees the very addresses that are dialled, for
listings, pages, robots.txt and every hop of a redirect alike; a check of its own before the request
could be fooled by a name that answers differently the second time (DNS rebinding).
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

_IPV4_IN_IPV6 = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))
_IPV4_REFUSED = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")
_IPV6_REFUSED = (
    ipaddress.IPv6Network("2001::/23"),
    ipaddress.IPv6Network("2002::/16"),
    ipaddress.IPv6Network("2001:db8::/32"),
    ipaddress.IPv6Network("3fff::/20"),
)


def is_public(address: str) -> bool:
    """Whether ``address`` (IPv4 or IPv6 literal) is a unicast address of the public Internet.

    ``ipaddress.is_global`` alone says yes to translated and multicast addresses and differs between
    patch releases of Python; the table here decides first. What is no address is not public.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _IPV4_IN_IPV6):
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _IPV6_UNICAST or any(ip in network for network in _IPV6_REFUSED):
            return False
    if isinstance(ip, ipaddress.IPv4Address) and any(ip in network for network in _IPV4_REFUSED):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


@dataclass(frozen=True)
class ConnectTo:
    """One mapping, as curl's --connect-to: ``host:port`` is dialled at ``to_address:to_port``."""

    host: str
    port: int
    to_address: str
    to_port: int


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing to cancel: the answer is given at once."""


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Hands on the public addresses of a resolution and notes the ones it holds back."""

    def __init__(self, receiver: Any, host: str, refused: dict[str, str]) -> None:
        self._receiver = receiver
        self._host = host
        self._refused = refused

    def resolutionBegan(self, resolution: Any) -> None:
        self._refused.pop(self._host, None)
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        if is_public(address.host):
            self._receiver.addressResolved(address)
        else:
            self._refused[self._host] = address.host

    def resolutionComplete(self) -> None:
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """The reactor's name resolver: mapped hosts first, then public addresses only."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._map: dict[tuple[str, int], ConnectTo] = {}
        self._refused: dict[str, str] = {}

    def map_hosts(self, connect_to: Iterable[ConnectTo]) -> None:
        """Take ``connect_to`` as the whole map from now on."""
        self._map = {(mapping.host.lower(), mapping.port): mapping for mapping in connect_to}

    def refused_address(self, host: str) -> str | None:
        """The address that made the last look-up of ``host`` fail, or None."""
        return self._refused.get(host.lower())

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """As ``IHostnameResolver`` says; a mapped host answers with the mapped port too."""
        host = hostName.lower()
        mapping = self._map.get((host, portNumber))
        if mapping is None:
            receiver = _PublicOnly(resolutionReceiver, host, self._refused)
            return self._inner.resolveHostName(
                receiver, hostName, portNumber, addressTypes, transportSemantics
            )
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        resolutionReceiver.addressResolved(_address_of(mapping))
        resolutionReceiver.resolutionComplete()
        return resolution


def _address_of(mapping: ConnectTo) -> IPv4Address | IPv6Address:
    kind = IPv6Address if ":" in mapping.to_address else IPv4Address
    return kind("TCP", mapping.to_address, mapping.to_port)


def install_guard(connect_to: Iterable[ConnectTo]) -> GuardedResolver:
    """Put the guard before the running reactor's resolver, once; later calls renew the map."""
    from twisted.internet import reactor  # noqa: PLC0415  importing it earlier would install one

    guard = reactor.nameResolver
    if not isinstance(guard, GuardedResolver):
        guard = GuardedResolver(guard)
        reactor.installNameResolver(guard)
    guard.map_hosts(connect_to)
    return guard


class InstallGuard:
    """For the setting TWISTED_DNS_RESOLVER: Scrapy's own commands would else take the guard away."""

    def __init__(self, connect_to: Iterable[ConnectTo]) -> None:
        self._connect_to = tuple(connect_to)

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "InstallGuard":
        """Take the host map from Scrapy's settings; ``crawler`` may be a CrawlerProcess."""
        return cls(crawler.settings.getlist("DIEMBAO_CONNECT_TO"))

    def install_on_reactor(self) -> None:
        """As Scrapy's resolvers do."""
        install_guard(self._connect_to)
