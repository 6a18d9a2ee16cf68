"""What each mention says: the indicator, from the noun, the verb that governs it and the words around."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.quantities.context import SUBJECT, Context, Sentence
from analysis.quantities.mentions import NOUNS, PERCENT, Mention

_MEMBERS = frozenset(["member", "new_member", "candidate"])
_PEOPLE = _MEMBERS | {"person", "worker", "owner", "probationary", "other_people"}
_ADMITTED = frozenset(["members_admitted", "fdi_members_admitted", "target_members"])
_TARGETS = {
    "members_admitted": "target_members",
    "fdi_members_admitted": "target_members",
    "members_total": "target_members",
    "owners_admitted": "other",
    "organisations_founded": "target_organisations",
    "organisations_total": "target_organisations",
}
_UNITS = {
    "cell": "organisations",
    "unit": "organisations",
    "other_body": "organisations",
    "enterprise": "enterprises",
    PERCENT: "percent",
}
_TOTALS = frozenset(
    [
        "members_total",
        "organisations_total",
        "workers_total",
        "enterprises_total",
        "enterprises_with_party_org",
    ]
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mention states."""

    mention: Mention
    indicator: str
    unit: str
    kind: str
    """result, target or total."""


def read_mentions(
    sentence: Sentence, mentions: Sequence[Mention], previous: Reading | None = None
) -> list[Reading]:
    """What the mentions of one sentence state, in order; those that are beside the subject are left out.

    ``previous`` is what the sentence before ended with: this one may name a part of it ("Of these, ...").
    """
    done: list[Reading] = []  # those beside the subject too: what follows may be a part of them
    first = next(iter(sentence.marks), None)
    goes_on = first and first.concept in {"part", "of_them"} and first.start <= sentence.start + 1
    if previous is not None and goes_on:
        done.append(previous)
    for index, mention in enumerate(mentions):
        following = mentions[index + 1].start if index + 1 < len(mentions) else sentence.end
        context = Context(sentence, mention, following)
        reading = _read(context, done)
        if reading is not None:
            done.append(reading)
    return [reading for reading in done if reading.indicator and reading is not previous]


def _read(context: Context, done: list[Reading]) -> Reading | None:
    mention = context.mention
    if context.follows("threshold", 40) or context.precedes("condition", 2) or context.is_size_of_firms:
        return None
    total = _total_of(context, done)
    if mention.is_gap:
        indicator = done[-1].indicator if done and done[-1].indicator != "other" else ""
    elif mention.noun == PERCENT:
        indicator = _share(context)
    elif context.precedes("growth", 1):
        indicator = "other" if context.is_on_subject else ""
    elif total is not None:
        indicator = _part(context, total)
    else:
        is_having = not mention.noun and context.has_cell
        noun = "enterprise" if is_having else mention.noun or _noun_before(done)
        indicator = _counted(context, noun, done[-1].indicator if done else "")
    is_target = context.is_target
    if is_target:
        indicator = _TARGETS.get(indicator, indicator)
    kind = "target" if is_target else "total" if indicator in _TOTALS else "result"
    return Reading(mention, indicator, _unit(context, indicator), kind)


def _noun_before(done: list[Reading]) -> str:
    return done[-1].mention.noun if done else ""


def _total_of(context: Context, done: list[Reading]) -> Reading | None:
    """The total that the mention is a part of, or None."""
    if context.mention.noun == PERCENT:
        return None
    mark = context.part_mark()
    clause = context.clause_start
    if mark is not None and not context.sentence.text[clause : mark.start].strip():
        clause = 0  # "...; trong đó có ..." goes on from the clause before
    wholes = [
        reading for reading in done if reading.mention.noun != PERCENT and reading.mention.start >= clause
    ]
    if not wholes:
        return None
    if mark is not None:
        before = [reading for reading in wholes if reading.mention.start < mark.start]
        if before:
            return before[-1]
    first = wholes[0].mention.number.start  # "Of the 40 new members, 12 are from ..."
    leads = any(mark.concept == "part" and 0 <= first - mark.end <= 24 for mark in context.before)
    if leads and context.mention.noun in {"", "person"}:
        return wholes[0]
    if context.mention.is_of_them:
        return wholes[-1]
    return _listed_under(context, wholes)


def _listed_under(context: Context, wholes: list[Reading]) -> Reading | None:
    """The total whose kinds are listed behind a colon or in brackets: "23 tổ chức (5 đảng bộ, 18 chi bộ)"."""
    text, mention = context.sentence.text, context.mention
    if mention.noun != "cell":
        return None
    for whole in wholes:
        if not whole.indicator or whole.mention.noun not in {"cell", "unit"}:
            continue
        opening = re.search(r"[(:（：]", text[whole.mention.end : mention.number.start])
        if opening and opening.start() <= 40:
            return whole
    return None


def _counted(context: Context, noun: str, last: str = "") -> str:
    if context.follows("comparison", 40):
        return "other"
    if noun == "enterprise":
        return _enterprises(context)
    if noun in {"cell", "unit"}:
        return _organisations(context, noun)
    if noun in {"other_people", "other_body", "probationary"}:
        is_stated = context.mention.number.value and context.is_on_subject
        return "other" if is_stated else ""
    return _people(context, noun, last) if noun in _PEOPLE else ""


def _people(context: Context, noun: str, last: str = "") -> str:
    verb = context.verb
    if verb == "set_aside":
        return "other" if context.is_on_subject else ""
    is_new = noun == "new_member" or (noun == "member" and context.is_new)
    develops = verb == "develop" and noun in _MEMBERS and not context.is_so_far
    if noun == "person" and verb == "admit" and last == "owners_admitted":
        return last
    if verb == "admit" or is_new or develops:
        if noun == "owner" or context.follows("owning", 30):
            return "owners_admitted"
        return "fdi_members_admitted" if context.is_foreign else "members_admitted"
    if context.mention.number.value == 0:
        return ""
    if noun == "worker":
        return "workers_total"
    if noun == "person":
        return _persons(context, verb)
    return "members_total" if noun == "member" else "other"


def _persons(context: Context, verb: str) -> str:
    """People without another name: a cell's are its members, a firm's its workers."""
    if verb == "employ":
        return "workers_total"
    if verb == "has":
        for mark in reversed(context.before):
            if mark.concept in {"cell", "member"}:
                return "members_total"
            if mark.concept == "enterprise":
                return "workers_total"
    return ""


def _organisations(context: Context, noun: str) -> str:
    verb = context.verb
    if noun == "unit" and not context.mention.is_tally and not context.precedes("cell", 24):
        return ""
    if verb == "set_aside":
        return "other"
    if verb in {"found", "develop"} or context.is_new:
        return "organisations_total" if context.is_so_far else "organisations_founded"
    return "organisations_total" if context.mention.number.value else ""


def _enterprises(context: Context) -> str:
    if context.mention.number.value == 0:
        return ""
    acts = [
        mark.concept
        for mark in context.tail
        if mark.concept in {"has", "found", "cell", "without", "only_so_far"}
    ]
    if "cell" in acts and acts[0] != "cell":
        if "without" in acts[: acts.index("cell")]:
            return "other"
        is_event = acts[0] == "found" and context.has_period
        return "organisations_founded" if is_event else "enterprises_with_party_org"
    if "without" in acts[:1]:
        return "other"
    if context.is_described_by_cell:
        return "enterprises_with_party_org"
    before = [
        mark for mark in context.before if mark.concept in NOUNS or mark.concept in {"found", "set_aside"}
    ]
    if before and before[-1].concept == "set_aside":
        return "other"
    if before and before[-1].concept == "cell":
        gap = context.between(before[-1])
        if (
            gap.strip()
            and len(gap) <= 24
            and not re.search(r"[,;:.(]", gap)
            and not context.precedes("has", 3)
        ):
            return "enterprises_with_party_org"
    number = context.mention.number
    is_back_reference = number.is_word and number.value <= 3  # "the two companies"
    return "" if is_back_reference else "enterprises_total"


def _part(context: Context, total: Reading) -> str:
    """What a part of a total is: admitted people stay admitted, kinds of cells are not counted again."""
    noun, whole = context.mention.noun or context.predicate, total.indicator
    if context.mention.is_of_them and noun == "person" and total.mention.noun not in _PEOPLE:
        return ""
    is_kin = (noun in _PEOPLE) == (total.mention.noun in _PEOPLE)
    if noun and (not is_kin or (not whole and noun not in _PEOPLE)):
        return _counted(context, noun)
    if whole in _ADMITTED:
        return _part_of_admitted(context, total)
    if noun in _PEOPLE and context.verb == "admit":
        return _people(context, noun)
    if noun == "enterprise":
        return _enterprises(context)
    if noun == "":
        return _counted(context, total.mention.noun) if context.tail else ""
    is_same = noun == total.mention.noun and noun in {"cell", "member"}
    if is_same and context.is_set:
        return whole
    return "other" if noun != "unit" else ""


def _part_of_admitted(context: Context, total: Reading) -> str:
    noun = context.mention.noun or context.predicate
    if noun in {"cell", "enterprise", "other_body", "unit"}:
        return _counted(context, noun)
    if total.kind == "target":
        return "other"
    if noun == "owner" or context.follows("owning", 30):
        return "owners_admitted"
    if noun in {"other_people", "worker", "probationary"}:
        return "other"
    if context.is_foreign:
        return "fdi_members_admitted"
    return "members_admitted" if noun in _MEMBERS or context.is_set else "other"


def _share(context: Context) -> str:
    if context.tail and context.tail[0].concept in {"capital", "fdi"} and not context.is_of:
        return ""
    for mark in reversed(context.before):
        if mark.concept == "business":
            return ""
        if mark.concept in NOUNS:
            break
    is_near = any(context.follows(noun, 60) or context.precedes(noun, 110) for noun in SUBJECT | {"party"})
    if not is_near and not context.follows("plan", 30):
        return ""
    return "other" if context.precedes("growth", 12) else "share_percent"


def _unit(context: Context, indicator: str) -> str:
    mention = context.mention
    if indicator in {"organisations_founded", "organisations_total", "target_organisations"}:
        return "organisations"
    if mention.noun == PERCENT and context.follows("plan", 40):
        return "percent of plan"
    return _UNITS.get(mention.noun, "people")
