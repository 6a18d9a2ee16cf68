"""How right the quantities are on labelled texts, by language and indicator, and what they cost.

    python benchmarks/quantities.py TEXTS FIGURES [--language en] [--read]

FIGURES has one JSON object a line: id and facts, each with value and indicator. TEXTS is a JSON Lines
file with id, text and perhaps lang, or a folder with one text file an id. A quantity is right where
value and indicator are. ``--read`` prints what is missing and what is too many.
"""

import argparse
import json
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis.language import guess_language
from analysis.quantities import find_quantities

Stated = Counter[tuple[float, str]]
Score = tuple[int, int, int]
"""Right, too many, missing."""


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def read_texts(path: Path, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """(text in NFC, language) by id."""
    if path.is_dir():
        texts = {name: ((path / name).read_text(encoding="utf-8"), "") for name in ids}
    else:
        texts = {record["id"]: (record["text"], record.get("lang") or "") for record in read_lines(path)}
    found = {}
    for name, (raw, language) in texts.items():
        text = unicodedata.normalize("NFC", raw)
        found[name] = text, language or guess_language(text) or "en"
    return found


def score(expected: Stated, stated: Stated) -> Score:
    """How many are right, too many and missing."""
    return (
        (expected & stated).total(),
        (stated - expected).total(),
        (expected - stated).total(),
    )


def line(name: str, total: Score) -> str:
    """One row of the table."""
    right, extra, missing = total
    precision = right / (right + extra) if right + extra else 1.0
    recall = right / (right + missing) if right + missing else 1.0
    return f"{name:<28} {precision:9.3f} {recall:9.3f} {right:6} {extra:6} {missing:6}"


def add(left: Score, right: Score) -> Score:
    """The sums."""
    return left[0] + right[0], left[1] + right[1], left[2] + right[2]


def main() -> None:
    """Read the texts named on the command line and print how right the quantities are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("texts", type=Path)
    parser.add_argument("figures", type=Path)
    parser.add_argument("--language", default="", help="only texts of this language")
    parser.add_argument("--read", action="store_true", help="print what is missing and too many")
    options = parser.parse_args()
    figures = {record["id"]: record["facts"] for record in read_lines(options.figures)}
    texts = read_texts(options.texts, figures)
    by_language: dict[str, Score] = defaultdict(lambda: (0, 0, 0))
    by_indicator: dict[str, Score] = defaultdict(lambda: (0, 0, 0))
    size, took_s = 0, 0.0
    for name, facts in figures.items():
        text, language = texts[name]
        if options.language and language != options.language:
            continue
        started = time.process_time()
        found = find_quantities(text, language=language)
        took_s += time.process_time() - started
        size += len(text)
        expected: Stated = Counter((float(fact["value"]), fact["indicator"]) for fact in facts)
        stated: Stated = Counter((item.value, item.indicator) for item in found)
        by_language[language] = add(by_language[language], score(expected, stated))
        for indicator in {key[1] for key in (*expected, *stated)}:
            pair = [
                Counter({k: n for k, n in side.items() if k[1] == indicator}) for side in (expected, stated)
            ]
            by_indicator[indicator] = add(by_indicator[indicator], score(*pair))
        if options.read and expected != stated:
            print(f"{name} {language}: too many {dict(stated - expected)}, missing {dict(expected - stated)}")
    print(f"{'':<28} {'precision':>9} {'recall':>9} {'right':>6} {'extra':>6} {'missed':>6}")
    total: Score = (0, 0, 0)
    for language, counts in sorted(by_language.items()):
        total = add(total, counts)
        print(line(language, counts))
    print(line("all", total))
    print()
    for indicator, counts in sorted(by_indicator.items()):
        print(line(indicator, counts))
    if size:
        print(f"\n{1000 * took_s / size * 3000:.2f} ms of CPU for 3,000 code points")


if __name__ == "__main__":
    main()
