"""Verdicts given again: chosen by version and day, kept without making old Articles news."""

from datetime import timedelta

import pytest
from sqlmodel import select
from storage_samples import NOW, TOPIC, VERSION, begin, entry, fetch, flag, judge, minutes, read

from storage import rejudging
from storage.database import Database
from storage.lookup import find_address
from storage.models import Rejection, RejectionReason
from storage.rejudging import Selection, count_selected, selected_ids
from storage.tables import FlagRow


@pytest.mark.parametrize(
    ("before", "after", "is_news"), [(0, 2, True), (2, 1, False), (2, 2, False), (1, 0, False), (0, 0, False)]
)
def test_only_what_is_gained_takes_the_new_time(
    database: Database, before: int, after: int, is_news: bool
) -> None:
    later = NOW + timedelta(days=9)
    with database.write() as session:
        run_id = begin(session)
        ids = [judge(session, run_id, number, flag(before)) for number in (1, 2)]
        known = rejudging.judged(session, TOPIC, ids[:1])
        rejudging.record_again(session, [(known[0], flag(after, 0.7))], "2", later)
    with database.read() as session:
        rows = {row.revision_id: row for row in session.exec(select(FlagRow))}
    again, other = rows[ids[0]], rows[ids[1]]
    assert (again.grade, again.score, again.topic_version) == (after, 0.7, "2")
    assert again.judged_at == (later if is_news else NOW)
    assert (other.grade, other.topic_version, other.judged_at) == (before, VERSION, NOW)


def test_verdicts_are_chosen_by_version_and_day_in_batches(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        ids = [judge(session, run_id, n, flag(), now=NOW + minutes(60 * n)) for n in range(5)]
        everything = Selection(TOPIC)
        assert selected_ids(session, everything, 2) == ids[:2]
        assert selected_ids(session, everything, 9, ids[1]) == ids[2:]
        assert count_selected(session, Selection(TOPIC, but_version=VERSION)) == 0
        late = Selection(TOPIC, but_version="2", since=NOW + minutes(150))
        assert selected_ids(session, late, 9) == ids[3:]
        assert count_selected(session, late) == 2
        assert count_selected(session, Selection("another topic")) == 0
        (found,) = rejudging.judged(session, TOPIC, [ids[4]])
    assert (found.source_name, found.flag) == ("Báo Mẫu", flag())


def test_an_address_is_known_by_what_became_of_it(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        judge(session, run_id, 1, flag())
        read(session, run_id, 2, Rejection(reason=RejectionReason.TOO_SHORT, detail="12 words"))
        fetch(session, run_id, 3)
        known = [find_address(session, entry(number)[0]) for number in (1, 2, 3, 4)]
    text, rejected, waiting, unknown = known
    assert text is not None
    assert text.article_id is not None
    assert rejected is not None
    assert (rejected.article_id, rejected.rejection_reason) == (None, "too_short")
    assert rejected.rejection_detail == "12 words"
    assert waiting is not None
    assert (waiting.article_id, waiting.fate, waiting.rejection_reason) == (None, "fetched", None)
    assert unknown is None
