"""docs/settings.md and settings.toml as they follow from the settings' own descriptions.

``python -m scheduler.settings_docs page > docs/settings.md`` and
``python -m scheduler.settings_docs file > settings.toml`` (or ``make docs`` for both).
"""

import json
import sys
import textwrap
from typing import Any

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from scheduler.settings import SECTIONS, SETTINGS_FILE, SETTINGS_VARIABLE

_PAGE_HEAD = f"""\
# Settings

All settings stand in `{SETTINGS_FILE}` in the folder where `diembao` is started; the environment variable
`{SETTINGS_VARIABLE}` names another file. A key that is left out has its default. Relative paths are taken
from the file's folder. An unknown key or an impossible value stops the start with one line for each problem.

No secret belongs in this file. PostgreSQL takes its password from `PGPASSWORD` or `~/.pgpass`.

This page is made from the code by `make docs`.
"""
_TABLE_HEAD = "| key | default | unit or form | allowed | meaning |\n|---|---|---|---|---|\n"
_FILE_HEAD = """\
# The settings of diembao: every key, with its default. A key left out has its default too.
# Relative paths are taken from this file's folder. No secret belongs in this file.
"""


def _as_toml(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 10_000:
        return f"{value:_}"
    return json.dumps(value, ensure_ascii=False)


def _unit(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) else ""


def _range(field: FieldInfo) -> str:
    least = [_as_toml(bound.ge) for bound in field.metadata if isinstance(bound, Ge)]
    most = [_as_toml(bound.le) for bound in field.metadata if isinstance(bound, Le)]
    return f"{least[0]} to {most[0]}" if least and most else ""


def settings_page() -> str:
    """docs/settings.md: a table for each section."""
    parts = [_PAGE_HEAD]
    for name, model in SECTIONS.items():
        parts.append(f"\n## [{name}]\n\n{model.__doc__}\n\n{_TABLE_HEAD}")
        for key, field in model.model_fields.items():
            cells = (
                f"`{key}`",
                f"`{_as_toml(field.default)}`",
                _unit(field),
                _range(field),
                field.description or "",
            )
            parts.append(f"| {' | '.join(cells)} |\n")
    return "".join(parts)


def settings_file() -> str:
    """settings.toml: every key with its default, below a comment with its meaning, unit and default."""
    parts = [_FILE_HEAD]
    for name, model in SECTIONS.items():
        parts.append(f"\n# {model.__doc__}\n[{name}]\n")
        for key, field in model.model_fields.items():
            default = _as_toml(field.default)
            said = f"{field.description} ({_unit(field)}; default {default})"
            parts.append(textwrap.indent(textwrap.fill(said, 98, break_long_words=False), "# ") + "\n")
            parts.append(f"{key} = {default}\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print({"page": settings_page, "file": settings_file}[sys.argv[1]](), end="")
