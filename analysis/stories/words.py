"""The words of a text as sets to compare: shingles for reprints, the words of a title."""

import re
import zlib
from array import array
from collections.abc import Iterable
from itertools import pairwise

from rensa import RMinHash

PERMUTATIONS = 64
"""Length of a MinHash."""
_SEED = 20_250_701
_SHINGLE = 4
_FEWEST_SHINGLES = 12
_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(r"[\u3400-\u9fff]+")


def tokens(folded: str) -> list[str]:
    """The words of a folded text, Chinese as pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(folded):
        if _CJK.fullmatch(word):
            found += [one + other for one, other in pairwise(word)] or [word]
        else:
            found.append(word)
    return found


def minhash(words: list[str]) -> bytes:
    """The MinHash of the shingles of ``words``, four in a row, packed; empty for a text too short to tell."""
    shingles = {" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1)}
    if len(shingles) < _FEWEST_SHINGLES:
        return b""
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=_SEED)
    sketch.update(sorted(shingles))
    return packed(sketch.digest())


def word_hash(word: str) -> int:
    """A hash of 32 bits, the same in every process."""
    return zlib.crc32(word.encode())


def packed_words(words: Iterable[str]) -> bytes:
    """The packed hashes of distinct words."""
    return packed(sorted({word_hash(word) for word in words}))


def packed(numbers: Iterable[int]) -> bytes:
    """Numbers of 32 bits in four bytes each."""
    return array("I", numbers).tobytes()


def unpacked(content: bytes) -> frozenset[int]:
    """The numbers that were packed, as a set."""
    return frozenset(memoryview(content).cast("I"))


def alike(one: bytes, other: bytes) -> float:
    """The share of shingles that two MinHashes have in common, estimated; 0 where one is empty."""
    if not one or not other:
        return 0.0
    pairs = zip(memoryview(one).cast("I"), memoryview(other).cast("I"), strict=True)
    return sum(a == b for a, b in pairs) / PERMUTATIONS
