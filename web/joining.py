"""Why a telling was joined to a story, in the reader's words: the analysis says it in English alone."""

import re

from digest.i18n import N_, Tongue

_REASONS = (
    (re.compile("one names the other as its source"), N_("one names the other as its source")),
    (re.compile("same numbers in the same words"), N_("the same numbers in the same words")),
    (re.compile("same words in title: (?P<what>.+)"), N_("the same words in the title: %(what)s")),
    (re.compile("same words in the address"), N_("the same words in the address")),
    (re.compile("same title"), N_("the same title")),
    (re.compile("same text: (?P<what>.+)"), N_("the same text: %(what)s")),
    (re.compile("same numbers: (?P<what>.+)"), N_("the same numbers: %(what)s")),
    (re.compile("same names: (?P<what>.+)"), N_("the same names: %(what)s")),
    (re.compile("same documents: (?P<what>.+)"), N_("the same documents: %(what)s")),
    (re.compile("same place: (?P<what>.+)"), N_("the same place: %(what)s")),
    (re.compile("same day: (?P<what>.+)"), N_("the same day: %(what)s")),
    (re.compile("published within a day"), N_("published within a day")),
)


def joining_words(reason: str, tongue: Tongue) -> str:
    """``reason``, one of ``Membership.reasons``, in words of ``tongue``; an unknown one stays as it is."""
    for pattern, words in _REASONS:
        if match := pattern.fullmatch(reason):
            return tongue.say(words) % match.groupdict()
    return reason
