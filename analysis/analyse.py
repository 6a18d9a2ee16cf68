"""Records in, verdicts out: the contract of ``diembao analyse``.

A record is ``{id, text[, title, language, url, published_at]}``; ``published_at`` is a time or a day of
ISO 8601, ``lang`` may stand for ``language``, and other keys are let pass. The answer has ``id``,
``flagged``, ``grade``, ``score``, ``evidence``, ``quantities``, ``documents`` and ``places``; offsets
count code points of the text in NFC.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from analysis.judge import judge
from analysis.topic import Topic
from storage.models import Evidence, Quantity, Verdict

_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_EVIDENCE_KEYS = ("exact", "prefix", "suffix", "start", "end", "rule", "weight")
_QUANTITY_KEYS = ("indicator", "value", "unit", "place", "period", "kind", "exact")


class RecordError(ValueError):
    """A record that cannot be judged."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why if line is None else f"line {line}: {why}")
        self.why = why
        self.line = line
        """Number of the line, from 1; None where the record came alone."""


def analyse_record(record: Mapping[str, Any], topic: Topic) -> dict[str, Any]:
    """The verdict on one record, ready for JSON. Raises RecordError where the record is not one."""
    verdict = judge_record(record, topic)
    return {"id": record["id"]} | as_json(verdict)


def judge_record(record: Mapping[str, Any], topic: Topic) -> Verdict:
    """The Verdict on one record. Raises RecordError where the record is not one."""
    if not isinstance(record, Mapping):
        raise RecordError(f"a record must be a JSON object, not {type(record).__name__}")
    identity = record.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise RecordError("id is missing or is neither a string nor a whole number")
    text = record.get("text")
    if not isinstance(text, str):
        raise RecordError("text is missing or not a string")
    return judge(
        text,
        topic,
        title=_optional(record, "title") or "",
        language=_optional(record, "language") or _optional(record, "lang"),
        published_on=_published_on(record),
    )


def analyse_lines(lines: Iterable[str], topic: Topic) -> Iterator[dict[str, Any]]:
    """One verdict for each line of JSON, in order; lines of white space are passed over.

    Raises RecordError with the line's number at the first line that is no record.
    """
    for record, verdict in judge_lines(lines, topic):
        yield {"id": record["id"]} | as_json(verdict)


def judge_lines(lines: Iterable[str], topic: Topic) -> Iterator[tuple[dict[str, Any], Verdict]]:
    """The record of each line of JSON and the Verdict on it, as ``analyse_lines`` does."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RecordError(f"this is not JSON: {error}", number) from error
        try:
            yield record, judge_record(record, topic)
        except RecordError as error:
            raise RecordError(error.why, number) from error


def as_json(verdict: Verdict) -> dict[str, Any]:
    """A Verdict as the contract writes it; the matched words (``marks``) are left out."""
    flag = verdict.flag
    return {
        "flagged": flag.is_flagged,
        "grade": flag.grade,
        "score": flag.score,
        "evidence": [_fields(item, _EVIDENCE_KEYS) for item in flag.evidence],
        "quantities": [_fields(item, _QUANTITY_KEYS) for item in verdict.quantities],
        "documents": _distinct(item.exact for item in verdict.documents),
        "places": _distinct(item.exact for item in verdict.places),
    }


def _fields(item: Evidence | Quantity, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: getattr(item, key) for key in keys}


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _published_on(record: Mapping[str, Any]) -> date | None:
    """The local day of ``published_at``; a time without a zone is taken as local."""
    written = _optional(record, "published_at")
    if not written or written.isspace():
        return None
    try:
        at = datetime.fromisoformat(written.strip())
        return at.astimezone(_LOCAL).date() if at.tzinfo is not None else at.date()
    except (ValueError, OverflowError):
        raise RecordError(f"published_at is not a time of ISO 8601: {written[:40]!r}") from None


def _optional(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"{key} must be a string or null, not {type(value).__name__}")
    return value
