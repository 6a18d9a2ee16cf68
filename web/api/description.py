"""The API's description (OpenAPI 3.1), and the page that lists what it can do."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from storage.models import Value
from web.api import reviewing, sources, statements, stories
from web.api.routing import PREFIX
from web.pages import show
from web.problems import MEDIA_TYPE

router = APIRouter()
MODULES = (stories, statements, sources, reviewing)

_ABOUT = """\
Flagged articles, their stories and what they state, for programs; see docs/api.md.

Lists are given in parts: follow `next`. Times are in UTC, days are local ones. Numbers and keys of what is
listed stay what they are. Reading needs no key where the pages need no sign-in; changing anything needs
a reviewer's key, made by `diembao user key NAME KEYNAME`.
"""


@dataclass(frozen=True)
class Parameter:
    """One thing that can be asked for."""

    name: str
    place: str
    """path or query."""
    description: str


@dataclass(frozen=True)
class Operation:
    """One thing that the API can do."""

    method: str
    path: str
    """With the parameters in braces."""
    summary: str
    parameters: list[Parameter]
    needs_key: bool


@dataclass(frozen=True)
class ApiPage:
    """``api.html``."""

    operations: list[tuple[str, list[Operation]]]
    """By subject."""


@router.get(f"{PREFIX}/openapi.json")
def openapi() -> Response:
    """The description."""
    return JSONResponse(description(), headers={"cache-control": "no-cache"})


@router.api_route("/api", methods=["GET", "HEAD"])
def api(request: Request) -> Response:
    """What the API can do, for people."""
    subjects: dict[str, list[Operation]] = {}
    for subject, operation in _operations():
        subjects.setdefault(subject, []).append(operation)
    return show(request, "api.html", ApiPage(list(subjects.items())))


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The description, made from routes, types and docstrings."""
    made = get_openapi(
        title="diembao",
        version=version("diembao"),
        description=_ABOUT,
        routes=[route for module in MODULES for route in module.router.routes],
    )
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key of a person who signs in."}
    }
    schemas = made["components"]["schemas"]
    documented = {kind.__name__: _docs(kind) for kind in _kinds(Value) if kind.__name__ in schemas}
    for name, schema in schemas.items():
        for field, text in documented.get(name, {}).items():
            if field in schema.get("properties", {}):
                schema["properties"][field].setdefault("description", text)
    for item in made["paths"].values():
        for operation in item.values():
            _finish(operation)
    plain: dict[str, Any] = _plain(made)
    return plain


def _finish(operation: dict[str, Any]) -> None:
    operation["summary"] = operation.pop("description").split("\n\n")[0].replace("\n", " ")
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        if status.startswith(("4", "5")) and "application/json" in content:
            content[MEDIA_TYPE] = content.pop("application/json")
    for parameter in operation.get("parameters", ()):
        # What is not in a query is not null there: it is not there.
        choices = [item for item in parameter["schema"].pop("anyOf", ()) if item != {"type": "null"}]
        for choice in choices[:1]:
            parameter["schema"].update(choice)
        parameter["schema"].pop("description", None)


def _kinds(kind: type[Any]) -> Iterator[type[Any]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def _docs(kind: type[Any]) -> dict[str, str]:
    """The words under each field, by its name."""
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__):
        if not issubclass(owner, Value) or owner is Value or "[" in owner.__name__:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, words in zip(body.body, body.body[1:], strict=False):
            is_field = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            is_text = isinstance(words, ast.Expr) and isinstance(words.value, ast.Constant)
            if is_field and is_text:
                found[field.target.id] = inspect.cleandoc(str(words.value.value))  # type: ignore[attr-defined]
    return found


def _plain(node: Any) -> Any:
    """``node`` with names of code in one backtick, as CommonMark has them, and lines filled."""
    if isinstance(node, dict):
        return {
            key: value.replace("``", "`")
            if key == "description" and isinstance(value, str)
            else _plain(value)
            for key, value in node.items()
        }
    return [_plain(item) for item in node] if isinstance(node, list) else node


def _operations() -> Iterator[tuple[str, Operation]]:
    for path, item in description()["paths"].items():
        for method, operation in item.items():
            parameters = [
                Parameter(found["name"], found["in"], found.get("description", ""))
                for found in operation.get("parameters", ())
            ]
            yield (
                operation["tags"][0],
                Operation(
                    method=method.upper(),
                    path=path,
                    summary=operation["summary"],
                    parameters=parameters,
                    needs_key="security" in operation,
                ),
            )
