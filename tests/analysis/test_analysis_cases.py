"""Invented sentences, most of them traps, each judged by itself."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from analysis.judge import judge
from analysis.topic import load_topic

TOPIC = load_topic()
CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text(encoding="utf-8"))["case"]


def marked(case: dict[str, Any]) -> Any:
    still_open = [pytest.mark.xfail(strict=True, reason="not yet judged rightly")] if case.get("open") else []
    return pytest.param(case, marks=still_open, id=f"{case['language']}-{case['text'][:40]}")


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_a_case_is_flagged_or_not_as_it_should(case: dict[str, Any]) -> None:
    flag = judge(case["text"], TOPIC, title=case.get("title", ""), language=case["language"]).flag
    assert flag.is_flagged is case["flagged"], [(item.rule, item.weight) for item in flag.evidence]


def test_every_language_has_cases_of_both_kinds() -> None:
    kinds = {(case["language"], case["flagged"]) for case in CASES}
    assert kinds >= {(language, flagged) for language in ("vi", "en", "fr") for flagged in (True, False)}
