"""A day of the service on a fast clock, faults switching on and off: does memory grow, is anything lost?"""

import random
import tempfile
import time
from pathlib import Path
from statistics import mean
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
        print(" hour service MB    all files   all processes published stored mails", flush=True)
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
    early = [sample for sample in samples if sample.hour > 2][:8]
    growth = [_growth(early, samples[-8:], kind) for kind in ("memory", "files")]
    print(f"memory, last hours against first: {growth[0]}; open files: {growth[1]}; digests: {digests}")
    print(f"lost: {'; '.join(lost) or 'nothing'}")
    return int(bool(lost) or any(part.is_too_much for part in growth))


class Sample(NamedTuple):
    """What the service holds at an hour, which lives all day, and all processes: others come and go."""

    hour: float
    service_memory: float
    memory: float
    """Proportional, in MB."""
    service_files: int
    files: int


class Growth(NamedTuple):
    """How many times the first hours': the service's mean, and the least of all processes together."""

    service: float
    least: float

    def __str__(self) -> str:
        return f"{self.service:.2f} (the service), {self.least:.2f} (all, the least)"

    @property
    def is_too_much(self) -> bool:
        """Whether one of them grew by more than chance."""
        return max(self) > 1.15


def _growth(early: list[Sample], late: list[Sample], kind: str) -> Growth:
    service = [mean(getattr(sample, f"service_{kind}") for sample in part) for part in (early, late)]
    least = [min(getattr(sample, kind) for sample in part) for part in (early, late)]
    return Growth(service[1] / service[0], least[1] / least[0])


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
    megabytes, files = [_pss(pid) / 1e6 for pid in pids], [_open_files(pid) for pid in pids]
    sample = Sample(elapsed_s / 3600, megabytes[0], sum(megabytes), files[0], sum(files))
    stored = world.query("SELECT count(*) FROM article")
    counts = len(pids), len(world.published), stored[0][0] if stored else 0, len(set(world.mailbox.taken))
    print(
        "{:5.1f} {:10.0f} {:6.0f} {:5} {:5}".format(*sample),
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
