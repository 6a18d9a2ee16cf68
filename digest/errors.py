"""What can go wrong with a digest."""

from datetime import date


class DigestError(Exception):
    """A digest could not be built, frozen or written."""


class NoDigest(DigestError):
    """No digest of that day was built."""

    def __init__(self, on: date) -> None:
        super().__init__(f"There is no digest of {on.isoformat()}.")
        self.on = on


class UnreadableDigest(DigestError):
    """The stored digest of one day does not have the form that this version reads."""

    def __init__(self, on: date, why: str) -> None:
        super().__init__(f"The stored digest of {on.isoformat()} cannot be read: {why}.")
        self.on = on
        self.why = why


class UnknownFormat(DigestError):
    """The digest has no such written form."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no digest format {name!r}; choose one of {', '.join(known)}.")
        self.name = name
        self.known = known
