"""How many texts a second are flagged on one core, beside one regular expression for each phrase.

    python benchmarks/judge.py [--documents 2000] [--corpus ../shared/corpus/real-vi-dev.jsonl.gz]

Texts are 3,000 code points long: real Vietnamese articles where the corpus is there, and a mix of
Vietnamese, English and French made of invented sentences, once with one text in 100 on the topic and once
with all of them. Figures are texts a second of CPU time; the loop is timed on a few texts of the same mix.
The last table shows that time grows with length and no faster.
"""

import argparse
import gzip
import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis.flag import clean, find_flag
from analysis.topic import Topic, load_topic

Text = tuple[str, str]
"""Language and text."""

LENGTH = 3000
LANGUAGES = ("vi", "en", "fr")
FILLER = {
    "vi": (
        "Sáng nay, mưa lớn làm ngập nhiều tuyến phố ở trung tâm, xe cộ đi lại khó khăn.",
        "Ủy ban nhân dân thành phố giao Sở Xây dựng báo cáo tiến độ tuyến đường vành đai trước ngày 30.",
        "Nhà máy mới của công ty dự kiến tuyển 1.200 công nhân, phần lớn là người địa phương.",
        "Đội tuyển giành chiến thắng 2-1 sau khi bị dẫn trước trong hiệp một.",
        "Cán bộ, đảng viên và nhân dân trong xã góp sức làm đường, trồng hoa hai bên lối vào.",
        "Bí thư Tỉnh ủy thăm hỏi các gia đình bị thiệt hại do bão và trao quà cho học sinh nghèo.",
    ),
    "en": (
        "Heavy rain flooded several streets in the centre this morning and slowed the traffic.",
        "The city asked the builders to report on the ring road before the end of the month.",
        "The new plant of the company will hire 1,200 workers, most of them from the province.",
        "The home team won 2-1 after trailing at half-time, its third victory in a row.",
        "The secretary of the provincial Party Committee visited families hit by the storm.",
        "Exports of coffee rose by a tenth in the first half of the year, the ministry said.",
    ),
    "fr": (
        "De fortes pluies ont inondé plusieurs rues du centre ce matin et ralenti la circulation.",
        "La ville demande un rapport sur la rocade avant la fin du mois.",
        "La nouvelle usine de la société embauchera 1 200 ouvriers, presque tous de la province.",
        "L'équipe locale a gagné 2 à 1 après avoir été menée à la mi-temps.",
        "Le secrétaire du Comité du Parti a rendu visite aux familles touchées par le typhon.",
        "Les exportations de café ont augmenté d'un dixième au premier semestre.",
    ),
}


def invented(topic: Topic, count: int, share: float, chance: random.Random) -> list[Text]:
    """``count`` texts in turns of the languages; ``share`` of them with three sentences on the topic."""
    told = {
        language: [example.text for example in topic.sections[language].examples if example.grade == 2]
        for language in LANGUAGES
    }
    texts: list[Text] = []
    for language in islice(cycle(LANGUAGES), count):
        sentences = chance.choices(FILLER[language], k=40)
        if chance.random() < share:
            for sentence in chance.sample(told[language], 3):
                sentences.insert(chance.randrange(20), sentence)
        texts.append((language, " ".join(sentences)[:LENGTH]))
    return texts


def real(path: Path, count: int) -> list[Text]:
    """Up to ``count`` articles of a corpus, cut."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [("vi", clean(json.loads(line)["text"])[:LENGTH]) for line in islice(lines, count)]


def per_second(judge: Callable[[Text], object], texts: Sequence[Text]) -> float:
    """Texts a second of CPU time."""
    started = time.process_time()
    for text in texts:
        judge(text)
    return len(texts) / (time.process_time() - started)


def loop_of(topic: Topic) -> Callable[[Text], object]:
    """The plain way: every phrase of the language as one regular expression, one after the other."""
    compiled = {
        language: [
            (concept, re.compile(rf"\b{re.escape(phrase.removesuffix('*'))}\b", re.IGNORECASE))
            for concept, phrase in topic.sections[language].matcher.phrases
        ]
        for language in LANGUAGES
    }

    def judge(text: Text) -> list[tuple[str, int, int]]:
        return [
            (concept, *match.span())
            for concept, phrase in compiled[text[0]]
            for match in phrase.finditer(text[1])
        ]

    return judge


def resident_mib() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def compare(name: str, texts: Sequence[Text], topic: Topic, loop: Callable[[Text], object]) -> None:
    """Print one row: flags and loop on the same texts, and how memory grew."""

    def judge(text: Text) -> object:
        return find_flag(text[1], topic, language=text[0])

    for text in texts[:100]:
        judge(text)
    before = resident_mib()
    rate = per_second(judge, texts)
    grown = resident_mib() - before
    loop_rate = per_second(loop, texts[:: max(1, len(texts) // 30)])
    flagged = sum(find_flag(body, topic, language=language).is_flagged for language, body in texts)
    figures = f"{rate:8.0f} {loop_rate:7.1f} {rate / loop_rate:6.0f} {grown:+8.1f}"
    print(f"{name:32} {len(texts):6} {flagged:8} {figures}")


def lengths(topic: Topic, kinds: Iterable[tuple[str, str, str]]) -> None:
    """Print the time for one code point in texts of growing length: level where time is linear."""
    print(
        f"\n{'nanoseconds a code point':32}"
        + "".join(f"{size:>12,}" for size in (10**4, 10**5, 10**6, 5 * 10**6))
    )
    for name, language, unit in kinds:
        row = f"{name:32}"
        for size in (10**4, 10**5, 10**6, 5 * 10**6):
            text = unit * (size // len(unit))
            started = time.process_time()
            find_flag(text, topic, language=language)
            row += f"{(time.process_time() - started) / len(text) * 1e9:12.0f}"
        print(row)


def main() -> None:
    """Print the tables."""
    shared = Path(__file__).parents[2] / "shared" / "corpus" / "real-vi-dev.jsonl.gz"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--corpus", type=Path, default=shared, help="real articles, JSON Lines, gzipped")
    options = parser.parse_args()
    topic, chance = load_topic(), random.Random(4)
    loop = loop_of(topic)
    print(f"{'':32} {'texts':>6} {'flagged':>8} {'texts/s':>8} {'loop/s':>7} {'times':>6} {'MiB':>8}")
    if options.corpus.exists():
        compare("real articles (vi)", real(options.corpus, options.documents), topic, loop)
    compare("mix, 1 in 100 on the topic", invented(topic, options.documents, 0.01, chance), topic, loop)
    compare("mix, all on the topic", invented(topic, options.documents, 1.0, chance), topic, loop)
    vi = " ".join(FILLER["vi"])
    told = next(example.text for example in topic.sections["vi"].examples if example.grade == 2)
    lengths(
        topic,
        (
            ("articles without the topic", "vi", vi + "\n"),
            ("articles on the topic", "vi", vi + " " + told + "\n"),
            ("one endless sentence", "vi", told.rstrip(".") + " và "),
            ("one endless word", "vi", "đảng"),
        ),
    )


if __name__ == "__main__":
    main()
