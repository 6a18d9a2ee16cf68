"""What people ask for on the pages, done: polls, replays, choices, stories, and the settings told."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import NOW, judged
from digest_store import store

from crawler.source import Source
from scheduler.desk import Desk, open_desk, renewed
from scheduler.effective import effective_settings
from scheduler.grouping import place
from scheduler.pipeline import work_through
from scheduler.settings import settings_from
from scheduler.tasks import fingerprint_article
from scheduler.wishes import Hands, Wishes
from storage import ledger, reading, regrouping, source_choices, stories, wishes
from storage.effective import EffectiveSettings
from storage.ledger import SourceFacts
from storage.models import Entry, Rejection, RejectionReason, RunOutcome, Snapshot
from storage.upkeep import known
from storage.wishes import Wish, WishKind, WishOutcome

SOURCE = "vna-en"
PAGE = b"<html><head><title>x</title></head><body><p>too short</p></body></html>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    data = {
        "storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3", "archive": str(tmp_path / "pages")},
        "extract": {"workers": 1},
        "crawl": {"contact": "desk@example.org"},
    }
    with open_desk(settings_from(data, tmp_path, origin="test"), clock=lambda: NOW) as opened:
        yield opened


class Service:
    """The service's hands: a poll is a Run in the database, with this outcome."""

    def __init__(self, desk: Desk, outcome: RunOutcome = RunOutcome.COMPLETED) -> None:
        self.desk = desk
        self.outcome = outcome
        self.polled: list[str] = []
        self.followed: list[Mapping[str, bool]] = []
        self.wishes = Wishes(
            Hands(
                desk=lambda: self.desk, poll=self.poll, work=partial(work_through, desk), follow=self.follow
            )
        )

    async def poll(self, source: Source) -> None:
        self.polled.append(source.id)
        with self.desk.database.write() as session:
            run_id = ledger.open_run(session, source.id, NOW)
            reason = None if self.outcome is RunOutcome.COMPLETED else "blocked: status 403"
            ledger.close_run(session, run_id, self.outcome, reason, 7, 1000, NOW + timedelta(seconds=5))

    async def follow(self, chosen: Mapping[str, bool]) -> None:
        self.followed.append(chosen)
        self.desk = renewed(self.desk, self.desk.settings)

    async def look(self) -> None:
        await self.wishes.look()
        await self.wishes.settle()


def ask(desk: Desk, kind: WishKind = WishKind.POLL, source: str = SOURCE) -> Wish:
    with desk.database.write() as session:
        asked = wishes.ask(session, kind, source, "", NOW)
    assert asked is not None
    return asked


def last_wish(desk: Desk, source: str = SOURCE) -> Wish:
    with desk.database.read() as session:
        return wishes.wishes_of(session, source, 1)[0]


def test_check_now_polls_and_tells_what_it_came_to(desk: Desk) -> None:
    service = Service(desk)
    ask(desk)
    asyncio.run(service.look())
    assert service.polled == [SOURCE]
    ended = last_wish(desk)
    assert (ended.outcome, ended.facts) == (WishOutcome.DONE, {"listed": 0, "requests": 7})
    asyncio.run(service.look())
    assert service.polled == [SOURCE]


def test_a_poll_that_fails_says_why(desk: Desk) -> None:
    ask(desk)
    asyncio.run(Service(desk, RunOutcome.FAILED).look())
    ended = last_wish(desk)
    assert (ended.outcome, ended.facts["reason"]) == (WishOutcome.FAILED, "blocked: status 403")


def test_while_polling_is_held_a_wish_is_refused_with_the_reason(desk: Desk) -> None:
    service = Service(desk)
    desk.polling_held["disk"] = "less than 500 MB are free"
    ask(desk)
    asyncio.run(service.look())
    assert service.polled == []
    ended = last_wish(desk)
    assert (ended.outcome, ended.facts) == (WishOutcome.REFUSED, {"reason": "less than 500 MB are free"})


def test_a_source_that_is_no_longer_declared_is_not_polled(desk: Desk) -> None:
    with desk.database.write() as session:
        ledger.sync_sources(session, [SourceFacts("gone", "Gone", "https://gone.example/", ("en",), True)])
    ask(desk, source="gone")
    asyncio.run(Service(desk).look())
    assert last_wish(desk, "gone").outcome is WishOutcome.REFUSED


def test_a_poll_that_breaks_off_ends_its_wish(desk: Desk) -> None:
    async def broken(_source: Source) -> None:
        raise RuntimeError("no network at all")

    service = Service(desk)
    service.poll = broken  # type: ignore[method-assign]
    hands = Hands(desk=lambda: desk, poll=broken, work=partial(work_through, desk), follow=service.follow)
    service.wishes = Wishes(hands)
    ask(desk)
    asyncio.run(service.look())
    assert last_wish(desk).outcome is WishOutcome.FAILED


def test_a_replay_reads_the_quarantined_pages_again(desk: Desk) -> None:
    reject(desk, 1, PAGE)
    reject(desk, 2, PAGE, is_kept=False)
    ask(desk, WishKind.REPLAY)
    asyncio.run(Service(desk).look())
    ended = last_wish(desk)
    assert (ended.outcome, ended.facts) == (WishOutcome.DONE, {"pages": 1, "read": 0, "lost": 1})


def reject(desk: Desk, number: int, body: bytes, *, is_kept: bool = True) -> None:
    """A page of ``SOURCE`` fetched, archived and rejected."""
    url = f"https://en.vietnamplus.vn/page-post{number}.vnp"
    snapshot = Snapshot(
        source=SOURCE,
        requested_url=url,
        final_url=url,
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=body,
        fetched_at=NOW,
    )
    page = desk.intake.archive.store(snapshot)
    if not is_kept:
        page = page.model_copy(update={"file": "gone.warc.gz"})
    with desk.database.write() as session:
        run_id = ledger.open_run(session, SOURCE, NOW)
        ledger.add_entries(session, SOURCE, run_id, [(url, Entry(url=url))], NOW)
        [pending] = [item for item in ledger.pending_entries(session, SOURCE, NOW, 9) if item.key == url]
        snapshot_id = ledger.record_snapshot(session, pending.id, run_id, url, snapshot, page)
        reading.record_extraction(
            session, snapshot_id, "old 1", Rejection(reason=RejectionReason.TOO_SHORT), NOW
        )
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 10, NOW)


def test_a_choice_on_the_pages_is_followed_once_and_taken_back(desk: Desk) -> None:
    service = Service(desk)
    assert desk.sources[SOURCE].is_enabled
    asyncio.run(service.look())
    with desk.database.write() as session:
        source_choices.choose(session, SOURCE, False, "", NOW)
    for _ in range(2):
        asyncio.run(service.look())
    assert service.followed == [{SOURCE: False}]
    assert not service.desk.sources[SOURCE].is_enabled
    with desk.database.write() as session:
        source_choices.take_back(session, SOURCE)
    asyncio.run(service.look())
    assert service.followed == [{SOURCE: False}, {}]
    assert service.desk.sources[SOURCE].is_enabled


def test_a_choice_outlives_a_restart_and_counts_before_the_settings(desk: Desk, tmp_path: Path) -> None:
    with desk.database.write() as session:
        source_choices.choose(session, SOURCE, False, "", NOW)
    with open_desk(desk.settings, clock=lambda: NOW) as again:
        assert not again.sources[SOURCE].is_enabled
        assert again.sources["vns"].is_enabled


def test_stories_that_a_person_put_together_are_told_apart_by_their_texts(desk: Desk) -> None:
    text = "The Party cell of Hoa Mai Garment Company admitted 37 workers to the Party in Dong Nai on Friday."
    at = iter(range(1, 9))

    def put(source: str, words: str) -> int:
        article = judged(next(at), words, words, source=source, hours_ago=9 - next(at))
        article_id = store(desk.database, article)
        with desk.database.write() as session:
            for waiting in stories.ungrouped_articles(session, article.flag.topic, 9):
                place(session, fingerprint_article(waiting), NOW)
        return article_id

    first, other = (
        put("vna-en", text),
        put("vns", "Can Tho founds cells in 4 private clinics, says its paper."),
    )
    with desk.database.write() as session:
        places = stories.memberships(session, [first, other])
        assert places[first].story_id != places[other].story_id
        kept = regrouping.merge(session, *(place.story_id for place in places.values()), NOW)
        assert regrouping.open_stories(session, 9) == [kept]
    asyncio.run(Service(desk).look())
    with desk.database.read() as session:
        assert regrouping.open_stories(session, 9) == []
        assert {item.way for item in stories.members(session, [kept])[kept]} == {"first", "rewrote"}


def test_what_a_killed_service_began_is_done_by_the_next(desk: Desk) -> None:
    asked = ask(desk)
    with desk.database.write() as session:
        wishes.take(session, NOW)

    async def next_service() -> None:
        service = Service(desk)
        task = asyncio.create_task(service.wishes.run())
        await until(lambda: last_wish(desk).ended_at is not None)
        task.cancel()

    asyncio.run(asyncio.wait_for(next_service(), 60))
    assert (last_wish(desk).id, last_wish(desk).outcome) == (asked.id, WishOutcome.DONE)


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0.05)


def test_the_settings_in_force_are_told_without_secrets(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "smtp"
    secret.write_text("hunter2")
    rooms = tmp_path / "rooms"
    rooms.write_text("tgram://secret-token/chat")
    data = {
        "storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3", "archive": "data/pages"},
        "crawl": {"contact": "desk@example.org"},
        "delivery": {
            "smtp_user": "desk",
            "smtp_password_file": str(secret),
            "chat_file": str(rooms),
        },
    }
    changed = renewed(desk, settings_from(data, tmp_path, origin="test"))
    told = effective_settings(changed, NOW)
    keys = {(section.name, key.key): key for section in told.sections for key in section.keys}
    assert keys["crawl", "contact"].value == '"desk@example.org"'
    assert keys["crawl", "contact"].is_changed
    assert keys["delivery", "smtp_password_file"].value == f'"{secret}"'
    assert not keys["storage", "archive"].is_changed
    assert not keys["schedule", "digest_time"].is_changed
    written = told.model_dump_json()
    assert "hunter2" not in written
    assert "secret-token" not in written


def test_the_settings_are_noted_at_the_start_and_after_a_reload(desk: Desk, tmp_path: Path) -> None:
    service = Service(desk)
    asyncio.run(service.look())
    assert contact(desk) == '"desk@example.org"'
    data = {"storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3"}, "crawl": {"contact": "a@b.example"}}
    service.desk = renewed(desk, settings_from(data, tmp_path, origin="test"))
    asyncio.run(service.look())
    assert contact(desk) == '"a@b.example"'


def contact(desk: Desk) -> str:
    with desk.database.read() as session:
        told = known(session, EffectiveSettings)
    assert told is not None
    [key] = [key for section in told.sections for key in section.keys if key.key == "contact"]
    return key.value
