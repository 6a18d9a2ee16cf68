"""CPU and memory of a process with all its descendants, sampled from /proc (Linux)."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.1
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class TreeFigures:
    """What ``Tree`` saw between its making and ``stop``; MB are millions of bytes."""

    cpu_s: float
    peak_rss_mb: float
    """Resident pages of all processes added up: pages that two share count twice."""
    peak_pss_mb: float
    """The same with shared pages counted once."""
    half_pss_mb: float
    """Memory in the middle of the run: a leak shows as a peak far above it."""


class Tree:
    """Samples the tree below ``pid`` until ``stop``."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._rss: list[int] = []
        self._pss: list[int] = []
        self._before = self._cpu_by_process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_ended, daemon=True)
        self._thread.start()

    def stop(self) -> TreeFigures:
        """The figures up to now."""
        self._ended.set()
        self._thread.join()
        self._sample()
        cpu_s = sum(last - self._before.get(pid, 0) for pid, last in self._last.items())
        half = self._pss[len(self._pss) // 2]
        return TreeFigures(cpu_s, max(self._rss) / 1e6, max(self._pss) / 1e6, half / 1e6)

    def _sample_until_ended(self) -> None:
        count = 0
        while not self._ended.wait(_EVERY_S):
            self._sample(has_pss=count % 5 == 0)  # summing shared pages costs the kernel milliseconds
            count += 1

    def _sample(self, *, has_pss: bool = True) -> None:
        self._last.update(self._cpu_by_process())
        pids = descendants(self._pid)
        self._rss.append(sum(_rss(pid) for pid in pids))
        if has_pss:
            self._pss.append(sum(_pss(pid) for pid in pids))

    def _cpu_by_process(self) -> dict[int, float]:
        return {pid: ticks / _TICKS_PER_S for pid in descendants(self._pid) if (ticks := process_ticks(pid))}


def descendants(pid: int) -> list[int]:
    """The processes below ``pid``, itself first."""
    found = [pid]
    for known in found:
        for children in Path(f"/proc/{known}/task").glob("*/children"):
            found.extend(map(int, _read(children).split()))
    return found


def process_ticks(pid: int) -> int:
    """CPU time in clock ticks."""
    # User and system time are the 12th and 13th field after the name, which may hold spaces.
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) if len(fields) > 12 else 0


def process_memory(pid: int) -> tuple[int, int]:
    """RSS and PSS in bytes."""
    return _rss(pid), _pss(pid)


def _rss(pid: int) -> int:
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * _PAGE_BYTES if fields else 0


def _pss(pid: int) -> int:
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # the process has ended
