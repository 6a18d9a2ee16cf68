"""People, their browsers and keys, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import people
from storage.database import Database
from storage.errors import KeyKnown, KeyUnknown, PersonKnown, PersonUnknown
from storage.people import IDLE, LONGEST, proper_name

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def desk(database: Database) -> Database:
    with database.write() as session:
        people.add_person(session, "An", "reviewer", "hash", NOW)
        people.add_person(session, "Bình", "reader", "hash", NOW)
    return database


def test_nobody_is_there_at_first(database: Database) -> None:
    with database.read() as session:
        assert not people.any_person(session)
        assert people.people(session, NOW) == []
        assert people.password_hash(session, "An") is None


def test_people_come_by_name_with_their_browsers(desk: Database) -> None:
    with desk.write() as session:
        people.sign_in(session, "1", "An", NOW - timedelta(days=40))
        people.sign_in(session, "2", "An", NOW)
        people.sign_in(session, "3", "An", NOW)
    with desk.read() as session:
        assert people.any_person(session)
        found = [(one.name, one.role, one.browsers) for one in people.people(session, NOW)]
    assert found == [("An", "reviewer", 2), ("Bình", "reader", 0)]


def test_a_taken_name_changes_nothing(desk: Database) -> None:
    with pytest.raises(PersonKnown, match="There is a user Bình already"), desk.write() as session:
        people.add_person(session, "BÌNH", "reader", "other", NOW)


def test_a_sign_in_lasts_as_long_as_it_is_used_but_not_for_ever(desk: Database) -> None:
    with desk.write() as session:
        people.sign_in(session, "1", "An", NOW)
    with desk.read() as session:
        known = people.signed_in(session, "1", NOW)
        assert known is not None
        assert (known.person, known.role, known.is_seen_note_due) == ("An", "reviewer", False)
        assert people.signed_in(session, "1", NOW + IDLE) is None
    later = NOW + IDLE - timedelta(days=1)
    with desk.write() as session:
        known = people.signed_in(session, "1", later)
        assert known is not None
        assert known.is_seen_note_due
        people.note_seen(session, "1", later)
        assert people.signed_in(session, "1", NOW + IDLE) is not None
        people.note_seen(session, "1", NOW + LONGEST - timedelta(days=1))
        people.note_seen(session, "unknown", NOW)
    with desk.read() as session:
        assert people.signed_in(session, "1", NOW + LONGEST) is None


def test_expired_sign_ins_are_cleared_away(desk: Database) -> None:
    with desk.write() as session:
        people.sign_in(session, "1", "An", NOW)
        people.sign_in(session, "2", "An", NOW + IDLE)
    with desk.read() as session:
        left = session.connection().exec_driver_sql("SELECT token_sha256 FROM sign_in").scalars().all()
    assert left == ["2"]


def test_a_removed_person_takes_browsers_and_keys_along(desk: Database) -> None:
    with desk.write() as session:
        people.sign_in(session, "1", "An", NOW)
        people.add_key(session, "k", "An", "nightly", NOW)
        people.remove_person(session, "An")
    with desk.read() as session:
        assert people.signed_in(session, "1", NOW) is None
        assert people.person_of_key(session, "k", NOW) is None
        assert [one.name for one in people.people(session, NOW)] == ["Bình"]
    for act in (people.remove_person, people.change_password):
        with pytest.raises(PersonUnknown), desk.write() as session:
            act(session, "An", *(["hash"] if act is people.change_password else []))


def test_keys_are_named_once_each_and_note_when_they_were_used(desk: Database) -> None:
    with desk.write() as session:
        people.add_key(session, "k", "An", "nightly", NOW)
        people.add_key(session, "l", "Bình", "nightly", NOW)
        known = people.person_of_key(session, "k", NOW)
        assert known is not None
        assert known.is_seen_note_due
        people.note_key_seen(session, "k", NOW)
    with desk.read() as session:
        known = people.person_of_key(session, "k", NOW + timedelta(hours=23))
        assert known is not None
        assert not known.is_seen_note_due
        assert [(key.person, key.seen_at) for key in people.keys(session)] == [("An", NOW), ("Bình", None)]
    with pytest.raises(KeyKnown), desk.write() as session:
        people.add_key(session, "m", "An", "nightly", NOW)
    with desk.write() as session:
        people.drop_key(session, "An", "nightly")
    with pytest.raises(KeyUnknown), desk.write() as session:
        people.drop_key(session, "An", "nightly")


def test_a_hash_is_renewed_unless_it_was_changed_meanwhile(desk: Database) -> None:
    with desk.write() as session:
        people.renew_hash(session, "An", "hash", "newer")
        people.renew_hash(session, "Bình", "another", "newer")
        assert people.password_hash(session, "An") == "newer"
        assert people.password_hash(session, "Bình") == "hash"


def test_names_are_kept_in_one_form() -> None:
    assert proper_name("Bi\u0300nh") == "Bình"
    for written in ("", " a", "a\n", "a" * 65, "a\u202eb", "\x00"):
        with pytest.raises(ValueError, match="a name has"):
            proper_name(written)
