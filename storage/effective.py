"""The settings as the service has them, for the pages, which do not read settings.toml. Without secrets."""

from storage.models import Moment, Value
from storage.upkeep import Subject


class EffectiveSetting(Value):
    """One key."""

    key: str
    value: str
    """As it would stand in settings.toml."""
    default: str
    unit: str
    meaning: str
    """In English."""
    is_changed: bool
    """Whether it is another than the default."""


class SettingSection(Value):
    """One section."""

    name: str
    about: str
    """In English."""
    keys: tuple[EffectiveSetting, ...]


class EffectiveSettings(Subject):
    """Every setting of the service that ran last."""

    name = "effective_settings"
    version: str
    topic: str
    topic_version: str
    noted_at: Moment
    sections: tuple[SettingSection, ...]


class LastBackup(Subject):
    """The last backup that was made with our own command."""

    name = "last_backup"
    made_at: Moment
    file: str
