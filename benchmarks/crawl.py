"""How fast a crawl is, side by side: fetching alone, the usual spider, and this product.

    python benchmarks/crawl.py [--pages 2000] [--ways fetch,usual,diembao] [--workers 2] [--one-in 50]

Four invented hosts on one loopback port serve generated pages of 60 to 120 KB, gzipped, from a process
of their own, which shares the machine but not the figures. Each way runs in a fresh process:

fetch    Scrapy with its defaults; the answers are thrown away
usual    the same, with Trafilatura (with_metadata) and an insert with its commit in the callback
diembao  what ``diembao crawl`` does, from the listings to the flags, with the delays as good as off

docs/benchmarks.md says what the columns mean and what was measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.crawl_pages import ONE_IN
from benchmarks.crawl_tree import Tree, TreeFigures
from benchmarks.crawl_ways import WAYS

_ROOT = Path(__file__).parents[1]


def main() -> None:
    """Serve, run each way, print the table."""
    options = _options()
    if options.way:
        WAYS[options.way](json.loads(sys.stdin.readline()))
        return
    with tempfile.TemporaryDirectory(prefix="diembao-benchmark-") as folder:
        server, facts = _start_server(options.pages, options.one_in)
        try:
            rows = []
            for way in options.ways.split(","):
                task = facts | {"folder": f"{folder}/{way}", "workers": options.workers}
                rows.append(_run(way, task))
                print(f"{way}: {rows[-1]['pages']} pages in {rows[-1]['seconds']:.1f} s", file=sys.stderr)
        finally:
            server.terminate()
            server.wait()
    _print_table(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--one-in", type=int, default=ONE_IN, help="one page in so many is on the topic")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _start_server(pages: int, one_in: int) -> tuple[subprocess.Popen[bytes], dict[str, object]]:
    process = subprocess.Popen(
        [sys.executable, str(_ROOT / "benchmarks" / "crawl_server.py"), str(pages), str(one_in)],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("The benchmark's server did not start; its message is above.")
    facts: dict[str, object] = json.loads(line)
    print(f"{pages} pages made, {facts['median_kb']} KB in the median", file=sys.stderr)
    return process, facts


def _run(way: str, task: dict[str, object]) -> dict[str, float]:
    Path(str(task["folder"])).mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, __file__, "--way", way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    if process.stdout.readline() != "begin\n":
        raise SystemExit(f"{way} did not begin; its message is above.")
    tree = Tree(process.pid)
    outcome: dict[str, float] = json.loads(process.stdout.readline() or "{}")
    figures: TreeFigures = tree.stop()
    process.stdin.close()
    process.wait()
    if not outcome:
        raise SystemExit(f"{way} ended without figures; its message is above.")
    return outcome | vars(figures)


def _print_table(rows: list[dict[str, float]]) -> None:
    usual = next((row for row in rows if row["way"] == "usual"), None)
    print(
        f"{'way':8} {'pages/s':>8} {'x usual':>8} {'CPU ms':>7} {'stall p50':>10} {'p99':>6} {'max ms':>7}",
        end="",
    )
    print(f" {'peak MB':>8} {'shared once':>12} {'at half':>8} {'kept':>6}")
    for row in rows:
        speed = row["pages"] / row["seconds"]
        ratio = f"{speed / (usual['pages'] / usual['seconds']):.2f}" if usual else "-"
        cells = (
            row["way"],
            f"{speed:.1f}",
            ratio,
            f"{row['cpu_s'] / row['pages'] * 1000:.1f}",
            *(f"{row[f'stall_{part}_ms']:.1f}" for part in ("p50", "p99", "max")),
            *(f"{row[name]:.0f}" for name in ("peak_rss_mb", "peak_pss_mb", "half_pss_mb", "kept")),
        )
        print(" ".join(f"{cell:>9}" for cell in cells))


if __name__ == "__main__":
    main()
