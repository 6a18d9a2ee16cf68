"""A reload: settings, sources and topic read again beside those in force, and what that changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pydantic import ValidationError

from analysis.topic import TopicError
from crawler.errors import CrawlError
from crawler.source import Source
from scheduler.delivery import channels_of
from scheduler.desk import Desk, renewed
from scheduler.effective import setting_sections
from scheduler.settings import SECTIONS, Settings, SettingsError
from storage.errors import StorageError
from web.access import checked_access
from web.errors import WebError
from web.ports import check_port

AFTER_RESTART = frozenset({"storage", "network", "extract", "log"})
"""Sections that are part of what a process is made of; all others take effect at once."""
RELOAD_ERRORS = (SettingsError, CrawlError, TopicError, StorageError, WebError)
"""What keeps a reload from taking place, each a sentence for the operator."""
_LONGEST_VALUE = 120


@dataclass(frozen=True)
class SettingChange:
    """One key with another value, both as settings.toml would have them and without secrets."""

    section: str
    key: str
    before: str
    after: str

    @property
    def needs_restart(self) -> bool:
        """Whether it takes effect only when the service is started again."""
        return self.section in AFTER_RESTART

    def __str__(self) -> str:
        """A line for the operator."""
        when = "after a restart" if self.needs_restart else "at once"
        return f"[{self.section}] {self.key}: {_cut(self.before)} -> {_cut(self.after)} ({when})"


def read_again(desk: Desk, read_settings: Callable[[], Settings] | None) -> tuple[Desk, list[str]]:
    """``desk`` as the files say now, and a line for each thing that is other than it was.

    Nothing is changed by it. Raises one of ``RELOAD_ERRORS`` where the files cannot be used.
    """
    if read_settings is None:
        raise SettingsError("the demo", ["its settings are its own; there is nothing to reload"])
    wanted = _with_present_port(desk.settings, read_settings())
    settings = in_force(desk.settings, wanted)
    web, present = settings.web, desk.settings.web
    if (web.host, web.port) != (present.host, present.port):
        check_port(web.host, web.port)
    checked_access(desk.database, web.host, web.access)
    channels_of(settings)  # its files of secrets can be read
    new = renewed(desk, settings)
    changes = setting_changes(desk.settings, wanted)
    lines = [str(change) for change in changes]
    lines += source_changes(desk.sources, new.sources)
    if new.topic_version != desk.topic_version:
        lines.append("topic: changed; the archive is judged again in the background")
    if any(change.needs_restart for change in changes):
        lines.append("restart the service for what is marked so")
    return new, lines or ["nothing has changed"]


def has_terminal() -> bool:
    """Whether there is a terminal that this process belongs to."""
    try:
        with Path("/dev/tty").open("rb"):
            return True
    except OSError:
        return False


def _with_present_port(present: Settings, wanted: Settings) -> Settings:
    """``wanted`` with the port that the pages have, where any would do."""
    if wanted.web.port != 0:
        return wanted
    web = wanted.web.model_copy(update={"port": present.web.port})
    return wanted.model_copy(update={"web": web})


def setting_changes(before: Settings, after: Settings) -> list[SettingChange]:
    """The keys that differ, in the order of the documentation."""
    old, new = (
        {(section.name, key.key): key.value for section in setting_sections(settings) for key in section.keys}
        for settings in (before, after)
    )
    return [
        SettingChange(section, key, old[section, key], value)
        for (section, key), value in new.items()
        if getattr(getattr(before, section), key) != getattr(getattr(after, section), key)
    ]


def in_force(before: Settings, after: Settings) -> Settings:
    """``after`` as far as it takes effect at once, the rest as it was.

    Raises SettingsError where the two do not go together, as where real outlets would be hurried.
    """
    sections = {name: getattr(before if name in AFTER_RESTART else after, name) for name in SECTIONS}
    try:
        return Settings.model_validate(sections)
    except ValidationError as error:
        why = "; ".join(str(details["ctx"]["error"]) for details in error.errors() if "ctx" in details)
        raise SettingsError("settings", [f"{why}; this change needs a restart"]) from None


def source_changes(before: Mapping[str, Source], after: Mapping[str, Source]) -> list[str]:
    """A line for each source that is new, gone, switched or declared otherwise, by id."""
    lines = []
    for id in sorted(before.keys() | after.keys()):
        old, new = before.get(id), after.get(id)
        if old is None or new is None:
            lines.append(f"source {id}: {'new' if old is None else 'gone'}")
        elif old != new:
            lines.append(f"source {id}: {', '.join(_differences(old, new))}")
    return lines


def _differences(old: Source, new: Source) -> list[str]:
    said = []
    for field in fields(Source):
        one, other = getattr(old, field.name), getattr(new, field.name)
        if one == other:
            continue
        if field.name == "is_enabled":
            said.append("followed from now on" if new.is_enabled else "left alone from now on")
        elif isinstance(one, str | int | float) and isinstance(other, str | int | float):
            said.append(f"{field.name} {_cut(str(one))} -> {_cut(str(other))}")
        else:
            said.append(f"{field.name} changed")
    return said


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
