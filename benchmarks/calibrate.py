"""Find the topic's [calibration], and say by cross-validation how well its scores mean what they say.

    python benchmarks/calibrate.py CORPUS.jsonl[.gz] ...

The map is fitted on the first scores of the invented retellings in tests/analysis: what the rules made of
them before any rule was mended by them, for on texts that rules were made from a topic looks surer than it
is. Texts in which no sentence was worth keeping score 0 and are left out of the fit. Then the map is tried on
each CORPUS with today's rules: one JSON object a line with id, text, grade (0, 1, 2, or null, which is left
out), and perhaps lang and title.
"""

import argparse
import itertools
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from relevance import read_records

from analysis.fitting import Scored, cross_validated, fit
from analysis.flag import clean, find_flag
from analysis.topic import Topic, load_topic

RETELLINGS = Path(__file__).parents[1] / "tests" / "analysis" / "retellings.toml"
BINS = (0.0, 0.0001, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)


def scored(records: Sequence[dict[str, Any]], topic: Topic) -> list[Scored]:
    """The raw score of each labelled record in a language of the topic."""
    plain = replace(topic, calibration=None)
    found: list[Scored] = []
    for record in records:
        language = record.get("lang") or record.get("language")
        if record["grade"] is None or language not in ("vi", "en", "fr"):
            continue
        text, title = clean(record["text"]), clean(record.get("title") or "")
        flag = find_flag(text, plain, title=title, language=language)
        found.append((flag.score, record["grade"] > 0))
    return found


def print_reliability(name: str, texts: Sequence[Scored]) -> None:
    """Bins of scores with the share that is right, the Brier score and the expected calibration error."""
    print(f"\n{name}\n{'scores':>12} {'texts':>6} {'mean score':>11} {'right':>7}")
    error = 0.0
    for low, high in itertools.pairwise(BINS):
        inside = [text for text in texts if low <= text[0] < high]
        if not inside:
            continue
        mean = sum(score for score, _ in inside) / len(inside)
        right = sum(is_right for _, is_right in inside) / len(inside)
        error += abs(mean - right) * len(inside) / len(texts)
        label = "0" if high == BINS[1] else f"{low:.2f}-{min(high, 1):.2f}"
        print(f"{label:>12} {len(inside):6} {mean:11.3f} {right:7.3f}")
    brier = sum((score - is_right) ** 2 for score, is_right in texts) / len(texts)
    print(f"Brier score {brier:.4f}, expected calibration error {error:.4f}")


def main() -> None:
    """Fit, and print the numbers for the topic file and the tables for the documentation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("corpora", type=Path, nargs="*")
    options = parser.parse_args()
    topic = load_topic()
    threshold = topic.thresholds.flag
    retellings = tomllib.loads(RETELLINGS.read_text(encoding="utf-8"))["text"]
    unseen = [(float(text["first_score"]), text["grade"] > 0) for text in retellings]
    found = fit(unseen, threshold)
    kept = sum(raw > 0 for raw, _ in unseen)
    print(f"{len(unseen)} texts that no rule had seen, {kept} with a sentence worth keeping")
    print(f"[calibration]\nbelow = {found.below}\nabove = {found.above}\nceiling = {found.ceiling}")
    print_reliability("unseen, as the rules make them", unseen)
    print_reliability(
        "unseen, calibrated, by cross-validation",
        cross_validated(unseen, threshold, lambda some: fit(some, threshold)),
    )
    records = [record for path in options.corpora for record in read_records(path)]
    for name, texts in (("retellings today", scored(retellings, topic)), ("corpora", scored(records, topic))):
        print_reliability(f"{name}, as the rules make them", texts)
        told = [(found.probability(raw, threshold), is_right) for raw, is_right in texts]
        print_reliability(f"{name}, calibrated", told)


if __name__ == "__main__":
    main()
