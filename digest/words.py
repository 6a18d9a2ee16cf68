"""Codes in plain words: grades, states, fates and rejections as a reader is told them."""

from digest.i18n import N_, Tongue
from storage.models import Fate, HealthState, RejectionReason

_NO_TROUBLE = {Fate.FETCHED, Fate.PENDING, Fate.TOO_OLD}

GRADES = {2: N_("about it"), 1: N_("in passing"), 0: N_("near miss")}

STATES = {
    "read": N_("read"),
    "failing": N_("not readable"),
    "unread": N_("not read"),
}

HEALTH = {
    HealthState.NEW: N_("not read yet"),
    HealthState.HEALTHY: N_("healthy"),
    HealthState.QUIET: N_("quiet"),
    HealthState.STALE: N_("stands still"),
    HealthState.BLOCKED: N_("blocked"),
    HealthState.BROKEN: N_("broken"),
    HealthState.CHANGED: N_("changed"),
}

REJECTIONS = {
    RejectionReason.EMPTY: N_("empty page"),
    RejectionReason.CHALLENGE: N_("a browser check in place of the page"),
    RejectionReason.NOT_AN_ARTICLE: N_("no article"),
    RejectionReason.TOO_SHORT: N_("too little text"),
    RejectionReason.RELATED_ONLY: N_("only links to other articles"),
    RejectionReason.NO_TITLE: N_("no title"),
    RejectionReason.WRONG_LANGUAGE: N_("another language"),
    RejectionReason.UNREADABLE: N_("unknown encoding"),
    RejectionReason.PARSER_TIMED_OUT: N_("took too long to read"),
    RejectionReason.PARSER_FAILED: N_("could not be parsed"),
}

FATES = {
    Fate.PENDING: N_("waiting"),
    Fate.FETCHED: N_("fetched"),
    Fate.TOO_OLD: N_("too old"),
    Fate.ROBOTS_FORBIDDEN: N_("not allowed by robots.txt"),
    Fate.ROBOTS_UNREACHABLE: N_("robots.txt could not be read"),
    Fate.ADDRESS_REFUSED: N_("the host has no public address"),
    Fate.OFF_HOST: N_("led to another host"),
    Fate.NOT_FOUND: N_("page not found"),
    Fate.BLOCKED: N_("the site refused access"),
    Fate.HTTP_ERROR: N_("the site answered with an error"),
    Fate.TOO_LARGE: N_("page too large"),
    Fate.NOT_HTML: N_("not a web page"),
    Fate.TLS_FAILED: N_("no secure connection"),
    Fate.CONNECTION_FAILED: N_("no connection"),
    Fate.TIMED_OUT: N_("no answer in time"),
    Fate.CRAWL_ERROR: N_("an error of our own; the log has it"),
}


def troubles(fates: dict[str, int]) -> dict[str, int]:
    """Those of ``fates``, counts by Fate, that mean a page we wanted and did not get."""
    return {fate: count for fate, count in fates.items() if fate not in _NO_TROUBLE}


def grade_words(grade: int, tongue: Tongue) -> str:
    """A grade of 0 to 2 in words."""
    return tongue.say(GRADES[grade])


def state_words(state: str, tongue: Tongue) -> str:
    """A source's state, of its coverage or of its health, in words."""
    return tongue.say(HEALTH[HealthState(state)] if state in set(HealthState) else STATES[state])


def rejection_words(reason: str, tongue: Tongue) -> str:
    """The value of a RejectionReason in words; one that this version does not know stays as it is."""
    return tongue.say(REJECTIONS[RejectionReason(reason)]) if reason in set(RejectionReason) else reason


def fate_words(fate: str, tongue: Tongue) -> str:
    """The value of a Fate in words; one that this version does not know stays as it is."""
    return tongue.say(FATES[Fate(fate)]) if fate in set(Fate) else fate


def counted_words(counts: dict[str, int], kind: str, tongue: Tongue) -> str:
    """Counts by code as one enumeration, the largest first: ``3 × no article, 1 × empty page``."""
    words = rejection_words if kind == "rejection" else fate_words
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{tongue.number(count)} × {words(code, tongue)}" for code, count in ranked if count)
