"""Which language a text is in: letters first, function words second, a trained model last."""

import re
from collections import Counter
from collections.abc import Collection

_SCAN_CHARS = 4000
_MIN_LETTERS = 120
"""Fewer letters say nothing for sure: a headline of names reads as any language."""

_VIETNAMESE = frozenset(
    "ăắằẳẵặấầẩẫậđẻẽẹếềểễệỉĩịỏọốồổỗộơớờởỡợủũụưứừửữựỷỹỵạảãĂẮẰẲẴẶẤẦẨẪẬĐẺẼẸẾỀỂỄỆỈĨỊỎỌỐỒỔỖỘƠỚỜỞỠỢỦŨỤƯỨỪỬỮỰỶỸỴẠẢÃ"
)
"""Letters of Vietnamese that French, Spanish and English lack (ã excepted, which is Portuguese)."""

_SCRIPTS = {
    "zh": re.compile("[\u4e00-\u9fff]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "lo": re.compile("[\u0e80-\u0eff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "km": re.compile("[\u1780-\u17ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
}
_OTHER_SCRIPT = re.compile(f"[{''.join(pattern.pattern[1:-1] for pattern in _SCRIPTS.values())}]")
_FUNCTION_WORDS = {
    "en": "the of and to in for with on that is by at from has was have as are their will this been its",
    "fr": "le les des du et dans pour est une sur par au aux avec qui ont été ses leur ce cette d l",
    "es": "el los las del y que por para con una su al como más ha sus este entre también fue son",
    "de": "der die und das den von zu mit des auf für ist im dem nicht ein eine als auch werden",
    "ms": "yang dan di untuk dengan dari dalam ini itu pada ke telah akan oleh adalah kepada",
}
_WORDS = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
RECOGNISED = frozenset({"vi", *_SCRIPTS, *_WORDS})
"""Languages that ``plain_language`` can name."""
_WORD = re.compile(r"[^\W\d_]+")


def plain_language(text: str) -> str | None:
    """The language that ``text`` is plainly in (ISO 639-1), or None where it does not show.

    Script and Vietnamese letters decide by their share of all letters, the languages of the Latin
    script by their function words: at least one word in twelve, and twice as many as the next.
    """
    sample = text[:_SCAN_CHARS]
    counts = Counter(sample)
    letters = sum(count for character, count in counts.items() if character.isalpha())
    if letters < _MIN_LETTERS:
        return None
    if _OTHER_SCRIPT.search("".join(counts)):
        for language, pattern in _SCRIPTS.items():
            if language != "zh" and len(pattern.findall(sample)) > letters * 0.3:
                return language
        if len(_SCRIPTS["zh"].findall(sample)) > letters * 0.4:
            return "zh"
    if sum(count for character, count in counts.items() if character in _VIETNAMESE) > letters * 0.1:
        return "vi"
    return _by_function_words(sample)


def tell_language(text: str, candidates: Collection[str]) -> str | None:
    """The language of ``text`` among ``candidates``, or another one that it is plainly in.

    None where there are no letters to tell from. The trained model (py3langid, only the
    candidates) is asked only where letters and function words do not decide; it loads in 0.7 s.
    """
    plain = plain_language(text)
    if plain is not None:
        return plain
    if not any(character.isalpha() for character in text):
        return None
    from py3langid import rank  # noqa: PLC0415 - 0.7 s and 120 MB, rarely needed

    ranked = (str(language) for language, _ in rank(text[:_SCAN_CHARS]))
    return next((language for language in ranked if language in candidates), None)


def _by_function_words(sample: str) -> str | None:
    words = _WORD.findall(sample.lower())
    told = Counter(words)
    counts = sorted(
        ((sum(told[word] for word in known), language) for language, known in _WORDS.items()), reverse=True
    )
    (most, language), (next_most, _) = counts[:2]
    return language if most * 12 >= len(words) and most >= 2 * next_most else None
