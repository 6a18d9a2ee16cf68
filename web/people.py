"""Who is at the desk: the person behind a request, and what that person may do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request


class Role(StrEnum):
    """What a person may do."""

    READER = "reader"
    """Read everything."""
    REVIEWER = "reviewer"
    """Judge, note, split and merge, and ask the service for things too."""


@dataclass(frozen=True)
class Person:
    """Somebody at the desk."""

    name: str
    """Empty where nobody signs in."""
    role: Role

    @property
    def is_known(self) -> bool:
        """Whether this person may read at all."""
        return self != NOBODY

    @property
    def can_review(self) -> bool:
        """Whether this person may change anything."""
        return self.role is Role.REVIEWER


SOMEBODY = Person("", Role.REVIEWER)
"""Whoever sits at this machine, where the pages are served without sign-in."""

NOBODY = Person("", Role.READER)
"""Whoever has not said who they are, where they must: the gate shows them next to nothing."""


def person_of(request: Request) -> Person:
    """The person behind ``request``, as ``web.gate`` found out."""
    person: Person = getattr(request.state, "person", NOBODY)
    return person


def reviewer(request: Request) -> Person:
    """The person behind ``request``, who may change things; else the request is refused with 403."""
    person = person_of(request)
    if not person.can_review:
        raise HTTPException(403)
    return person


Reviewer = Annotated[Person, Depends(reviewer)]
"""For a route that changes something: ``person: Reviewer``."""
