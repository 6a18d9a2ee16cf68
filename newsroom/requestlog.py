"""What was asked of the newsroom, for tests that count."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LoggedRequest:
    """A request and what became of it."""

    at: datetime
    """When it came in; aware, UTC."""
    took_s: float
    """Until the answer was ready to be sent."""
    method: str
    host: str
    path: str
    query: str
    """Without the question mark; may be empty."""
    status: int
    user_agent: str
    if_none_match: str | None
    if_modified_since: str | None
    accept_encoding: str | None

    @property
    def url(self) -> str:
        """The address asked for."""
        return f"https://{self.host}{self.path}" + (f"?{self.query}" if self.query else "")


class RequestLog:
    """A list of requests that one thread fills while others read it."""

    def __init__(self) -> None:
        self._requests: list[LoggedRequest] = []
        self._lock = threading.Lock()

    def add(self, request: LoggedRequest) -> None:
        """Put ``request`` at the end."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()

    def of(self, host: str, path: str = "") -> list[LoggedRequest]:
        """The requests to ``host`` whose path begins with ``path``, in the order of answering."""
        return [each for each in self if each.host == host and each.path.startswith(path)]

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._lock:
            return iter(tuple(self._requests))

    def __len__(self) -> int:
        with self._lock:
            return len(self._requests)
