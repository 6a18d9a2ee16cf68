"""Values that the storage tests share: invented outlets and pages, and one way through the stages."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from storage import ledger, reading
from storage.archive import ArchivedPage
from storage.ledger import SourceFacts
from storage.models import Entry, Evidence, Flag, Rejection, Revision, Snapshot

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
TOPIC = "party-in-enterprises"
VERSION = "1"
BAO_MAU = SourceFacts("bao-mau", "Báo Mẫu", "https://baomau.example/", ("vi",), True)
SAMPLE_NEWS = SourceFacts("sample-news", "Sample News", "https://sample.example/", ("en",), True)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def entry(number: int, published_at: datetime | None = None) -> tuple[str, Entry]:
    url = f"https://baomau.example/bai-{number}.html"
    return url, Entry(url=url, title=f"Bài {number}", published_at=published_at)


def snapshot(url: str, body: bytes = b"<html>xin ch\xc3\xa0o</html>", at: datetime = NOW) -> Snapshot:
    return Snapshot(
        source=BAO_MAU.id,
        requested_url=url,
        final_url=url,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")),
        body=body,
        fetched_at=at,
    )


def page(number: int) -> ArchivedPage:
    return ArchivedPage(file="pages.warc.gz", offset=number * 1000, length=1000)


def revision(
    text: str = "Chi bộ kết nạp đảng viên.", title: str = "Kết nạp đảng viên", **facts: object
) -> Revision:
    return Revision.model_validate({"title": title, "text": text, "language": "vi", **facts})


def flag(grade: int = 2, score: float = 0.9) -> Flag:
    evidence = Evidence(
        exact="Chi bộ kết nạp đảng viên.",
        prefix="",
        suffix="",
        start=0,
        end=25,
        rule="admission",
        weight=0.9,
        marks=((0, 6),),
    )
    return Flag(topic=TOPIC, grade=grade, score=score, evidence=(evidence,) if grade else ())


def begin(session: Session, now: datetime = NOW) -> int:
    """Both sources known, and a Run of the first one open."""
    ledger.sync_sources(session, [BAO_MAU, SAMPLE_NEWS])
    return ledger.open_run(session, BAO_MAU.id, now)


def fetch(session: Session, run_id: int, number: int, now: datetime = NOW) -> int:
    """Entry ``number`` listed and fetched; the Snapshot's id."""
    key, listed = entry(number)
    ledger.add_entries(session, BAO_MAU.id, run_id, [(key, listed)], now)
    pending = ledger.pending_entries(session, BAO_MAU.id, now, 1000)
    entry_id = next(item.id for item in pending if item.key == key)
    return ledger.record_snapshot(session, entry_id, run_id, key, snapshot(key, at=now), page(number))


def read(
    session: Session, run_id: int, number: int, outcome: Revision | Rejection, now: datetime = NOW
) -> int | None:
    """Entry ``number`` fetched and extracted; the Revision's id."""
    return reading.record_extraction(session, fetch(session, run_id, number, now), "test 1", outcome, now)


def judge(
    session: Session, run_id: int, number: int, verdict: Flag, text: str = "", now: datetime = NOW
) -> int:
    """Entry ``number`` fetched, extracted and judged; the Revision's id."""
    revision_id = read(session, run_id, number, revision(text or f"Chi bộ {number} kết nạp đảng viên."), now)
    assert revision_id is not None
    reading.record_flag(session, revision_id, verdict, VERSION, now)
    return revision_id
