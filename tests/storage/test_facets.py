"""Facets: counts that agree with what the search itself finds, on both databases."""

import itertools
import random

import pytest
from sqlalchemy import text
from sqlmodel import Session
from storage_samples import BAO_MAU, NOW, SAMPLE_NEWS, TOPIC, VERSION, begin, flag, minutes, read, revision

from storage import facets, reading, reviews, searches, statements
from storage.database import Database
from storage.facets import FACETS, Facets, count_facets
from storage.models import EnterpriseMention, PlaceMention, Statements
from storage.search import search
from storage.search_filters import Filters, name_of
from storage.search_index import is_search_index_whole, rebuild_search_index

HA_NOI, HUE = "Hà Nội", "Huế"


def named(*provinces: str) -> Statements:
    places = tuple(PlaceMention(exact=name, name=name, today=name, level="province") for name in provinces)
    firm = EnterpriseMention(exact="Công ty May Ba", key="may-ba", act="admits", sentence="Câu.")
    return Statements(places=places, enterprises=(firm,))


def add(session: Session, number: int, language: str, grade: int | None, *provinces: str) -> None:
    words = f"Chi bộ kết nạp đảng viên {number}."
    outcome = revision(words, f"Bài {number}", language=language, published_at=NOW - minutes(number))
    revision_id = read(session, 1, number, outcome)
    assert revision_id is not None
    if grade is not None:
        reading.record_flag(session, revision_id, flag(grade, 0.9 if grade else 0.1), VERSION, NOW)
    if provinces:
        statements.record_statements(session, [(revision_id, named(*provinces))])


@pytest.fixture
def desk(database: Database) -> Database:
    """Articles 1 to 7; 3 is confirmed, 5, which is not flagged, rejected, and a verdict on 1 taken back."""
    with database.write() as session:
        begin(session)
        add(session, 1, "vi", 2, HA_NOI)
        add(session, 2, "vi", 1, HA_NOI, HUE)
        add(session, 3, "en", 2, HUE)
        add(session, 4, "en", 0)
        add(session, 5, "fr", 0)
        add(session, 6, "vi", None)
        add(session, 7, "vi", 0)
        reviews.record(session, [3], "", NOW, verdict="confirmed")
        reviews.record(session, [5], "", NOW, verdict="rejected")
        reviews.record(session, [1], "", NOW, verdict="unsure")
        reviews.record(session, [1], "", NOW, verdict=reviews.TAKEN_BACK)
    return database


def counted(desk: Database, query: str = "kết nạp", **filters: object) -> Facets:
    with desk.read() as session:
        return count_facets(session, query, TOPIC, Filters.model_validate(filters))


def counts(found: Facets, facet: str) -> dict[str, int]:
    return {item.value: item.count for item in found.values[facet]}


def test_every_facet_is_counted_over_the_result(desk: Database) -> None:
    found = counted(desk)
    assert (found.total, found.is_whole) == (7, True)
    assert counts(found, "grade") == {"2": 2, "1": 1, "0": 4}
    assert counts(found, "verdict") == {"confirmed": 1, "rejected": 1, "unjudged": 5}
    assert counts(found, "source") == {BAO_MAU.id: 7}
    assert counts(found, "language") == {"vi": 4, "en": 2, "fr": 1}
    assert counts(found, "province") == {HA_NOI: 2, HUE: 2}


def test_a_facet_ignores_its_own_filter_and_heeds_the_others(desk: Database) -> None:
    found = counted(desk, language="vi", grade="flagged")
    assert found.total == 2
    assert counts(found, "language") == {"vi": 2, "en": 1}
    assert counts(found, "grade") == {"2": 1, "1": 1, "0": 2}
    assert counts(found, "province") == {HA_NOI: 2, HUE: 1}


CHOICES = {
    "grade": (None, "2", "0", "flagged"),
    "verdict": (None, "confirmed", "unjudged"),
    "language": (None, "vi", "fr"),
    "province": (None, HUE),
    "source": (None, BAO_MAU.id, SAMPLE_NEWS.id),
    "firm": (None, "may-ba"),
    "since": (None, NOW - minutes(5)),
}


def test_counts_agree_with_what_is_found(desk: Database) -> None:
    every = list(itertools.product(("kết nạp", "-5", ""), *CHOICES.values()))
    for query, *chosen in random.Random(6).sample(every, 60):
        filters = Filters.model_validate(dict(zip(CHOICES, chosen, strict=True)))
        with desk.read() as session:
            found = count_facets(session, query, TOPIC, filters)
            assert found.total == len(search(session, query, TOPIC, filters)), (query, filters)
            for item in found.values["grade"]:
                other = filters.model_copy(update={"grade": item.value})
                assert item.count == len(search(session, query, TOPIC, other)), (query, filters, item)


def test_counts_follow_verdicts_and_judgements_at_once(desk: Database) -> None:
    with desk.write() as session:
        reading.record_flag(session, 6, flag(2), VERSION, NOW)
        reading.record_flag(session, 1, flag(0, 0.1), "2", NOW)
        reviews.record(session, [7], "", NOW, verdict="confirmed")
    assert counts(counted(desk), "grade") == {"2": 2, "1": 1, "0": 4}
    assert counts(counted(desk), "verdict") == {"confirmed": 2, "rejected": 1, "unjudged": 4}
    assert counted(desk, grade="flagged").total == 3
    assert counted(desk, grade="0", verdict="confirmed").total == 1
    with desk.write() as session:
        reading.record_flag(session, 1, flag(1), "3", NOW)
        act = reviews.last_act(session, "")
        assert act is not None
        reviews.undo(session, act.id, "", NOW)
    assert counts(counted(desk), "grade") == {"2": 2, "1": 2, "0": 3}
    assert counts(counted(desk), "verdict") == {"confirmed": 1, "rejected": 1, "unjudged": 5}
    assert counted(desk, "").total == 0


def test_a_judged_article_is_counted_by_its_newest_text(desk: Database) -> None:
    with desk.write() as session:
        for number, words in ((3, "Bản sửa."), (5, "Chi bộ sửa.")):  # confirmed; not flagged and rejected
            reading.record_extraction(session, number, "test 2", revision(words, "Tin", language="fr"), NOW)
            assert is_search_index_whole(session)
    assert counts(counted(desk, "sửa"), "verdict") == {"confirmed": 1, "rejected": 1}
    assert counts(counted(desk), "verdict") == {"unjudged": 5}
    assert counted(desk, "sửa", verdict="rejected").total == 1
    assert counted(desk, "kết nạp", verdict="rejected").total == 0


def test_the_index_of_the_notable_is_made_anew_and_missed_where_it_is_gone(desk: Database) -> None:
    before = counted(desk)
    with desk.write() as session:
        assert is_search_index_whole(session)
        clear = "INSERT INTO notable_search (notable_search) VALUES ('delete-all')"
        session.execute(text(clear if desk.is_sqlite else "DELETE FROM notable_search"))
        assert not is_search_index_whole(session)
        assert rebuild_search_index(session) == 7
        assert is_search_index_whole(session)
    assert counted(desk) == before


def test_what_is_not_counted_in_full_says_so(desk: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "MOST_COUNTED", 2)
    monkeypatch.setattr("storage.search_filters.RARE", 1)
    found = counted(desk)
    assert not found.is_whole
    assert found.total < 7
    assert {item.value: item.is_whole for item in found.values["grade"]} == {"2": True, "1": True, "0": False}
    flagged = counted(desk, grade="flagged")
    assert (flagged.total, flagged.is_whole) == (3, True)


def test_nothing_asked_is_nothing_counted(desk: Database) -> None:
    found = counted(desk, "")
    assert found.total == 0
    assert found.values == dict.fromkeys(FACETS, ())
    assert counted(desk, "zeppelin").total == 0


def test_a_firm_has_its_name(desk: Database) -> None:
    with desk.read() as session:
        assert name_of(session, "firm", "may-ba") == "Công ty May Ba"
        assert name_of(session, "firm", "nobody") == "nobody"
        assert name_of(session, "province", HUE) == HUE


def test_searches_are_kept_for_their_owner(database: Database) -> None:
    def kept(owner: str) -> dict[str, str]:
        with database.read() as session:
            return {item.name: item.query for item in searches.saved_searches(session, owner)}

    with database.write() as session:
        assert searches.save_search(session, "an", " Kết  nạp ", "q=ket+nap", NOW)
        assert searches.save_search(session, "an", "Kết nạp", "q=k%E1%BA%BFt", NOW)
        assert searches.save_search(session, "binh", "Kết nạp", "q=x", NOW)
        assert not searches.save_search(session, "an", "  ", "q=x", NOW)
    assert kept("an") == {"Kết nạp": "q=k%E1%BA%BFt"}
    with database.write() as session:
        for saved in searches.saved_searches(session, "binh"):
            searches.forget_search(session, "an", saved.id)
    assert kept("binh") == {"Kết nạp": "q=x"}
    with database.write() as session:
        for saved in searches.saved_searches(session, "an"):
            searches.forget_search(session, "an", saved.id)
        for number in range(searches.MOST_SAVED):
            assert searches.save_search(session, "an", str(number), "q=x", NOW)
        assert not searches.save_search(session, "an", "one too many", "q=x", NOW)
        assert searches.save_search(session, "an", "0", "q=y", NOW)
    assert kept("an")["0"] == "q=y"
