"""settings.toml: read once, checked as a whole, frozen, and passed down by section.

Its documentation is made from the descriptions here: ``scheduler.settings_docs``.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from scheduler.sections import (
    CrawlSettings,
    DeliverySettings,
    DigestSettings,
    ExtractSettings,
    KeepSettings,
    LogSettings,
    NetworkSettings,
    ScheduleSettings,
    Section,
    StorageSettings,
    TopicSettings,
    WebSettings,
)

SETTINGS_FILE = "settings.toml"
SETTINGS_VARIABLE = "DIEMBAO_SETTINGS"
"""The one environment variable: the path of the settings file."""


class SettingsError(Exception):
    """The settings cannot be used; one line for each problem, each with the file and the key."""

    def __init__(self, origin: str, problems: list[str]) -> None:
        self.origin = origin
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{origin}: {problem}" for problem in problems))


class Settings(Section):
    """All settings, by section."""

    storage: StorageSettings = Field(default_factory=StorageSettings)
    keep: KeepSettings = Field(default_factory=KeepSettings)
    crawl: CrawlSettings = Field(default_factory=CrawlSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    extract: ExtractSettings = Field(default_factory=ExtractSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    topic: TopicSettings = Field(default_factory=TopicSettings)
    digest: DigestSettings = Field(default_factory=DigestSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    web: WebSettings = Field(default_factory=WebSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @model_validator(mode="after")
    def _hurry_only_at_home(self) -> "Settings":
        if self.crawl.delay_scale < 1 and not self.network.connect_to:
            raise ValueError(
                f"[crawl] delay_scale: {self.crawl.delay_scale} would hurry real outlets; "
                "below 1 it needs [network] connect_to"
            )
        return self


SECTIONS: dict[str, type[Section]] = {
    "storage": StorageSettings,
    "keep": KeepSettings,
    "crawl": CrawlSettings,
    "network": NetworkSettings,
    "extract": ExtractSettings,
    "schedule": ScheduleSettings,
    "topic": TopicSettings,
    "digest": DigestSettings,
    "delivery": DeliverySettings,
    "web": WebSettings,
    "log": LogSettings,
}


def load_settings(file: Path | None = None) -> Settings:
    """The settings of ``file``; else of the file that DIEMBAO_SETTINGS names; else of ./settings.toml.

    Where none is named and ./settings.toml is absent, every key has its default. Relative paths in
    the file are taken from the file's folder.

    Raises SettingsError with every problem found.
    """
    file = settings_file(file)
    if file is None:
        return settings_from({}, Path.cwd(), origin="the default settings")
    return settings_from(_read(file), file.absolute().parent, origin=str(file))


def settings_file(named: Path | None = None) -> Path | None:
    """The file that ``load_settings(named)`` reads; None where there is none and each key has its default."""
    if named is not None:
        return named
    if in_environment := os.environ.get(SETTINGS_VARIABLE):
        return Path(in_environment)
    return Path(SETTINGS_FILE) if Path(SETTINGS_FILE).exists() else None


def settings_from(data: Mapping[str, Any], folder: Path, *, origin: str) -> Settings:
    """The settings that ``data`` gives: a table for each section, as tomllib reads settings.toml.

    Relative paths are taken from ``folder``; ``origin`` says in messages where the data is from.

    Raises SettingsError with every problem found.
    """
    sections = {name: {} for name in SECTIONS} | dict(data)
    try:
        return Settings.model_validate(sections, context={"folder": folder})
    except ValidationError as error:
        raise SettingsError(origin, [_problem(details) for details in error.errors()]) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(str(file), ["there is no such file"]) from None
    except OSError as error:
        raise SettingsError(str(file), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise SettingsError(str(file), [f"is not UTF-8 text (byte {error.start + 1})"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(file), [f"is not valid TOML: {error}"]) from None


_SAYINGS = {
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "string_type": "is not a text in quotes",
    "bool_type": "is neither true nor false",
    "tuple_type": "is not a list [...]",
    "greater_than_equal": "is below {ge}, the least allowed",
    "less_than_equal": "is above {le}, the most allowed",
}


def _problem(details: ErrorDetails) -> str:
    """One sentence on one of pydantic's errors: the key's path, the value, what is wrong."""
    location = details["loc"]
    facts = details.get("ctx", {})
    saying = (
        str(facts["error"])
        if "error" in facts
        else _SAYINGS.get(details["type"], details["msg"]).format(**facts)
    )
    if details["type"] == "extra_forbidden":
        return _unknown(*location)
    if details["type"] == "model_type":
        return f"{location[0]}: is a section; write its keys below a line [{location[0]}]"
    if len(location) < 2:  # a rule about several keys, whose sentence names them
        return " ".join([*(f"[{name}]" for name in location), saying])
    path = f"[{location[0]}] {location[1]}" + "".join(f", item {int(at) + 1}" for at in location[2:])
    if "holds a password" in saying:
        return f"{path}: {saying}"
    return f"{path}: {_shown(details['input'])} {saying}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _unknown(section: str | int, key: str | int | None = None) -> str:
    """A sentence on a key or section that there is not, with the nearest known name."""
    name = str(section if key is None else key)
    path = f"[{section}] {key}" if key is not None else name
    if homes := [home for home, model in SECTIONS.items() if name in model.model_fields]:
        return f"{path}: belongs in [{homes[0]}]"
    if key is not None:
        return f"{path}: is no key; {_nearest(name, str(section))}"
    near = difflib.get_close_matches(name.lower(), SECTIONS, n=1)
    return f"{path}: is no section; " + (
        f"did you mean [{near[0]}]?" if near else f"there are {', '.join(f'[{known}]' for known in SECTIONS)}"
    )


def _nearest(name: str, section: str) -> str:
    own = list(SECTIONS[section].model_fields)
    if near := difflib.get_close_matches(name.lower(), own, n=1):
        return f"did you mean {near[0]}?"
    everywhere = {key: home for home, model in SECTIONS.items() for key in model.model_fields}
    if near := difflib.get_close_matches(name.lower(), everywhere, n=1, cutoff=0.75):
        return f"did you mean {near[0]} in [{everywhere[near[0]]}]?"
    return f"[{section}] has {', '.join(own)}"
