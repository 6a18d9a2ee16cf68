"""The layout of the house: what may import what, how long things may be, what must not be in here."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "storage": {"storage"},
    "crawler": {"crawler", "storage"},
    "analysis": {"analysis", "storage"},
    "digest": {"digest", "storage"},
    "web": {"web", "digest", "storage"},
    "scheduler": {"scheduler", "web", "digest", "crawler", "analysis", "storage"},
    "newsroom": {"newsroom"},
}
"""One way: scheduler -> web -> digest -> storage, scheduler -> crawler, analysis -> storage."""
NEWSROOM_MAY_IMPORT = {"storage.folding"}
KNOWS_THE_NEWSROOM = re.compile(r"scheduler\.(?:.+\.)?demo")
PURE = re.compile(r"analysis(?:\..+)?|crawler\.extract(?:ion)?(?:_.+|\..+)?")
PURE_MAY_IMPORT = {"storage.models", "storage.folding"}
WORLDLY = {
    "scrapy",
    "twisted",
    "sqlalchemy",
    "sqlmodel",
    "socket",
    "ssl",
    "http",
    "asyncio",
    "subprocess",
    "httpx",
}
"""Network, database and processes: nothing for a pure module."""
MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 60


@cache
def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    found = {}
    for package in MAY_IMPORT:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def syntax(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


def imported(name: str, tree: ast.Module, known: frozenset[str]) -> set[str]:
    """Dotted names that ``tree``, the module ``name``, imports anywhere; a module's name is taken whole."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                is_package = any(other.startswith(f"{name}.") for other in known)
                parents = name.split(".")[: len(name.split(".")) - node.level + is_package]
                origin = ".".join([*parents, *filter(None, [origin])])
            for alias in node.names:
                member = f"{origin}.{alias.name}"
                found.add(member if member in known else origin)
    return found


@cache
def imports_of(name: str) -> frozenset[str]:
    return frozenset(imported(name, syntax(name), frozenset(modules())))


def forbidden_imports(name: str, targets: frozenset[str]) -> list[str]:
    """Those of ``targets`` that the module ``name`` may not import."""
    package = name.partition(".")[0]
    refused = []
    for target in sorted(targets):
        home = target.partition(".")[0]
        is_ours = home in MAY_IMPORT or home in ("tests", "benchmarks")
        may = home in MAY_IMPORT[package]
        may |= package == "newsroom" and target in NEWSROOM_MAY_IMPORT
        may |= home == "newsroom" and KNOWS_THE_NEWSROOM.fullmatch(name) is not None
        if PURE.fullmatch(name):
            may &= home != "storage" or target in PURE_MAY_IMPORT
            is_ours |= home in WORLDLY
        if is_ours and not may:
            refused.append(target)
    return refused


def cycle_in(graph: dict[str, frozenset[str]]) -> list[str]:
    """A way from a module back to itself, or nothing."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph[name]):
            if target in graph and target != name and (found := walk(target, [*way, name])):
                return found
        done.add(name)
        return []

    return next(filter(None, (walk(name, []) for name in graph)), [])


def long_functions(tree: ast.Module, most: int) -> list[str]:
    """Functions in ``tree`` that span more than ``most`` lines, decorators not counted."""
    return [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > most
    ]


def tracked_files() -> Iterator[Path]:
    """Files that are, or would be, in the repository; without git, what a release holds."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if listing.returncode == 0:
        paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    else:
        paths = [
            path
            for path in ROOT.rglob("*")
            if not {".venv", "data", "build", "dist", "__pycache__"} & set(path.relative_to(ROOT).parts)
            and not re.match(r"\.\w+_cache|\.hypothesis|\.git", path.relative_to(ROOT).parts[0])
        ]
    return (path for path in paths if path.is_file())


WORKPLACE = "/wo" + "rk/"
FORBIDDEN = re.compile(
    "|".join(
        [
            rf"(?<![\w.-]){WORKPLACE}(?:main|shared|steering|\.)",
            "/fa" + "rm/",
            "pythonho" + "sted",
            r"pypi\.o" + "rg/simple",
            r"registry\.npm" + "js",
            r"deb\.debian\.o" + "rg",
        ]
    )
)


def test_there_is_something_to_hold() -> None:
    assert len(modules()) > 20
    assert {name.partition(".")[0] for name in modules()} == set(MAY_IMPORT)


@pytest.mark.parametrize("name", modules())
def test_imports_run_one_way(name: str) -> None:
    assert forbidden_imports(name, imports_of(name)) == []


@pytest.mark.parametrize(
    ("name", "source", "refused"),
    [
        ("crawler.x", "from analysis.topic import Topic", ["analysis.topic"]),
        ("crawler.x", "def f():\n    import scheduler.settings", ["scheduler.settings"]),
        ("storage.x", "from crawler import source", ["crawler.source"]),
        ("digest.x", "from web.app import app", ["web.app"]),
        ("web.x", "from newsroom import outlets", ["newsroom"]),
        ("scheduler.x", "import newsroom", ["newsroom"]),
        ("scheduler.demo", "import newsroom", []),
        ("scheduler.commands.demo", "import newsroom", []),
        (
            "newsroom.x",
            "from storage.folding import fold\nfrom storage.models import Flag",
            ["storage.models"],
        ),
        ("analysis.x", "from storage import models, tables", ["storage.tables"]),
        ("analysis.x", "import sqlmodel, re", ["sqlmodel"]),
        ("crawler.extract", "from storage.database import Database", ["storage.database"]),
        ("crawler.intake", "from storage.database import Database\nimport sqlmodel", []),
        ("storage.x", "from tests import thing", ["tests"]),
        ("crawler.x.y", "from ..z import w\nfrom ...analysis import topic", ["analysis"]),
    ],
)
def test_the_rule_itself_refuses_and_allows(name: str, source: str, refused: list[str]) -> None:
    known = frozenset({"crawler.source", "storage.models", "storage.tables"})
    assert forbidden_imports(name, frozenset(imported(name, ast.parse(source), known))) == refused


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert cycle_in({name: imports_of(name) for name in modules()}) == []


def test_a_cycle_would_be_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "os"}, "c": {"d"}, "d": {"b"}}
    assert cycle_in({name: frozenset(targets) for name, targets in graph.items()}) == ["b", "c", "d", "b"]


def test_only_tests_benchmarks_and_the_demo_know_the_newsroom() -> None:
    knowing = {
        name
        for name in modules()
        if not name.startswith("newsroom")
        and any(target.startswith("newsroom") for target in imports_of(name))
    }
    assert all(KNOWS_THE_NEWSROOM.fullmatch(name) for name in knowing)


@pytest.mark.parametrize("name", modules())
def test_modules_and_functions_are_short(name: str) -> None:
    lines = modules()[name].read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_MODULE_LINES
    assert long_functions(syntax(name), MOST_FUNCTION_LINES) == []


def test_a_long_function_would_be_found() -> None:
    tree = ast.parse("class C:\n    async def f():\n" + "        pass\n" * 3)
    assert long_functions(tree, 3) == ["f: 4 lines"]
    assert long_functions(tree, 4) == []


@pytest.mark.parametrize("name", modules())
def test_modules_are_named_for_their_subject(name: str) -> None:
    assert name.rpartition(".")[2] not in {"utils", "helpers", "common", "base", "manager"}


def test_every_package_is_shipped() -> None:
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert (
        set(shipped["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == packages == set(MAY_IMPORT)
    )
    assert set(shipped["tool"]["mypy"]["packages"]) == packages


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_every_folder_with_code_is_a_package(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_no_file_names_a_workplace_or_a_registry() -> None:
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FORBIDDEN.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    "text", [f"cd {WORKPLACE}main", f"'{WORKPLACE}.venv'", "https://files.pythonho" + "sted.org/x"]
)
def test_a_forbidden_word_would_be_found(text: str) -> None:
    assert FORBIDDEN.search(text)


def test_the_search_reads_the_files() -> None:
    assert {ROOT / "pyproject.toml", Path(__file__)} <= set(tracked_files())
