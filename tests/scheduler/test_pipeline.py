"""The stages on a real database and archive: what fails harms its own page only."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from crawler.errors import WorkerDied, WorkersBroken
from crawler.source import Source
from scheduler import pipeline, tasks
from scheduler.desk import Desk, open_desk
from scheduler.grouping import group_articles
from scheduler.pipeline import STAGES, build_digest, extract_pending, flag_pending, group_pending
from scheduler.settings import settings_from
from scheduler.tasks import judge_revision
from storage import ledger, reading
from storage.models import Entry, RejectionReason, Revision, Snapshot, Verdict
from storage.reading import PendingSnapshot
from storage.statements import statements_of
from storage.stories import Ungrouped
from storage.story_tables import StoryArticleRow
from storage.tables import ArticleRow, DigestRow, ExtractionRow, FlagRow, SnapshotRow

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
SENTENCE = "Đảng bộ khu công nghiệp kết nạp {n} đảng viên là công nhân trong doanh nghiệp tư nhân của tỉnh."
PAGE = (
    '<html lang="vi"><body><h1 class="article__title">Kết nạp {n} đảng viên trong doanh nghiệp</h1>'
    '<div class="article__body"><p>' + SENTENCE + "</p><p>Trong năm, " + SENTENCE + "</p><p>Ngoài ra, "
    "tỉnh thành lập {n} tổ chức đảng trong doanh nghiệp ngoài nhà nước.</p></div></body></html>"
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(settings_from({}, tmp_path, origin="the test"), clock=lambda: NOW) as opened:
        yield opened


def store(desk: Desk, numbers: range, page_of: str = PAGE) -> None:
    """Fetched pages of Nhân Dân, as a crawl leaves them."""
    with desk.database.write() as session:
        run_id = ledger.open_run(session, "nhandan-vi", NOW)
        keyed = [(f"nhandan.vn:{n}", Entry(url=f"https://nhandan.vn/bai-post{n}.html")) for n in numbers]
        ledger.add_entries(session, "nhandan-vi", run_id, keyed, NOW)
        for entry in ledger.pending_entries(session, "nhandan-vi", NOW, 100):
            number = int(entry.key.rpartition(":")[2])
            snapshot = Snapshot(
                source="nhandan-vi",
                requested_url=entry.url,
                final_url=entry.url,
                status=200,
                headers=(("Content-Type", "text/html; charset=utf-8"),),
                body=page_of.format(n=number).encode(),
                fetched_at=NOW,
            )
            page = desk.intake.archive.store(snapshot)
            ledger.record_snapshot(session, entry.id, run_id, entry.key, snapshot, page)


def count(session: Session, table: type) -> int:
    return len(session.exec(select(table)).all())


def test_the_stages_are_named_in_order() -> None:
    names = ["crawl", "extract", "flag", "group", "digest", "deliver"]
    assert [stage.name for stage in STAGES] == names
    assert STAGES[1].reads == "Snapshot"


def test_pages_become_articles_and_flags_once(desk: Desk) -> None:
    store(desk, range(100_001, 100_041))

    async def work() -> tuple[int, ...]:
        return (await extract_pending(desk), await flag_pending(desk), await extract_pending(desk))

    assert asyncio.run(work()) == (40, 40, 0)
    with desk.database.read() as session:
        assert count(session, ArticleRow) == 40
        assert {row.grade for row in session.exec(select(FlagRow))} == {2}


def test_a_worker_judges_what_it_reads(desk: Desk) -> None:
    store(desk, range(100_001, 100_041))

    async def work() -> tuple[int, ...]:
        read = await extract_pending(desk, judges=True)
        return read, await flag_pending(desk), await group_pending(desk), await group_pending(desk)

    assert asyncio.run(work()) == (40, 0, 40, 0)
    with desk.database.read() as session:
        flags = session.exec(select(FlagRow)).all()
        stated = statements_of(session, [row.revision_id for row in flags])
        assert count(session, StoryArticleRow) == 40
    assert {(row.grade, row.topic_version) for row in flags} == {(2, desk.topic_version)}
    assert all(each.quantities for each in stated.values())


def test_workers_judge_by_the_calibration_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[calibration]\nbelow = 8\nabove = 20\nceiling = 0.66\n", "utf-8")
    settings = settings_from({"topic": {"calibration": "own.toml"}}, tmp_path, origin="the test")
    with open_desk(settings, clock=lambda: NOW) as opened:
        store(opened, range(100_001, 100_003))
        asyncio.run(extract_pending(opened, judges=True))
        with opened.database.read() as session:
            scores = {round(row.score, 4) for row in session.exec(select(FlagRow))}
    assert scores == {0.66}


def test_an_unchanged_text_keeps_its_verdict(desk: Desk) -> None:
    store(desk, range(100_001, 100_003))
    asyncio.run(extract_pending(desk, judges=True))
    with desk.database.write() as session:
        for row in session.exec(select(FlagRow)):
            row.topic_version = "an earlier one"
            session.add(row)
        for waiting in session.exec(select(ExtractionRow)):
            waiting.extracted_at = None
            session.add(waiting)
    assert asyncio.run(extract_pending(desk, judges=True)) == 2
    with desk.database.read() as session:
        assert {row.topic_version for row in session.exec(select(FlagRow))} == {"an earlier one"}


def _judge_all_but_one(revision: Revision, zone: ZoneInfo) -> Verdict:
    if "100002" in revision.title:
        raise ValueError("this one")
    return judge_revision(revision, zone)


def test_a_text_that_cannot_be_judged_is_kept_and_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    store(desk, range(100_001, 100_004))
    pages = desk_pages(desk)
    monkeypatch.setattr(tasks, "judge_revision", _judge_all_but_one)
    judging = tasks.Judging(desk.topic_version, desk.zone)
    tasks.read_pages(tasks.Store(desk.database.url, desk.intake.archive.folder), pages, judging, NOW)
    monkeypatch.undo()
    with desk.database.read() as session:
        assert (count(session, ArticleRow), count(session, FlagRow)) == (3, 2)
    assert asyncio.run(flag_pending(desk)) == 1


def desk_pages(desk: Desk) -> list[tuple[PendingSnapshot, Source]]:
    with desk.database.read() as session:
        waiting = reading.pending_snapshots(session, 100)
    return [(pending, desk.sources[pending.source]) for pending in waiting]


def _group_but_one(store: tasks.Store, articles: Sequence[Ungrouped], now: datetime) -> None:
    if any("100002" in article.revision.title for article in articles):
        raise ValueError("this one")
    group_articles(store, articles, now)


def test_an_article_whose_story_cannot_be_told_harms_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(desk, range(100_001, 100_005))
    asyncio.run(extract_pending(desk, judges=True))
    monkeypatch.setattr(pipeline, "group_articles", _group_but_one)
    assert asyncio.run(group_pending(desk)) == 3
    monkeypatch.undo()
    assert asyncio.run(group_pending(desk)) == 1


def test_what_a_flagged_text_states_is_kept_with_it(desk: Desk) -> None:
    store(desk, range(100_029, 100_030))
    asyncio.run(extract_pending(desk))
    asyncio.run(flag_pending(desk))
    with desk.database.read() as session:
        [row] = session.exec(select(FlagRow)).all()
        stated = statements_of(session, [row.revision_id])[row.revision_id]
    assert {(item.indicator, item.value) for item in stated.quantities} >= {("members_admitted", 100_029)}


def test_a_damaged_record_costs_its_own_page_only(desk: Desk) -> None:
    store(desk, range(100_001, 100_006))
    with desk.database.write() as session:
        [second] = session.exec(select(SnapshotRow).where(SnapshotRow.id == 2)).all()
        second.archive_offset += 5
        session.add(second)
    assert asyncio.run(extract_pending(desk)) == 5
    with desk.database.read() as session:
        rows = {row.snapshot_id: row.rejection_reason for row in session.exec(select(ExtractionRow))}
    assert rows == {1: None, 2: RejectionReason.UNREADABLE, 3: None, 4: None, 5: None}


def _hang(*_: object) -> None:
    time.sleep(60)


def test_a_page_that_keeps_the_parser_busy_is_ended_and_kept_for_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(desk, range(100_001, 100_002))
    monkeypatch.setattr(pipeline, "read_pages", _hang)
    monkeypatch.setattr(pipeline, "read_page", _hang)
    monkeypatch.setattr(desk.intake.workers, "limit_s", 1)
    assert asyncio.run(extract_pending(desk)) == 1
    with desk.database.read() as session:
        [row] = session.exec(select(ExtractionRow)).all()
        [snapshot] = session.exec(select(SnapshotRow)).all()
    assert row.rejection_reason == RejectionReason.PARSER_TIMED_OUT
    assert (desk.intake.archive.folder / snapshot.archive_file).exists()


def test_a_page_of_line_breaks_is_ended_and_its_neighbours_are_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(desk, range(100_001, 100_003))
    busy = PAGE.replace("<p>Ngoài ra", "<p>" + "chữ và chữ<br>" * 170_000 + "Ngoài ra")
    store(desk, range(100_003, 100_004), busy)
    store(desk, range(100_004, 100_006))
    monkeypatch.setattr(desk.intake.workers, "limit_s", 1)  # it takes two seconds and more
    assert asyncio.run(extract_pending(desk)) == 5
    with desk.database.read() as session:
        rows = {row.snapshot_id: row.rejection_reason for row in session.exec(select(ExtractionRow))}
    assert rows == {1: None, 2: None, 3: RejectionReason.PARSER_TIMED_OUT, 4: None, 5: None}


def test_pages_wait_while_the_archive_is_away(desk: Desk) -> None:
    store(desk, range(100_001, 100_004))
    folder = desk.intake.archive.folder
    folder.rename(folder.with_name("elsewhere"))
    assert asyncio.run(extract_pending(desk)) == 0
    folder.with_name("elsewhere").rename(folder)
    assert asyncio.run(extract_pending(desk)) == 3


def test_pages_wait_where_all_workers_are_lost_time_and_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(desk, range(100_001, 100_003))

    async def lose(function: Callable[..., object], *_: object) -> None:
        raise WorkersBroken(function.__name__, 3)

    with monkeypatch.context() as broken:
        broken.setattr(desk.intake.workers, "run", lose)
        assert asyncio.run(extract_pending(desk)) == 0
    assert asyncio.run(extract_pending(desk)) == 2, "the pages are not to blame"


def test_a_failure_to_judge_is_no_verdict(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    store(desk, range(100_001, 100_003))

    async def work() -> tuple[int, int]:
        await extract_pending(desk)
        run = desk.intake.workers.run

        async def die(*_: object) -> None:
            raise WorkerDied("judge_revision", -9)

        monkeypatch.setattr(desk.intake.workers, "run", die)
        failed = await flag_pending(desk)
        monkeypatch.setattr(desk.intake.workers, "run", run)
        return failed, await flag_pending(desk)

    assert asyncio.run(work()) == (0, 2)


def test_judging_that_always_fails_is_given_up_for_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    store(desk, range(100_001, 100_002))
    tries = []

    async def work() -> None:
        await extract_pending(desk)

        async def die(task: object, *_: object) -> None:
            tries.append(task)
            raise WorkerDied("judge_revision", -9)

        monkeypatch.setattr(desk.intake.workers, "run", die)
        for _ in range(6):
            await flag_pending(desk)

    asyncio.run(work())
    assert tries.count(pipeline.judge_revision) == pipeline._MOST_FAILURES
    assert tries.count(pipeline.judge_revisions) == 1, "in a batch once, then alone"


def test_the_digest_is_built_once_for_its_day_with_the_near_misses_of_the_settings(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(desk, range(100_001, 100_003))
    seen = {}
    freeze = pipeline.freeze

    def watched(*arguments: object, **options: object) -> object:
        seen.update(options)
        return freeze(*arguments, **options)

    monkeypatch.setattr(pipeline, "freeze", watched)

    async def work() -> None:
        await extract_pending(desk)
        await flag_pending(desk)
        await build_digest(desk)
        await build_digest(desk)

    asyncio.run(work())
    wanted = {"near_miss_score": desk.settings.digest.near_miss_score, "channels": {}, "due_at": None}
    assert seen == wanted
    with desk.database.read() as session:
        [row] = session.exec(select(DigestRow)).all()
    assert str(row.on) == "2026-11-22"
