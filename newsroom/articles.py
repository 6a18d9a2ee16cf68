"""The articles that the newsroom prints: read from story files, or made by a test from other texts.

A story file tells one story in TOML: who tells it (``[[telling]]`` with ``outlet``), when, and in
which words. README.md beside this module describes every key.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NotRequired, TypedDict, Unpack

from newsroom.outlets import OUTLETS, Family, Outlet
from storage.folding import to_nfc

BUNDLED = Path(__file__).parent / "articles"
"""The stories that come with the newsroom."""

_NUMBERS_PER_OUTLET = 9_000
"""Articles are numbered from the outlet's first number on, within this span."""


class ArticleFileError(Exception):
    """A story file cannot be used: which file, which key, and why."""

    def __init__(self, file: Path, key: str, why: str) -> None:
        super().__init__(f"{file.name}: {key}: {why}")
        self.file = file
        self.key = key
        self.why = why


@dataclass(frozen=True)
class Article:
    """One telling of a story by one outlet, as the newsroom publishes it."""

    outlet: str
    id: int
    slug: str
    url: str
    title: str
    lead: str
    """The sapo; may be empty."""
    author: str
    """As the outlet prints it; may be empty."""
    caption: str
    """Of the lead picture; empty: no picture."""
    section: str
    """A key of ``outlets.SECTION_KEYS``."""
    dateline: str
    """The place that the outlet prints before the text, where its house style has one; may be empty."""
    paragraphs: tuple[str, ...]
    published_at: datetime
    """Aware, UTC, whole seconds."""
    language: str
    grade: int
    """What a reader should find: 2 about the topic, 1 in passing, 0 neither."""
    kind: str
    story: str
    original_url: str | None = None
    """The article that a re-host republishes."""
    original_outlet: str | None = None
    has_house_style: bool = True
    """False: the paragraphs are printed as they are, without dateline and end mark."""


class ArticleDetails(TypedDict):
    """What ``make_article`` may be told beyond the text; the names are those of Article."""

    lead: NotRequired[str]
    author: NotRequired[str]
    caption: NotRequired[str]
    section: NotRequired[str]
    dateline: NotRequired[str]
    grade: NotRequired[int]
    kind: NotRequired[str]
    story: NotRequired[str]
    id: NotRequired[int]
    slug: NotRequired[str]
    original_url: NotRequired[str | None]
    original_outlet: NotRequired[str | None]
    has_house_style: NotRequired[bool]


def make_article(
    outlet_id: str, title: str, body: str, published_at: datetime, **details: Unpack[ArticleDetails]
) -> Article:
    """An Article of ``outlet_id`` with the number, slug and address that the outlet would give it.

    ``body`` holds paragraphs separated by blank lines, ``published_at`` is aware. The number depends
    on story, outlet and title only. Raises KeyError for an unknown outlet, ValueError for a naive
    datetime.
    """
    if published_at.tzinfo is None:
        raise ValueError("published_at has no time zone; give an aware datetime.")
    outlet = OUTLETS[outlet_id]
    title = to_nfc(title.strip())
    story = details.get("story", "")
    number = details.get("id", _number(outlet, story, title))
    slug = details.get("slug", outlet.slug(title))
    found = outlet.find_section(details.get("section", ""))
    section = (found or outlet.section("politics")).key
    return Article(
        outlet=outlet_id,
        id=number,
        slug=slug,
        url=outlet.url(slug, number, section),
        title=title,
        lead=to_nfc(details.get("lead", "").strip()),
        author=to_nfc(details.get("author", "").strip()),
        caption=to_nfc(details.get("caption", "").strip()),
        section=section,
        dateline=to_nfc(details.get("dateline", "").strip()),
        paragraphs=_paragraphs(body),
        published_at=published_at.astimezone(UTC).replace(microsecond=0),
        language=outlet.language,
        grade=details.get("grade", 0),
        kind=details.get("kind", ""),
        story=story,
        original_url=details.get("original_url"),
        original_outlet=details.get("original_outlet"),
        has_house_style=details.get("has_house_style", True),
    )


def load_articles(now: datetime, folder: Path = BUNDLED) -> list[Article]:
    """Every telling in the story files of ``folder``, newest first, dated relative to ``now``.

    The same file gives the same numbers and addresses on every run. Raises ArticleFileError for the
    first file that is not as README.md describes, ValueError for a naive ``now``.
    """
    articles: list[Article] = []
    for file in sorted(folder.glob("*.toml")):
        articles += _story_articles(_read_story(file), now)
    return sorted(_with_unique_numbers(articles), key=lambda article: article.published_at, reverse=True)


def _paragraphs(body: str) -> tuple[str, ...]:
    blocks = to_nfc(body).replace("\r\n", "\n").split("\n\n")
    return tuple(" ".join(block.split()) for block in blocks if block.strip())


def _number(outlet: Outlet, story: str, title: str) -> int:
    digest = hashlib.sha256(f"{outlet.id}\n{story}\n{title}".encode()).digest()
    return outlet.first_id + int.from_bytes(digest[:4]) % _NUMBERS_PER_OUTLET


def _with_unique_numbers(articles: Iterable[Article]) -> list[Article]:
    """Two tellings of one outlet that fall on the same number: the later file takes the next one."""
    taken: set[tuple[str, int]] = set()
    unique = []
    for article in articles:
        outlet, number = OUTLETS[article.outlet], article.id
        while (article.outlet, number) in taken:
            number += 1
        taken.add((article.outlet, number))
        unique.append(replace(article, id=number, url=outlet.url(article.slug, number, article.section)))
    return unique


# --- story files -------------------------------------------------------------------------------

_STORY_KEYS: dict[str, type] = {"story": str, "grade": int, "kind": str, "telling": list}
_TELLING_KEYS: dict[str, type | tuple[type, ...]] = {
    "outlet": str,
    "grade": int,
    "hours_ago": (int, float),
    "title": str,
    "lead": str,
    "author": str,
    "caption": str,
    "section": str,
    "dateline": str,
    "rehost_of": str,
    "body": str,
}
_TELLING_NEEDS = ("outlet", "hours_ago", "title", "body")


@dataclass(frozen=True)
class _Story:
    file: Path
    grade: int
    kind: str
    tellings: tuple[Mapping[str, Any], ...]


def _read_story(file: Path) -> _Story:
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArticleFileError(file, "file", f"is no valid TOML in UTF-8: {error}.") from error
    _check_keys(file, "", data, _STORY_KEYS, tuple(_STORY_KEYS))
    if data["story"] != file.stem:
        raise ArticleFileError(file, "story", f"is {data['story']!r}; it must equal the file's name.")
    _check_grade(file, "grade", data["grade"])
    told_by: set[str] = set()
    for number, telling in enumerate(data["telling"], start=1):
        _check_telling(file, f"telling {number}: ", telling)
        told_by.add(telling["outlet"])
    for number, telling in enumerate(data["telling"], start=1):
        _check_rehost(file, f"telling {number}: rehost_of", telling, told_by)
    return _Story(file, data["grade"], data["kind"], tuple(data["telling"]))


def _check_keys(
    file: Path, prefix: str, data: Mapping[str, Any], types: Mapping[str, Any], needed: tuple[str, ...]
) -> None:
    for key, value in data.items():
        if key not in types:
            near = get_close_matches(key, types, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(types)}."
            raise ArticleFileError(file, f"{prefix}{key}", f"is not a key here; {hint}")
        if isinstance(value, bool) or not isinstance(value, types[key]):
            raise ArticleFileError(file, f"{prefix}{key}", f"cannot be {value!r}.")
    for key in needed:
        if key not in data:
            raise ArticleFileError(file, f"{prefix}{key}", "is missing.")


def _check_grade(file: Path, key: str, grade: int) -> None:
    if grade not in {0, 1, 2}:
        raise ArticleFileError(file, key, f"is {grade}; it must be 0, 1 or 2.")


def _check_telling(file: Path, prefix: str, telling: Any) -> None:
    if not isinstance(telling, dict):
        raise ArticleFileError(file, f"{prefix}telling", "must be a table, written [[telling]].")
    _check_keys(file, prefix, telling, _TELLING_KEYS, _TELLING_NEEDS)
    if telling["outlet"] not in OUTLETS:
        known = ", ".join(OUTLETS)
        raise ArticleFileError(file, f"{prefix}outlet", f"is {telling['outlet']!r}; known are {known}.")
    if telling["hours_ago"] < 0:
        raise ArticleFileError(file, f"{prefix}hours_ago", "is negative; articles are not from the future.")
    for key in ("title", "body"):
        if not telling[key].strip():
            raise ArticleFileError(file, f"{prefix}{key}", "is empty.")
    _check_grade(file, f"{prefix}grade", telling.get("grade", 0))


def _check_rehost(file: Path, key: str, telling: Mapping[str, Any], told_by: set[str]) -> None:
    original = telling.get("rehost_of")
    if original is None:
        return
    if OUTLETS[telling["outlet"]].family is not Family.VIETNAM_VN:
        raise ArticleFileError(file, key, "is for vietnamvn-en and vietnamvn-vi only.")
    if original not in told_by or OUTLETS[original].family is Family.VIETNAM_VN:
        raise ArticleFileError(file, key, f"is {original!r}, which does not tell this story itself.")


def _story_articles(story: _Story, now: datetime) -> list[Article]:
    """The story's Articles: first the outlets' own, then the re-hosts, which need their addresses."""
    own = [telling for telling in story.tellings if "rehost_of" not in telling]
    articles = [_told(story, telling, now) for telling in own]
    originals = {article.outlet: article for article in reversed(articles)}
    for telling in story.tellings:
        if "rehost_of" in telling:
            original = originals[telling["rehost_of"]]
            article = _told(story, telling, now)
            articles.append(replace(article, original_url=original.url, original_outlet=original.outlet))
    return _with_shared_slugs(articles)


def _told(story: _Story, telling: Mapping[str, Any], now: datetime) -> Article:
    return make_article(
        telling["outlet"],
        telling["title"],
        telling["body"],
        now - timedelta(hours=telling["hours_ago"]),
        lead=telling.get("lead", ""),
        author=telling.get("author", ""),
        caption=telling.get("caption", ""),
        section=telling.get("section", ""),
        dateline=telling.get("dateline", ""),
        grade=telling.get("grade", story.grade),
        kind=story.kind,
        story=story.file.stem,
    )


def _with_shared_slugs(articles: list[Article]) -> list[Article]:
    """vietnam.vn has one slug for all its languages, made from the Vietnamese title."""
    vietnamese = [article for article in articles if article.language == "vi"]
    own = [article for article in vietnamese if article.outlet == "vietnamvn-vi"]
    shared = []
    for article in articles:
        if article.outlet == "vietnamvn-en" and (own or vietnamese):
            originals = [other for other in vietnamese if other.outlet == article.original_outlet]
            title = (own or originals or vietnamese)[0].title
            slug = OUTLETS[article.outlet].slug(title)
            url = OUTLETS[article.outlet].url(slug, article.id, article.section)
            shared.append(replace(article, slug=slug, url=url))
        else:
            shared.append(article)
    return shared
