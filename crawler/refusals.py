"""Tells a refused address from a name that does not resolve."""

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached

from crawler.guard import GuardedResolver, install_guard


class AddressRefused(IgnoreRequest):
    """``host`` resolves to ``address``, which is not a public address."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} resolves to {address}, which is not on the public Internet")
        self.host = host
        self.address = address


class RefuseAddresses:
    """Downloader middleware that installs the guard and names its refusals.

    It stands beyond RetryMiddleware, so that a refusal is not tried again.
    """

    def __init__(self, guard: GuardedResolver) -> None:
        self._guard = guard

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RefuseAddresses":
        """Install the guard with the host map of the setting DIEMBAO_CONNECT_TO."""
        return cls(install_guard(crawler.settings.getlist("DIEMBAO_CONNECT_TO")))

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raise AddressRefused where the resolver held back every address of the host."""
        if not isinstance(exception, CannotResolveHostError):
            return
        host = urlparse_cached(request).hostname or ""
        address = self._guard.refused_address(host)
        if address is not None:
            raise AddressRefused(host, address) from exception
