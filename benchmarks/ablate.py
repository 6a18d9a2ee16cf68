"""What each part of the topic gains: the flags again, with one part left out at a time.

    python benchmarks/ablate.py [--shared ../shared/corpus]

Three sets are judged: the retold articles of the shared corpus in vi, en and fr; its real Vietnamese
articles (those with a label, and how many of those without one are flagged); the invented retellings of
tests/analysis.
Sets that are not there are left out. What a calibration gains is told by benchmarks/calibrate.py.
"""

import argparse
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from relevance import read_records

from analysis.evaluate import Evaluation, evaluate
from analysis.flag import clean, find_flag
from analysis.rules import Rule
from analysis.topic import Topic, load_topic

LANGUAGES = ("vi", "en", "fr")
RETELLINGS = Path(__file__).parents[1] / "tests" / "analysis" / "retellings.toml"
FAMILIES = {
    "founding and hand-over": ("founding", "founded", "handover"),
    "admission and joining": (
        "admission",
        "admission_of_people",
        "proposal",
        "joining",
        "owners",
        "members_in_business",
    ),
    "set phrases of growth": ("growth", "development"),
    "presence in enterprises": ("presence", "having", "headline", "cell_beside_firm"),
    "a company's Party life": (
        "work",
        "strength",
        "worker_members",
        "congress",
        "own_congress",
        "congress_of_company",
        "company_meets",
        "company_body",
    ),
}
Change = Callable[[Topic], Topic]


def with_rules(topic: Topic, change: Callable[[Iterable[Rule]], Iterable[Rule]]) -> Topic:
    """The topic with other rules, in all languages."""
    sections = {code: replace(part, rules=tuple(change(part.rules))) for code, part in topic.sections.items()}
    return replace(topic, rules=tuple(change(topic.rules)), sections=sections)


def without(names: Iterable[str]) -> Change:
    """Leave out the rules of these names."""
    gone = frozenset(names)
    return lambda topic: with_rules(topic, lambda rules: (rule for rule in rules if rule.name not in gone))


def without_neighbours(topic: Topic) -> Topic:
    """What stands in the sentences beside counts for nothing."""
    settings = {name: replace(setting, neighbour=0.0) for name, setting in topic.settings.items()}
    dampers = tuple(replace(damper, neighbour=1.0) for damper in topic.dampers)
    return replace(topic, settings=settings, dampers=dampers, bare={})


def without_marks(topic: Topic) -> Topic:
    """Vietnamese marks count for nothing."""
    part = topic.sections["vi"]
    return replace(topic, sections={**topic.sections, "vi": replace(part, marks_count=False)})


def two_words(topic: Topic) -> Topic:
    """The simple way: a Party word and an enterprise word in one sentence."""
    plain = replace(
        next(rule for rule in topic.rules if rule.name == "growth"),
        name="two_words",
        steps=(frozenset(["party_cell", "party_committee", "party_member", "party_growth", "into_party"]),),
        settings=frozenset(["enterprise"]),
        setting_gap=10_000,
        lean=frozenset(),
    )
    bare = replace(topic, masks=frozenset(), hides={}, bare={}, dampers=(), foreign="", foreign_place="")
    return with_rules(bare, lambda _: [plain])


CHANGES: Mapping[str, Change] = {
    "all parts": lambda topic: topic,
    **{f"no {name}": without(names) for name, names in FAMILIES.items()},
    "no masks": lambda topic: replace(topic, masks=frozenset()),
    "no hides": lambda topic: replace(topic, hides={}),
    "no dampers": lambda topic: replace(topic, dampers=()),
    "no other countries": lambda topic: replace(topic, foreign="", foreign_place=""),
    "no places elsewhere": lambda topic: replace(topic, elsewhere="", wider=""),
    "no bare words": lambda topic: replace(topic, bare={}),
    "no neighbours": without_neighbours,
    "no Vietnamese marks": without_marks,
    "two words in one sentence": two_words,
}


def judged(records: Iterable[Mapping[str, Any]], topic: Topic, use_title: bool) -> Evaluation:
    """The evaluation of records in the languages of the topic's own files."""
    return evaluate(
        (
            record,
            find_flag(
                clean(record["text"]),
                topic,
                title=clean(record.get("title") or "") if use_title else "",
                language=record["lang"],
            ),
        )
        for record in records
        if record["lang"] in LANGUAGES
    )


def row(evaluation: Evaluation) -> str:
    """Precision, recall, and the flagged among those without a label."""
    overall = evaluation.overall
    precision = "     -" if overall.precision is None else f"{overall.precision:6.3f}"
    unread = f"{len(evaluation.to_read):5}" if evaluation.unlabelled else "     "
    return f"{precision} {overall.recall or 0:6.3f} {unread}"


def main() -> None:
    """Print one line for each part left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared" / "corpus")
    options = parser.parse_args()
    files = {"retold": "relevance-dev.jsonl", "real": "real-vi-dev.jsonl.gz"}
    sets = {
        name: read_records(options.shared / file)
        for name, file in files.items()
        if (options.shared / file).exists()
    }
    texts = tomllib.loads(RETELLINGS.read_text(encoding="utf-8"))["text"]
    sets["invented"] = [{"id": at, "lang": text["language"], **text} for at, text in enumerate(texts)]
    print("precision, recall, and flagged among those without a label")
    print(f"{'':30}" + "".join(f"{name:>14}      " for name in sets))
    topic = load_topic()
    parts: dict[str, tuple[Change, bool]] = {name: (change, True) for name, change in CHANGES.items()}
    parts["no titles"] = (CHANGES["all parts"], False)
    for name, (change, use_title) in parts.items():
        changed = change(topic)
        print(f"{name:30}" + " ".join(row(judged(records, changed, use_title)) for records in sets.values()))


if __name__ == "__main__":
    main()
