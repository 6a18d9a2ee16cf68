"""Pages in quarantine read again, and Entries that were too old woken."""

from storage_samples import BAO_MAU, NOW, begin, entry, fetch, minutes, read, revision

from storage import ledger, reading
from storage.database import Database
from storage.models import Fate, Rejection, RejectionReason
from storage.tables import ExtractionRow

SHORT = Rejection(reason=RejectionReason.TOO_SHORT, detail="12 characters")
OTHER = Rejection(reason=RejectionReason.CHALLENGE)


def test_rejected_pages_are_found_by_source_and_reason(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        for number, outcome in enumerate((SHORT, OTHER, revision(), SHORT)):
            read(session, run_id, number, outcome)
        fetch(session, run_id, 9)
        assert [page.url for page in reading.rejected_snapshots(session)] == [entry(n)[0] for n in (0, 1, 3)]
        short = reading.rejected_snapshots(session, BAO_MAU.id, RejectionReason.TOO_SHORT)
        assert [page.url for page in short] == [entry(n)[0] for n in (0, 3)]
        assert {(page.reason, page.source) for page in short} == {(RejectionReason.TOO_SHORT, BAO_MAU.id)}
        assert reading.rejected_snapshots(session, "another") == []


def test_a_page_that_is_read_again_keeps_its_reason_until_there_is_an_outcome(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        read(session, run_id, 1, SHORT)
        read(session, run_id, 2, revision())
        (rejected,) = reading.rejected_snapshots(session)
        kept = next(number for number in (1, 2, 3) if number != rejected.id)
        reading.read_again(session, [rejected.id, kept])
        assert [page.id for page in reading.pending_snapshots(session, 9)] == [rejected.id]
        session.expire_all()
        assert session.get_one(ExtractionRow, rejected.id).rejection_reason == "too_short"
        assert reading.rejected_snapshots(session) == []
        assert rejected.id not in reading.outcomes(session, [rejected.id])
        reading.record_extraction(session, rejected.id, "test 2", revision(title="Nay đọc được"), NOW)
        assert reading.outcomes(session, [rejected.id]) == {rejected.id: "Nay đọc được"}
        reading.read_again(session, [rejected.id])  # it is no longer rejected
        assert reading.pending_snapshots(session, 9) == []


def test_outcomes_of_many_pages_are_found(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        read(session, run_id, 1, OTHER)
        ids = [page.id for page in reading.rejected_snapshots(session)]
        far = list(range(10_000, 11_200))
        reading.read_again(session, far)
        assert reading.outcomes(session, [*far, *ids]) == {ids[0]: RejectionReason.CHALLENGE}


def test_too_old_entries_are_woken_by_their_date(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        dated = [entry(number, NOW - minutes(60 * number)) for number in range(6)]
        ledger.add_entries(session, BAO_MAU.id, run_id, [*dated, entry(9)], NOW, Fate.TOO_OLD)
        assert ledger.count_pending(session, BAO_MAU.id) == 0
        assert ledger.wake_old_entries(session, BAO_MAU.id, NOW - minutes(180)) == 4
        assert ledger.wake_old_entries(session, BAO_MAU.id, NOW - minutes(180)) == 0
        pending = ledger.pending_entries(session, BAO_MAU.id, NOW, 10)
        assert [item.key for item in pending] == [key for key, _ in dated[:4]]
        assert ledger.count_pending(session, BAO_MAU.id) == 4
