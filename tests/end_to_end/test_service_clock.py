"""A service whose clock is set while it runs: each digest once, no source forgotten, none asked twice."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from house import House
from service_house import FEW, MOVED_CLOCK, furnish_service, polls, rows, running, runs, said, wait_until

from newsroom.server import Newsroom

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR = 3600


@pytest.fixture
def house(newsroom: Newsroom, tmp_path: Path) -> House:
    """A service whose digest is due in two hours by its clock."""
    due = datetime.now(UTC).astimezone(ZONE) + timedelta(hours=2)
    more = f'[schedule]\ndigest_time = "{due:%H:%M}"\n[delivery]\nfolder = "digests"\n'
    return furnish_service(tmp_path / "house", newsroom, more)


def move(process: "subprocess.Popen[str]", hours: float) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{hours * HOUR}\n")
    process.stdin.flush()


def polls_lie_near(house: House) -> bool:
    """Whether each source is planned anew after the clock was set back: its next poll lay hours ahead."""
    near = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    planned = rows(house, "SELECT at FROM planned_poll")
    return len(planned) == len(FEW) and all(at < near for (at,) in planned)


def digests(house: House) -> int:
    return len(rows(house, "SELECT id FROM digest"))


def test_set_forward_and_back_by_hours(house: House) -> None:
    with running(house, sys.executable, str(MOVED_CLOCK), "run") as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        assert digests(house) == 0

        move(process, 3)  # past the digest's hour, and past every poll's
        wait_until(lambda: len(runs(house, "digest")) == 2, house)
        wait_until(lambda: len(polls(house)) == 2 * len(FEW), house)
        assert digests(house) == 1
        [(first, why), (second, what)] = runs(house, "digest")
        assert (first, second) == ("missed", "done")
        assert why.startswith("the clock was set forward from")
        assert "entries" in what

        move(process, -4)  # the digest's hour comes a second time; polls lie hours ahead
        wait_until(lambda: "set back by 4 h" in said(house), house)
        wait_until(lambda: polls_lie_near(house), house)
        move(process, 3)
        wait_until(lambda: len(polls(house)) == 3 * len(FEW), house)
        move(process, 2)
        wait_until(lambda: len(polls(house)) == 4 * len(FEW), house)
        assert process.poll() is None
    assert digests(house) == 1
    assert len(runs(house, "digest")) == 2
    assert len(list((house.folder / "digests").glob("*.html"))) == 1
    assert Counter(polls(house)) == dict.fromkeys([(source, "done") for source in FEW], 4)
    text = " ".join(
        house.diembao("digest", "--format", "text", "--date", day_of_digest(house)).stdout.split()
    )
    assert "the clock was set forward past its hour" in text


def day_of_digest(house: House) -> str:
    [(day,)] = rows(house, 'SELECT "on" FROM digest')
    return str(day)


def test_a_day_forward_and_back_again(house: House) -> None:
    with running(house, sys.executable, str(MOVED_CLOCK), "run") as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        move(process, 24 + 3)  # two digests are due by then; only the later one can be built
        wait_until(lambda: digests(house) == 1, house)
        wait_until(lambda: len(runs(house, "digest")) == 3, house)
        assert [outcome for outcome, _ in runs(house, "digest")] == ["missed", "missed", "done"]
        move(process, -27)
        wait_until(lambda: "set back by 27 h" in said(house), house)
        wait_until(lambda: polls_lie_near(house), house)
        move(process, 3)  # today's hour, in earnest
        wait_until(lambda: digests(house) == 2, house)
        wait_until(lambda: said(house).count("the clock was set forward") == 2, house)
        move(process, 23)  # the other day's hour a second time
        wait_until(lambda: said(house).count("the clock was set forward") == 3, house)
        wait_until(lambda: len(polls(house)) >= 4 * len(FEW), house)
        assert process.poll() is None
    assert digests(house) == 2
    assert len(list((house.folder / "digests").glob("*.html"))) == 2
