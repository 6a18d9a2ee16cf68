"""What every channel is: a name in the outbox, and one attempt at a time."""

from typing import Protocol

from digest.model import Digest


class DeliveryFailed(Exception):
    """An attempt that did not deliver; the message is the reason, for the operator."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final
        """Whether trying again is of no use: the address is refused for good."""


class Channel(Protocol):
    """One way to one reader."""

    @property
    def name(self) -> str:
        """What the outbox calls it; the same after a restart, and without a secret."""

    def deliver(self, digest: Digest) -> str:
        """Deliver ``digest`` once; what became of it, in a few words.

        May run a minute. A second call for the same digest must not show it twice where the channel
        can tell. Raises DeliveryFailed.
        """
