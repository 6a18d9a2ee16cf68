"""Why a source could not be read, and how its health is explained, in plain words.

A Run's reason lists each problem once, as ``ADDRESS: CODE: DETAIL`` joined by semicolons, where the code
is a Fate or the name of what is wrong with a listing. A reader wants the codes in words and the same
trouble once; the addresses are for the operator.
"""

import re
from collections import Counter
from datetime import date, datetime

from babel.dates import get_day_names

from digest.build import beginning
from digest.i18n import N_, Tongue
from digest.words import FATES
from storage.models import Health

LISTING_PROBLEMS = {
    "blank": N_("an empty answer in place of the list of articles"),
    "challenge": N_("a browser check in place of the list of articles"),
    "wrong_type": N_("something else in place of the list of articles"),
    "index": N_("a list of lists in place of the list of articles"),
    "unreadable": N_("the list of articles is damaged"),
    "too_large": N_("the list of articles is too large"),
    "no_article_links": N_("the list has no articles of this source any more"),
    "refused": N_("an error in place of the list of articles"),
}
"""What may be wrong with a listing that was answered; ``too_large`` is a Fate too, with like meaning."""

LISTING_DOUBTS = {
    "another_list": N_("the same articles as another list"),
    "frozen": N_("the list of articles stands still"),
}
"""What may be wrong with a listing that was read all the same."""

RUN_PROBLEMS = {"run_limit": N_("reading took too long and was ended")}
"""What may be wrong with a Run as a whole."""

HEALTH_REASONS = {
    "not_readable": N_("%(runs)s times in a row: %(problem)s"),
    "not_read": N_("no list of articles has been read so far"),
    "pages_challenged": N_("the last %(pages)s pages were browser checks"),
    "pages_missing": N_("the last %(pages)s pages listed were not found"),
    "stands_still": N_("nothing newer than %(newest)s; its longest pause so far: %(hours)s h"),
    "nothing_newer": N_("nothing newer than %(newest)s"),
    "never_listed": N_("its lists are read, but no article has been found for %(days)s days"),
    "few_since_midnight": N_("%(count)s since midnight; usually %(low)s to %(high)s %(day)s by %(until)s"),
    "few_on_a_day": N_("%(count)s yesterday; usually %(low)s to %(high)s %(day)s"),
    "field_gone": N_("%(field)s: on %(count)s of the last %(of)s pages; before, on %(percent)s of a hundred"),
    "text_shrank": N_("the usual text has %(length)s characters; before, %(before)s"),
}
"""By ``Health.cause``."""
_FIELDS = {"text": N_("text"), "lead": N_("lead"), "author": N_("author"), "time": N_("time")}
_DAYS = {
    "weekday": N_("on a %(weekday)s"),
    "workday": N_("on a working day"),
    "weekend": N_("on a day of the weekend"),
}

_DETAIL_LENGTH = 120
_NEXT_PROBLEM = re.compile(r"; (?=https?://)")
_PROBLEM = re.compile(r"(?:https?://\S+: )?(?:(?P<code>\w+):(?: |$))?(?P<detail>.*)", re.DOTALL)


def reason_words(reason: str, tongue: Tongue) -> str:
    """``reason``, why a Run failed, in words of ``tongue``.

    What is not of the form above is a sentence already and stays as it is.
    """
    problems = Counter(_problem_words(part, tongue) for part in _NEXT_PROBLEM.split(reason))
    return tongue.say("; ").join(
        f"{tongue.number(count)} × {words}" if count > 1 else words for words, count in problems.items()
    )


def health_reason(health: Health, tongue: Tongue) -> str:
    """Why a source is as ``health`` says, in words of ``tongue``; empty where nothing is wrong.

    A cause that this version does not know is told as it was recorded.
    """
    if health.cause not in HEALTH_REASONS:
        return health.reason
    facts = {name: _fact_words(name, value, tongue) for name, value in health.facts.items()}
    if "on" in health.facts:
        weekday = get_day_names("wide", locale=tongue.locale)[date.fromisoformat(facts["on"]).weekday()]
        facts["day"] = tongue.say(_DAYS[str(health.facts["days"])]) % {"weekday": weekday}
    return tongue.say(HEALTH_REASONS[health.cause]) % facts


def _fact_words(name: str, value: str | int | float, tongue: Tongue) -> str:
    if not isinstance(value, str):
        return tongue.number(value)
    if name == "problem":
        return reason_words(value, tongue)
    if name == "newest":
        return tongue.moment(datetime.fromisoformat(value))
    if name == "until":
        return tongue.clock(datetime.fromisoformat(value))
    return tongue.say(_FIELDS[value]) if name == "field" else value


def _problem_words(problem: str, tongue: Tongue) -> str:
    match = _PROBLEM.fullmatch(problem)
    code = match["code"] if match else None
    fates = {str(fate): words for fate, words in FATES.items()}
    known = {**LISTING_PROBLEMS, **LISTING_DOUBTS, **RUN_PROBLEMS, **fates}
    if match is None or code not in known:
        return problem
    words = tongue.say(known[code])
    detail = beginning(match["detail"], _DETAIL_LENGTH)
    return f"{words} ({detail})" if detail else words
