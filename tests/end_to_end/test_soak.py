"""A short run of the soak experiment; ``benchmarks/soak.py`` does the long one."""

import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.mark.timeout(300)
def test_nothing_is_lost_when_processes_die() -> None:
    done = subprocess.run(
        [sys.executable, str(SOAK), "kill", "kill-others", "--tries", "2"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("nothing") == 2
