"""Wishes, plans and choices, as pages and service hand them to one another."""

import pytest
from storage_samples import BAO_MAU, NOW, SAMPLE_NEWS, begin, minutes

from storage import source_choices, wishes
from storage.database import Database
from storage.queries import source_statuses
from storage.wishes import PlannedPoll, WishKind, WishOutcome


@pytest.fixture
def known(database: Database) -> Database:
    with database.write() as session:
        begin(session)
    return database


def test_a_wish_waits_is_taken_and_ends(known: Database) -> None:
    with known.write() as session:
        asked = wishes.ask(session, WishKind.POLL, BAO_MAU.id, "Lan", NOW)
        assert asked is not None
        assert (asked.asked_by, asked.taken_at, asked.outcome) == ("Lan", None, None)
        assert wishes.is_waiting(session)
    with known.write() as session:
        taken = wishes.take(session, NOW + minutes(1))
        assert taken is not None
        assert (taken.id, taken.taken_at) == (asked.id, NOW + minutes(1))
        assert wishes.take(session, NOW + minutes(1)) is None
        assert not wishes.is_waiting(session)
        wishes.end(session, taken.id, WishOutcome.DONE, {"listed": 3}, NOW + minutes(2))
    with known.read() as session:
        [ended] = wishes.wishes_of(session, BAO_MAU.id, 5)
        assert wishes.wishes_of(session, SAMPLE_NEWS.id, 5) == []
    assert (ended.outcome, ended.facts, ended.ended_at) == (WishOutcome.DONE, {"listed": 3}, NOW + minutes(2))


def test_the_same_wish_is_asked_for_once_until_it_ends(known: Database) -> None:
    with known.write() as session:
        first = wishes.ask(session, WishKind.POLL, BAO_MAU.id, "", NOW)
        again = wishes.ask(session, WishKind.POLL, BAO_MAU.id, "Lan", NOW + minutes(1))
        other = wishes.ask(session, WishKind.REPLAY, BAO_MAU.id, "", NOW)
        assert first is not None
        assert again == first
        assert other is not None
        assert other.id != first.id
        wishes.take(session, NOW)
        assert wishes.ask(session, WishKind.POLL, BAO_MAU.id, "", NOW) is not None
        wishes.end(session, first.id, WishOutcome.FAILED, {}, NOW)
        later = wishes.ask(session, WishKind.POLL, BAO_MAU.id, "", NOW)
    assert later is not None
    assert later.id not in (first.id, other.id)


def test_a_wish_for_an_unknown_source_is_none(known: Database) -> None:
    with known.write() as session:
        assert wishes.ask(session, WishKind.POLL, "nobody", "", NOW) is None


def test_what_a_killed_service_had_taken_waits_again(known: Database) -> None:
    with known.write() as session:
        asked = wishes.ask(session, WishKind.POLL, BAO_MAU.id, "", NOW)
        wishes.take(session, NOW)
    with known.write() as session:
        wishes.give_back(session)
        taken = wishes.take(session, NOW + minutes(5))
    assert asked is not None
    assert taken is not None
    assert taken.id == asked.id


def test_the_next_poll_is_the_last_one_planned(known: Database) -> None:
    with known.write() as session:
        wishes.note_planned(session, BAO_MAU.id, NOW + minutes(10), "usual")
        wishes.note_planned(session, BAO_MAU.id, NOW + minutes(30), "it rests at night")
        wishes.note_planned(session, SAMPLE_NEWS.id, NOW, "usual")
        wishes.forget_planned(session, SAMPLE_NEWS.id)
        wishes.forget_planned(session, SAMPLE_NEWS.id)
    with known.read() as session:
        expected = {BAO_MAU.id: PlannedPoll(at=NOW + minutes(30), why="it rests at night")}
        assert wishes.planned_polls(session) == expected


def test_a_choice_counts_at_once_and_can_be_taken_back(known: Database) -> None:
    with known.write() as session:
        assert source_choices.choose(session, BAO_MAU.id, False, "Lan", NOW)
        assert not source_choices.choose(session, "nobody", False, "Lan", NOW)
    with known.read() as session:
        enabled = {status.id: status.is_enabled for status in source_statuses(session)}
        assert enabled == {BAO_MAU.id: False, SAMPLE_NEWS.id: True}
        [choice] = source_choices.choices(session).values()
        assert (choice.source, choice.is_enabled, choice.chosen_by) == (BAO_MAU.id, False, "Lan")
    with known.write() as session:
        source_choices.choose(session, BAO_MAU.id, True, "", NOW + minutes(1))
        assert source_choices.choices(session)[BAO_MAU.id].is_enabled
        source_choices.take_back(session, BAO_MAU.id)
        source_choices.take_back(session, BAO_MAU.id)
        assert source_choices.choices(session) == {}
