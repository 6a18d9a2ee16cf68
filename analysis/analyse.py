"""Records in, verdicts out: the contract of ``diembao analyse``.

A record is ``{id, text[, title, language, url, published_at]}``; ``lang`` may stand for ``language``, and
other keys are let pass. The answer has ``id``, ``flagged``, ``grade``, ``score``, ``evidence``,
``quantities``, ``documents`` and ``places``; offsets count code points of the text in NFC.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from analysis.judge import judge
from analysis.topic import Topic
from storage.models import Evidence, Quantity, Verdict

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
    if not isinstance(record, Mapping):
        raise RecordError(f"a record must be a JSON object, not {type(record).__name__}")
    identity = record.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise RecordError("id is missing or is neither a string nor a whole number")
    text = record.get("text")
    if not isinstance(text, str):
        raise RecordError("text is missing or not a string")
    title = _optional(record, "title") or ""
    language = _optional(record, "language") or _optional(record, "lang")
    return {"id": identity} | as_json(judge(text, topic, title=title, language=language))


def analyse_lines(lines: Iterable[str], topic: Topic) -> Iterator[dict[str, Any]]:
    """One verdict for each line of JSON, in order; lines of white space are passed over.

    Raises RecordError with the line's number at the first line that is no record.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RecordError(f"this is not JSON: {error}", number) from error
        try:
            yield analyse_record(record, topic)
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


def _optional(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"{key} must be a string or null, not {type(value).__name__}")
    return value
