"""Two services on one database: the second is refused, commands are not, and a lost lock ends the first."""

import signal
import sys
from pathlib import Path

from house import House
from service_house import FEW, MOVED_CLOCK, furnish_service, polls, rows, running, said, wait_until

from newsroom.server import Newsroom


def test_the_second_service_is_refused_and_a_crawl_is_not(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish_service(tmp_path / "house", newsroom)
    with running(house) as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        port = said(house).split("http://127.0.0.1:")[1].split("/")[0]
        settings = (house.folder / "settings.toml").read_text(encoding="utf-8")
        assert "port = 0" in settings
        same_port = settings.replace("port = 0", f"port = {port}")
        (house.folder / "same_port.toml").write_text(same_port, encoding="utf-8")
        second = house.diembao("--settings", "same_port.toml", "run")
        assert (second.returncode, second.stdout) == (1, "")
        assert f"already (process {process.pid} on " in second.stderr
        assert second.stderr.count("\n") == 1
        crawled = house.diembao("crawl", "vns")
        assert crawled.returncode == 0, crawled.stderr
        assert len(rows(house, "SELECT id FROM run WHERE source = 'vns' AND outcome = 'completed'")) == 2
        assert process.poll() is None
    assert process.returncode == 0
    with running(house):
        wait_until(lambda: len(polls(house)) == 2 * len(FEW), house)


def test_a_service_that_lost_its_lock_says_so_and_ends(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish_service(tmp_path / "house", newsroom)
    with running(house, sys.executable, str(MOVED_CLOCK), "run") as first:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        # Somebody takes the file away, and another service begins before this one looks.
        first.send_signal(signal.SIGSTOP)
        (house.folder / "diembao.sqlite3.service").unlink()
        other = House(house.folder)
        with running(other):
            wait_until(lambda: len(polls(house)) == 2 * len(FEW), house)
            first.send_signal(signal.SIGCONT)
            assert first.wait(20) == 1
            assert "so another service may be using it. This one has ended." in said(house)


def test_a_lock_that_nobody_else_took_is_taken_again(newsroom: Newsroom, tmp_path: Path) -> None:
    """A lock file that is gone is made again where nobody else has it."""
    house = furnish_service(tmp_path / "house", newsroom)
    with running(house, sys.executable, str(MOVED_CLOCK), "run") as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        (house.folder / "diembao.sqlite3.service").unlink()
        wait_until(lambda: "could be had again" in said(house), house)
        assert process.poll() is None
    assert rows(house, "SELECT ending FROM uptime") == [("stopped",)]
