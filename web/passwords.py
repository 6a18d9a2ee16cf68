"""Passwords and secret tokens: made, kept as hashes, checked.

Passwords are hashed by argon2id with the parameters that its library recommends. Tokens and keys are long
and random, so their SHA-256 is enough, and is looked up at once.
"""

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1000
"""Code points of a password."""
KEY_PREFIX = "diembao_"
"""Before each API key, so that a key that strays into a public place can be recognized."""

_HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)
"""A hash takes 64 MiB while it is made; many at once must not take the machine's memory."""
_WAIT_S = 10.0


class Overloaded(Exception):
    """More passwords are being checked than this machine should do at once."""


def weakness(password: str, name: str) -> str | None:
    """What is wrong with ``password`` for the user ``name``, in a sentence; None where nothing is."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        return f"The password is too short: {SHORTEST} characters at least; a sentence of your own is good."
    if len(plain) > LONGEST:
        return f"The password is too long: {LONGEST} characters at most."
    if len(set(plain)) < 4:
        return "The password repeats too few characters; a sentence of your own is good."
    if name.casefold() in plain.casefold() and len(plain) < len(name) + SHORTEST // 2:
        return "The password is hardly more than the name; a sentence of your own is good."
    return None


def hash_of(password: str) -> str:
    """What is kept of ``password``. Raises Overloaded."""
    with _one_of_few():
        return _HASHER.hash(_plain(password))


def is_right(password: str, hashed: str | None) -> bool:
    """Whether ``password`` is the one that ``hashed`` was made of.

    It takes the same time where ``hashed`` is None, for a name that nobody has. Raises Overloaded.
    """
    with _one_of_few():
        try:
            _HASHER.verify(hashed or _nobodys_hash(), _plain(password))
        except (VerificationError, InvalidHashError):
            return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether ``hashed`` was made with other parameters than are recommended now."""
    return _HASHER.check_needs_rehash(hashed)


def new_token() -> str:
    """A secret that nobody can guess: 256 random bits, in letters that need no quoting."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is kept of a token or key."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def prepare() -> None:
    """Make what ``is_right`` compares with for a name that nobody has, so that the first is no quicker."""
    _nobodys_hash()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash(new_token())


def _plain(password: str) -> str:
    # Keyboards differ in how they write one letter with two marks.
    return unicodedata.normalize("NFC", password)


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_WAIT_S):
        raise Overloaded
    try:
        yield
    finally:
        _AT_ONCE.release()
