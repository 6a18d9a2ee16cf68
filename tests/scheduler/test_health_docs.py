"""docs/health.md tells the truth about states and waits."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from scheduler import polling
from scheduler.polling import Bounds, Grade
from storage.models import HealthState

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")


def meanings() -> dict[str, str]:
    """Each state with the docstring below it."""
    tree = ast.parse((ROOT / "storage" / "models.py").read_text(encoding="utf-8"))
    [states] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "HealthState"]
    return {
        ast.literal_eval(member.value): " ".join(ast.literal_eval(said.value).split())
        for member, said in pairwise(states.body)
        if isinstance(member, ast.Assign) and isinstance(said, ast.Expr)
    }


@pytest.mark.parametrize("state", HealthState)
def test_every_state_says_what_it_means_and_what_to_do(state: HealthState) -> None:
    meaning = re.escape(meanings()[state])
    assert re.search(rf"^\| `{state}` \| {meaning} \| \S.* \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("grade", Grade)
def test_the_waits_are_those_of_the_code(grade: Grade) -> None:
    first = polling._FIRST_BACKOFF[grade].total_seconds() / 60
    last = polling._LAST_BACKOFF[grade].total_seconds() / 3600
    told = f"{first:.0f} min" if first < 60 else f"{first / 60:.0f} h"
    assert re.search(rf"^\| {grade} \| .* \| {told} \| {last:.0f} h \|$", PAGE, re.MULTILINE)


def test_the_bounds_are_those_of_the_code() -> None:
    minutes, hours = Bounds().shortest.total_seconds() / 60, Bounds().longest.total_seconds() / 3600
    assert f"({minutes:.0f} minutes\nand {hours:.0f} hours at first)" in PAGE
