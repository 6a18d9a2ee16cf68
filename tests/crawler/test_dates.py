from datetime import UTC, datetime

import pytest

from crawler.dates import FORMATS, is_date_only, parse_date, parse_feed_date


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 14 Sep 2026 19:44:41 +07:00", utc(2026, 9, 14, 12, 44, 41)),
        ("Mon, 14 Sep 2026 19:44:41 +0700", utc(2026, 9, 14, 12, 44, 41)),
        ("Mon, 14 Sep 2026 19:44:41 GMT+7", utc(2026, 9, 14, 12, 44, 41)),
        ("Mon, 14 Sep 2026 12:44:41 GMT", utc(2026, 9, 14, 12, 44, 41)),
        ("14 Sep 2026 19:44", utc(2026, 9, 14, 12, 44)),
        ("2026-09-07T12:48:05+0700", utc(2026, 9, 7, 5, 48, 5)),
        ("2026-09-07T12:48:05+07:00", utc(2026, 9, 7, 5, 48, 5)),
        ("2026-09-07T12:48:05.250Z", utc(2026, 9, 7, 12, 48, 5)),
        ("2026-09-07 12:48", utc(2026, 9, 7, 5, 48)),
        ("2026-09-07", utc(2026, 9, 6, 17)),
        ("  2026-09-07T12:48:05Z \n", utc(2026, 9, 7, 12, 48, 5)),
        ("1789390000", utc(2026, 9, 14, 12, 46, 40)),
        ("1789390000000", utc(2026, 9, 14, 12, 46, 40)),
    ],
)
def test_dates_of_feeds_and_attributes(written: str, moment: datetime) -> None:
    assert parse_feed_date(written) == moment


@pytest.mark.parametrize(
    "written",
    [
        "",
        "today",
        "2026-09",
        "2026-02-30",
        "2026-09-07T25:00:00Z",
        "14/09/2026 19:44",  # day or month? a feed does not say
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-10:00",
        "Mon, 14 Sep 2026 19:44:41 EST",
        "Mon, 31 Feb 2026 19:44:41 +0700",
    ],
)
def test_what_is_no_feed_date(written: str) -> None:
    assert parse_feed_date(written) is None


@pytest.mark.parametrize(
    ("written", "name", "moment"),
    [
        ("25/05/2023 15:00", "dmy-hm", utc(2023, 5, 25, 8)),
        ("25/05/2023, 15:00 (GMT+7)", "dmy-hm", utc(2023, 5, 25, 8)),
        ("Thứ tư, 5/6/2023 - 09:05 GMT+7", "dmy-hm", utc(2023, 6, 5, 2, 5)),
        ("15:55 | 10/07/2026", "hm-dmy", utc(2026, 7, 10, 8, 55)),
        ("Cập nhật: 15:55 10/07/2026", "hm-dmy", utc(2026, 7, 10, 8, 55)),
        ("15:55 GMT+7, ngày 10/07/2026", "hm-dmy", utc(2026, 7, 10, 8, 55)),
        ("Thứ 5, Ngày 25/05/2023, 15:00", "weekday-dmy", utc(2023, 5, 25, 8)),
        ("Chủ nhật, 28/05/2023", "weekday-dmy", utc(2023, 5, 27, 17)),
        ("July, 20/2021 - 08:25", "month-d-y", utc(2021, 7, 20, 1, 25)),
        ("May 05, 2025 5:18 PM GMT+7", "month-name", utc(2025, 5, 5, 10, 18)),
        ("May 05, 2025 12:10 AM GMT+7", "month-name", utc(2025, 5, 4, 17, 10)),
        ("1/28/2026 6:52:01 AM", "us", utc(2026, 1, 27, 23, 52, 1)),
        ("Báo Nhân dânBáo Nhân dân14/05/2025", "dmy", utc(2025, 5, 13, 17)),
    ],
)
def test_visible_dates(written: str, name: str, moment: datetime) -> None:
    assert parse_date(written, [name]) == moment


def test_day_and_month_are_never_guessed() -> None:
    assert parse_date("1/8/2026 6:52:01 AM", ["us"]) == utc(2026, 1, 7, 23, 52, 1)
    assert parse_date("1/8/2026 06:52", ["dmy-hm"]) == utc(2026, 7, 31, 23, 52)
    assert parse_date("1/28/2026 6:52:01 AM", ["dmy-hm", "dmy"]) is None
    assert parse_date("28/1/2026 6:52:01 AM", ["us"]) is None
    assert parse_date("1/8/2026 06:52", ["us"]) is None


def test_formats_are_tried_in_order_and_impossible_dates_skipped() -> None:
    assert parse_date("31/02/2026", ["dmy"]) is None
    assert parse_date("10/07/2026", ["dmy-hm", "dmy"]) == utc(2026, 7, 9, 17)


def test_a_number_within_a_number_is_no_date() -> None:
    assert parse_date("Công văn 1125/05/20231", ["dmy"]) is None
    assert parse_date("xem 12-25/05/2023", ["dmy"]) is None


def test_an_unknown_format_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        parse_date("25/05/2023", ["dd/mm/yyyy"])


def test_a_date_without_time_is_local_midnight() -> None:
    assert is_date_only(utc(2026, 9, 6, 17))
    assert not is_date_only(utc(2026, 9, 6, 17, 1))


def test_every_format_is_described() -> None:
    source = (parse_date.__code__.co_filename, FORMATS)
    with open(source[0], encoding="utf-8") as file:
        text = file.read()
    assert all(f"\n{name} " in text for name in FORMATS)
