"""When a digest was due last: across midnight, another hour, another zone, a clock change."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.desk import Desk, open_desk
from scheduler.service import last_due
from scheduler.settings import settings_from


@contextmanager
def desk_at(folder: Path, now: datetime, hour: str, zone: str) -> Iterator[Desk]:
    data = {
        "storage": {"database": f"sqlite:///{folder}/d.sqlite3", "archive": str(folder / "pages")},
        "schedule": {"digest_time": hour, "zone": zone},
    }
    with open_desk(settings_from(data, folder, origin="test"), clock=lambda: now) as desk:
        yield desk


@pytest.mark.parametrize(
    ("now", "hour", "zone", "due"),
    [
        ((2026, 11, 22, 0, 0, 0), "07:00", "Asia/Ho_Chi_Minh", "2026-11-22T07:00:00+07:00"),
        ((2026, 11, 22, 0, 0, 1), "07:00", "Asia/Ho_Chi_Minh", "2026-11-22T07:00:00+07:00"),
        ((2026, 11, 21, 23, 59, 59), "07:00", "Asia/Ho_Chi_Minh", "2026-11-21T07:00:00+07:00"),
        # A laptop that wakes at 01:00 owes the digest of the day before, not of the day that has begun.
        ((2026, 11, 22, 18, 0, 0), "07:00", "Asia/Ho_Chi_Minh", "2026-11-22T07:00:00+07:00"),
        ((2026, 11, 22, 12, 0, 0), "23:30", "Asia/Ho_Chi_Minh", "2026-11-21T23:30:00+07:00"),
        # 02:30 does not exist in Paris on the day that summer time begins.
        ((2026, 3, 29, 3, 0, 0), "02:30", "Europe/Paris", "2026-03-29T02:30:00+01:00"),
        ((2026, 3, 29, 0, 30, 0), "02:30", "Europe/Paris", "2026-03-28T02:30:00+01:00"),
    ],
)
def test_the_last_moment_a_digest_was_due(tmp_path: Path, now, hour: str, zone: str, due: str) -> None:
    with desk_at(tmp_path, datetime(*now, tzinfo=UTC), hour, zone) as desk:
        assert last_due(desk).isoformat() == due
