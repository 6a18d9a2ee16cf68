"""The shapes of the API's answers. Many are the values of storage and digest as they are."""

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field

from digest.series import Difference
from storage.mentions import Mention
from storage.models import Health, JudgedArticle, Moment, Value
from storage.registers import Firm, PartyDocument
from storage.reviews import Review
from storage.source_pages import RunLine
from storage.trends import StatedNumber, ToldStory, Week
from web.numbers import LARGEST
from web.trends import PlaceCount

Item = TypeVar("Item")


class Answer(Value):
    """Base of what is said here alone."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Listed(Answer, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next: str | None
    """The address of the part that follows; null where this is the last one."""


class Register(Listed[Item], Generic[Item]):
    """A part of a list that is counted."""

    total: int
    """How many items there are in all parts."""


class DigestLine(Answer):
    """A frozen digest, without its stories."""

    on: date
    """The local day; with it the digest is had."""
    built_at: Moment
    since: Moment
    until: Moment
    """Articles judged from `since` to before `until` were new in it."""


class ArticleLine(Answer):
    """An article in a list."""

    id: int
    url: str
    """The outlet's page."""
    source: str
    """The source's id."""
    outlet: str
    language: str
    """ISO 639-1."""
    title: str
    published_at: Moment | None
    """null where the page does not tell."""
    first_seen_at: Moment
    grade: int | None
    """2: about the topic; 1: in passing; 0: neither; null: not judged yet."""
    score: float | None
    """The probability that it is on the topic."""
    snippet: str
    """Where the words of a search stand in the text."""


class ArticleText(Answer):
    """An article with its text, the verdict and what it states."""

    article: JudgedArticle
    story_id: int | None
    """The story that it tells; null where it is not grouped."""
    review: Review
    """What reviewers said of it."""


class ReviewedArticle(Answer):
    """An article of the audit queue."""

    article: ArticleLine
    review: Review
    """What reviewers said of it."""


class Digests(Listed[DigestLine]):
    """Frozen digests, the newest first."""


class StoryList(Listed[ToldStory]):
    """Stories, those told last first."""


class Articles(Listed[ArticleLine]):
    """Articles, as a search finds them."""


class Reviews(Register[ReviewedArticle]):
    """Articles of one queue of the audit."""


class Firms(Register[Firm]):
    """Firms of the register."""


class Documents(Register[PartyDocument]):
    """Party documents of the register."""


class Numbers(Listed[StatedNumber]):
    """Numbers that articles state."""


class Runs(Listed[RunLine]):
    """Polls of one source, the newest first."""


class Mentions(Register[Mention]):
    """Mentions, the newest article's first."""


class FirmMentions(Answer):
    """A firm and where it is named."""

    firm: Firm
    mentions: Mentions


class DocumentMentions(Answer):
    """A Party document and where it is named."""

    document: PartyDocument
    mentions: Mentions


class SaidValue(Answer):
    """One value and who states it."""

    value: float
    numbers: list[StatedNumber]


class Differing(Answer):
    """What sources say differently: the same indicator, unit, kind, place and period."""

    indicator: str
    unit: str
    kind: str
    """result, target or total."""
    place: str | None
    period: str | None
    is_one_story: bool
    """Whether tellings of one event differ; otherwise they may count different things."""
    values: list[SaidValue]
    """The smallest first."""

    @classmethod
    def of(cls, found: Difference) -> "Differing":
        """``found`` as an answer."""
        values = [SaidValue(value=value, numbers=numbers) for value, numbers in found.values]
        return cls(
            indicator=found.indicator,
            unit=found.unit,
            kind=found.kind,
            place=found.place,
            period=found.period,
            is_one_story=found.is_one_story,
            values=values,
        )


class Differences(Answer):
    """Where sources state no number in common for the same thing."""

    items: list[Differing]
    """Tellings of one event first."""


class Trends(Answer):
    """Stories by week and by province."""

    weeks: list[Week]
    """ISO weeks in order, those without a story too."""
    provinces: list[PlaceCount]
    """Those of most stories first; a story that names several counts for each."""


class Source(Answer):
    """An outlet that is or was followed."""

    id: str
    name: str
    home: str
    """Its address."""
    is_enabled: bool
    articles: int
    """Articles of it in all."""
    last_read_at: Moment | None
    """End of the last poll that read at least one listing; null before the first."""
    health: Health | None
    """How it is, since when and why; null before it was judged."""


class Sources(Answer):
    """All sources."""

    items: list[Source]
    """By name."""


def whole(number: Any) -> Any:
    """3.0 is the whole number 3 in JSON."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


class Said(Answer):
    """One act of a reviewer, to be kept."""

    model_config = ConfigDict(strict=True, use_attribute_docstrings=True)

    article_id: Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(whole)]
    """The article that it is on."""
    act: Literal["confirmed", "rejected", "unsure", "none", "star", "unstar", "note"]
    """A verdict; none takes it back. star and unstar mark it; note keeps the note."""
    note: str = Field(default="", max_length=2000)
    """For the act note: the text; an empty one takes the note away."""
    whole: bool = False
    """Whether it holds for the other tellings of the article's story too."""


class Kept(Answer):
    """What became of an act."""

    id: int | None
    """The act's number, with which it is undone; null where this was said already."""
    article_ids: list[int]
    """The articles that it holds for."""
    review: Review
    """What is said of the article now."""


class Undone(Answer):
    """An act that does not count any more."""

    id: int
    article_ids: list[int]
    """The articles that it held for."""
