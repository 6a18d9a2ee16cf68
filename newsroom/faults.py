"""What a host can do wrong, on order."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from newsroom.certificates import Misfit
from newsroom.rendering import render
from newsroom.replies import HTML, TEXT, Reply
from newsroom.wire import Wire


@dataclass(frozen=True)
class Fault:
    """A misbehaviour of a host, for the paths that begin with its key in ``Newsroom.faults``.

    Several may be combined: a hang before a status, for example. ``newsroom.troubles`` names ready ones.
    """

    status: int | None = None
    """Answered in place of the page, with a short page that says so."""
    hang_s: float = 0.0
    """Seconds of silence before the answer."""
    truncate_to: int | None = None
    """The connection breaks after so many bytes of the body, with the full length announced."""
    is_challenge: bool = False
    """A cookie challenge with status 200 in place of the page."""
    body: bytes | None = None
    """Sent in place of the page's own."""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Added to the answer: Retry-After, Location."""
    first: int | None = None
    """Only so many requests meet the fault; None: all."""
    path: str | None = None
    """Answered with what the host keeps at this path in place of the one asked for."""
    change: Callable[[Reply], Reply] | None = None
    """Makes another Reply of the one that would be given; after all of the above."""
    wire: Wire | None = None
    """The answer goes over the line in this disorderly way."""
    certificate: Misfit | None = None
    """The host shows this certificate, whatever path is asked for."""

    def spoil(self, reply: Reply) -> Reply:
        """What is answered instead of ``reply``; hanging and truncating are left to the server."""
        if self.is_challenge:
            return Reply(render("challenge.html").encode(), HTML, 200, self.headers)
        body, content_type = reply.body, reply.content_type
        if self.status is not None:
            body, content_type = f"{self.status}\n".encode(), TEXT
        if self.body is not None:
            body = self.body
        headers = self.headers if self.status is not None else reply.headers + self.headers
        spoilt = Reply(body, self.content_type or content_type, self.status or reply.status, headers)
        return self.change(spoilt) if self.change else spoilt


class Switchboard(dict[tuple[str, str], Fault]):
    """Faults by host and beginning of the path, query included. The longest beginning counts."""

    def __init__(self, faults: Mapping[tuple[str, str], Fault] | None = None) -> None:
        super().__init__(faults or {})
        self._met: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def __setitem__(self, key: tuple[str, str], fault: Fault) -> None:
        with self._lock:
            self._met.pop(key, None)
            super().__setitem__(key, fault)

    def __delitem__(self, key: tuple[str, str]) -> None:
        with self._lock:
            super().__delitem__(key)

    def update(self, *faults: Any, **named: Any) -> None:
        """Set several faults; their counts start anew."""
        for key, fault in dict(*faults, **named).items():
            self[key] = fault

    def met(self, host: str, target: str) -> Fault | None:
        """The fault that this request meets, counted; None where there is none or it is used up."""
        with self._lock:
            fitting = [key for key in self if key[0] == host and target.startswith(key[1])]
            if not fitting:
                return None
            key = max(fitting, key=lambda each: len(each[1]))
            fault = self[key]
            self._met[key] = self._met.get(key, 0) + 1
            is_used_up = fault.first is not None and self._met[key] > fault.first
            return None if is_used_up else fault

    def certificate_of(self, host: str) -> Misfit | None:
        """The wrong certificate that ``host`` is to show, where one is ordered."""
        with self._lock:
            return next((fault.certificate for key, fault in self.items() if key[0] == host), None)
