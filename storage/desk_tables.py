"""The tables of the reviewer's desk: what people decided, asked for and are known by.

Written and read by ``storage.reviews``, ``storage.searches``, ``storage.people``, ``storage.wishes`` and
``storage.source_choices``.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.columns import json_column, text_column
from storage.tables import Row


class ReviewActionRow(Row, table=True):
    """One act of a reviewer, undone as one; what it says of each Article is in ``review``."""

    __tablename__ = "review_action"
    __table_args__ = (Index(None, "at"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    reviewer: str = text_column()
    """A person's name; empty where nobody signs in."""
    undone_at: datetime | None = None


class ReviewRow(Row, table=True):
    """What one act says of one Article; None where it says nothing of that kind."""

    __tablename__ = "review"
    __table_args__ = (Index(None, "article_id", "action_id"),)

    action_id: int = Field(
        primary_key=True, foreign_key="review_action.id", sa_column_kwargs={"autoincrement": False}
    )
    article_id: int = Field(
        primary_key=True, foreign_key="article.id", sa_column_kwargs={"autoincrement": False}
    )
    revision_id: int = Field(foreign_key="revision.id", index=True)
    """The text that was judged."""
    verdict: str | None = text_column(default=None)
    """confirmed, rejected, unsure, or the empty text for a verdict taken back."""
    note: str | None = text_column(default=None)
    is_starred: bool | None = None


class SavedSearchRow(Row, table=True):
    """A search that somebody keeps; ``query`` is the query part of its address."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    owner: str = text_column()
    """A person's name; empty where nobody signs in."""
    name: str = text_column()
    query: str = text_column()
    made_at: datetime


class PersonRow(Row, table=True):
    """Somebody who signs in."""

    __tablename__ = "person"

    name: str = text_column(primary_key=True)
    role: str = text_column()
    password_hash: str = text_column()
    made_at: datetime


class SignInRow(Row, table=True):
    """A browser that is signed in; its token is known by its digest alone."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "expires_at"),)

    token_sha256: str = text_column(primary_key=True)
    person: str = text_column(foreign_key="person.name", index=True)
    made_at: datetime
    seen_at: datetime
    expires_at: datetime


class ApiKeyRow(Row, table=True):
    """A key with which a program acts for a person; known by its digest alone."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("person", "name"),)

    key_sha256: str = text_column(primary_key=True)
    person: str = text_column(foreign_key="person.name")
    name: str = text_column()
    made_at: datetime
    seen_at: datetime | None = None


class SourceChoiceRow(Row, table=True):
    """A person's word on whether a Source is followed, whatever its declaration and the settings say."""

    __tablename__ = "source_choice"

    source: str = text_column(primary_key=True, foreign_key="source.id")
    is_enabled: bool
    chosen_by: str = text_column()
    chosen_at: datetime


class WishRow(Row, table=True):
    """Something asked of the service on the pages: they share only the database with it."""

    __tablename__ = "wish"
    __table_args__ = (Index(None, "taken_at"), Index(None, "source", "asked_at"))

    id: int | None = Field(default=None, primary_key=True)
    kind: str = text_column()
    """poll or replay."""
    source: str = text_column(foreign_key="source.id")
    asked_by: str = text_column()
    asked_at: datetime
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = text_column(default=None)
    """A WishOutcome."""
    facts: dict[str, Any] = json_column(default_factory=dict)
    """What it came to."""


class PlannedPollRow(Row, table=True):
    """When the service means to poll a Source next."""

    __tablename__ = "planned_poll"

    source: str = text_column(primary_key=True, foreign_key="source.id")
    at: datetime
    why: str = text_column()
