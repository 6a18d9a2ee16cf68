"""CPU time of finding places, documents and enterprises in texts of 3 KB.

    python benchmarks/registers.py [TEXTS.jsonl|TEXTS.jsonl.gz]

Without a file, an invented article is repeated up to the length. Prints milliseconds of CPU a text for each
of the three and for all of them, the median of five rounds.
"""

import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis.documents import find_documents
from analysis.enterprises import find_enterprises
from analysis.flag import clean
from analysis.places import find_places
from storage.models import Evidence

LENGTH = 3000
ROUNDS = 5
ARTICLE = (
    "Đảng bộ tỉnh Bắc Giang vừa thành lập chi bộ Công ty TNHH Sao Mai tại KCN Quế Võ, huyện Việt Yên. "
    "Thực hiện Nghị quyết số 21-NQ/TW ngày 16/6/2022 và Chỉ thị 33 của Ban Bí thư, cấp ủy kết nạp 13 người. "
    "Các doanh nghiệp ở Hà Nội, Hải Phòng và TP.HCM cũng cử cán bộ về học tập kinh nghiệm.\n"
    + "Người lao động yên tâm sản xuất, chi bộ sinh hoạt đều và từng đảng viên nêu gương trong công việc.\n"
    * 8
)


def main() -> None:
    """Measure and print."""
    texts = [
        clean(text) for text in (_texts(Path(sys.argv[1])) if len(sys.argv) > 1 else [_long(ARTICLE)] * 200)
    ]
    places = [find_places(text, language="vi") for text in texts]
    evidence = [
        [Evidence(exact=text[:600], prefix="", suffix="", start=0, end=len(text[:600]), rule="any", weight=1)]
        for text in texts
    ]
    at = range(len(texts))
    parts: dict[str, Callable[[], object]] = {
        "places": lambda: [find_places(text, language="vi") for text in texts],
        "documents": lambda: [find_documents(texts[i], language="vi", places=places[i]) for i in at],
        "enterprises": lambda: [
            find_enterprises(texts[i], language="vi", places=places[i], evidence=evidence[i]) for i in at
        ],
    }
    total = 0.0
    for name, part in parts.items():
        spent = statistics.median(_cpu_s(part) for _ in range(ROUNDS)) / len(texts) * 1000
        total += spent
        print(f"{name:12} {spent:6.2f} ms a text")
    print(f"{'all':12} {total:6.2f} ms a text, {len(texts)} texts of {LENGTH} code points")


def _cpu_s(part: Callable[[], object]) -> float:
    begin = time.process_time()
    part()
    return time.process_time() - begin


def _long(text: str) -> str:
    return (text * (LENGTH // len(text) + 1))[:LENGTH]


def _texts(path: Path) -> list[str]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    records = [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]
    return [record["text"][:LENGTH] for record in records if len(record["text"]) >= LENGTH][:300]


if __name__ == "__main__":
    main()
