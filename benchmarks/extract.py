"""What reading one page costs: ours beside plain Trafilatura on the whole page, in one run.

    python benchmarks/extract.py [--pages 160] [--rounds 5]

Processor time of one process, in milliseconds a page; of each way the quickest of the rounds, which take
turns, so that another load on the machine strikes both. Three kinds of pages:

generated   the pages of benchmarks/crawl.py, 60 to 120 KB
newsroom    the articles of the replicas, as they are
recordings  tests/recordings: short pages of every family, with what is hard about them
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from trafilatura import bare_extraction

from benchmarks.crawl_pages import make_pages
from crawler.declarations import load_sources
from crawler.extract import extract
from crawler.source import Source
from newsroom.articles import load_articles
from newsroom.press import article_page
from newsroom.shelf import Shelf
from storage.models import Snapshot

_ROOT = Path(__file__).parents[1]
_NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_Task = tuple[Snapshot, Source]


def main() -> None:
    """Measure each kind of pages and print a row for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    kinds = {"generated": _generated(options.pages), "newsroom": _newsroom(), "recordings": _recordings()}
    print(f"{'pages':11} {'count':>6} {'KB':>6} {'ours ms':>8} {'Trafilatura ms':>15} {'ratio':>6}")
    for kind, tasks in kinds.items():
        ours, usual = _quickest((_ours, _usual), tasks, options.rounds)
        size = sum(len(snapshot.body) for snapshot, _ in tasks) / len(tasks) / 1000
        print(f"{kind:11} {len(tasks):6} {size:6.1f} {ours:8.2f} {usual:15.2f} {usual / ours:6.1f}")


def _ours(snapshot: Snapshot, source: Source) -> None:
    extract(snapshot, source)


def _usual(snapshot: Snapshot, source: Source) -> None:
    bare_extraction(snapshot.body, url=snapshot.final_url, include_comments=False, with_metadata=True)


def _quickest(
    ways: tuple[Callable[[Snapshot, Source], None], ...], tasks: list[_Task], rounds: int
) -> list[float]:
    """Milliseconds a page of each way."""
    best = [float("inf")] * len(ways)
    for _ in range(rounds):
        for place, way in enumerate(ways):
            began = time.process_time()
            for snapshot, source in tasks:
                way(snapshot, source)
            best[place] = min(best[place], time.process_time() - began)
    return [seconds / len(tasks) * 1000 for seconds in best]


def _generated(count: int) -> list[_Task]:
    sources = load_sources()
    return [
        (_snapshot(page.source, f"https://{page.host}{page.path}", page.body), sources[page.source])
        for page in make_pages(count)
    ]


def _newsroom() -> list[_Task]:
    sources = load_sources()
    shelf = Shelf(tuple(load_articles(_NOW)), _NOW, _NOW)
    return [
        (
            _snapshot(article.outlet, article.url, article_page(article, shelf).encode()),
            sources[article.outlet],
        )
        for article in shelf.articles
    ]


def _recordings() -> list[_Task]:
    sources = load_sources()
    tasks = []
    for page in sorted((_ROOT / "tests" / "recordings").glob("*/*/page.html")):
        facts = tomllib.loads((page.parent / "snapshot.toml").read_text(encoding="utf-8"))
        source = sources[page.parent.parent.name]
        tasks.append((_snapshot(source.id, facts["url"], page.read_bytes()), source))
    return tasks


def _snapshot(source: str, url: str, body: bytes) -> Snapshot:
    return Snapshot(
        source=source,
        requested_url=url,
        final_url=url,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=body,
        fetched_at=_NOW,
    )


if __name__ == "__main__":
    main()
