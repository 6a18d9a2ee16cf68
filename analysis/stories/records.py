"""Records in, stories out: the contract of ``diembao group``.

A record is what ``diembao analyse`` takes, ``{id, text[, title, language, url, published_at]}``; ``outlet``
and ``original_url`` may stand in it too. The answer is ``{id, story}``, the story being the id of its first
member: the earliest published, else the first id in the order of characters.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from analysis.analyse import RecordError
from analysis.stories.fingerprint import Telling, fingerprint
from analysis.stories.grouping import Story, group
from analysis.stories.lineage import lineage

_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def read_telling(record: Any) -> Telling:
    """The Telling that a record holds. Raises RecordError where the record is not one."""
    if not isinstance(record, Mapping):
        raise RecordError(f"a record must be a JSON object, not {type(record).__name__}")
    identity = record.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise RecordError("id is missing or is neither a string nor a whole number")
    text = record.get("text")
    if not isinstance(text, str):
        raise RecordError("text is missing or not a string")
    return Telling(
        id=str(identity),
        text=text,
        title=_optional(record, "title") or "",
        language=_optional(record, "language") or _optional(record, "lang"),
        url=_optional(record, "url"),
        outlet=_optional(record, "outlet"),
        published_at=_moment(_optional(record, "published_at")),
        original_url=_optional(record, "original_url"),
    )


def group_lines(lines: Iterable[str], *, explain: bool = False) -> list[dict[str, Any]]:
    """One answer for each line of JSON, in order; lines of white space are passed over.

    With ``explain`` an answer also has ``way``, ``source`` and ``reasons``: how the article came into its
    story. Raises RecordError with the line's number at the first line that is no record.
    """
    ids: dict[str, str | int] = {}
    prints = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            telling = read_telling(record)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RecordError(f"this is not JSON: {error}", number) from error
        except RecordError as error:
            raise RecordError(error.why, number) from error
        if telling.id in ids:
            telling = replace(telling, id=f"{telling.id} (line {number})")
        ids[telling.id] = record["id"]
        prints.append(fingerprint(telling))
    answers: dict[str, dict[str, Any]] = {}
    for story in group(prints):
        answers |= {item.id: {"id": ids[item.id], "story": ids[story.id]} for item in story.members}
        if explain:
            for identity, explanation in _explanations(story, ids):
                answers[identity] |= explanation
    return [answers[identity] for identity in ids]


def _explanations(story: Story, ids: Mapping[str, str | int]) -> Iterable[tuple[str, dict[str, Any]]]:
    for descent in lineage(story):
        pair = {descent.article, descent.source}
        reasons = next((item.reasons for item in story.joins if {item.a, item.b} == pair), ())
        if not reasons:
            reasons = next((item.reasons for item in story.joins if descent.article in (item.a, item.b)), ())
        yield (
            descent.article,
            {
                "way": descent.way.value,
                "source": None if descent.source is None else ids[descent.source],
                "reasons": [reason.words for reason in reasons],
            },
        )


def _optional(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"{key} must be a string or null, not {type(value).__name__}")
    return value


def _moment(written: str | None) -> datetime | None:
    """A time or a day of ISO 8601; one without a zone is local."""
    if not written or written.isspace():
        return None
    try:
        moment = datetime.fromisoformat(written.strip())
        local = moment.astimezone(_LOCAL) if moment.tzinfo else moment.replace(tzinfo=_LOCAL)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RecordError(f"published_at is not a time of ISO 8601: {written[:40]!r}") from None
