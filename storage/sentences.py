"""The sentence that stands around a place in a text, for lists that show where something was said."""

import re

_ENDS = re.compile(r"(?:[.!?…][»”\"')]*)\s+|[。！？]|\n")
LONGEST_SENTENCE = 400


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence of ``text`` that has ``text[start:end]``, offsets in code points, on one line.

    A full stop that a space follows ends a sentence, which cuts behind an abbreviation too: it is for
    reading, and nothing is judged by it. What is longer than ``LONGEST_SENTENCE`` is cut on both sides.
    """
    if not 0 <= start < end <= len(text):
        return ""
    window = max(0, start - LONGEST_SENTENCE), min(len(text), end + LONGEST_SENTENCE)
    begins = [match.end() for match in _ENDS.finditer(text, window[0], start)]
    stop = _ENDS.search(text, end, window[1])
    first = begins[-1] if begins else window[0]
    last = stop.end() if stop else window[1]
    before = "… " if first == window[0] > 0 else ""
    after = " …" if stop is None and last < len(text) else ""
    return before + " ".join(text[first:last].split()) + after
