"""Who may do what with the page archive: locks of the operating system, which end with their process.

A writer claims its file for as long as it writes it (``storage.archive.claim``), so that nobody rewrites
it meanwhile. Whoever reads all of the archive, such as a backup, holds it still; whoever rewrites it is
alone.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import ArchiveInUse


@contextmanager
def holding_still(folder: Path) -> Iterator[None]:
    """No file of the archive in ``folder`` goes while this lasts; waits for a rewriting to end."""
    with _locked(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else rewrites the archive in ``folder`` or copies it. Raises ArchiveInUse."""
    try:
        with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError:
        raise ArchiveInUse(folder) from None


@contextmanager
def unclaimed(file: Path) -> Iterator[bool]:
    """Whether nobody writes ``file``, nor will while this lasts; False too where that cannot be told."""
    try:
        number = os.open(file, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(number)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:  # nothing was archived yet
        yield
        return
    try:
        fcntl.flock(number, how)
        yield
    finally:
        os.close(number)
