"""One moment in the spelling of each outlet. All spell Viet Nam's time, vietnam.vn's sitemaps apart."""

from datetime import UTC, datetime, timedelta, timezone

ICT = timezone(timedelta(hours=7), "ICT")
"""Indochina Time; Viet Nam has no daylight saving time."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def rss_date(moment: datetime, offset: str = "+07:00") -> str:
    """``Mon, 14 Sep 2026 19:44:41 +07:00``: the colon is against RFC 822 and real."""
    local = moment.astimezone(ICT)
    day = f"{_DAYS[local.weekday()]}, {local.day:02} {_MONTHS[local.month - 1][:3]} {local.year}"
    return f"{day} {local:%H:%M:%S} {offset}"


def compact_iso(moment: datetime) -> str:
    """``2026-09-07T12:48:05+0700``, as family A writes it in its meta and time elements."""
    return moment.astimezone(ICT).strftime("%Y-%m-%dT%H:%M:%S+0700")


def iso(moment: datetime) -> str:
    """``2026-09-07T12:48:05+07:00``."""
    return moment.astimezone(ICT).strftime("%Y-%m-%dT%H:%M:%S+07:00")


def zulu(moment: datetime) -> str:
    """``2026-09-07T05:48:05Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_day(moment: datetime) -> str:
    """``2026-09-07``, the day in Viet Nam."""
    return moment.astimezone(ICT).strftime("%Y-%m-%d")


def plain_day(moment: datetime) -> str:
    """``07/09/2026``, the day in Viet Nam."""
    return moment.astimezone(ICT).strftime("%d/%m/%Y")


def plain_minute(moment: datetime) -> str:
    """``07/09/2026 12:48``."""
    return moment.astimezone(ICT).strftime("%d/%m/%Y %H:%M")


def liferay_minute(moment: datetime) -> str:
    """``12:48 07/09/2026``."""
    return moment.astimezone(ICT).strftime("%H:%M %d/%m/%Y")


def vns_minute(moment: datetime) -> str:
    """``July, 20/2021 - 08:25``."""
    local = moment.astimezone(ICT)
    return f"{_MONTHS[local.month - 1]}, {local.day:02}/{local.year} - {local:%H:%M}"


def portal_minute(moment: datetime) -> str:
    """``Thứ 5, Ngày 25/05/2023, 15:00``: Vietnamese weekdays count from Sunday as the first."""
    local = moment.astimezone(ICT)
    weekday = "Chủ nhật" if local.weekday() == 6 else f"Thứ {local.weekday() + 2}"
    return f"{weekday}, Ngày {local:%d/%m/%Y}, {local:%H:%M}"


def http_date(moment: datetime) -> str:
    """``Mon, 14 Sep 2026 12:44:41 GMT``, for Last-Modified."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1][:3]} {utc:%Y %H:%M:%S} GMT"
