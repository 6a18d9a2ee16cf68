"""A day of the service on a fast clock, faults switching on and off: does memory grow, is anything lost?"""

import random
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from soak_world import OUTLETS, World

from newsroom.outlets import OUTLETS as ALL_OUTLETS
from newsroom.troubles import TROUBLES

ARTICLES_PER_HOUR = 12
FAULTS_PER_HOUR = 2
HOST_TROUBLES = [name for name in TROUBLES if name.startswith(("host-", "listing-", "robots-"))]
SAMPLE_EVERY_S = 1800
"""Of the service's time."""


def live_a_day(hours: float, speed: float, seed: int) -> int:
    """Print memory, open files and articles by the hour; 1 where something is lost or grows."""
    chance = random.Random(seed)
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory() as folder, World(Path(folder), speed=speed, delay_scale=0.05) as world:
        world.start()
        print(" hour service MB    all files digests processes published stored mails", flush=True)
        begin, next_sample = world.now(), 0.0
        while (elapsed_s := (world.now() - begin).total_seconds()) < hours * 3600:
            world.publish()
            _trouble(world, chance)
            if elapsed_s >= next_sample:
                samples.append(_sample(world, elapsed_s))
                next_sample += SAMPLE_EVERY_S
            time.sleep(chance.uniform(0.5, 1.5) * 3600 / ARTICLES_PER_HOUR / speed)
        world.newsroom.faults.clear()
        world.wait(world.has_all, 12 * 3600 / speed + 60)
        samples.append(_sample(world, elapsed_s))
        world.stop()
        lost = world.lost()
        digests = len(world.query("SELECT id FROM digest"))
    warm = [sample for sample in samples if sample.digests] or samples
    growth = {kind: _growth(warm[:8], samples[-8:], kind) for kind in ("service_memory", "memory", "files")}
    told = ", ".join(f"{kind.replace('_', ' ')} {times:.2f}" for kind, times in growth.items())
    print(
        f"digests: {digests}; least of the last eight samples against the eight after the first one: {told}"
    )
    print(f"lost: {'; '.join(lost) or 'nothing'}")
    return int(bool(lost) or max(growth.values()) > 1.15)


class Sample(NamedTuple):
    """What the service holds at an hour, which lives all day, and all processes: others come and go."""

    hour: float
    service_memory: float
    memory: float
    """Proportional, in MB."""
    files: int
    digests: int


def _growth(early: list[Sample], late: list[Sample], kind: str) -> float:
    """How many times as much there is late: by the least, since workers and pages that rest hold nothing."""
    first, last = (min(getattr(sample, kind) for sample in part) for part in (early, late))
    return float(last / first)


def _trouble(world: World, chance: random.Random) -> None:
    """Now and then an outlet begins to misbehave, and another one stops to."""
    faults = world.newsroom.faults
    if chance.random() < FAULTS_PER_HOUR / ARTICLES_PER_HOUR:
        outlet = ALL_OUTLETS[chance.choice(OUTLETS)]
        faults[outlet.host, "/"] = TROUBLES[chance.choice(HOST_TROUBLES)].fault
    if faults and chance.random() < 2 * FAULTS_PER_HOUR / ARTICLES_PER_HOUR:
        del faults[chance.choice(sorted(faults))]


def _sample(world: World, elapsed_s: float) -> Sample:
    """One, printed."""
    pids = world.tree()
    megabytes = [_pss(pid) / 1e6 for pid in pids]
    [[digests]] = world.query("SELECT count(*) FROM digest") or [[0]]
    [[stored]] = world.query("SELECT count(*) FROM article") or [[0]]
    sample = Sample(
        elapsed_s / 3600, megabytes[0], sum(megabytes), sum(_open_files(pid) for pid in pids), digests
    )
    counts = len(pids), len(world.published), stored, len(set(world.mailbox.taken))
    print(
        "{:5.1f} {:10.0f} {:6.0f} {:5} {:7}".format(*sample),
        "{:9} {:9} {:6} {:5}".format(*counts),
        flush=True,
    )
    return sample


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _open_files(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0
