"""Whatever the order of arrivals, restarts and time zones: a story is new once, an article shown once."""

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from digest_samples import NOW, ON, TOPIC, ZONE, judged
from digest_store import store, sync
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.desk import collecting, freeze
from digest.render import render
from storage import stories
from storage.database import open_database
from storage.stories import Membership

ZONES = ("Asia/Ho_Chi_Minh", "Europe/Paris", "America/New_York", "Pacific/Kiritimati")
ARRIVAL = st.tuples(st.just("arrive"), st.integers(0, 4), st.integers(0, 600))
BUILD = st.tuples(st.just("build"), st.integers(0, 900), st.sampled_from(ZONES))
RESTART = st.tuples(st.just("restart"), st.just(0), st.just(0))
BACK = st.tuples(st.just("clock back"), st.integers(1, 120), st.just(0))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which nothing has arrived: each example begins with a copy."""
    file = tmp_path_factory.mktemp("fresh") / "d.sqlite3"
    database = open_database(f"sqlite:///{file}")
    sync(database)
    database.close()
    return file


@settings(max_examples=40)
@given(st.lists(st.one_of(ARRIVAL, ARRIVAL, BUILD, RESTART, BACK), min_size=3, max_size=25))
def test_each_story_is_new_exactly_once(fresh: Path, steps: list[tuple[str, int, object]]) -> None:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{shutil.copy(fresh, folder)}"
        database, now, numbers = open_database(url), NOW, count(1)
        told: dict[int, int] = {}
        digests = []
        for step, amount, more in [*steps, ("build", 1500, ZONES[0])]:
            if step == "arrive":
                now += timedelta(minutes=int(str(more)))
                article = judged(next(numbers), "T", "Text.", now=now, hours_ago=0)
                article_id = store(database, article, judged_at=now)
                with database.write() as session:
                    if amount not in told:
                        told[amount] = stories.make_story(session, now)
                    way = Membership(article_id=article_id, story_id=told[amount], way="rewrote")
                    stories.record_memberships(session, [way], now)
            elif step == "build":
                now += timedelta(minutes=amount)
                on = now.astimezone(ZoneInfo(str(more))).date()
                digests.append(freeze(database, on, now + timedelta(seconds=1), ZoneInfo(str(more)), TOPIC))
            elif step == "clock back":
                now -= timedelta(minutes=amount)
            else:
                database.close()
                database = open_database(url)
        # A day may have had its digest already: what came since is in the next one.
        digests.append(freeze(database, ON + timedelta(days=900), now + timedelta(days=900), ZONE, TOPIC))
        frozen = {digest.on: digest for digest in digests}
        database.close()
    new = Counter(entry.story_id for digest in frozen.values() for entry in digest.entries)
    shown = Counter(
        article.article_id
        for digest in frozen.values()
        for entry in (*digest.entries, *digest.updates)
        for article in entry.articles
    )
    assert new == Counter(told.values())
    assert shown == Counter(range(1, next(numbers)))


@pytest.mark.parametrize(
    ("late_by", "is_said"), [(timedelta(0), False), (timedelta(minutes=5), False), (timedelta(hours=2), True)]
)
def test_a_digest_that_comes_late_says_so(tmp_path: Path, late_by: timedelta, is_said: bool) -> None:
    database = open_database(f"sqlite:///{tmp_path}/d.sqlite3")
    sync(database)
    due = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    built = freeze(database, ON, due + late_by, ZONE, TOPIC, due_at=due)
    text = render(built, "text", "en", ZONE)
    assert ("It was due at 22 Nov 2026, 07:00" in " ".join(text.split())) is is_said
    assert collecting(database, due + timedelta(hours=3), ZONE, TOPIC).is_late is False
    database.close()
