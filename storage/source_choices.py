"""A person's word on which Sources are followed: it counts before their declarations and the settings."""

from datetime import datetime

from sqlmodel import Session, select

from storage.desk_tables import SourceChoiceRow
from storage.models import Moment, Value
from storage.tables import SourceRow


class SourceChoice(Value):
    """What was chosen for one Source."""

    source: str
    is_enabled: bool
    chosen_by: str
    """Empty where nobody signs in."""
    chosen_at: Moment


def choose(session: Session, source: str, is_enabled: bool, chosen_by: str, now: datetime) -> bool:
    """Follow ``source`` from now on, or leave it alone; False where there is no such Source."""
    declared = session.get(SourceRow, source)
    if declared is None:
        return False
    row = session.get(SourceChoiceRow, source) or SourceChoiceRow(
        source=source, is_enabled=is_enabled, chosen_by=chosen_by, chosen_at=now
    )
    row.is_enabled, row.chosen_by, row.chosen_at = is_enabled, chosen_by, now
    declared.is_enabled = is_enabled
    session.add_all([row, declared])
    session.flush()
    return True


def take_back(session: Session, source: str) -> None:
    """Let declaration and settings count again for ``source``."""
    row = session.get(SourceChoiceRow, source)
    if row is not None:
        session.delete(row)
        session.flush()


def choices(session: Session) -> dict[str, SourceChoice]:
    """What is chosen, by the Source's id."""
    return {
        row.source: SourceChoice.model_validate(row.model_dump())
        for row in session.exec(select(SourceChoiceRow))
    }
