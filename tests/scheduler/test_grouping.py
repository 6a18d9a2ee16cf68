"""Articles into Stories, in a real database: once, in any order, and as a person decides."""

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
import typer
from sqlmodel import select
from typer.testing import CliRunner, Result

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import NOW, ON, TOPIC, ZONE, judged
from digest_store import store, sync

from digest.desk import collecting, freeze
from scheduler.commands import stories as commands
from scheduler.commands.errors import CommandError
from scheduler.desk import Desk, open_desk
from scheduler.grouping import decide, place
from scheduler.settings import settings_from
from scheduler.tasks import fingerprint_article
from storage import ledger, queries, reading, stories
from storage.archive import ArchivedPage
from storage.database import Database
from storage.models import JudgedArticle, Quantity, Revision, Snapshot, Statements
from storage.statements import record_statements
from storage.tables import EntryRow

EN = judged(
    1,
    "Hoa Mai Garment in Dong Nai admits 37 workers to the Party",
    "The Party committee of the industrial zones of Dong Nai province held an admission ceremony at Hoa Mai "
    "Garment Company on November 20. It admitted 37 workers to the Party, 21 of them women. The company in "
    "Bien Hoa has 4,815 employees and a Party committee of 164 members.",
    hours_ago=5,
)
REPRINT = judged(
    2,
    EN.revision.title,
    EN.revision.text + " (VNA)",
    source="vns",
    hours_ago=3,
)
VI = judged(
    3,
    "May Hoa Mai ở Đồng Nai kết nạp 37 công nhân vào Đảng",
    "Ngày 20/11, Đảng ủy các khu công nghiệp tỉnh Đồng Nai tổ chức lễ kết nạp đảng viên tại Công ty May Hoa "
    "Mai. Có 37 công nhân được kết nạp vào Đảng, trong đó 21 nữ. Công ty ở Biên Hòa có 4.815 lao động, đảng "
    "bộ công ty có 164 đảng viên.",
    source="vna-vi",
    language="vi",
    hours_ago=4,
)
OTHER = judged(
    4,
    "Bac Ninh sets up Party cells in twelve foreign-invested firms",
    "The Party committee of Bac Ninh province set up Party cells in 12 foreign-invested enterprises in Que "
    "Vo industrial park with 58 members this month.",
    source="vna-en",
    hours_ago=2,
)
ALL = (EN, REPRINT, VI, OTHER)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    data = {
        "storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3", "archive": str(tmp_path / "pages")},
        "extract": {"workers": 1},
    }
    with open_desk(settings_from(data, tmp_path, origin="test"), clock=lambda: NOW) as opened:
        sync(opened.database)
        yield opened


def put(desk: Desk, *articles: JudgedArticle) -> list[int]:
    """Store ``articles`` and group what has no story; their numbers."""
    ids = [store(desk.database, article) for article in articles]
    group(desk)
    return ids


def group(desk: Desk) -> None:
    with desk.database.read() as session:
        pending = stories.ungrouped_articles(session, TOPIC, 100)
    for article in pending:
        with desk.database.write() as session:
            place(session, fingerprint_article(article), desk.now())


def together(database: Database, ids: list[int]) -> set[frozenset[int]]:
    with database.read() as session:
        places = stories.memberships(session, ids)
    return {
        frozenset(id for id in ids if places[id].story_id == number)
        for number in {place.story_id for place in places.values()}
    }


def test_one_event_is_one_story_in_whatever_order_it_comes(tmp_path: Path, desk: Desk) -> None:
    orders = list(permutations(range(len(ALL))))[::5]
    for at, order in enumerate(orders):
        with open_desk(
            settings_from(
                {
                    "storage": {
                        "database": f"sqlite:///{tmp_path}/{at}.sqlite3",
                        "archive": str(tmp_path / "pages"),
                    }
                },
                tmp_path,
                origin="test",
            ),
            clock=lambda: NOW,
        ) as fresh:
            sync(fresh.database)
            ids = dict(zip(order, put(fresh, *(ALL[number] for number in order)), strict=True))
            expected = {frozenset((ids[0], ids[1], ids[2])), frozenset((ids[3],))}
            assert together(fresh.database, list(ids.values())) == expected, order


def test_grouping_again_changes_nothing(desk: Desk) -> None:
    ids = put(desk, *ALL)
    with desk.database.read() as session:
        before = stories.memberships(session, ids)
        assert stories.ungrouped_articles(session, TOPIC, 100) == []
    for article in ALL:
        group(desk)
        assert article
    with desk.database.read() as session:
        assert stories.memberships(session, ids) == before


def test_the_lineage_says_who_was_first_and_why_the_others_joined(desk: Desk) -> None:
    first, reprint, translated, _ = put(desk, *ALL)
    with desk.database.read() as session:
        places = stories.memberships(session, [first, reprint, translated])
    assert (places[first].way, places[first].source_article_id) == ("first", None)
    assert (places[reprint].way, places[reprint].source_article_id) == ("reprinted", first)
    assert places[reprint].delay_s == timedelta(hours=2).total_seconds()
    assert (places[translated].way, places[translated].source_article_id) == ("translated", first)
    assert any("37" in reason for reason in places[translated].reasons)


def test_a_persons_split_and_merge_outlive_later_articles(desk: Desk) -> None:
    first, reprint, translated, other = put(desk, *ALL)
    with desk.database.write() as session:
        number = stories.memberships(session, [first])[first].story_id
        decide(session, first, translated, desk.now(), is_together=False)
        decide(session, reprint, translated, desk.now(), is_together=False)
        decide(session, first, other, desk.now(), is_together=True)
    apart = {frozenset((first, reprint, other)), frozenset((translated,))}
    assert together(desk.database, [first, reprint, translated, other]) == apart
    with desk.database.read() as session:
        assert stories.memberships(session, [first])[first].story_id == number
    [late] = put(
        desk, VI.model_copy(update={"article_id": 9, "source": "nhandan-vi", "url": "https://n.example/9"})
    )
    groups = together(desk.database, [first, reprint, translated, other, late])
    assert not any({first, translated} <= found or {reprint, translated} <= found for found in groups)
    assert any({first, other} <= found for found in groups)


def test_a_story_is_new_once_and_a_later_outlet_is_an_update(desk: Desk) -> None:
    put(desk, EN, OTHER)
    first = freeze(desk.database, ON, NOW, ZONE, TOPIC)
    assert first.counts.entries == 2
    assert first.updates == ()
    later = VI.model_copy(update={"judged_at": NOW + timedelta(hours=1)})
    put(desk, later)
    second = freeze(desk.database, ON + timedelta(days=1), NOW + timedelta(days=1), ZONE, TOPIC)
    assert second.counts.entries == 0
    [update] = second.updates
    assert (update.told_on, update.article.title) == (ON, VI.revision.title)
    assert update.article.way == "translated"
    assert update.article.source_outlet == "VietnamPlus (English)"
    third = freeze(desk.database, ON + timedelta(days=2), NOW + timedelta(days=2), ZONE, TOPIC)
    assert (third.entries, third.updates) == ((), ())


def test_one_morning_shows_a_story_once_with_all_its_tellings(desk: Desk) -> None:
    put(desk, *ALL)
    found = collecting(desk.database, NOW, ZONE, TOPIC)
    assert found.counts.entries == 2
    told = next(entry for entry in found.entries if len(entry.articles) == 3)
    assert [article.source for article in told.articles] == ["vna-en", "vna-vi", "vns"]
    assert told.telling("vi").language == "vi"
    assert told.telling("fr").article_id == told.articles[0].article_id


def test_a_changed_figure_is_an_update_and_changed_words_are_not(desk: Desk) -> None:
    [article_id] = put(desk, EN)
    state(desk, article_id, 37)
    freeze(desk.database, ON, NOW, ZONE, TOPIC)
    edited = EN.revision.model_copy(update={"text": EN.revision.text.replace("37", "39")})
    at = NOW + timedelta(hours=2)
    edit(desk, edited, at)
    state(desk, article_id, 39)
    second = freeze(desk.database, ON + timedelta(days=1), NOW + timedelta(days=1), ZONE, TOPIC)
    [update] = second.updates
    assert [(change.before, change.after) for change in update.changes] == [(37, 39)]
    assert update.told_on == ON
    worded = edited.model_copy(update={"text": edited.text + " Work went on."})
    at = NOW + timedelta(days=1, hours=2)
    edit(desk, worded, at)
    state(desk, article_id, 39)
    third = freeze(desk.database, ON + timedelta(days=2), NOW + timedelta(days=2), ZONE, TOPIC)
    assert (third.entries, third.updates) == ((), ())


def edit(desk: Desk, revision: Revision, at: datetime) -> None:
    """The outlet of ``EN`` shows another text from ``at`` on."""
    with desk.database.write() as session:
        run_id = ledger.open_run(session, EN.source, at)
        [entry] = session.exec(select(EntryRow)).all()
        snapshot = Snapshot(
            source=EN.source,
            requested_url=EN.url,
            final_url=EN.url,
            status=200,
            headers=(),
            body=revision.text.encode(),
            fetched_at=at,
        )
        page = ArchivedPage(file="pages.warc.gz", offset=0, length=1)
        assert entry.id is not None
        snapshot_id = ledger.record_snapshot(session, entry.id, run_id, entry.key, snapshot, page)
        revision_id = reading.record_extraction(session, snapshot_id, "test 1", revision, at)
        assert revision_id is not None
        reading.record_flag(session, revision_id, EN.flag, "1", at)


def state(desk: Desk, article_id: int, value: float) -> None:
    """The newest text of the article states ``value``."""
    quantity = Quantity(
        indicator="members_admitted", value=value, unit="people", kind="result", exact=f"{value:g} workers"
    )
    with desk.database.write() as session:
        judged_article = queries.article(session, article_id, TOPIC)
        assert judged_article is not None
        assert judged_article.revision_id is not None
        record_statements(session, [(judged_article.revision_id, Statements(quantities=(quantity,)))])


def call(desk: Desk, command: Callable[..., None], *numbers: int) -> Result:
    app = typer.Typer()

    @app.callback()
    def options(context: typer.Context) -> None:
        context.obj = lambda: desk.settings

    app.command("it")(command)
    words = ["it", *map(str, numbers)]
    return CliRunner().invoke(app, words, env={"COLUMNS": "300", "TERMINAL_WIDTH": "300"})


def test_the_commands_show_split_and_merge(desk: Desk) -> None:
    first, reprint, translated, _ = put(desk, *ALL)
    shown = call(desk, commands.show, reprint)
    assert shown.exit_code == 0, shown.output
    assert f"reprinted {first}" in shown.output
    assert "same numbers" in shown.output
    apart = call(desk, commands.split, first, translated)
    assert apart.exit_code == 0, apart.output
    groups = together(desk.database, [first, reprint, translated])
    assert not any({first, translated} <= group for group in groups)
    assert call(desk, commands.merge, first, translated).exit_code == 0
    groups = together(desk.database, [first, reprint, translated])
    assert any({first, translated} <= group for group in groups)


def test_an_article_without_a_story_and_one_named_twice_are_refused(desk: Desk) -> None:
    [only] = put(desk, EN)
    refused = call(desk, commands.merge, only, 999)
    assert isinstance(refused.exception, CommandError)
    assert "No story has an article 999" in str(refused.exception)
    assert call(desk, commands.split, only, only).exit_code == 2
