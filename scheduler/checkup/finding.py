"""What a check found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not for ever, or not as well as it could."""
    PROBLEM = "problem"
    """The service cannot do its work."""


@dataclass(frozen=True)
class Finding:
    """One check's finding; ``advice`` says what to do, and is empty where all is well."""

    check: str
    outcome: Outcome
    said: str
    advice: str = ""


Check = Callable[[], list[Finding]]


def ok(check: str, said: str) -> Finding:
    """All is well."""
    return Finding(check, Outcome.OK, said)


def warning(check: str, said: str, advice: str) -> Finding:
    """It works for now."""
    return Finding(check, Outcome.WARNING, said, advice)


def problem(check: str, said: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(check, Outcome.PROBLEM, said, advice)
