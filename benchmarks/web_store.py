"""A made-up store for ``benchmarks/web.py``: many articles of realistic sizes over 300 days.

One article in a hundred is on the topic, with evidence and statements, and is told by two to three outlets;
another hundredth comes close. Each day has its runs, and a digest built as the service builds it; half of
what digests showed is judged by a reviewer. A seed fixes everything.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text
from sqlmodel import Session

from digest.desk import freeze
from storage.database import Database
from storage.desk_tables import ReviewActionRow, ReviewRow
from storage.dialects import plain
from storage.models import Revision
from storage.search_index import index_revisions
from storage.story_tables import StoryArticleRow, StoryRow
from storage.tables import (
    ArticleRow,
    DocumentMentionRow,
    EnterpriseMentionRow,
    EntryRow,
    ExtractionRow,
    FlagRow,
    PlaceMentionRow,
    QuantityRow,
    RevisionRow,
    Row,
    RunRow,
    SnapshotRow,
    SourceRow,
)

TOPIC = "party-in-enterprises"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAYS = 300
SOURCES = 60
_BATCH = 1000
_PROVINCES = """Tuyên Quang|Lào Cai|Thái Nguyên|Phú Thọ|Bắc Ninh|Hưng Yên|Hải Phòng|Ninh Bình|Quảng Trị|
Đà Nẵng|Quảng Ngãi|Gia Lai|Khánh Hòa|Lâm Đồng|Đắk Lắk|Hồ Chí Minh|Đồng Nai|Tây Ninh|Cần Thơ|Vĩnh Long|
Đồng Tháp|Cà Mau|An Giang|Hà Nội|Huế|Lai Châu|Điện Biên|Sơn La|Lạng Sơn|Quảng Ninh|Thanh Hóa|
Nghệ An|Hà Tĩnh|Cao Bằng"""
PROVINCES = _PROVINCES.replace("\n", "").split("|")
_COMMON = """và của các có cho là trong được với đã đến về này người từ những một năm tại đảng không để khi
công trên ra ngày nhiều thực hiện phát triển kinh tế viên chi bộ tỉnh nhà nước doanh nghiệp hội
xã thành phố lãnh đạo xây dựng tổ chức cán hoạt động quản lý chính quyền dân nhân việc làm đầu
tư sản xuất đại biểu nghị quyết tham gia kết nạp"""
_ONSETS = "b c ch d đ g gh gi h k kh l m n ng nh ph qu r s t th tr v x"
_RIMES = "a ai ao an ang anh ap at au ay e em en eo i ia iên in inh iu o oa oan oi on ông ơn u ua un ưng y"
_LANGUAGES = ("vi",) * 34 + ("en",) * 12 + ("fr",) * 6 + ("zh", "es", "ru") * 3
_SENTENCE = "Chi bộ {firm} ở {place} kết nạp {count} đảng viên mới theo {document}."


class Maker:
    """Makes up rows in the order of time, from one seed."""

    def __init__(self, articles: int, now: datetime, seed: int = 7) -> None:
        self.articles, self.now, self.random = articles, now, random.Random(seed)
        onsets = ["", *_ONSETS.split()]
        tones = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
        made = [f"{on}{rime}{tone}" for on in onsets for rime in _RIMES.split() for tone in tones]
        self.random.shuffle(made)
        words = [*_COMMON.split(), *made]
        self.words = [Revision(title=word, text="", language="vi").title for word in words]
        total, self.weights = 0.0, []
        for rank in range(len(self.words)):  # Zipf's law, flattened at the head as in real news
            total += 1 / (rank + 12)
            self.weights.append(total)
        self.firms = [f"Công ty {self.name()} {number}" for number in range(400)]
        self.documents = [f"Nghị quyết {number}-NQ/TW" for number in range(1, 120)]

    def name(self) -> str:
        """Two words, as firms are named."""
        return " ".join(word.capitalize() for word in self.random.sample(self.words[80:1500], 2))

    def passage(self, count: int) -> str:
        """So many words in sentences and paragraphs."""
        words = self.random.choices(self.words, cum_weights=self.weights, k=count)
        sentences, at = [], 0
        while at < count:
            step = self.random.randint(8, 28)
            sentences.append(" ".join(words[at : at + step]).capitalize() + ".")
            at += step
        return "".join(
            sentence + ("\n\n" if number % 4 == 3 else " ") for number, sentence in enumerate(sentences)
        ).strip()

    def at(self, number: int) -> datetime:
        """When an article was first read: evenly over the days, the last half an hour ago."""
        share = (number + 1) / self.articles
        return self.now - timedelta(minutes=30) - timedelta(days=DAYS * (1 - share))


def fill(database: Database, articles: int, now: datetime) -> None:
    """Fill an empty ``database``; takes minutes for 100,000 articles."""
    maker = Maker(articles, now)
    with database.write() as session:
        _add_sources(session, now)
    for start in range(0, articles, _BATCH):
        with database.write() as session:
            _add_articles(session, maker, range(start, min(start + _BATCH, articles)))
    with database.write() as session:
        _add_runs(session, maker)
    first = (now - timedelta(days=DAYS - 1)).astimezone(ZONE).date()
    for number in range(DAYS):
        on = first + timedelta(days=number)
        if number % 97 != 50:  # a few mornings are missing
            freeze(database, on, _morning(on, late=number % 61 == 7), ZONE, TOPIC, due_at=_morning(on))
    with database.write() as session:
        _add_reviews(session, maker)
        session.execute(text("ANALYZE"))


def _morning(on: date, *, late: bool = False) -> datetime:
    return datetime(on.year, on.month, on.day, 10 if late else 7, tzinfo=ZONE).astimezone(UTC)


def _add(session: Session, table: type[Row], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert(plain(table)), rows)


def _add_sources(session: Session, _now: datetime) -> None:
    _add(
        session,
        SourceRow,
        [
            {
                "id": f"paper-{number}",
                "name": f"Báo Số {number}",
                "home": f"https://paper-{number}.example/",
                "languages": [_LANGUAGES[number % len(_LANGUAGES)]],
                "is_enabled": True,
            }
            for number in range(SOURCES)
        ],
    )


def _add_runs(session: Session, maker: Maker) -> None:
    rows = []
    for day in range(DAYS):
        for number in range(SOURCES * 4):
            at = maker.now - timedelta(days=day, seconds=number * 350 + 600)
            failed = maker.random.random() < 0.004
            rows.append(
                {
                    "source": f"paper-{number % SOURCES}",
                    "started_at": at,
                    "ended_at": at + timedelta(seconds=20),
                    "outcome": "failed" if failed else "completed",
                    "reason": "blocked: status 403" if failed else None,
                    "requests": 12,
                    "received_bytes": 400_000,
                    "listed": 3,
                    "fates": {"fetched": 3},
                    "problems": {},
                    "listings_read": 2,
                    "listings_unchanged": 1,
                }
            )
    _add(session, RunRow, rows[::-1])


def _add_articles(session: Session, maker: Maker, numbers: range) -> None:
    rows: dict[type[Row], list[dict[str, Any]]] = {}
    revisions = []
    for number in numbers:
        for table, row in _article(maker, number):
            rows.setdefault(table, []).append(row)
        row = rows[RevisionRow][-1]
        revisions.append((number + 1, Revision(title=row["title"], text=row["text"], language="vi")))
    order = (
        EntryRow, SnapshotRow, ArticleRow, RevisionRow, ExtractionRow, FlagRow, PlaceMentionRow,
        EnterpriseMentionRow, DocumentMentionRow, QuantityRow, StoryRow, StoryArticleRow,
    )  # fmt: skip
    for table in order:
        _add(session, table, rows.get(table, []))
    index_revisions(session, revisions)


def _article(maker: Maker, number: int) -> Iterator[tuple[type[Row], dict[str, Any]]]:
    id, at, dice = number + 1, maker.at(number), maker.random
    outlet = min(int(dice.expovariate(1 / 14)), SOURCES - 1)
    source, url = f"paper-{outlet}", f"https://paper-{outlet}.example/tin-bai-{id}.html"
    # Where many articles come in batches, the stories are told close together.
    kind = number % 250 // 3 if number % 250 < 9 else -1
    firm, place = maker.firms[id // 250 % 400], dice.choice(PROVINCES)
    document, count = dice.choice(maker.documents), dice.randint(3, 60)
    sentence = _SENTENCE.format(firm=firm, place=place, count=count, document=document)
    is_flagged = number % 250 < 2 or (number % 250 == 2 and id // 250 % 2 == 0)
    if number >= maker.articles - maker.articles // DAYS:  # a great day: every fifth article
        is_flagged = number % 5 == 0
    body = maker.passage(max(60, int(dice.lognormvariate(6.1, 0.5))))
    written = f"{sentence} {body}" if is_flagged else body
    title = f"{firm} kết nạp {count} đảng viên" if is_flagged else maker.passage(11).rstrip(".")
    published = at - timedelta(minutes=dice.randint(3, 200))
    yield EntryRow, {"source": source, "key": url, "url": url, "listed_at": at, "fate": "fetched"}
    yield SnapshotRow, {
        "entry_id": id, "source": source, "article_key": url, "requested_url": url, "final_url": url,
        "status": 200, "headers": [["content-type", "text/html"]], "fetched_at": at,
        "body_sha256": f"{id:064x}",
        "archive_file": "pages.warc.gz", "archive_offset": id * 1000, "archive_length": 1000,
    }  # fmt: skip
    yield ArticleRow, {"key": url, "source": source, "url": url, "first_seen_at": at}
    yield RevisionRow, {
        "article_id": id, "snapshot_id": id, "is_newest": True, "dated_at": published, "created_at": at,
        "published_at": published, "language": _LANGUAGES[outlet % len(_LANGUAGES)],
        "text_sha256": f"{id:064x}",
        "title": title, "lead": "", "text": written,
    }  # fmt: skip
    yield ExtractionRow, {"snapshot_id": id, "extracted_at": at, "extractor": "made", "revision_id": id}
    score = 0.9 if is_flagged else dice.uniform(0.06, 0.4) if kind == 1 and number % 2 else 0.01
    quote = {
        "exact": sentence, "prefix": "", "suffix": body[:32], "start": len(title) + 2,
        "end": len(title) + 2 + len(sentence), "rule": "admission", "weight": 0.9, "marks": [[0, 6]],
    }  # fmt: skip
    yield FlagRow, {
        "revision_id": id, "topic": TOPIC, "topic_version": "1", "score": score, "judged_at": at,
        "grade": (2 if id % 4 else 1) if is_flagged else 0, "evidence": [quote] if is_flagged else [],
    }  # fmt: skip
    if is_flagged:
        yield from _stated(id, at, sentence, firm, place, document, count)


def _stated(
    id: int, at: datetime, sentence: str, firm: str, place: str, document: str, count: int
) -> Iterator[tuple[type[Row], dict[str, Any]]]:
    here = {"revision_id": id, "position": 0, "start": 0, "end": 6}
    yield PlaceMentionRow, here | {"exact": place, "name": place, "today": place, "level": "province"}
    yield EnterpriseMentionRow, here | {
        "exact": firm, "key": firm.lower().replace(" ", "-"), "act": "admits", "place": place,
        "sentence": sentence,
    }  # fmt: skip
    yield DocumentMentionRow, here | {
        "exact": document, "key": document.lower(), "number": document.split()[1], "type": "resolution",
    }  # fmt: skip
    yield QuantityRow, here | {
        "indicator": "new_members", "value": float(count), "unit": "people", "place": place,
        "place_today": place, "period": at.strftime("%Y-%m"), "kind": "result", "exact": f"{count} đảng viên",
    }  # fmt: skip
    first = id - (id - 1) % 250 if (id - 1) % 250 < 3 else id
    if first == id:
        yield StoryRow, {"id": id, "made_at": at}
    yield StoryArticleRow, {
        "article_id": id, "story_id": first, "way": "first" if first == id else "rewrote",
        "source_article_id": None if first == id else first, "delay_s": None,
        "reasons": [] if first == id else ["same firm and number"], "joined_at": at,
    }  # fmt: skip


def _add_reviews(session: Session, maker: Maker) -> None:
    query = "SELECT article_id, revision_id FROM digest_article ORDER BY article_id"
    shown = session.execute(text(query)).all()
    actions, reviews = [], []
    for article_id, revision_id in shown[::2]:
        at = maker.at(article_id) + timedelta(hours=8)
        actions.append({"at": at, "reviewer": "", "undone_at": None})
        verdict = maker.random.choices(("confirmed", "rejected", "unsure"), (8, 1, 1))[0]
        ids = {"action_id": len(actions), "article_id": article_id, "revision_id": revision_id}
        reviews.append(ids | {"verdict": verdict})
    _add(session, ReviewActionRow, actions)
    _add(session, ReviewRow, reviews)
