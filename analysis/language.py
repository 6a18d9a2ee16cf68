"""In which of the languages we judge a text is written; light, from letters and common words."""

import re


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_SAMPLE = 2000
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS_VI = re.compile("[ăđơưĂĐƠƯẠ-ỹ]")
_SHARE_VI = 0.08
_HAN = re.compile("[\u3400-\u9fff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\u1100-\u11ff\uac00-\ud7af]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LETTERS_RU = re.compile("[ёа-я]")
_SHARE_SCRIPT = 0.3
"""Of the letters; names and firms in Latin letters stand in every text."""
_SHARE_NOT_ZH = 0.05
_SHARE_NOT_RU = 0.01
_ENOUGH_FOR_BULGARIAN = 200

_COMMON = {
    "vi": _words(
        """cua va trong duoc cac cho nhung khong voi nguoi nam ngay tai mot da theo nay dang cong chi bo to
        chuc vien nha nuoc doanh nghiep tinh so"""
    ),
    "en": _words("the of and in to for with on that by is are was from has have as at its"),
    "fr": _words("le la les des et du dans une est pour qui sur par au aux ses cette l d"),
    "es": _words("el la los las de del y en que con por para una su sus como se al más"),
    "ca": _words("el la els les de del i en que amb per una seva com es al més dels pel"),
    "it": _words("il la di e che in della per con gli sono nel dei una le alla del dal più"),
    "pt": _words("o a os as de da do e em no na não para que uma com dos das ao pelo se por"),
    "ro": _words("și în al cu pe pentru din care este mai sunt ale prin fost"),
    "de": _words("der die und das den von mit ist nicht ein eine zu"),
    "id": _words("yang dan di dari untuk dengan pada ini itu dalam"),
}
_SHARE_COMMON = 0.06


def guess_language(text: str) -> str | None:
    """ISO 639-1 code of the language of ``text``, or None where nothing tells.

    Chinese, Russian and Vietnamese are told by their letters, the others (and Vietnamese without marks)
    by their commonest words. Japanese, Korean and other languages in Cyrillic are None. Only the first
    2,000 code points are read.
    """
    sample = text[:_SAMPLE]
    words = _WORD.findall(sample.lower())
    letters = sum(map(len, words))
    if not letters:
        return None
    if len(_HAN.findall(sample)) > _SHARE_SCRIPT * letters:
        return "zh" if len(_KANA_OR_HANGUL.findall(sample)) <= _SHARE_NOT_ZH * letters else None
    cyrillic = _CYRILLIC.findall(sample)
    if len(cyrillic) > _SHARE_SCRIPT * letters:
        return "ru" if _is_russian("".join(cyrillic).lower()) else None
    if len(_LETTERS_VI.findall(sample)) > _SHARE_VI * letters:
        return "vi"
    scores = {code: sum(word in common for word in words) for code, common in _COMMON.items()}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] >= max(2, len(words) * _SHARE_COMMON) else None


def _is_russian(cyrillic: str) -> bool:
    """Whether Cyrillic letters are Russian: hardly one that Russian lacks.

    Bulgarian has Russian's letters, yet neither ы nor э, which are one letter in forty of Russian.
    """
    strange = len(cyrillic) - len(_LETTERS_RU.findall(cyrillic))
    is_bulgarian = len(cyrillic) > _ENOUGH_FOR_BULGARIAN and "ы" not in cyrillic and "э" not in cyrillic
    return strange <= _SHARE_NOT_RU * len(cyrillic) and not is_bulgarian
