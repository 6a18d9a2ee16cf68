"""The documents tell the truth: what they name exists, and what exists is named."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from scheduler.settings import SECTIONS
from storage.models import Fate, RejectionReason

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
BUNDLED = sorted(path.stem for path in (ROOT / "crawler" / "sources").glob("*.toml"))
KEYS = [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]


def meanings(enum: str) -> Iterator[tuple[str, str]]:
    """Each value of an enum of storage.models with the docstring below it, which Python itself forgets."""
    tree = ast.parse((ROOT / "storage" / "models.py").read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == enum).body
    for member, said in pairwise(body):
        if isinstance(member, ast.Assign):
            assert isinstance(member.value, ast.Constant)
            assert isinstance(said, ast.Expr), f"{member.value.value} of {enum} has no docstring"
            assert isinstance(said.value, ast.Constant)
            yield str(member.value.value), " ".join(str(said.value.value).split())


def rows(file: Path) -> list[list[str]]:
    """The cells of every table row of a Markdown file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| `")
    ]


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_setting_is_documented(section: str, key: str) -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    part = page.partition(f"\n## [{section}]\n")[2].partition("\n## ")[0]
    assert f"\n| `{key}` | " in part


@pytest.mark.parametrize(("value", "meaning"), [*meanings("Fate"), *meanings("RejectionReason")])
def test_every_fate_and_rejection_says_what_it_means_and_what_to_do(value: str, meaning: str) -> None:
    (row,) = [cells for cells in rows(DOCS / "fates.md") if cells[0] == f"`{value}`"]
    assert row[1] == meaning
    assert len(row[2].split()) >= 1
    assert len(row) == 3


def test_no_fate_or_rejection_is_documented_that_there_is_not() -> None:
    named = [cells[0].strip("`") for cells in rows(DOCS / "fates.md")]
    assert sorted(named) == sorted([*Fate, *RejectionReason])


def test_fates_and_rejections_are_told_apart() -> None:
    assert not set(Fate) & set(RejectionReason)


def test_settings_named_in_the_documents_exist() -> None:
    known = {key for _, key in KEYS} | set(SECTIONS)
    fates = (DOCS / "fates.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", fates)) - set(Fate) - set(RejectionReason)
    assert named <= known
    assert named


@pytest.mark.parametrize("source", BUNDLED)
def test_every_bundled_source_is_documented(source: str) -> None:
    pages = [README, *DOCS.glob("*.md")]
    assert any(f"`{source}`" in page.read_text(encoding="utf-8") for page in pages if page.is_file())


def test_sources_are_bundled() -> None:
    assert "vna-en" in BUNDLED


@pytest.mark.parametrize(
    "page", [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))], ids=lambda path: path.name
)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    if not page.is_file():
        pytest.skip(f"{page.name} is not written yet")
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [
        t
        for t in targets
        if t and "://" not in t and not t.startswith("mailto:") and not (page.parent / t).exists()
    ]
    assert missing == []


def test_targets_of_make_named_in_the_documents_exist() -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert {"run", "test", "demo", "help"} <= targets
    for page in [README, *DOCS.rglob("*.md")]:
        if page.is_file():
            named = set(
                re.findall(
                    r"(?:`|^\s*\$? ?)make ([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE
                )
            )
            assert named <= targets, page.name


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == set(re.findall(r"^([a-z-]+):.*## \S", makefile, flags=re.MULTILINE))


def test_commands_named_in_the_documents_exist() -> None:
    import typer.main  # noqa: PLC0415

    from scheduler.commands.app import app  # noqa: PLC0415  # the command line loads everything else

    commands = set(typer.main.get_group(app).commands)  # type: ignore[attr-defined]
    for page in [README, *DOCS.rglob("*.md")]:
        if page.is_file():
            text = page.read_text(encoding="utf-8")
            named = set(re.findall(r"(?:`|^\s*\$? ?|bin/)diembao ([a-z]+)", text, flags=re.MULTILINE))
            assert named <= commands, page.name


def test_every_pinned_dependency_is_the_one_we_ask_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    )
    for_developers = set(
        re.findall(
            r"^([a-z0-9-]+)==", (ROOT / "constraints-dev.txt").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    asked = {canonical(name) for name in project["dependencies"]}
    assert asked <= pinned
    assert {"hatchling", "editables"} <= pinned
    assert pinned | {canonical(name) for name in project["optional-dependencies"]["dev"]} <= for_developers


def canonical(requirement: str) -> str:
    """The name in ``requirement`` as package indexes spell it."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-").replace(".", "-")
