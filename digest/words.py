"""Codes in plain words: grades, states, fates and rejections as a reader is told them."""

import re
from datetime import date

from digest.i18n import N_, Tongue
from digest.model import ChangedQuantity, DigestArticle, StatedFirm, StatedQuantity
from digest.summary import Summary
from storage.audit import Queue
from storage.models import Fate, HealthState, RejectionReason
from storage.outbox import DeliveryState
from storage.reviews import ReviewVerdict

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

REVIEWS = {
    ReviewVerdict.CONFIRMED: N_("Confirmed"),
    ReviewVerdict.REJECTED: N_("Rejected"),
    ReviewVerdict.UNSURE: N_("Unsure"),
}

QUEUES = {
    Queue.NEAR: N_("Near misses"),
    Queue.REJECTED: N_("Rejected"),
    Queue.UNSURE: N_("Unsure"),
    Queue.STARRED: N_("Starred"),
    Queue.NOTES: N_("Notes"),
}

DELIVERIES = {
    DeliveryState.WAITING: N_("waits for its next attempt"),
    DeliveryState.SENDING: N_("being sent"),
    DeliveryState.DELIVERED: N_("delivered"),
    DeliveryState.GIVEN_UP: N_("given up"),
}

INDICATORS = {
    "members_total": N_("Party members"),
    "organisations_total": N_("Party organisations"),
    "members_admitted": N_("members admitted"),
    "organisations_founded": N_("organisations founded"),
    "owners_admitted": N_("business owners admitted"),
    "fdi_members_admitted": N_("members admitted in foreign-invested enterprises"),
    "workers_total": N_("workers"),
    "enterprises_total": N_("enterprises"),
    "enterprises_with_party_org": N_("enterprises with a Party organisation"),
    "share_percent": N_("share"),
    "target_members": N_("members aimed at"),
    "target_organisations": N_("organisations aimed at"),
    "other": N_("another number"),
}
"""By ``Quantity.indicator``."""

WAYS = {
    "first": N_("had it first"),
    "reprinted": N_("reprinted %(outlet)s"),
    "rehosted": N_("carries %(outlet)s"),
    "translated": N_("translated %(outlet)s"),
    "rewrote": N_("rewrote %(outlet)s"),
}
"""By ``DigestArticle.way``."""

UNITS = {
    "people": N_("people"),
    "organisations": N_("organisations"),
    "enterprises": N_("enterprises"),
    "percent": N_("percent"),
    "percent of plan": N_("percent of the plan"),
}
"""By ``Quantity.unit``."""

QUANTITY_KINDS = {"result": N_("result"), "target": N_("target"), "total": N_("total")}
"""By ``Quantity.kind``."""

ACTS = {
    "has": N_("has a Party organisation"),
    "founds": N_("founds a Party organisation"),
    "admits": N_("admits members"),
}
"""By ``EnterpriseMention.act``; of any other nothing is said."""

_SHARE_OF_PLAN = N_("share of the plan")
_PERCENTAGES = ("percent", "percent of plan")
_BY_YEAR = re.compile(r"by (\d{4})")
_SINCE_YEAR = re.compile(r"since (\d{4})")
_YEARS = re.compile(r"(\d{4})-(\d{4})")
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")


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


def indicator_words(quantity: StatedQuantity, tongue: Tongue) -> str:
    """What ``quantity`` counts, in words; where no indicator says it, the unit does."""
    if quantity.indicator == "share_percent" and quantity.unit == "percent of plan":
        return tongue.say(_SHARE_OF_PLAN)
    words = _known(INDICATORS, quantity.indicator, tongue)
    return f"{words} ({_known(UNITS, quantity.unit, tongue)})" if quantity.indicator == "other" else words


def indicator_name(indicator: str, tongue: Tongue) -> str:
    """``Quantity.indicator`` in words, whatever its unit."""
    return _known(INDICATORS, indicator, tongue)


def unit_words(unit: str, tongue: Tongue) -> str:
    """``Quantity.unit`` in words."""
    return _known(UNITS, unit, tongue)


def act_words(act: str, tongue: Tongue) -> str:
    """``EnterpriseMention.act`` in words; empty where it says nothing particular."""
    return tongue.say(ACTS[act]) if act in ACTS else ""


def value_words(quantity: StatedQuantity, tongue: Tongue) -> str:
    """The number of ``quantity`` in this language's way, a percentage with its sign."""
    return _number(quantity.value, quantity.unit, tongue)


def _number(value: float | None, unit: str, tongue: Tongue) -> str:
    if value is None:
        return ""
    return tongue.exact_percent(value) if unit in _PERCENTAGES else tongue.number(value)


def period_words(period: str, tongue: Tongue) -> str:
    """``Quantity.period`` as a reader is told it; a form that this version does not know stays."""
    if match := _BY_YEAR.fullmatch(period):
        return tongue.say("by %(year)s") % {"year": match[1]}
    if match := _SINCE_YEAR.fullmatch(period):
        return tongue.say("since %(year)s") % {"year": match[1]}
    if period == "each year":
        return tongue.say("each year")
    if match := _YEARS.fullmatch(period):
        return f"{match[1]}–{match[2]}"
    if match := _DAYS.fullmatch(period):
        try:
            first, last = (tongue.short_day(date.fromisoformat(day)) for day in match.groups())
        except ValueError:
            return period
        return first if first == last else f"{first} – {last}"
    return period


def period_title(summary: Summary, tongue: Tongue) -> str:
    """The heading of a week or a month."""
    if summary.period == "month":
        return tongue.say("Press review, %(month)s") % {"month": tongue.month(summary.first)}
    facts = {"first": tongue.short_day(summary.first), "last": tongue.short_day(summary.last)}
    return tongue.say("Press review, week of %(first)s to %(last)s") % facts


def delivery_words(state: DeliveryState, tongue: Tongue) -> str:
    """How far a delivery is."""
    return tongue.say(DELIVERIES[state])


def review_words(verdict: ReviewVerdict, tongue: Tongue) -> str:
    """What a reviewer made of an article."""
    return tongue.say(REVIEWS[verdict])


def quantity_kind_words(kind: str, tongue: Tongue) -> str:
    """``Quantity.kind`` in words."""
    return _known(QUANTITY_KINDS, kind, tongue)


def telling_facts(article: DigestArticle, tongue: Tongue) -> list[str]:
    """When an outlet told a story, in which language, and how it came by it."""
    told_at = article.published_at or article.first_seen_at
    facts = [tongue.moment(told_at), tongue.language(article.language)]
    if article.way in WAYS and (article.way == "first" or article.source_outlet):
        words = tongue.say(WAYS[article.way]) % {"outlet": article.source_outlet}
        delay = tongue.span(article.delay_s) if article.delay_s is not None and article.delay_s >= 60 else ""
        later = tongue.say("%(span)s later") % {"span": delay} if delay else ""
        facts.append(f"{words}, {later}" if later else words)
    return facts


def change_words(change: ChangedQuantity, tongue: Tongue) -> str:
    """A number that an outlet changed: what it counts, where, before and after."""
    what = _known(INDICATORS, change.indicator, tongue)
    if change.indicator == "other":
        what = f"{what} ({_known(UNITS, change.unit, tongue)})"
    facts = {
        "what": f"{what}, {change.place}" if change.place else what,
        "before": _number(change.before, change.unit, tongue),
        "after": _number(change.after, change.unit, tongue),
    }
    if change.before is None:
        return tongue.say("Now stated: %(what)s: %(after)s") % facts
    if change.after is None:
        return tongue.say("No longer stated: %(what)s: %(before)s") % facts
    return tongue.say("Changed: %(what)s: %(after)s, before %(before)s") % facts


def firm_facts(firm: StatedFirm, tongue: Tongue) -> list[str]:
    """What is said of ``firm``: its act in words, and its place."""
    return [fact for fact in (act_words(firm.act, tongue), firm.place) if fact]


def _known(words: dict[str, str], code: str, tongue: Tongue) -> str:
    """``code`` in words; one that this version does not know stays, its underscores as spaces."""
    return tongue.say(words[code]) if code in words else code.replace("_", " ")
