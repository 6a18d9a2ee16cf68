"""How right the flags are on a labelled corpus, and how fast they are made.

    python benchmarks/relevance.py CORPUS.jsonl[.gz] [--read] [--languages vi,en,fr]

CORPUS has one JSON object a line: id, text, grade (0, 1, 2 or null), and perhaps lang, title, kind, set.
``--read`` prints the evidence of every miss.
"""

import argparse
import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis.evaluate import Evaluation, evaluate
from analysis.judge import judge
from analysis.report import as_table
from analysis.topic import load_topic
from storage.models import Flag


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file, gzipped or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]


def print_evidence(evaluation: Evaluation, judged: list[tuple[dict[str, Any], Flag]]) -> None:
    """For every miss: its sentences with rule and weight."""
    wanted = {
        miss.id
        for misses in (evaluation.false_alarms, evaluation.missed, evaluation.wrong_grade, evaluation.to_read)
        for miss in misses
    }
    for record, flag in judged:
        if record["id"] in wanted:
            verdict = f"label {record['grade']}, verdict {flag.grade} ({flag.score})"
            print(f"\n{record['id']} {verdict}: {record.get('title')}")
            for item in flag.evidence:
                marked = [record["text"][start:end] for start, end in item.marks]
                print(f"  {item.rule} {item.weight} {marked}\n    {item.exact[:400]}")


def main() -> None:
    """Judge the corpus named on the command line and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--read", action="store_true", help="print the evidence of every miss")
    parser.add_argument("--languages", default="", help="judge only these, separated by commas")
    options = parser.parse_args()
    records = read_records(options.corpus)
    if options.languages:
        records = [record for record in records if record.get("lang") in options.languages.split(",")]
    topic = load_topic()
    started = time.perf_counter()
    judged = [
        (r, judge(r["text"], topic, title=r.get("title") or "", language=r.get("lang")).flag) for r in records
    ]
    took_s = time.perf_counter() - started
    evaluation = evaluate(judged)
    print(as_table(evaluation))
    size = sum(len(record["text"]) for record in records)
    print(f"\n{len(records) / took_s:.0f} texts/s, {size / took_s / 1e6:.2f} million code points/s")
    if options.read:
        print_evidence(evaluation, judged)


if __name__ == "__main__":
    main()
