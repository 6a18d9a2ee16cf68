"""``python hanging_service.py``: the service, in which one thing never ends.

DIEMBAO_HANGS names it: reading a page, in a worker; or building the digest, with the database's write lock;
or a poll of an outlet that does not answer, and then a quarter of the time is waited that a run may take;
or a run that is told to stop, and then it is not waited for.
"""

import os
import time
from datetime import timedelta

from digest.desk import freeze
from scheduler import crawling, pipeline, tasks
from scheduler.crawling import Crawling

HANGS = os.environ.get("DIEMBAO_HANGS")


def read_for_ever(*_: object) -> None:
    while True:
        pass


def build_for_ever(database: object, *arguments: object, **options: object) -> object:
    with database.write():  # type: ignore[attr-defined]
        open("building", "w").close()
        time.sleep(600)
    return freeze(database, *arguments, **options)  # type: ignore[arg-type]


class Hurried(timedelta):
    """Is told as it is, and waited for a quarter of it: the shortest limit that can be set is a minute."""

    def total_seconds(self) -> float:
        return super().total_seconds() / 4


limit_of = Crawling._limit_of


def limited(*arguments: object) -> timedelta:
    return Hurried(seconds=limit_of(*arguments).total_seconds())  # type: ignore[arg-type]


if HANGS == "stop":
    crawling._STOP_WITHIN_S = 0
if HANGS == "poll":
    Crawling._limit_of = limited  # type: ignore[method-assign]
if HANGS == "page":
    tasks.extract = read_for_ever  # type: ignore[assignment]
if HANGS == "digest":
    pipeline.freeze = build_for_ever  # type: ignore[assignment]

if __name__ == "__main__":
    import moved_clock

    moved_clock.main()
