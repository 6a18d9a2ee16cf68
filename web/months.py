"""A month of digests: what each day's has, what is missing, and how far it is judged."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from babel import Locale
from pydantic import ValidationError
from sqlmodel import Session

from digest.i18n import Tongue
from digest.model import Digest
from digest.running import service_sentences
from storage.digest_outlines import DigestOutline, digest_outlines
from storage.jobs import pauses
from storage.reviews import ReviewProgress, progress_by_day
from web.asked import midnight

State = Literal["built", "missing", "today", "none"]


@dataclass(frozen=True)
class Day:
    """One day of a month, or of the weeks at its ends."""

    on: date
    is_of_month: bool
    state: State
    """``missing``: others before it were built, it was not; ``none``: before the first, or to come."""
    digest: Digest | None = None
    """Without its stories; None too where its body cannot be read."""
    said: tuple[str, ...] = ()
    """How the service ran for it, or why there is none; in sentences."""
    judged: ReviewProgress | None = None


@dataclass(frozen=True)
class Month:
    """A month by weeks."""

    first: date
    weekdays: list[tuple[str, str]]
    """Short and full name of each day of the week, in the locale's order."""
    weeks: list[tuple[date, list[Day]]]
    """The Monday of each week, under which its summary is found, and its days."""
    earlier: date | None
    """First day of the month before; None where no digest is as old."""
    later: date | None
    year_before: date | None
    year_after: date | None

    @property
    def days(self) -> list[Day]:
        """Those of the month that have something to say, the latest first."""
        told = (day for _, days in self.weeks for day in days if day.is_of_month and day.state != "none")
        return sorted(told, key=lambda day: day.on, reverse=True)


def month_of(
    session: Session, first: date, span: tuple[date, date] | None, now: datetime, tongue: Tongue
) -> Month:
    """The month that begins on ``first``; ``span`` is from the first to the last day with a digest."""
    locale = Locale.parse(tongue.locale)
    weeks = calendar.Calendar(locale.first_week_day).monthdatescalendar(first.year, first.month)
    days = {on for week in weeks for on in week if on.month == first.month}
    begun = span[0] if span else None
    outlines = {item.on: item for item in digest_outlines(session, min(days), max(days))}
    judged = progress_by_day(session, min(days), max(days)) if outlines else {}
    today = now.astimezone(tongue.zone).date()

    def day(on: date) -> Day:
        if on not in days:
            return Day(on, False, "none")
        if on in outlines:
            digest = _digest(outlines[on])
            said = tuple(service_sentences(digest, tongue)) if digest else ()
            return Day(on, True, "built", digest, said, judged.get(on))
        if on == today:
            return Day(on, True, "today")
        if begun is None or not begun <= on < today:
            return Day(on, True, "none")
        return Day(on, True, "missing", said=_why_missing(session, on, tongue))

    names = locale.days["stand-alone"]
    order = [(locale.first_week_day + number) % 7 for number in range(7)]
    return Month(
        first=first,
        weekdays=[(names["abbreviated"][number], names["wide"][number]) for number in order],
        weeks=[(week[0] - timedelta(days=week[0].weekday()), [day(on) for on in week]) for week in weeks],
        earlier=_within(_moved(first, -1), begun, today),
        later=_within(_moved(first, 1), begun, today),
        year_before=_within(_moved(first, -12), begun, today),
        year_after=_within(_moved(first, 12), begun, today),
    )


def _digest(outline: DigestOutline) -> Digest | None:
    body = {name: part for name, part in outline.parts.items() if part is not None}
    facts = outline.model_dump(include={"on", "built_at", "since", "until"})
    try:
        return Digest(is_final=True, entries=(), near_misses=(), coverage=(), **facts, **body)
    except (ValidationError, TypeError):
        return None


def _why_missing(session: Session, on: date, tongue: Tongue) -> tuple[str, ...]:
    """What is known of why a day has no digest: whether the service ran."""
    since, until = midnight(on, tongue.zone), midnight(on + timedelta(days=1), tongue.zone)
    length = sum(
        (min(p.until, until) - max(p.since, since) for p in pauses(session, since, until)), timedelta()
    )
    if length <= timedelta(minutes=5):
        return ()
    spoken = tongue.span(length.total_seconds())
    return (tongue.say("On this day the service did not run for %(length)s.") % {"length": spoken},)


def _moved(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _within(first: date, begun: date | None, today: date) -> date | None:
    is_known = begun is not None and begun.replace(day=1) <= first <= today
    return first if is_known else None
