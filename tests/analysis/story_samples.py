"""Labelled articles and made-up ones for the tests of stories."""

import tomllib
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from analysis.stories.evaluate import Pair
from analysis.stories.fingerprint import Fingerprint, Telling, fingerprint
from analysis.stories.records import read_telling

SETS = Path(__file__).parent / "stories"


@cache
def records(name: str) -> tuple[dict[str, Any], ...]:
    """The articles of ``stories/<name>.toml``."""
    return tuple(tomllib.loads((SETS / f"{name}.toml").read_text(encoding="utf-8"))["article"])


@cache
def prints(name: str) -> dict[str, Fingerprint]:
    return {record["id"]: fingerprint(read_telling(record)) for record in records(name)}


def pairs(name: str) -> list[Pair]:
    """Every two articles of one family."""
    return [
        Pair(prints(name)[one["id"]], prints(name)[other["id"]], one["event"] == other["event"])
        for one, other in combinations(records(name), 2)
        if one["family"] == other["family"]
    ]


def sample(identity: str) -> Fingerprint:
    """One labelled article by its id."""
    return next(found[identity] for name in ("first", "fresh", "late") if identity in (found := prints(name)))


def made(identity: str, text: str, title: str = "", language: str = "vi", **details: Any) -> Fingerprint:
    """The Fingerprint of a made-up article; ``day`` of November 2026 stands for a time of publication."""
    if "day" in details:
        details["published_at"] = datetime(2026, 11, details.pop("day"), 5, tzinfo=UTC)
    return fingerprint(Telling(id=identity, text=text, title=title, language=language, **details))
