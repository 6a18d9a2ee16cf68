"""Faults on purpose, and what they cost: the table in docs/reliability.md.

    .venv/bin/python benchmarks/soak.py [FAULT ...] [--tries N] [--seed 1]
    .venv/bin/python benchmarks/soak.py day [--hours 24] [--speed 100]

Each fault has a world of its own (``soak_world.py``): the real service, outlets that go on publishing and a
mail server on loopback. After its tries the service is left alone until it has caught up, and then
everything published must be stored once, judged and readable, no digest doubled or missing, the database
sound. Exit code 1 where anything is lost. The disk and read-only faults need root, for a small file system.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from soak_day import live_a_day
from soak_world import World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SETTLES_WITHIN_S = 180.0

Fault = Callable[[World, int, random.Random], list[str]]
"""Does the fault so many times in a World; returns what did not hold, a line each."""


@dataclass(frozen=True)
class Trial:
    """One kind of fault."""

    says: str
    fault: Fault
    tries: int
    """Unless the command line says otherwise."""
    disk_mb: int | None = None
    """The size of the file system of its own that holds database and archive; None: any folder."""


def main() -> int:
    """Run what is asked for; 0 where nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"of {', '.join(TRIALS)}, or day")
    parser.add_argument("--tries", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--speed", type=float, default=100)
    options = parser.parse_args()
    if options.faults == ["day"]:
        return live_a_day(options.hours, options.speed, options.seed)
    unknown = set(options.faults) - TRIALS.keys()
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    has_lost = False
    print(f"{'fault':12} {'tries':>5} {'articles':>8} {'starts':>6} {'took':>7}  lost", flush=True)
    for name in options.faults or TRIALS:
        trial = TRIALS[name]
        tries, began = options.tries or trial.tries, time.monotonic()
        with tempfile.TemporaryDirectory() as folder, _disk(Path(folder), trial.disk_mb) as data:
            with World(Path(folder), data=data) as world:
                lost = run(world, trial.fault, tries, random.Random(f"{options.seed}-{name}"))
            published, starts = len(world.published), world.starts
        took = f"{time.monotonic() - began:.0f} s"
        print(
            f"{name:12} {tries:5} {published:8} {starts:6} {took:>7}  {'; '.join(lost) or 'nothing'}",
            flush=True,
        )
        has_lost |= bool(lost)
    return int(has_lost)


def run(world: World, fault: Fault, tries: int, chance: random.Random) -> list[str]:
    """The fault, and then time to catch up; what did not hold."""
    lost = fault(world, tries, chance)
    if world.service is None:
        world.start()
    if not world.wait(lambda: _has_caught_up(world), SETTLES_WITHIN_S):
        lost.append(f"not caught up within {SETTLES_WITHIN_S:.0f} s")
    stopped_in_s = world.stop()
    if stopped_in_s is not None and stopped_in_s > 10:
        lost.append(f"SIGTERM took {stopped_in_s:.0f} s")
    return lost + world.lost()


# ---- processes


def kill_service(world: World, tries: int, chance: random.Random) -> list[str]:
    """The service's first process dies at any moment, its start included; then it is started again."""
    lost = []
    for _ in range(tries):
        world.publish(chance.randint(1, 3))
        world.start(waits=False)
        time.sleep(chance.uniform(0.2, 8))
        others = world.tree()[1:]
        world.kill()
        if not world.wait(lambda others=others: not any(is_alive(pid) for pid in others), 20):
            lost.append("a process outlived the service by 20 s")
    return lost


def kill_others(world: World, tries: int, chance: random.Random) -> list[str]:
    """Any other process of the service dies: workers, their parent, the pages."""
    world.start()
    for _ in range(tries):
        world.publish()
        world.ask_for_polls()
        time.sleep(chance.uniform(0.1, 3))
        others = world.tree()[1:]
        if others:
            _signal(chance.choice(others), signal.SIGKILL)
    return [] if world.tree() else ["the service ended with one of its processes"]


def stop_and_go_on(world: World, tries: int, chance: random.Random) -> list[str]:
    """All processes are stopped for a while (SIGSTOP), as where a laptop sleeps, and go on."""
    world.start()
    for _ in range(tries):
        world.publish()
        world.ask_for_polls()
        time.sleep(chance.uniform(0.1, 4))
        stopped = world.tree()
        for pid in stopped:
            _signal(pid, signal.SIGSTOP)
        time.sleep(chance.uniform(5, 30))
        for pid in stopped:
            _signal(pid, signal.SIGCONT)
    return []


def move_clock(world: World, tries: int, chance: random.Random) -> list[str]:
    """The machine's clock is set by hours, forwards and backwards, over the digest's hour too."""
    world.start()
    for _ in range(tries):
        world.publish()
        world.set_clock(chance.uniform(-10, 10) * 3600)
        time.sleep(chance.uniform(20, 50))
    world.set_clock(max(world.shift, 0.0))  # what was dated in the future is past
    due = {str(day) for day in _digest_days(world)}
    built = {on for (on,) in world.query('SELECT "on" FROM digest')}
    return [f"digests not built: {sorted(due - built)}"] if due - built else []


# ---- what the service needs


def mail_away(world: World, tries: int, chance: random.Random) -> list[str]:
    """Nobody answers at the mail server at the digest's hour; it comes back."""
    lost = []
    world.start()
    for number in range(tries):
        world.publish()
        world.wait(world.has_all, 60)
        world.mail_down()
        world.set_clock(_seconds_to_digest(world) + world.shift + chance.uniform(1, 60))
        world.wait(lambda number=number: len(world.query("SELECT id FROM digest")) > number, 90)
        time.sleep(chance.uniform(1, 20))
        world.mail_up()
        world.set_clock(world.shift + 3600)  # later, when the next attempt is due
        if not world.wait(lambda number=number: len(set(world.mailbox.taken)) > number, 120):
            lost.append(f"the digest of morning {number + 1} did not come")
    return lost


def outlets_away(world: World, tries: int, chance: random.Random) -> list[str]:
    """All outlets stop answering, at any moment of a poll, and come back."""
    port = world.newsroom.port
    world.start()
    for _ in range(tries):
        world.publish()
        world.ask_for_polls()
        time.sleep(chance.uniform(0, 3))
        world.newsroom.__exit__(None, None, None)
        world.ask_for_polls()
        time.sleep(chance.uniform(2, 10))
        world.newsroom._wanted_port = port
        world.newsroom.__enter__()
        world.set_clock(world.shift + 3 * 3600)  # a source that failed is asked again later
    world.set_clock(world.shift + 24 * 3600)
    return []


def lock_database(world: World, tries: int, chance: random.Random) -> list[str]:
    """Another program holds the database's write lock for up to a minute."""
    world.start()
    for _ in range(tries):
        world.publish()
        world.ask_for_polls()
        time.sleep(chance.uniform(0, 3))
        other = sqlite3.connect(world.data / "diembao.sqlite3", timeout=60, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(chance.uniform(5, 60))
        other.execute("ROLLBACK")
        other.close()
        world.set_clock(world.shift + 2 * 3600)
    return []


def fill_disk(world: World, tries: int, chance: random.Random) -> list[str]:
    """Another program fills the disk to the last byte, and tidies up later."""
    world.start()
    for _ in range(tries):
        world.publish(3)
        world.ask_for_polls()
        time.sleep(chance.uniform(0, 3))
        balloon = world.data / "balloon"
        with balloon.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
        world.ask_for_polls()
        time.sleep(chance.uniform(5, 20))
        balloon.unlink()
        world.set_clock(world.shift + 3 * 3600)
        time.sleep(2)
    world.set_clock(world.shift + 24 * 3600)
    return []


def make_read_only(world: World, tries: int, chance: random.Random) -> list[str]:
    """The file system turns read-only, as after a disk error, and is mounted anew."""
    world.start()
    for _ in range(tries):
        world.publish()
        world.ask_for_polls()
        time.sleep(chance.uniform(0, 3))
        _remount(world.data, "ro")
        time.sleep(chance.uniform(5, 20))
        _remount(world.data, "rw")
        if not world.tree():
            world.start()
        world.set_clock(world.shift + 3 * 3600)
    return []


def damage_copy(world: World, tries: int, chance: random.Random) -> list[str]:
    """The service is started on a copy of the database with damaged pages: it must not take it for sound."""
    world.publish(20)
    world.start()
    world.wait(world.has_all, 120)
    world.stop()
    sound, lost = world.folder / "sound", []
    shutil.copytree(world.data, sound)
    file = world.data / "diembao.sqlite3"
    for _ in range(tries):
        with file.open("r+b") as raw:
            # The heads of pages: what is changed within a text no check can know.
            pages = range(1, file.stat().st_size // 4096)
            for number in chance.sample(pages, len(pages) // 4):
                raw.seek(number * 4096)
                raw.write(chance.randbytes(16))
        doctor = subprocess.run(
            [sys.executable, "-m", "scheduler", "doctor"],
            cwd=world.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        told = doctor.stdout + doctor.stderr
        if doctor.returncode == 0 or "Traceback" in told:
            lost.append("the doctor did not say that the database is damaged")
        shutil.rmtree(world.data)
        shutil.copytree(sound, world.data)
    return lost


# ---- helpers


def is_alive(pid: int) -> bool:
    """Whether a process of this number does something still."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it ended by itself
        os.kill(pid, number)


def _has_caught_up(world: World) -> bool:
    if world.has_all():
        return True
    world.ask_for_polls()
    time.sleep(2)
    return False


def _seconds_to_digest(world: World) -> float:
    local = world.now().astimezone(ZONE)
    due = local.replace(hour=7, minute=0, second=0, microsecond=0)
    return ((due if due > local else due + timedelta(days=1)) - local).total_seconds()


def _digest_days(world: World) -> set[object]:
    """The days whose digest was due while the service ran and has passed by the last clock."""
    local = world.now().astimezone(ZONE)
    first = datetime.fromtimestamp(world.begin, ZONE)
    days = {(first + timedelta(days=number)).date() for number in range(1, (local - first).days + 1)}
    return {
        day for day in days if datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=8) < local
    }


def _remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=mode == "rw", capture_output=True)


@contextmanager
def _disk(folder: Path, size_mb: int | None) -> Iterator[Path]:
    """A folder for the data; on a file system of ``size_mb`` where it says so."""
    data = folder / "data"
    data.mkdir()
    if size_mb is None:
        yield data
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(data)], check=True)
    try:
        yield data
    finally:
        subprocess.run(["umount", "-l", str(data)], check=False)


TRIALS = {
    "kill": Trial("kill -9 of the service", kill_service, 200),
    "kill-others": Trial("kill -9 of a worker, their parent or the pages", kill_others, 200),
    "stop": Trial("SIGSTOP of everything, then SIGCONT", stop_and_go_on, 10),
    "clock": Trial("clock moved by up to ten hours, both ways", move_clock, 10),
    "mail": Trial("mail server away at the digest's hour", mail_away, 5),
    "outlets": Trial("all outlets away in the middle of a poll", outlets_away, 5),
    "locked": Trial("database locked by another program", lock_database, 5),
    "full": Trial("disk full", fill_disk, 5, disk_mb=1200),
    "read-only": Trial("file system read-only", make_read_only, 5, disk_mb=1200),
    "damaged": Trial("damaged copy of the database", damage_copy, 5),
}

if __name__ == "__main__":
    sys.exit(main())
