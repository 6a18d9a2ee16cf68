"""A running service takes up other settings, sources and topics, and says what changed."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from house import House
from service_house import FEW, furnish_service, polls, rows, running, runs, said, wait_until

from newsroom.server import Newsroom


@pytest.fixture
def house(newsroom: Newsroom, tmp_path: Path) -> House:
    return furnish_service(tmp_path / "house", newsroom, '[schedule]\ndigest_time = "07:00"\n')


def change(house: House, *pairs: tuple[str, str]) -> str:
    """Write other settings; what the file held before."""
    file = house.folder / "settings.toml"
    before = text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return before


def test_a_reload_takes_effect_and_a_broken_file_does_not(house: House) -> None:
    refused = house.diembao("service", "reload")
    assert refused.returncode == 1
    assert refused.stderr.startswith("No service runs on the database")
    with running(house) as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        assert house.diembao("service", "reload").stdout == "nothing has changed\n"

        before = change(house, ('"07:00"', '"08:15"'), ("disabled = [", 'disabled = ["vns", '))
        with (house.folder / "settings.toml").open("a", encoding="utf-8") as file:
            file.write('[extract]\nworkers = 1\n[log]\nlevel = "debug"\n')
        done = house.diembao("service", "reload")
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert '[schedule] digest_time: "07:00" -> "08:15" (at once)' in lines
        assert "[extract] workers: 2 -> 1 (after a restart)" in lines
        assert '[log] level: "info" -> "debug" (after a restart)' in lines
        assert " debug: " not in said(house)
        assert "source vns: left alone from now on" in lines
        assert "restart the service for what is marked so" in lines
        assert all(f"reload: {line}" in said(house) for line in lines)
        assert rows(house, "SELECT is_enabled FROM source WHERE id = 'vns'") == [(0,)]

        (house.folder / "settings.toml").write_text(before, encoding="utf-8")
        assert "source vns: followed from now on" in house.diembao("service", "reload").stdout

        change(house, ('"07:00"', '"25:00"'))
        refused = house.diembao("service", "reload")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert '[schedule] digest_time: "25:00" is not a time of day' in refused.stderr
        os.kill(process.pid, signal.SIGHUP)
        wait_until(lambda: "nothing was changed" in said(house), house)
        assert process.poll() is None
        assert [outcome for outcome, _ in runs(house, "reload")] == ["done", "done", "done", "failed"]
    assert process.returncode == 0


def test_a_source_of_ones_own_is_polled_at_once(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish_service(tmp_path / "house", newsroom, sources=("vna-en",))
    folder = house.folder / "own"
    folder.mkdir()
    change(house, ('sources_folder = ""', 'sources_folder = "own"'))
    with running(house):
        wait_until(lambda: len(polls(house)) == 1, house)
        bundled = Path(__file__).parents[2] / "crawler" / "sources" / "vns.toml"
        shutil.copy(bundled, folder / "vns.toml")
        change(house, ('"vns", ', ""))
        done = house.diembao("service", "reload")
        assert "source vns: followed from now on" in done.stdout, done.stderr
        wait_until(lambda: ("vns", "done") in polls(house), house)
        (folder / "vns.toml").write_text("name = ", encoding="utf-8")
        refused = house.diembao("service", "reload")
        assert refused.returncode == 1
        assert "vns.toml" in refused.stderr
        checked = house.diembao("config", "check")
        assert checked.returncode == 1
        assert "vns.toml" in checked.stderr


def test_the_settings_are_checked_and_shown(house: House) -> None:
    checked = house.diembao("config", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == f"settings.toml: in order; {len(FEW)} sources are followed.\n"
    shown = house.diembao("config", "show").stdout
    assert '[schedule]\nzone = "Asia/Ho_Chi_Minh"  # default\n' in shown
    assert "port = 0\n" in shown
    change(house, ('digest_time = "07:00"', 'digest_time = "7"\nnonsense = 1'))
    checked = house.diembao("config", "check")
    assert (checked.returncode, checked.stdout) == (1, "")
    assert checked.stderr.count("settings.toml: ") == 2


OTHER_TOPIC = """\
import dataclasses
from pathlib import Path
from scheduler import desk

read, version = desk.load_topic, desk._topic_version


def is_edited():
    return Path(__file__).with_name("edited").exists()


def topic(*name):
    return dataclasses.replace(read(), settings={}, dampers=()) if is_edited() else read()


desk.load_topic = topic
desk._topic_version = lambda *given: version(*given) + ("-edited" if is_edited() else "")

if __name__ == "__main__":
    from scheduler.__main__ import main
    main()
"""


def test_another_topic_judges_the_archive_again(house: House, tmp_path: Path) -> None:
    """The topic's file is part of the program, so here it is the reader of the file that is other."""
    script = tmp_path / "with_topic.py"
    script.write_text(OTHER_TOPIC, encoding="utf-8")
    flagged = "SELECT count(*) FROM flag WHERE grade > 0"
    with running(house, sys.executable, str(script), "run"):
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        wait_until(lambda: rows(house, flagged)[0][0] > 0, house)
        before = rows(house, "SELECT count(*) FROM flag")
        (tmp_path / "edited").touch()
        done = house.diembao("service", "reload")
        assert "topic: changed; the archive is judged again in the background" in done.stdout, done.stderr
        wait_until(lambda: runs(house, "reflag"), house)
        [(outcome, why)] = runs(house, "reflag")
        assert outcome == "done"
        assert ": 0 gained" in why
        assert rows(house, flagged) == [(0,)]
        assert rows(house, "SELECT count(*) FROM flag") == before
