"""How right stories are put together, and how fast one new article finds its own among many.

    python benchmarks/stories.py pairs [FILE.toml ...] [--dev PAIRS.jsonl ARTICLES.jsonl]
    python benchmarks/stories.py speed [--stored 100000] [--days 21] [--new 200]

``pairs`` reads labelled articles (tests/analysis/stories/*.toml where no file is named) and the bundled
newsroom's, groups each set and prints precision, recall and F1 of pairs. ``--dev`` also reads pairs
``{a_id, b_id, same_story}`` of articles ``{id, text, title, lang, url}``.

``speed`` fills an index with made-up articles of the newsroom's length, published evenly over ``--days``
days, then groups new ones one at a time: the fingerprint, the candidates, and the stories of those.
"""

import argparse
import gc
import json
import random
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis.stories.evaluate import Pair, PairEvaluation, evaluate_pairs
from analysis.stories.fingerprint import Fingerprint, Telling, fingerprint, fingerprint_from_json
from analysis.stories.grouping import group, joined, regroup
from analysis.stories.index import StoryIndex
from analysis.stories.records import read_telling
from newsroom.articles import load_articles

SETS = Path(__file__).parents[1] / "tests" / "analysis" / "stories"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read_set(file: Path) -> list[Pair]:
    """The pairs of a set: every two articles of one family."""
    articles = tomllib.loads(file.read_text(encoding="utf-8"))["article"]
    prints = {item["id"]: fingerprint(read_telling(item)) for item in articles}
    return [
        Pair(prints[one["id"]], prints[other["id"]], one["event"] == other["event"])
        for one, other in combinations(articles, 2)
        if one["family"] == other["family"]
    ]


def newsroom_pairs() -> list[Pair]:
    """Every two of the newsroom's articles."""
    told = [(item.story, fingerprint(telling(item))) for item in load_articles(NOW)]
    return [Pair(a, b, one == other) for (one, a), (other, b) in combinations(told, 2)]


def telling(item: Any, number: int = 0) -> Telling:
    """A Telling of a newsroom's article; ``number`` tells copies apart."""
    text = "\n\n".join([item.lead, *item.paragraphs]).strip()
    identity = f"{item.outlet}/{item.id}/{number}"
    return Telling(identity, text, item.title, item.language, item.url, item.outlet, item.published_at)


def dev_pairs(pairs: Path, articles: Path) -> list[Pair]:
    """The pairs of two JSON Lines files."""
    prints = {record["id"]: fingerprint(read_telling(record)) for record in _records(articles)}
    return [Pair(prints[item["a_id"]], prints[item["b_id"]], item["same_story"]) for item in _records(pairs)]


def _records(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip())


def judge_pairs(pairs: list[Pair]) -> PairEvaluation:
    """The pairs against the stories of all their articles together."""
    known = {item.id: item for pair in pairs for item in (pair.a, pair.b)}
    return evaluate_pairs(pairs, group(known.values()))


def print_pairs(options: argparse.Namespace) -> None:
    """A row for each set and kind of pair, then the wrong ones."""
    sets = {file.stem: read_set(file) for file in options.files or sorted(SETS.glob("*.toml"))}
    if not options.files:
        sets["newsroom"] = newsroom_pairs()
    if options.dev:
        sets["dev"] = dev_pairs(*options.dev)
    print(f"{'':24} {'pairs':>6} {'same':>5} {'precision':>9} {'recall':>7} {'F1':>6}")
    misses: list[str] = []
    for name, pairs in sets.items():
        result = judge_pairs(pairs)
        for kind in ("overall", "within", "across"):
            score = getattr(result, kind)
            total = score.right + score.wrong + score.missed + score.passed
            values = (score.precision, score.recall, score.f1)
            precision, recall, f1 = ("-" if value is None else f"{value:.3f}" for value in values)
            same = score.right + score.missed
            print(f"{name + ', ' + kind:24} {total:6} {same:5} {precision:>9} {recall:>7} {f1:>6}")
        misses += result.misses
    print("\n".join(["", f"wrong pairs: {len(misses)}", *misses]))


SYLLABLES = """An Bình Cẩm Châu Đại Đông Giang Hà Hải Hồng Hưng Khánh Kim Lâm Linh Long Mai Minh Mỹ Nam Ngọc
Phong Phú Phúc Quang Sơn Tâm Tân Thanh Thành Thịnh Thuận Tiến Trung Tuấn Vân Việt Vĩnh Xuân Yên""".split()  # noqa: SIM905


class Press:
    """Makes up articles: the newsroom's, with other names and figures, in an order that a seed fixes."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.originals = [item for item in load_articles(NOW) if len(" ".join(item.paragraphs)) > 500]

    def make(self, number: int, days: int) -> Telling:
        """The article of a number: an original with every number and every name changed."""
        original = self.random.choice(self.originals)
        changes: dict[str, str] = {}
        made = telling(original, number)
        at = NOW - timedelta(seconds=self.random.random() * days * 86_400)
        return Telling(
            id=made.id,
            text=self._changed(made.text, changes),
            title=self._changed(made.title, changes),
            language=made.language,
            url=f"{made.url}-{number}" if made.url else None,
            outlet=made.outlet,
            published_at=at,
        )

    def _changed(self, text: str, changes: dict[str, str]) -> str:
        return " ".join(self._word(word, changes) for word in text.split(" "))

    def _word(self, word: str, changes: dict[str, str]) -> str:
        if word[:1].isdigit() and len(word) > 1:
            new = changes.get(word) or "".join(
                str(self.random.randint(1, 9)) if letter.isdigit() else letter for letter in word
            )
        elif word[:1].isupper() and word.isalpha() and self.random.random() < 0.5:
            new = changes.get(word) or self.random.choice(SYLLABLES)
        elif self.random.random() < 0.25:
            new = f"{word}{self.random.choice('aeiou')}"  # other words, so that texts are not near-duplicates
        else:
            return word
        return changes.setdefault(word, new)


def print_speed(options: argparse.Namespace) -> None:
    """Build time, memory, and milliseconds of processor time for one new article."""
    press = Press(seed=7)
    before = _resident_mb()
    index, stored, made_s, entered_s = StoryIndex(), {}, 0.0, 0.0
    for number in range(options.stored):
        article = press.make(number, options.days)
        item, spent = _timed(lambda article=article: fingerprint(article))
        made_s += spent
        _, spent = _timed(lambda item=item: index.add(item))
        entered_s += spent
        stored[item.id] = json.dumps(item.as_json()).encode()
    gc.collect()
    gc.freeze()  # as a service does after its start: what stays is not looked through again and again
    print(f"{options.stored} articles over {options.days} days")
    print(f"fingerprints  {1000 * made_s / options.stored:8.2f} ms each")
    print(f"index built   {entered_s:8.2f} s")
    print(f"memory        {_resident_mb() - before:8.0f} MB, fingerprints as JSON included")
    print(f"JSON          {statistics.mean(map(len, stored.values())):8.0f} bytes a fingerprint")
    _print_new(options, press, index, stored)


def _print_new(
    options: argparse.Namespace, press: Press, index: StoryIndex, stored: dict[str, bytes]
) -> None:
    names = ("fingerprint", "candidates", "stories", "all")
    times: dict[str, list[float]] = {name: [] for name in names}
    counts: list[int] = []
    retold = press.random.sample(sorted(stored), options.new // 2)
    for number in range(options.new):
        article = press.make(options.stored + number, options.days)
        item, making = _timed(lambda article=article: fingerprint(article))
        if number < len(retold):  # half of the new ones retell a stored one
            known = fingerprint_from_json(json.loads(stored[retold[number]]))
            item = _renamed(known, item.id)
        found, finding = _timed(lambda item=item: index.candidates(item))
        _, grouping = _timed(lambda item=item, found=found: _stories(item, found, stored))
        counts.append(len(found))
        for name, spent in zip(names, (making, finding, grouping, making + finding + grouping), strict=True):
            times[name].append(1000 * spent)
    print(f"candidates    {statistics.mean(counts):8.1f} each")
    for name, values in times.items():
        ordered = sorted(values)
        p95 = ordered[int(0.95 * len(ordered))]
        print(f"{name:13} {statistics.median(ordered):8.2f} ms p50 {p95:8.2f} p95 {ordered[-1]:8.2f} max")


def _stories(item: Fingerprint, found: list[str], stored: dict[str, bytes]) -> None:
    """As the service would: candidates from the store, and the story of those that join most surely."""
    candidates = [fingerprint_from_json(json.loads(stored[identity])) for identity in found]
    regroup([item, *joined(item, candidates)])


def _renamed(item: Fingerprint, identity: str) -> Fingerprint:
    return fingerprint_from_json(item.as_json() | {"id": identity, "url": ""})


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


def _resident_mb() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    commands = parser.add_subparsers(required=True)
    pairs = commands.add_parser("pairs")
    pairs.add_argument("files", nargs="*", type=Path)
    pairs.add_argument("--dev", nargs=2, type=Path, metavar=("PAIRS", "ARTICLES"))
    pairs.set_defaults(show=print_pairs)
    speed = commands.add_parser("speed")
    speed.add_argument("--stored", type=int, default=100_000)
    speed.add_argument("--days", type=int, default=21)
    speed.add_argument("--new", type=int, default=200)
    speed.set_defaults(show=print_speed)
    options = parser.parse_args()
    options.show(options)


if __name__ == "__main__":
    main()
