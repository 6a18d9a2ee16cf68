"""How often somebody may try to sign in: few times, then ever longer waits.

Three counts, each in this process's memory: tight for one name from one address, wider for all names
from one address, and wide for one name from everywhere. The last does not hold for an address from which
that name signed in before, so that strangers cannot keep its owner out by guessing.
"""

import ipaddress
import threading
import time
from collections import OrderedDict
from typing import Any

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

_PAIR = parse_many("5 per 1 minute; 10 per 10 minute; 15 per 1 hour; 20 per 1 day")
_ADDRESS = parse_many("30 per 10 minute; 60 per 1 hour; 200 per 1 day")
_NAME = parse_many("60 per 1 hour; 300 per 1 day")
_LONGEST_S = 86_400
"""The longest of these counts."""
_MOST_PAIRS = 10_000
"""Pairs of name and address that are remembered."""
_MOST_NAME = 100
"""Code points of a name that count: the rest would only fill the memory."""


class Attempts:
    """Counts attempts to sign in. Safe in several threads."""

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._homes: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> float | None:
        """Count one attempt; None where it may go on, else the seconds to wait, at least 1.

        An attempt that is refused does not count, so that waiting helps.
        """
        name, place = _name(name), _place(address)
        with self._lock:
            counted: list[tuple[RateLimitItem, tuple[str, ...]]]
            counted = [(limit, ("pair", name, place)) for limit in _PAIR]
            counted += [(limit, ("address", place)) for limit in _ADDRESS]
            if (name, place) not in self._homes:
                counted += [(limit, ("name", name)) for limit in _NAME]
            waits = [self._wait(limit, key) for limit, key in counted]
            if longest := max(waits):
                return longest
            for limit, key in counted:
                self._limiter.hit(limit, *key)
            self._failed[name, place] = time.time()  # until it is known to have succeeded
            _bound(self._failed, (name, place))
            return None

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of ``name`` at ``address``, which is one of its homes now."""
        pair = _name(name), _place(address)
        with self._lock:
            for limit in _PAIR:
                self._limiter.clear(limit, "pair", *pair)
            self._failed.pop(pair, None)
            self._homes[pair] = None
            _bound(self._homes, pair)

    def is_watching(self) -> bool:
        """Whether an attempt of the last day failed, so that ending this process would forgive it."""
        with self._lock:
            return any(time.time() - at < _LONGEST_S for at in self._failed.values())

    def _wait(self, limit: RateLimitItem, key: tuple[str, ...]) -> float:
        if self._limiter.test(limit, *key):
            return 0.0
        return max(1.0, self._limiter.get_window_stats(limit, *key).reset_time - time.time())


def _bound(pairs: "OrderedDict[tuple[str, str], Any]", newest: tuple[str, str]) -> None:
    pairs.move_to_end(newest)
    if len(pairs) > _MOST_PAIRS:
        pairs.popitem(last=False)


def _name(name: str) -> str:
    return name[:_MOST_NAME].casefold()


def _place(address: str) -> str:
    """``address``; of IPv6 its network of 64 bits, since whoever has one address there has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
