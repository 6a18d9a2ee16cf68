"""What a Run counts by Fate: the Entries that it listed or decided."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import func
from sqlmodel import Session, select

from storage.models import Fate
from storage.tables import EntryRow, RunRow


def count_fates(session: Session, run_id: int) -> dict[str, int]:
    """How many Entries of the Run have which Fate now."""
    query = (
        select(EntryRow.fate, func.count())
        .where(EntryRow.run_id == run_id)
        .group_by(EntryRow.fate)
        .order_by(EntryRow.fate)
    )
    return dict(session.exec(query).all())


def take_back(session: Session, decided: Iterable[tuple[int, Fate]]) -> None:
    """Count one Entry fewer for each of ``decided``: a Run that has ended and the Fate that it gave.

    For Entries that a later Run decides otherwise and counts itself, so that none is counted twice.
    """
    for (run_id, fate), number in Counter(decided).items():
        run = session.get_one(RunRow, run_id)
        left = run.fates.get(fate.value, 0) - number
        others = {name: count for name, count in run.fates.items() if name != fate.value}
        run.fates = dict(sorted((others | {fate.value: left} if left > 0 else others).items()))
        session.add(run)
    session.flush()
