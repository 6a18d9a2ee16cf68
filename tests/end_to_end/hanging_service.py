"""``python hanging_service.py``: the service, in which one thing never ends.

DIEMBAO_HANGS names it: reading a page, in a worker; or building the digest, with the database's write lock;
or a run that is told to stop, and then it is not waited for.
"""

import os
import time

from digest.desk import freeze
from scheduler import crawling, pipeline, tasks

HANGS = os.environ.get("DIEMBAO_HANGS")


def read_for_ever(*_: object) -> None:
    while True:
        pass


def build_for_ever(database: object, *arguments: object, **options: object) -> object:
    with database.write():  # type: ignore[attr-defined]
        open("building", "w").close()
        time.sleep(600)
    return freeze(database, *arguments, **options)  # type: ignore[arg-type]


if HANGS == "stop":
    crawling._STOP_WITHIN_S = 0
if HANGS == "page":
    tasks.extract = read_for_ever  # type: ignore[assignment]
if HANGS == "digest":
    pipeline.freeze = build_for_ever  # type: ignore[assignment]

if __name__ == "__main__":
    import moved_clock

    moved_clock.main()
