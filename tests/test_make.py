"""`make install` with a Python that only pretends: what is said and left behind when things are missing."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ("sh", "cat", "cksum", "sed", "tail", "awk", "rm", "mv", "cp", "mkdir", "chmod")
PYTHON = """\
#!/bin/sh
case "$*" in
    *"import ensurepip"*) [ ! -e "$STAGE/no-ensurepip" ] ;;
    *"print("*) echo python3.12-venv ;;
    "-c "*) [ ! -e "$STAGE/broken-shim" ] ;;
    -V) echo Python 3.12.9 ;;
    "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && touch .venv/fresh ;;
    *"pip install"*)
        echo "$*" >>"$STAGE/pip"
        if [ -e "$STAGE/offline" ]; then echo "ERROR: No matching distribution found for a==1"; exit 1; fi ;;
    *) exit 9 ;;
esac
"""
Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A folder with our Makefile, pins and a pretended Python on a path with little else."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "constraints-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in (*TOOLS, "touch"):
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    (tools / "python3.12").write_text(PYTHON)
    (tools / "python3.12").chmod(0o755)
    return tmp_path


@pytest.fixture
def make(stage: Path) -> Make:
    program = shutil.which("make")
    if program is None:
        pytest.skip("make is absent")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "PYTHON"
        }
        environment = kept | {"PATH": str(stage / "tools"), "STAGE": str(stage)}
        return subprocess.run(
            [program, *arguments], cwd=stage, env=environment, capture_output=True, text=True, check=False
        )

    return run


def installs(stage: Path) -> list[str]:
    """The calls of pip so far."""
    log = stage / "pip"
    return log.read_text().splitlines() if log.exists() else []


def stamps(stage: Path) -> list[str]:
    return sorted(path.name for path in (stage / ".venv").glob("installed*"))


def test_the_first_time_installs_and_the_second_does_nothing(stage: Path, make: Make) -> None:
    first = make("install")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == [
        "Making .venv with Python 3.12.9 ...",
        "Installing the pinned packages into .venv (a minute or two the first time) ...",
    ]
    assert [call.partition("install")[2].split()[2:] for call in installs(stage)] == [
        ["--require-hashes", "-r", "constraints.txt"],
        ["--no-deps", "--no-build-isolation", "-e", "."],
    ]
    assert stamps(stage) == ["installed-constraints.txt"]
    second = make("install")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(installs(stage)) == 2


def test_what_developers_need_covers_what_the_service_needs(stage: Path, make: Make) -> None:
    make("install-dev")
    make("install")
    assert len(installs(stage)) == 2
    assert "constraints-dev.txt" in installs(stage)[0]


@pytest.mark.parametrize("file", ["constraints.txt", "pyproject.toml"])
def test_a_changed_pin_installs_again_in_the_same_place(stage: Path, make: Make, file: str) -> None:
    make("install")
    (stage / ".venv" / "fresh").unlink()
    with (stage / file).open("a") as pins:
        pins.write("\n# changed\n")
    assert make("install").returncode == 0
    assert len(installs(stage)) == 4
    assert not (stage / ".venv" / "fresh").exists()


def test_without_a_network_one_sentence_and_no_stamp(stage: Path, make: Make) -> None:
    (stage / "offline").touch()
    failed = make("install")
    assert failed.returncode != 0
    assert failed.stderr.splitlines()[0] == (
        "The packages could not be installed, most often because the network is away: "
        "No matching distribution found for a==1 (all of it: .venv/install.log)"
    )
    assert stamps(stage) == []
    (stage / "offline").unlink()
    assert make("install").returncode == 0
    assert stamps(stage) == ["installed-constraints.txt"]


def test_a_failed_upgrade_leaves_no_stamp_of_before(stage: Path, make: Make) -> None:
    make("install")
    (stage / "offline").touch()
    (stage / "constraints.txt").write_text("a==2\n")
    assert make("install").returncode != 0
    assert stamps(stage) == []


def test_a_shim_that_fails_counts_as_no_python(stage: Path, make: Make) -> None:
    (stage / "broken-shim").touch()
    failed = make("install")
    assert failed.returncode != 0
    assert failed.stderr.startswith(
        "No working Python 3.11, 3.12 or 3.13 was found: install one, or name one"
    )
    assert not (stage / ".venv").exists()


def test_a_python_without_venv_names_the_package(stage: Path, make: Make) -> None:
    (stage / "no-ensurepip").touch()
    failed = make("install")
    assert failed.returncode != 0
    assert failed.stderr.splitlines()[0] == (
        "Python cannot make virtual environments here: install the package python3.12-venv "
        "(Debian: apt-get install python3.12-venv) and try again."
    )


def test_a_named_python_comes_first(stage: Path, make: Make) -> None:
    (stage / "mine").write_text(PYTHON.replace("3.12.9", "3.11.2"))
    (stage / "mine").chmod(0o755)
    assert "Making .venv with Python 3.11.2" in make("install", f"PYTHON={stage}/mine").stdout


def test_make_alone_lists_the_targets(make: Make) -> None:
    listed = make().stdout.splitlines()
    assert [line.split()[:2] for line in listed][:4] == [
        ["make", "help"],
        ["make", "run"],
        ["make", "demo"],
        ["make", "test"],
    ]
    assert all(len(line.split()) > 4 for line in listed)
