"""The tables of stories; read and written by ``storage.stories``."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from storage.columns import json_column, text_column
from storage.tables import Row


class StoryRow(Row, table=True):
    """One event, told by one Article or more."""

    __tablename__ = "story"

    id: int | None = Field(default=None, primary_key=True)
    made_at: datetime
    moved_article_id: int | None = None
    """Of a Story that was merged away: one of its Articles, whose Story stands in its place."""


class StoryArticleRow(Row, table=True):
    """Which Story an Article tells, and how it came to it. ``way`` is one of ``analysis.stories``."""

    __tablename__ = "story_article"

    article_id: int = Field(
        primary_key=True, foreign_key="article.id", sa_column_kwargs={"autoincrement": False}
    )
    story_id: int = Field(foreign_key="story.id", index=True)
    way: str = text_column(index=True)
    source_article_id: int | None = None
    delay_s: float | None = None
    reasons: list[str] = json_column()
    joined_at: datetime


class FingerprintRow(Row, table=True):
    """What of an Article says which event it tells; ``form`` is the analysis' own."""

    __tablename__ = "fingerprint"

    article_id: int = Field(
        primary_key=True, foreign_key="article.id", sa_column_kwargs={"autoincrement": False}
    )
    form: dict[str, Any] = json_column()


class StoryKeyRow(Row, table=True):
    """Under which keys other tellings of an Article's event are looked for."""

    __tablename__ = "story_key"

    key: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    article_id: int = Field(
        primary_key=True, foreign_key="article.id", sa_column_kwargs={"autoincrement": False}
    )


class StoryDecisionRow(Row, table=True):
    """A person's word on two Articles, the smaller number first: one story, or two."""

    __tablename__ = "story_decision"

    first_article_id: int = Field(
        primary_key=True, foreign_key="article.id", sa_column_kwargs={"autoincrement": False}
    )
    second_article_id: int = Field(
        primary_key=True, foreign_key="article.id", sa_column_kwargs={"autoincrement": False}
    )
    is_together: bool
    decided_at: datetime
