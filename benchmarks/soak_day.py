"""A day of the service on a fast clock, faults switching on and off: does memory grow, is anything lost?"""

import random
import tempfile
import time
from pathlib import Path

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
    samples: list[tuple[float, float, int]] = []
    with tempfile.TemporaryDirectory() as folder, World(Path(folder), speed=speed, delay_scale=0.05) as world:
        world.start()
        print(" hour     MB files processes published stored mails", flush=True)
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
    early = [sample for sample in samples if sample[0] > 2][:8]
    late = samples[-8:]
    growth = _mean(late, 1) / _mean(early, 1), _mean(late, 2) / _mean(early, 2)
    print(
        f"memory, last hours against first: {growth[0]:.2f}; open files: {growth[1]:.2f}; digests: {digests}"
    )
    print(f"lost: {'; '.join(lost) or 'nothing'}")
    return int(bool(lost) or growth[0] > 1.15 or growth[1] > 1.15)


def _trouble(world: World, chance: random.Random) -> None:
    """Now and then an outlet begins to misbehave, and another one stops to."""
    faults = world.newsroom.faults
    if chance.random() < FAULTS_PER_HOUR / ARTICLES_PER_HOUR:
        outlet = ALL_OUTLETS[chance.choice(OUTLETS)]
        faults[outlet.host, "/"] = TROUBLES[chance.choice(HOST_TROUBLES)].fault
    if faults and chance.random() < 2 * FAULTS_PER_HOUR / ARTICLES_PER_HOUR:
        del faults[chance.choice(sorted(faults))]


def _sample(world: World, elapsed_s: float) -> tuple[float, float, int]:
    """(hour, proportional memory of all processes in MB, their open files), printed."""
    pids = world.tree()
    megabytes, files = sum(map(_pss, pids)) / 1e6, sum(map(_open_files, pids))
    stored = world.query("SELECT count(*) FROM article")
    line = (
        elapsed_s / 3600,
        megabytes,
        files,
        len(pids),
        len(world.published),
        stored[0][0] if stored else 0,
    )
    print(
        "{:5.1f} {:6.0f} {:5} {:9} {:9} {:6}".format(*line), f"{len(set(world.mailbox.taken)):5}", flush=True
    )
    return line[:3]


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


def _mean(samples: list[tuple[float, float, int]], index: int) -> float:
    return sum(sample[index] for sample in samples) / max(len(samples), 1) or 1.0
