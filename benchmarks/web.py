"""How fast and how large the pages are over a full store: first byte and bytes for each kind of page.

    python benchmarks/web.py [--articles 100000] [--database URL] [--keep] [--times 20] [--only search]

Makes a store up (``benchmarks/web_store.py``; minutes), kept in the temporary folder for the next run with
``--keep``; starts the pages' own process over it as the service does; asks for the addresses of PAGES one
after another over one connection, after one round that is not counted. ``--database`` names an empty
database of yours, such as postgresql://user@host/name, or one that an earlier run has filled.

First byte: from sending the request until the first byte of the answer. ``over`` marks a kind that is over
its aim: 100 KB for pages, 50 ms at p50, 100 ms at p95 for searches. The processor's time is that of the
pages' process.
"""

import argparse
import http.client
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import text

from benchmarks.web_store import TOPIC, fill
from storage.database import Database, open_database

MOST_BYTES = 100_000
MOST_MS, MOST_SEARCH_MS = 50.0, 100.0


@dataclass(frozen=True)
class Kind:
    """Pages of one kind; ``{day}``, ``{article}`` and so on are filled in from the store."""

    name: str
    paths: tuple[str, ...]
    is_search: bool = False
    is_data: bool = False
    """For programs: as large as what it holds."""


def _searches(*queries: str) -> tuple[str, ...]:
    return tuple(f"/search?q={quote(query)}" for query in queries)


PAGES = (
    Kind("today", ("/",)),
    Kind("next", ("/next",)),
    Kind("digests", ("/digests", "/digests?month=2026-09", "/digests?month=2026-03")),
    Kind("digest", ("/digests/{day}",)),
    Kind("digest.json", ("/digests/{day}.json",), is_data=True),
    Kind("week", ("/weeks/{monday}",)),
    Kind("month", ("/months/{month}",)),
    Kind("story", ("/stories/{story}",)),
    Kind("article", ("/articles/{article}",)),
    Kind("search, empty", ("/search",), True),
    Kind("search, rare", _searches('"kết nạp" nghị', "{name}", '"{name}"', "-của {name}"), True),
    Kind("search, usual", _searches('"kết nạp"', "đảng viên doanh nghiệp", "ket nap", "chi bộ -khong"), True),
    Kind("search, common", _searches("và", "đảng viên", "dang vien", "của các", "cua"), True),
    Kind(
        "search, hard", _searches('"đảng viên" "doanh nghiệp"', '"phát triển" "kinh tế" -"của"', "-của"), True
    ),
    Kind("search, none", _searches("zeppelin", "zeppelin đảng"), True),
    Kind(
        "search, filtered",
        (
            "/search?q=c%E1%BB%A7a&source=paper-30",
            "/search?q=c%E1%BB%A7a&language=fr",
            "/search?q=c%E1%BB%A7a&grade=flagged&province={province}",
            "/search?q=c%E1%BB%A7a&verdict=confirmed",
            "/search?q=c%E1%BB%A7a&since=2026-03-01&until=2026-04-01",
        ),
        True,
    ),
    Kind(
        "list, filtered",
        (
            "/search?grade=flagged",
            "/search?source=paper-3",
            "/search?since=2026-11-01",
            "/search?verdict=unjudged&grade=2",
        ),
        True,
    ),
    Kind("search, deep", ("/search?q=%C4%91%E1%BA%A3ng&after={article}",), True),
    Kind("search.json", ("/search.json?q=%C4%91%E1%BA%A3ng",), True),
    Kind("audit", ("/audit",)),
    Kind("trends", ("/trends",)),
    Kind("firms", ("/firms", "/firms?province={province}")),
    Kind("firm", ("/firms/{firm}",)),
    Kind("documents", ("/documents",)),
    Kind("document", ("/documents/{document}",)),
    Kind("sources", ("/sources",)),
    Kind("source", ("/sources/paper-3",)),
    Kind("settings", ("/settings",)),
    Kind("api articles", ("/api/v1/articles",)),
    Kind("api stories", ("/api/v1/stories",)),
    Kind("api openapi", ("/api/v1/openapi.json",)),
)
"""What is asked for; a page that is not there is named and not timed."""

_SAMPLES = {
    "day": 'SELECT "on" FROM digest ORDER BY id DESC LIMIT :n',
    "article": "SELECT revision_id FROM flag WHERE grade > 0 ORDER BY revision_id DESC LIMIT :n",
    "story": "SELECT id FROM story ORDER BY id DESC LIMIT :n",
    "firm": "SELECT key FROM enterprise_mention ORDER BY revision_id DESC LIMIT :n",
    "document": "SELECT key FROM document_mention ORDER BY revision_id DESC LIMIT :n",
    "province": "SELECT today FROM place_mention ORDER BY revision_id DESC LIMIT :n",
    "name": "SELECT substr(exact, 9) FROM enterprise_mention ORDER BY revision_id DESC LIMIT :n",
}


def samples(database: Database, count: int) -> dict[str, list[str]]:
    """Values for the paths' fields, ``count`` of each."""
    with database.read() as session:
        found = {
            name: [str(value) for value in session.execute(text(query), {"n": count}).scalars()]
            for name, query in _SAMPLES.items()
        }
    found["monday"] = [f"2026-{month:02}-{day:02}" for month, day in ((11, 16), (11, 9), (10, 5), (9, 7))]
    found["month"] = [f"2026-{month:02}-01" for month in (11, 10, 9, 8)]
    return found


def addresses(kind: Kind, values: dict[str, list[str]], times: int) -> Iterator[str]:
    """So many addresses of a kind, each time with other values."""
    for number in range(times):
        filled = {name: quote(found[number % len(found)], safe="") for name, found in values.items() if found}
        path = kind.paths[number % len(kind.paths)].replace("%7B", "{").replace("%7D", "}")
        yield path.format(**filled)


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    first_byte_ms: float
    size: int


def ask(connection: http.client.HTTPConnection, path: str) -> Answer:
    """Ask for ``path`` and read the answer."""
    started = time.perf_counter()
    connection.request("GET", path, headers={"accept-language": "vi"})
    response = connection.getresponse()
    first = (time.perf_counter() - started) * 1000
    return Answer(response.status, first, len(response.read()))


def percentile(values: list[float], share: float) -> float:
    """The least value that ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def measure(port: int, pid: int, values: dict[str, list[str]], options: argparse.Namespace) -> int:
    """Print a row for each kind; how many are over their aim."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    print(f"{'':18} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8} {'largest KB':>11}")
    over, absent = 0, []
    for kind in PAGES:
        if options.only not in kind.name:
            continue
        paths = list(addresses(kind, values, options.times))
        warm = [ask(connection, path) for path in dict.fromkeys(paths)]
        if wrong := {answer.status for answer in warm} - {200}:
            absent.append(f"{kind.name}: {', '.join(map(str, sorted(wrong)))}")
        if not any(answer.status == 200 for answer in warm):
            continue
        before = cpu_s(pid)
        answers = [ask(connection, path) for path in paths]
        cpu = (cpu_s(pid) - before) * 1000 / len(answers)
        times = [answer.first_byte_ms for answer in answers if answer.status == 200]
        size = max(answer.size for answer in answers)
        p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
        is_slow = p95 > MOST_SEARCH_MS if kind.is_search else p50 > MOST_MS
        is_large = size > MOST_BYTES and not kind.is_data
        is_over = is_slow or is_large
        over += is_over
        note = "  over" if is_over else ""
        print(f"{kind.name:18} {p50:8.1f} {p95:8.1f} {cpu:8.1f} {size / 1000:11.1f}{note}", flush=True)
    print("\n".join(["", f"{over} kinds over their aim", *(f"not there: {item}" for item in absent)]))
    return over


def main() -> int:
    """Measure once; 1 where a kind of page is over its aim."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--database", help="an empty or filled database; by default SQLite in a folder")
    parser.add_argument("--keep", action="store_true", help="keep the made-up store for the next run")
    parser.add_argument("--times", type=int, default=20, help="requests of each kind")
    parser.add_argument("--only", default="", help="kinds whose name has this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = (
            Path(tempfile.gettempdir()) / f"diembao-bench-{options.articles}"
            if options.keep
            else Path(folder)
        )
        url = options.database or f"sqlite:///{kept / 'diembao.sqlite3'}"
        database = open_database(url)
        try:
            with database.read() as session:
                is_filled = session.execute(text("SELECT count(*) FROM review")).scalar_one() > 0
            if not is_filled:
                started = time.monotonic()
                fill(database, options.articles, datetime(2026, 11, 22, 0, 30, tzinfo=UTC))
                print(f"made {options.articles} articles in {time.monotonic() - started:.0f} s", flush=True)
            values = samples(database, options.times)
        finally:
            database.close()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "web", "--database", url, "--port", str(port), "--topic", TOPIC]
        with subprocess.Popen(command, cwd=Path(__file__).parents[1]) as pages:
            try:
                _wait_for(port)
                return 1 if measure(port, pages.pid, values, options) else 0
            finally:
                pages.terminate()


def _wait_for(port: int) -> None:
    for _ in range(120):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the pages did not start")


if __name__ == "__main__":
    sys.exit(main())
