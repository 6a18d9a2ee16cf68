"""The settings in force, told to the pages through the database: every key, and no secret."""

import json
import re
from datetime import datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic.fields import FieldInfo
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from crawler.guard import ConnectTo
from scheduler.desk import Desk
from scheduler.sections import Section
from scheduler.settings import SECTIONS, Settings
from storage.effective import EffectiveSetting, EffectiveSettings, SettingSection

_HIDDEN = "(not shown)"
_SECRET = re.compile(r"password|secret|token|(?:^|_)key(?:$|_)")
_A_PATH = re.compile(r"_(?:file|folder)$")


def effective_settings(desk: Desk, now: datetime) -> EffectiveSettings:
    """Every key of ``desk.settings`` with its default and meaning."""
    return EffectiveSettings(
        version=version("diembao"),
        topic=desk.topic.name,
        topic_version=desk.topic_version,
        noted_at=now,
        sections=setting_sections(desk.settings),
    )


def setting_sections(settings: Settings) -> tuple[SettingSection, ...]:
    """Every key of ``settings`` as it may be shown, by section."""
    return tuple(
        SettingSection(
            name=name,
            about=(model.__doc__ or "").strip(),
            keys=tuple(
                _setting(getattr(settings, name), key, field) for key, field in model.model_fields.items()
            ),
        )
        for name, model in SECTIONS.items()
    )


def _setting(section: Section, key: str, field: FieldInfo) -> EffectiveSetting:
    present = getattr(section, key)
    value, default = _written(present), _written(field.default)
    is_default = value == default or (bool(field.default) and _stands_for(present, str(field.default)))
    extra = field.json_schema_extra
    is_secret = bool(_SECRET.search(key)) and not _A_PATH.search(key) and value not in ('""', default)
    return EffectiveSetting(
        key=key,
        value=_HIDDEN if is_secret else value,
        default=default,
        unit=str(extra["unit"]) if isinstance(extra, dict) and "unit" in extra else "",
        meaning=field.description or "",
        is_changed=not is_default,
    )


def _written(value: Any) -> str:
    """``value`` as settings.toml would have it, passwords in addresses left out."""
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _without_password(value)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, ZoneInfo):
        return value.key
    if isinstance(value, ConnectTo):
        return f"{value.host}:{value.port}:{value.to_address}:{value.to_port}"
    return "" if value is None else str(value)


def _without_password(value: str) -> str:
    if "://" not in value:
        return value
    try:
        url = make_url(value)
    except ArgumentError:
        return value
    query = {name: part for name, part in url.query.items() if "password" not in name}
    return url.set(query=query).render_as_string(hide_password=True)


def _stands_for(value: Any, default: str) -> bool:
    """Whether ``value`` is the path that ``default``, a relative one, means from the settings' folder."""
    if isinstance(value, Path):
        return str(value).endswith(f"/{default}")
    if isinstance(value, str) and default.startswith("sqlite:///"):
        return value.endswith(f"/{default.removeprefix('sqlite:///')}")
    return False
