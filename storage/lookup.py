"""One address: what became of it, from its listing to its text."""

from sqlmodel import Session, col, select

from storage.models import Value
from storage.tables import ArticleRow, EntryRow, ExtractionRow, RevisionRow, SnapshotRow


class KnownAddress(Value):
    """What the store knows of an address."""

    article_id: int | None
    """The Article that was read from it; None where no text came of it."""
    fate: str | None
    """A Fate; None where it was never listed itself, but led to."""
    fate_detail: str = ""
    rejection_reason: str | None = None
    """A RejectionReason, of the last page; None where it gave a text or was not read yet."""
    rejection_detail: str = ""


def find_address(session: Session, key: str) -> KnownAddress | None:
    """What is known of the address with the article key ``key``; None where it is unknown."""
    article_id = session.exec(select(ArticleRow.id).where(ArticleRow.key == key)).first()
    entry = session.exec(select(EntryRow).where(EntryRow.key == key)).first()
    if entry is None:
        return KnownAddress(article_id=article_id, fate=None) if article_id is not None else None
    last = session.exec(
        select(ExtractionRow, RevisionRow.article_id)
        .join(SnapshotRow, col(SnapshotRow.id) == ExtractionRow.snapshot_id)
        .join(RevisionRow, col(RevisionRow.id) == ExtractionRow.revision_id, isouter=True)
        .where(SnapshotRow.entry_id == entry.id)
        .order_by(col(SnapshotRow.id).desc())
    ).first()
    extraction, read_as = last if last is not None else (None, None)
    return KnownAddress(
        article_id=article_id if article_id is not None else read_as,
        fate=entry.fate,
        fate_detail=entry.fate_detail,
        rejection_reason=extraction.rejection_reason if extraction is not None else None,
        rejection_detail=(extraction.rejection_detail or "") if extraction is not None else "",
    )
